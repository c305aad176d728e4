"""Random zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.compiled import mapped
from autograd.kernel import Kernel, constant

__all__ = ["masked"]


def _forward(x: Any, keep: Any, scale: float = 1.0) -> tuple[Any, Any] | None:
    if not (type(x) is ndarray and x.dtype.kind == "f" and type(keep) is ndarray):
        return None
    if not scale or keep.shape != x.shape:
        return None
    out = _compiled(x, keep, scale)
    if out is not None:
        return out, ()
    # The mask is not turned into numbers: a product with them takes 12 us instead of 30, but their
    # four bytes per element drive other arrays out of the cache.
    out = x * keep
    if scale != 1:
        out *= constant(scale, x.dtype)
    return out, ()


def _backward(
    needs: Sequence[bool],
    g: Any,
    own: bool,
    out: Any,
    kept: Any,
    x: Any,
    keep: Any,
    *,
    scale: float = 1.0,
) -> tuple[Any, None]:
    dx = _compiled(g, keep, scale)
    if dx is not None:
        return dx, None
    dx = np.multiply(g, keep, out=g if own else None)
    if scale != 1:
        dx *= constant(scale, x.dtype)
    return dx, None


def _compiled(x: Any, keep: Any, scale: float) -> Any:
    """The same in one pass by a compiled loop, or None."""
    if keep.dtype != bool or not (keep.flags.carray and x.flags.c_contiguous):
        return None
    return mapped("nn.loops.masked", x, numbers=(keep.ravel(), scale))


masked = Kernel(_forward, _backward)
