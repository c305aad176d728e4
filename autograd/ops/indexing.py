"""Derivatives of choosing elements and of putting them back: two sides of one transposed pair."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np

from ..engine import unbroadcast
from ..inplace import write
from ..primitive import Primitive, primitive
from ..registry import composite, unwrap
from ..tangents import declare, linear
from ..tensor import Tensor
from .elementwise import where
from .joining import stack
from .shape import along, broadcast_arrays, copy, ravel

__all__ = [
    "choose",
    "compress",
    "extract",
    "getitem",
    "put_along_axis",
    "scatter_add",
    "select",
    "setitem",
    "take",
    "take_along_axis",
]

# -- x[index], and its transpose -----------------------------------------------------------------


def owned(index: Any) -> Any:
    """`index` without tensors and with its own arrays: a mask may be changed later."""
    if isinstance(index, tuple):
        return tuple(map(owned, index))
    if isinstance(index, list):
        index = np.array(unwrap(index))
        return index if index.size else index.astype(int)
    if isinstance(index, (np.ndarray, Tensor)):
        return np.array(unwrap(index))
    return index


def may_repeat(index: Any) -> bool:
    """Whether `index` can name an element twice: only an array of integers can."""
    for item in index if isinstance(index, tuple) else (index,):
        if not isinstance(item, (int, slice, EllipsisType, np.integer, type(None))):
            item = np.asarray(item)
            if item.dtype.kind in "iu" and item.size > 1:
                return True
    return False


def _scatter_add(v: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` to which `v` is added at `index`, once for each time it names a place."""
    out = np.zeros(shape, v.dtype)
    if may_repeat(index):
        np.add.at(out, index, v)
    else:
        out[index] = v
    return out


_getitem = primitive(
    lambda x, *, index: x[index],
    lambda g, out, x, *, index: scatter_add(g, index=index, shape=x.shape),
    name="getitem",
)
scatter_add: Primitive = primitive(
    _scatter_add, lambda g, out, v, *, index, shape: getitem(g, index), name="scatter_add"
)
declare(linear, _getitem, scatter_add)


def getitem(x: Any, index: Any) -> Any:
    """`x[index]`, for every kind of index that NumPy has; the index may contain tensors."""
    return _getitem(x, index=owned(index))


def _setitem(x: Any, v: Any, *, index: Any) -> Any:
    """A copy of `x` with `v` at `index`."""
    out = np.array(x)
    out[index] = v
    return out[()]


