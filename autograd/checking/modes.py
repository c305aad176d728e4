"""One derivative, computed in several modes: recorded or not, forward or reverse."""

from __future__ import annotations

import numpy as np

from . import names
from .conduct import Backward
from .numeric import rounding
from .problem import unravel, vector
from .report import Finding
from .tensors import Derivative

__all__ = ["forward_against_reverse", "recorded_against_plain"]

# Roundings of two ways to the same numbers, relative to the largest of them.
_ROUNDINGS = 1e-9


def recorded_against_plain(problem: Derivative, backward: Backward, rtol: float) -> list[Finding]:
    """Compare the gradient that is recorded while it is computed with the one that is not."""
    first, count = problem.problem, len(problem.problem.values)
    walk = Backward(first, first.record())
    zeros = walk.zeros()
    seeds = [v.astype(z.dtype) for v, z in zip(problem.values[count:], zeros, strict=True)]
    pairs = zip(backward.record.outputs, walk(seeds), strict=True)
    for which, (recorded, plain) in enumerate(pairs):
        right = np.zeros(np.shape(recorded)) if plain is None else plain
        finite = np.isfinite(right) & np.isfinite(recorded)
        scale = np.max(np.abs(right), initial=0.0, where=finite)
        with np.errstate(invalid="ignore"):
            allowed = rtol * np.abs(right) + max(_ROUNDINGS, 1e3 * problem.eps) * scale
            wrong = finite & (np.abs(recorded - right) > allowed)
        if wrong.any():
            index = unravel(int(np.argmax(wrong)), right.shape)
            return [
                Finding(
                    names.FAIL,
                    names.RECORDED,
                    f"the gradient of {first.names[which]} at index {index} is "
                    f"{float(right[index]):.9g}, and {float(recorded[index]):.9g} when the "
                    "backward pass is recorded",
                    problem.order,
                    first.names[which],
                    index,
                    analytic=float(recorded[index]),
                    numeric=float(right[index]),
                )
            ]
    return []


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
    rest = float(rounding(np.abs(vector(directions)) @ problem.terms, problem.eps))
    if not np.isfinite(forward + reverse) or abs(forward - reverse) <= (rtol + 1e-9) * size + rest:
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
