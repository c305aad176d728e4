"""Forward mode against reverse mode: v·(J u) is (v·J)·u."""

from __future__ import annotations

import numpy as np

from . import names
from .conduct import Backward
from .report import Finding
from .tensors import Derivative

__all__ = ["forward_against_reverse"]


def forward_against_reverse(
    problem: Derivative, backward: Backward, rng: np.random.Generator, rtol: float
) -> list[Finding]:
    """Compare the two modes on the gradient of a problem, v·J as a function of the point and v.

    Forward mode, as `jvp` computes it, is the derivative by v of v·J along u.
    """
    directions = backward.random(rng)
    count = len(problem.problem.values)
    products = backward.record.outputs
    found = backward(directions)[count:]
    pairs = list(zip(directions, products, strict=True))
    reverse = sum(float(np.sum(u * p)) for u, p in pairs)
    terms = [
        np.sum(v * t) for v, t in zip(problem.values[count:], found, strict=True) if t is not None
    ]
    forward = float(sum(terms))
    size = sum(float(np.sum(np.abs(u * p))) for u, p in pairs)
    if not np.isfinite(forward + reverse) or abs(forward - reverse) <= (rtol + 1e-9) * size:
        return []
    return [
        Finding(
            names.FAIL,
            names.DETACHED,
            f"forward mode and reverse mode disagree about {problem.name}: v·(J u) is "
            f"{forward:.9g}, (v·J)·u is {reverse:.9g}; the backward pass, recorded, is not linear "
            "in g",
            problem.order,
            analytic=forward,
            numeric=reverse,
        )
    ]
