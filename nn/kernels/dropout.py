"""Random zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.kernel import Kernel

__all__ = ["masked"]


def _forward(x: Any, keep: Any, scale: float = 1.0) -> tuple[Any, Any] | None:
    if not (type(x) is ndarray and x.dtype.kind == "f" and type(keep) is ndarray):
        return None
    if not scale or keep.shape != x.shape:
        return None
    # A product with booleans takes 30 us, with numbers 12 us: forward and backward together win.
    factors = keep.astype(x.dtype)
    if scale != 1:
        factors *= scale
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
    return np.multiply(g, factors, out=g if own else None), None


masked = Kernel(_forward, _backward)
