"""Random zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.compiled import mapped
from autograd.kernel import Kernel

__all__ = ["masked"]


def _forward(x: Any, keep: Any, scale: float = 1.0) -> tuple[Any, Any] | None:
    if not (type(x) is ndarray and x.dtype.kind == "f" and type(keep) is ndarray):
        return None
    if not scale or keep.shape != x.shape:
        return None
    out = _compiled(x, keep, scale)
    if out is not None:
        return out, keep
    # A product with booleans takes 30 us, with numbers 12 us: forward and backward together win.
    factors = _factors(x, keep, scale)
    return x * factors, factors


def _backward(
    needs: Sequence[bool],
    g: Any,
    own: bool,
    out: Any,
    factors: Any,
    x: Any,
    keep: Any,
    *,
    scale: float = 1.0,
) -> tuple[Any, None]:
    if factors is keep:
        dx = _compiled(g, keep, scale)
        if dx is not None:
            return dx, None
        factors = _factors(g, keep, scale)
    return np.multiply(g, factors, out=g if own else None), None


def _factors(x: Any, keep: Any, scale: float) -> Any:
    factors = keep.astype(x.dtype)
    if scale != 1:
        factors *= scale
    return factors


def _compiled(x: Any, keep: Any, scale: float) -> Any:
    """X · factors without the factors, or None: see `autograd.compiled`."""
    if keep.dtype != bool or not (keep.flags.carray and x.flags.c_contiguous):
        return None
    return mapped("nn.loops.masked", x, numbers=(keep.ravel(), scale))


masked = Kernel(_forward, _backward)
