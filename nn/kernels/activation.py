"""Activations, elementwise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.compiled import bound, mapped
from autograd.kernel import Kernel, constant

__all__ = ["prelu", "relu", "sigmoid"]

# Elements of the longest row of zeros that is kept, 64 kB in float32.
_ROW = 16 * 1024


def _is_real(x: Any) -> bool:
    return type(x) is ndarray and x.dtype.kind == "f"


@lru_cache(maxsize=8)
def _row_of_zeros(dtype: Any) -> Any:
    zeros = np.zeros(_ROW, dtype)
    zeros.flags.writeable = False
    return zeros


def _zeros(x: Any) -> Any:
    """Zeros that broadcast against `x`, a row of them where that is worth it.

    The maximum of an array and one number takes NumPy 50 us, of an array and rows of zeros 27 us;
    for 32 x 128 it is 2 us both ways.
    """
    if x.size > 4096 and 64 <= x.shape[-1] <= _ROW:
        return _row_of_zeros(x.dtype)[: x.shape[-1]]
    return constant(0.0, x.dtype)


def _relu(x: Any) -> tuple[Any, Any] | None:
    if not _is_real(x):
        return None
    out = mapped("nn.loops.relu", x)
    return np.maximum(x, _zeros(x)) if out is None else out, ()


def _relu_backward(
    needs: Sequence[bool], g: Any, own: bool, out: Any, kept: Any, x: Any
) -> tuple[Any]:
    dx = mapped("nn.loops.relu_gradient", g, out)
    if dx is not None:
        return (dx,)
    return (np.multiply(g, out > constant(0.0, out.dtype), out=g if own else None),)


def _sigmoid(x: Any) -> tuple[Any, Any] | None:
    if not _is_real(x):
        return None
    out = np.negative(x)
    # The overflow of e^(-x) to infinity is the right limit on the way to 1 / inf = 0.
    with np.errstate(over="ignore", under="ignore"):
        np.exp(out, out=out)
    out += constant(1.0, out.dtype)
    return np.reciprocal(out, out=out), ()


def _sigmoid_backward(
    needs: Sequence[bool], g: Any, own: bool, out: Any, kept: Any, x: Any
) -> tuple[Any]:
    dx = mapped("nn.loops.sigmoid_gradient", g, out)
    if dx is not None:
        return (dx,)
    dx = np.multiply(g, out, out=g if own else None)
    dx *= constant(1.0, out.dtype) - out
    return (dx,)


def _prelu(x: Any, weight: Any) -> tuple[Any, Any] | None:
    if not (_is_real(x) and type(weight) is ndarray and weight.dtype is x.dtype):
        return None
    if weight.ndim != 1 or weight.size not in (1, x.shape[1] if x.ndim > 1 else 1):
        return None
    if weight.size == 1:
        out = mapped("nn.loops.prelu", x, numbers=(weight[0],))
        if out is not None:
            return out, _over_channels(weight, x)
    slope = _over_channels(weight, x)
    smallest, largest = (weight[0],) * 2 if weight.size == 1 else (weight.min(), weight.max())
    if smallest > 0 and largest <= 1:
        # The larger one of x and α x: two passes instead of four.
        out = x * slope
        return np.maximum(x, out, out=out), slope
    zeros = _zeros(x)
    out = np.minimum(x, zeros)
    out *= slope
    out += np.maximum(x, zeros)
    return out, slope


def _prelu_backward(
    needs: Sequence[bool], g: Any, own: bool, out: Any, slope: Any, x: Any, weight: Any
) -> tuple[Any, Any]:
    if weight.size == 1:
        loop = bound("nn.loops.prelu_gradient", g, x, dx := np.empty_like(g))
        if loop is not None:
            return dx, np.full(1, loop(slope[()]), x.dtype)
    # A product with a mask takes 30 us, np.where 500 us.
    below = g * (x < constant(0.0, x.dtype))
    dx = dw = None
    if needs[1] and weight.size == 1:
        dw = np.dot(below.ravel(), x.ravel()).reshape(1)
    elif needs[1]:
        dw = np.add.reduce(below * x, axis=tuple(i for i in range(x.ndim) if i != 1))
    if needs[0]:
        dx = np.subtract(g, below, out=g if own else None)
        below *= slope
        dx += below
    return dx, dw


def _over_channels(weight: Any, x: Any) -> Any:
    """A copy of `weight` in a shape that broadcasts against `x`, channels along axis 1."""
    shape = () if weight.size == 1 else (1, -1) + (1,) * (x.ndim - 2)
    return np.array(weight).reshape(shape)


relu = Kernel(_relu, _relu_backward)
sigmoid = Kernel(_sigmoid, _sigmoid_backward)
prelu = Kernel(_prelu, _prelu_backward)