def _sent_to_values(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of the values of `shape` that were written to `index`."""
    part = getitem(g, index)
    if may_repeat(index):
        # Where several values went to one place the last one stayed.
        number = np.arange(part.size).reshape(part.shape)
        writer = np.zeros(g.shape, int)
        writer[index] = number
        part = part * (writer[index] == number)
    # Values may have more axes, of length 1, than what they are written to.
    extra = (1,) * (len(shape) - part.ndim)
    return unbroadcast(np.reshape(part, extra + part.shape), shape)


# x with v at x[index], as a new array.
setitem: Primitive = primitive(
    _setitem,
    lambda g, out, x, v, *, index: setitem(g, 0, index=index),
    lambda g, out, x, v, *, index: _sent_to_values(g, index, v.shape),
    name="setitem",
)


# -- choosing along an axis ----------------------------------------------------------------------

_BOUNDS = {
    "raise": lambda indices, n: indices,
    "wrap": lambda indices, n: indices % n,
    "clip": lambda indices, n: np.clip(indices, 0, n - 1),
}


def _bounded(indices: Any, n: int, mode: str) -> Any:
    """`indices` with those outside an axis of length n treated as `mode` says."""
    if mode not in _BOUNDS:
        raise ValueError(f"expected mode 'raise', 'wrap' or 'clip', got {mode!r}")
    return _BOUNDS[mode](np.asarray(unwrap(indices)), n)


_take = primitive(
    lambda a, *, indices, axis: np.take(a, indices, axis),
    lambda g, out, a, *, indices, axis: (
        scatter_add(g, index=along(axis, a.ndim, indices), shape=a.shape)
        if g.size
        else np.zeros(a.shape, g.dtype)  # of nothing NumPy takes any index
    ),
    name="take",
)
declare(linear, _take)


def _in_order(a: Any) -> Any:
    """`a` in memory as NumPy's take and choose leave it; an index lays it out as it likes.

    It decides whether a later reshape gives a view, through which a write reaches `a`.
    """
    return a if unwrap(a).flags.c_contiguous else copy(a, order="C")


@composite(np.take)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """The elements of `a` at `indices` along `axis` (None: of `a` flattened).

    Shape: a.shape with the axis replaced by indices.shape.
    """
    if axis is None:
        a, axis = ravel(a), 0
    elif not np.ndim(a):
        a = ravel(a)  # along an axis, NumPy takes a number for a vector of one
    return _take(a, indices=_bounded(indices, a.shape[axis], mode), axis=axis)


def lane_index(indices: Any, shape: tuple[int, ...], axis: int) -> tuple[Any, ...]:
    """The index of one element per lane along `axis`, where `indices` says which."""
    indices = np.asarray(unwrap(indices))
    if indices.dtype.kind not in "iu":
        raise IndexError(f"expected indices of integers, got dtype {indices.dtype}")
    if indices.ndim != len(shape):
        raise ValueError(
            f"expected indices of as many axes as the array, {len(shape)}, got {indices.ndim}"
        )
    lanes = list(np.ix_(*map(np.arange, shape)))
    lanes[axis] = indices
    return tuple(lanes)


@composite(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """out[i, j, k] = arr[i, indices[i, j, k], k] for axis 1; None flattens `arr` first."""
    if axis is None:
        arr, axis = ravel(arr), 0
    return getitem(arr, lane_index(indices, arr.shape, axis))


@composite(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """arr[i, indices[i, j, k], k] = values[i, j, k] for axis 1: a recorded write into `arr`."""
    if not isinstance(arr, Tensor):
        raise TypeError(
            "np.put_along_axis writes into its first argument: expected a Tensor to take values "
            f"that are one, got {type(arr).__name__}"
        )
    if axis is None:
        write(arr, np.unravel_index(np.asarray(unwrap(indices)), arr.shape), values)
    else:
        write(arr, lane_index(indices, arr.shape, axis), values)


@composite(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The slices of `a` along `axis` where the vector `condition` is true."""
    condition = np.asarray(unwrap(condition))
    if condition.ndim != 1:
        raise ValueError(f"compress expects a condition of shape (N,), got {condition.shape}")
    return take(a, np.flatnonzero(condition), axis)


@composite(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """The elements of `arr`, flattened, where `condition` is true."""
    return take(arr, np.flatnonzero(unwrap(condition)))


# -- choosing between arrays ---------------------------------------------------------------------


@composite(np.choose)
def choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    """`out[i] = choices[a[i]][i]`; all arrays are broadcast against each other."""
    which = _bounded(a, len(choices), mode)
    which, *arrays = broadcast_arrays(which, *choices)
    if np.any((which < 0) | (which >= len(arrays))):
        outside = which[(which < 0) | (which >= len(arrays))].flat[0]
        raise ValueError(
            f"choose expects numbers from 0 to {len(arrays) - 1}, got {outside}; mode='clip' or "
            "'wrap' brings others into the range"
        )
    chosen = take_along_axis(stack(arrays), which[np.newaxis], 0)[0]
    # An index lays its result out as it likes, and NumPy's choose in the order of the elements:
    # on that depends if a later reshape gives a view.
    return chosen if unwrap(chosen).flags.c_contiguous else copy(chosen, order="C")


@composite(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """At each place the element of the first of `choicelist` whose condition is true there."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(
            "select: expected as many choices as conditions and at least one, got "
            f"{len(condlist)} conditions and {len(choicelist)} choices"
        )
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = where(condition, choice, result)
    return result
