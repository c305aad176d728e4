"""What the updates of several optimizers have in common, on arrays and in place.

A result goes to `out`, memory that `blocks` lends, so that a step allocates nothing per operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiled import bound
from autograd.kernel import constant

__all__ = ["average", "average_square", "compiled", "direction"]


def direction(p: Any, g: Any, decay: float, maximize: bool, out: Any) -> Any:
    """±g + decay · p: `g` itself where that is all, else written to `out`; `g` is never changed."""
    if decay:
        np.multiply(p, constant(decay, p.dtype), out)
        if maximize:
            out -= g
        else:
            out += g
        return out
    return np.negative(g, out) if maximize else g


def compiled(
    name: str, arrays: Sequence[Any], maximize: bool, decay: float, *numbers: float
) -> bool:
    """Take the step by the loop of this name in `optim.loops`; whether there is one.

    Args:
        name: of the loop.
        arrays: its arrays.
        maximize, decay: as for `direction`.
        numbers: what else the loop takes.
    """
    loop = bound(f"optim.loops.{name}", *arrays)
    if loop is None:
        return False
    loop(-1.0 if maximize else 1.0, *map(float, (decay, *numbers)))
    return True


def average(m: Any, x: Any, beta: float, out: Any) -> None:
    """Set m ← beta · m + (1 − beta) · x; `out` is overwritten."""
    m *= constant(beta, m.dtype)
    np.multiply(x, constant(1 - beta, m.dtype), out)
    m += out


def average_square(v: Any, x: Any, beta: float, out: Any) -> None:
    """Set v ← beta · v + (1 − beta) · x²; `out` is overwritten and must not be `x`."""
    v *= constant(beta, v.dtype)
    np.multiply(x, x, out)
    out *= constant(1 - beta, v.dtype)
    v += out
