"""Derivatives of sorting and of what is found by it: medians and quantiles.

Sorting is a permutation, which its rule undoes. Equal elements share the gradients of their places
evenly, as they do in `max`, which is the last place, and `min`, which is the first.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..primitive import primitive
from ..registry import composite, unwrap
from .indexing import getitem, lane_index, scatter_add, take_along_axis
from .reduce import group_size
from .shape import along, lanes, reduced_shape

__all__ = [
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "partition",
    "percentile",
    "quantile",
    "sort",
]

# -- sorting -------------------------------------------------------------------------------------


def _level(g: Any, ordered: Any, axis: int) -> Any:
    """`g` with its mean in place of each run of equal elements of `ordered`."""
    head = ordered[along(axis, ordered.ndim, slice(None, 1))]
    tail = ordered[along(axis, ordered.ndim, slice(1, None))]
    before = ordered[along(axis, ordered.ndim, slice(None, -1))]
    run = np.cumsum(np.concatenate([np.zeros(head.shape, bool), tail != before], axis), axis)
    if np.all(run[along(axis, run.ndim, slice(-1, None))] == ordered.shape[axis] - 1):
        return g
    index = lane_index(run, ordered.shape, axis)
    size = scatter_add(np.ones(ordered.shape, ordered.dtype), index=index, shape=ordered.shape)
    return getitem(scatter_add(g, index=index, shape=ordered.shape) / np.maximum(size, 1), index)


def _sent_back(g: Any, out: Any, x: Any, axis: int | None) -> Any:
    """The gradient of x, of which `out` is a rearrangement along `axis`; ties share evenly."""
    if axis is None:
        return np.reshape(_sent_back(g, out, np.ravel(unwrap(x)), 0), x.shape)
    x, out = np.atleast_1d(unwrap(x)), unwrap(out)
    if not x.size:
        return g
    order = np.argsort(out, axis)
    g = _level(np.take_along_axis(g, order, axis), np.take_along_axis(out, order, axis), axis)
    place = np.argsort(np.argsort(x, axis), axis)
    return np.take_along_axis(g, place, axis)


sort = primitive(
    np.sort,
    lambda g, out, x, *, axis=-1, kind=None, stable=None: _sent_back(g, out, x, axis),
)
partition = primitive(
    np.partition,
    lambda g, out, x, *, kth, axis=-1, kind="introselect": _sent_back(g, out, x, axis),
)

# -- medians and quantiles -----------------------------------------------------------------------


def _sorted_lanes(a: Any, axis: Any) -> Any:
    """The elements of each group in the last axis, sorted; AxisError for axes that are not there.

    Reductions let that pass for an array without axes, where NumPy does.
    """
    return sort(lanes(a, None if axis is None else normalize_axis_tuple(axis, a.ndim)), -1)


# These take an element as it is.
_UNWEIGHTED = {"lower", "higher", "nearest", "inverted_cdf", "closest_observation"}


def _places(q: Any, sizes: Any, method: Any) -> Any:
    """Where among n sorted numbers, counted from 0, quantile q lies: for each of `sizes` and q.

    NumPy says it: a quantile of 0, 1, 2, ... is the place itself. Of no numbers it is NaN, which
    stands at place 0.
    """
    place = {
        n: np.quantile(np.arange(n, dtype=float), q, method=method) if n else np.zeros(q.size)
        for n in np.unique(sizes).tolist()
    }
    return np.reshape([place[n] for n in np.ravel(sizes).tolist()], (*np.shape(sizes), q.size))


def _quantile(
    a: Any, q: Any, axis: Any, method: Any, keepdims: bool, skip_nan: bool = False
) -> Any:
    """The quantiles `q` (numbers or an array, not a tensor) of `a` along `axis`."""
    row = _sorted_lanes(a, axis)
    if not row.shape[-1]:
        row = np.concatenate([row, np.full((*row.shape[:-1], 1), math.nan, row.dtype)], -1)
    values = unwrap(row)
    length = values.shape[-1]
    number = np.sum(~np.isnan(values), -1) if skip_nan else np.full(values.shape[:-1], length)
    if np.any(number == 0):
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=4)
    place = _places(np.ravel(q), number, method)
    if not skip_nan:
        # NaN is sorted to the end, and makes every quantile NaN.
        place = np.where(np.isnan(values[..., -1:]), length - 1, place)
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    # As in NumPy, the dtype of q counts where it weighs, unless it is a Python number.
    weak = type(q) in (int, float) or method in _UNWEIGHTED
    t = (place - low).astype(a.dtype if weak else np.result_type(a.dtype, np.asarray(q).dtype))
    below, above = take_along_axis(row, low, -1), take_along_axis(row, high, -1)
    # Exactly at a number the neighbour, which may be infinite, does not matter.
    between = np.where(t == 0, below, below * (1 - t) + above * t)
    rest = reduced_shape(a.shape, axis, keepdims)
    return np.reshape(np.moveaxis(between, -1, 0), (*np.shape(q), *rest))


def _parts_of_hundred(percent: Any) -> Any:
    percent = unwrap(percent)
    return percent / 100 if type(percent) in (int, float) else np.true_divide(percent, 100)


def _require_elements(a: Any, axis: Any) -> None:
    if not group_size(a.shape, axis):
        raise IndexError(f"a quantile expects at least one element, got shape {a.shape}")


@composite(np.quantile)
def quantile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False
) -> Any:
    """The number below which a part `q` (0 to 1) of the elements lies; all of NumPy's methods.

    Shape: that of q, then that of the reduced `a`. No derivative with respect to q.
    """
    _require_elements(a, axis)
    return _quantile(a, unwrap(q), axis, method, keepdims)


@composite(np.percentile)
def percentile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False
) -> Any:
    """`quantile` with q in percent."""
    _require_elements(a, axis)
    return _quantile(a, _parts_of_hundred(q), axis, method, keepdims)


@composite(np.median)
def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle one of the sorted elements, or the mean of the middle two.

    Of nothing it is NaN, with NumPy's warning.
    """
    row = _sorted_lanes(a, axis)
    n = row.shape[-1]
    middle = np.mean(row[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    # NaN is sorted to the end.
    if np.any(np.isnan(row[..., -1:])):
        middle = np.where(np.isnan(row[..., -1]), row[..., -1], middle)
    return np.reshape(middle, reduced_shape(a.shape, axis, keepdims))


@composite(np.nanquantile)
def nanquantile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False
) -> Any:
    """`quantile` of what is not NaN."""
    return _quantile(a, unwrap(q), axis, method, keepdims, skip_nan=True)


@composite(np.nanpercentile)
def nanpercentile(
    a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False
) -> Any:
    """`percentile` of what is not NaN."""
    return _quantile(a, _parts_of_hundred(q), axis, method, keepdims, skip_nan=True)


@composite(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """`median` of what is not NaN."""
    return _quantile(a, 0.5, axis, "linear", keepdims, skip_nan=True)
