"""The fully-connected layer, for a batch of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.kernel import Kernel

from . import sums
from .places import place

__all__ = ["linear"]

# Elements of a small product. There `dot` reaches BLAS 0.6 us sooner than `@`; but it fills the
# result with zeros first, which takes 8 us for 784 x 128.
_SMALL = 4096


def _product(x: Any, y: Any) -> Any:
    return x.dot(y) if len(x) * y.shape[1] <= _SMALL else x @ y


def _forward(x: Any, weight: Any, bias: Any = None) -> tuple[Any, Any] | None:
    if not (
        type(x) is ndarray
        and type(weight) is ndarray
        and x.ndim == 2 == weight.ndim
        and x.shape[1] == weight.shape[1]
        and x.dtype is weight.dtype
    ):
        return None
    if bias is None:
        return _product(x, weight.T), ()
    if (
        type(bias) is not ndarray
        or bias.shape != weight.shape[:1]
        or bias.dtype is not weight.dtype
    ):
        return None
    out = _product(x, weight.T)
    out += bias
    return out, ()


def _backward(
    needs: Sequence[bool], g: Any, own: bool, out: Any, kept: Any, x: Any, weight: Any, *bias: Any
) -> tuple[Any, ...]:
    dx = _product(g, weight) if needs[0] else None
    dw = None
    if needs[1]:
        # In the weight's own memory order, so that the optimizer walks through both side by side.
        if weight.flags.c_contiguous:
            dw = np.matmul(g.T, x, out=place(weight, weight.shape))
        else:
            dw = np.matmul(x.T, g, out=place(weight, weight.shape[::-1])).T
    if not bias:
        return dx, dw
    return dx, dw, sums.of_rows(g) if needs[2] else None


linear = Kernel(_forward, _backward)
