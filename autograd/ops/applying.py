"""Functions that apply a function of yours to parts of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from .. import expect
from ..registry import has_tensor, registry, unwrap
from .indexing import getitem, setitem
from .joining import stack
from .shape import astype, expand_dims, moveaxis, reshape

__all__ = ["apply_along_axis", "apply_over_axes", "piecewise"]


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """`func1d(lane, *args, **kwargs)` of each vector along `axis`, which its results replace.

    A loop, one call per vector: the same said with `axis=` is faster.
    """
    expect.function("apply_along_axis", "func1d", func1d)
    axis = expect.integer("apply_along_axis", "axis", axis)
    if not has_tensor([arr]):
        return np.apply_along_axis(func1d, axis, arr, *args, **kwargs)
    axis = normalize_axis_index(axis, arr.ndim)
    rows = moveaxis(arr, axis, -1)
    rest = rows.shape[:-1]
    if 0 in rest:
        raise ValueError(
            f"apply_along_axis expects at least one vector along axis {axis}, got shape {arr.shape}"
        )
    results = [func1d(rows[index], *args, **kwargs) for index in np.ndindex(rest)]
    together = stack(results)
    together = reshape(together, (*rest, *together.shape[1:]))
    new = range(len(rest), together.ndim)
    return moveaxis(together, new, range(axis, axis + len(new)))


def apply_over_axes(func: Callable[[Any, int], Any], a: Any, axes: Any) -> Any:
    """`func(a, axis)` for one of `axes` after the other; an axis that it reduces is kept."""
    expect.function("apply_over_axes", "func", func)
    if not has_tensor([a]):
        return np.apply_over_axes(func, np.asarray(a), axes)
    for axis in np.ravel(unwrap(axes)).tolist():
        # A number has no axis 0, but NumPy's reductions take it.
        axis = normalize_axis_index(axis, max(a.ndim, 1))
        result = func(a, axis)
        if np.ndim(result) not in (a.ndim, a.ndim - 1):
            raise ValueError(
                "apply_over_axes expects a function that keeps or drops its axis, got a result of "
                f"shape {np.shape(result)}"
            )
        a = result if np.ndim(result) == a.ndim else expand_dims(result, axis=axis)
    return a


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """f(x, *args, **kw) where the condition of f is true; the last true one decides, else 0.

    The functions in `funclist` get the elements that they are for; a number or a tensor among them
    stands for itself; one more than there are conditions is for the rest. The result has the dtype
    of `x`.
    """
    expect.items("piecewise", "condlist", [condlist] if np.ndim(condlist) == 0 else condlist)
    funclist = expect.items("piecewise", "funclist", funclist)
    if not has_tensor([x, condlist, funclist]):
        return np.piecewise(x, condlist, funclist, *args, **kw)
    condlist = unwrap(condlist)
    if np.ndim(condlist) == 0 or (np.ndim(x) and np.ndim(condlist[0]) == 0):
        condlist = [condlist]
    conditions = [np.asarray(condition, bool) for condition in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    if len(funclist) != len(conditions):
        raise ValueError(
            f"piecewise expects a function for each of the {len(conditions)} conditions, and "
            f"perhaps one for the rest, got {len(funclist)}"
        )
    result = np.zeros_like(unwrap(x))
    for condition, f in zip(conditions, funclist, strict=True):
        if not callable(f):
            value = f
        elif not np.any(condition):
            continue
        else:
            value = f(getitem(x, condition), *args, **kw)
        if np.asarray(unwrap(value)).dtype != result.dtype:
            value = astype(value, result.dtype) if has_tensor([value]) else value
        result = setitem(result, value, index=condition)
    return result


registry.update(
    {
        np.apply_along_axis: apply_along_axis,
        np.apply_over_axes: apply_over_axes,
        np.piecewise: piecewise,
    }
)
