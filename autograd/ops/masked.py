"""NumPy's further parameters of the reductions: where=, initial=, and correction= for ddof=.

A mask puts a number that does not count in place of what it leaves out, and an initial value is
one more element of each group: the rules of `reduce` and of `joining` do the rest.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..primitive import Primitive
from ..registry import cast, unwrap
from . import reduce
from .elementwise import number_range
from .shape import lanes, reduced_shape

__all__: list[str] = []


def _mask(where: Any, x: Any) -> Any:
    """`where` in the shape of x."""
    return np.broadcast_to(np.asarray(unwrap(where), bool), x.shape)


def _folded(
    op: Primitive,
    neutral: float | None,
    x: Any,
    *,
    axis: Any = None,
    keepdims: Any = False,
    where: Any = None,
    initial: Any = None,
) -> Any:
    """Of `sum`, `prod`, `max` and `min`; `neutral` is the number that does not count, or None."""
    if where is not None:
        if neutral is None:
            if initial is None:
                raise ValueError(
                    f"{op} with where= expects initial= as well, the result where the mask leaves "
                    "nothing, got none"
                )
            neutral = number_range(x.dtype)[op is reduce.min]
        x = np.where(_mask(where, x), x, neutral)
    if initial is None:
        return op(x, axis=axis, keepdims=keepdims)
    if axis is not None and x.ndim:  # a number lets any axis pass, as in NumPy
        axis = normalize_axis_tuple(axis, x.ndim)
    row = lanes(x, axis)
    first = np.broadcast_to(cast(op.forward, initial, x.dtype), (*row.shape[:-1], 1))
    result = op(np.concatenate([first, row], -1), axis=-1)
    return np.reshape(result, reduced_shape(x.shape, axis, keepdims))


def _mean(x: Any, *, axis: Any = None, keepdims: Any = False, where: Any) -> Any:
    """Of `mean`: NaN, with NumPy's warning, where the mask leaves nothing."""
    mask = _mask(where, x)
    number = np.sum(mask, axis=axis, keepdims=keepdims, dtype=x.dtype)
    reduce._warn_where(number == 0, "Mean of empty slice")
    total = np.sum(np.where(mask, x, 0), axis=axis, keepdims=keepdims)
    return total / np.where(number == 0, x.dtype.type(math.nan), number)


def _deviating(
    op: Primitive,
    without_nan: Any,
    x: Any,
    *,
    axis: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = None,
    correction: Any = None,
) -> Any:
    """Of `var` and `std`. With a mask they are `nanvar` and `nanstd`, if no NaN is among x."""
    if correction is not None:
        if ddof:
            raise ValueError(
                f"{op} expects ddof= or correction=, which are the same, got {ddof} and "
                f"{correction}"
            )
        ddof = correction
    if where is None:
        return op(x, axis=axis, ddof=ddof, keepdims=keepdims)
    mask = _mask(where, x)
    result = without_nan(np.where(mask, x, math.nan), axis, ddof=ddof, keepdims=keepdims)
    lost = np.any(np.isnan(x) & mask, axis=axis, keepdims=keepdims)
    return np.where(lost, math.nan, result)


for _op, _neutral in {reduce.sum: 0, reduce.prod: 1, reduce.max: None, reduce.min: None}.items():
    _op.wide = functools.partial(_folded, _op, _neutral)
reduce.mean.wide = _mean
for _op, _other in {reduce.var: reduce.nanvar, reduce.std: reduce.nanstd}.items():
    _op.wide = functools.partial(_deviating, _op, _other)
