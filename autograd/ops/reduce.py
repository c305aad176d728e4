"""Derivatives of the functions that reduce axes to one number, and of their running versions.

A reduction has one gradient per group of elements. `kept` gives it back the reduced axes, with
length 1, so that it broadcasts against the input; `spread` repeats it over the group.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..primitive import primitive
from ..registry import composite, registry, unwrap
from ..tangents import declare, linear
from .shape import from_lanes, lanes, reduced_axes

__all__ = [
    "amax",
    "amin",
    "average",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "max",
    "mean",
    "min",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "prod",
    "ptp",
    "recurrence",
    "std",
    "sum",
    "var",
]


# Elements of which it costs less to write them, 0.7 us, than to make a view of one, 6 us.
_FEW = 4096


def kept(g: Any, shape: tuple[int, ...], axis: Any, keepdims: Any) -> Any:
    """`g` with the reduced axes of `shape` back, as axes of length 1."""
    if keepdims or (axis is None and len(shape) < 2):
        return g
    axes = reduced_axes(len(shape), axis)
    return np.reshape(g, [1 if i in axes else n for i, n in enumerate(shape)])


def spread(g: Any, shape: tuple[int, ...], axis: Any, keepdims: Any) -> Any:
    """`g` repeated along the reduced axes: every element gets the gradient of its group."""
    if isinstance(g, np.generic) and math.prod(shape) <= _FEW:
        result = np.empty(shape, g.dtype)
        result.fill(g)
        return result
    return np.broadcast_to(g if axis is None else kept(g, shape, axis, keepdims), shape)


def group_size(shape: tuple[int, ...], axis: Any) -> int:
    """How many elements are reduced to one."""
    return math.prod(shape[a] for a in reduced_axes(len(shape), axis))


# -- sums and means ------------------------------------------------------------------------------

sum = primitive(
    np.sum,
    lambda g, out, x, *, axis=None, keepdims=False: spread(g, x.shape, axis, keepdims),
)
mean = primitive(
    np.mean,
    lambda g, out, x, *, axis=None, keepdims=False: (
        spread(g, x.shape, axis, keepdims) / group_size(x.shape, axis)
    ),
)


def _deviation(x: Any, axis: Any, ddof: Any) -> Any:
    """(x - mean) / (n - ddof); NaN when n is no more than ddof, as the variance itself."""
    freedom = group_size(x.shape, axis) - ddof
    return (x - np.mean(x, axis=axis, keepdims=True)) / (freedom if freedom > 0 else math.nan)


def _are_equal(x: Any, axis: Any, keepdims: Any = True) -> Any:
    """Whether the numbers of each group are all equal; NaN does not count.

    A standard deviation of 0 would not tell: the mean of three times 0.1 is not 0.1.
    """
    x = unwrap(x)
    top = np.fmax.reduce(x, axis=axis, keepdims=keepdims, initial=-math.inf)
    return top <= np.fmin.reduce(x, axis=axis, keepdims=keepdims, initial=math.inf)


var = primitive(
    np.var,
    lambda g, out, x, *, axis=None, ddof=0, keepdims=False: (
        kept(g, x.shape, axis, keepdims) * 2 * _deviation(x, axis, ddof)
    ),
)
# std' = var' / (2 std), and 0 for equal numbers.
std = primitive(
    np.std,
    lambda g, out, x, *, axis=None, ddof=0, keepdims=False: (
        kept(g, x.shape, axis, keepdims)
        * _deviation(x, axis, ddof)
        / np.where(_are_equal(x, axis), math.inf, kept(out, x.shape, axis, keepdims))
    ),
)


@composite(np.average)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False
) -> Any:
    """sum(a * weights) / sum(weights) along `axis`, and with `returned` also sum(weights).

    Weights of fewer axes than `a` belong to the axes in `axis`.
    """
    shape = np.shape(a)
    axis = None if axis is None else normalize_axis_tuple(axis, len(shape))
    if weights is None:
        result = mean(a, axis=axis, keepdims=keepdims)
        total: Any = np.asarray(float(group_size(shape, axis)), result.dtype)
    else:
        if np.shape(weights) != shape:
            if axis is None:
                raise TypeError("average: expected an axis when shapes of a and weights differ")
            axes = reduced_axes(len(shape), axis)
            if np.shape(weights) != tuple(shape[i] for i in axes):
                raise ValueError(
                    f"average: expected weights of shape {tuple(shape[i] for i in axes)}, those "
                    f"of a along axis={axis}, got {np.shape(weights)}"
                )
            weights = np.transpose(weights, np.argsort(axes))
            weights = np.reshape(weights, [n if i in axes else 1 for i, n in enumerate(shape)])
        total = np.sum(np.broadcast_to(weights, shape), axis=axis, keepdims=keepdims)
        if np.any(total == 0):
            raise ZeroDivisionError("average: the weights sum to zero and cannot be normalized")
        result = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (result, np.broadcast_to(total, result.shape)) if returned else result


# -- extremes ------------------------------------------------------------------------------------


def _share(x: Any, extreme: Any, axis: Any) -> Any:
    """1/(number of ties) where x is the extreme, else 0. A NaN is the extreme of its group."""
    hit = (x == extreme) | np.isnan(x)
    return hit / np.sum(hit, axis=axis, keepdims=True, dtype=x.dtype)


max = primitive(
    np.max,
    lambda g, out, x, *, axis=None, keepdims=False: (
        kept(g, x.shape, axis, keepdims) * _share(x, kept(out, x.shape, axis, keepdims), axis)
    ),
)
min = primitive(np.min, *max.rules)
amax = registry[np.amax] = max
amin = registry[np.amin] = min


@composite(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The largest minus the smallest element along `axis`."""
    return max(a, axis=axis, keepdims=keepdims) - min(a, axis=axis, keepdims=keepdims)


# -- running sums --------------------------------------------------------------------------------

cumsum = primitive(
    np.cumsum,
    lambda g, out, x, *, axis=None: np.reshape(
        np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis), x.shape
    ),
)
declare(linear, sum, mean, cumsum)


def delayed(x: Any, first: float) -> Any:
    """The elements one place later along the last axis, with `first` before them."""
    return np.concatenate([np.full_like(x[..., :1], first), x[..., :-1]], -1)


def _recurrence(a: Any, b: Any) -> Any:
    """s[i] = a[i] s[i-1] + b[i] along the last axis, with s[-1] = 0."""
    # Doubling: after each pass an element of b has taken in the `reach` ones before it, and a is
    # the factor at which the next one will come in.
    reach = 1
    while reach < b.shape[-1]:
        b = np.concatenate([b[..., :reach], b[..., reach:] + a[..., reach:] * b[..., :-reach]], -1)
        a = np.concatenate([a[..., :reach], a[..., reach:] * a[..., :-reach]], -1)
        reach *= 2
    return b


def backwards(a: Any, g: Any) -> Any:
    """s[i] = g[i] + a[i+1] s[i+1]: what a recurrence's gradient collects on its way back."""
    return np.flip(recurrence(delayed(np.flip(a, -1), 0.0), np.flip(g, -1)), -1)


# s[i] = a[i] s[i-1] + b[i] along the last axis.
recurrence = primitive(
    _recurrence,
    lambda g, out, a, b: backwards(a, g) * delayed(out, 0.0),
    lambda g, out, a, b: backwards(a, g),
    name="recurrence",
)


def _recurrence_tangent(tangents: Any, out: Any, a: Any, b: Any) -> Any:
    """ds[i] = a[i] ds[i-1] + da[i] s[i-1] + db[i]."""
    da, db = tangents
    pushed = 0.0 if da is None else da * delayed(out, 0.0)
    return recurrence(a, pushed if db is None else pushed + db)


recurrence.tangent = _recurrence_tangent

# -- products: no division anywhere, so zeros are as good as other factors -----------------------


def _others(x: Any, axis: Any) -> Any:
    """The product of all other elements of each element's group: those before, those behind."""
    row = lanes(x, axis)
    before = np.cumprod(delayed(row, 1.0), axis=-1)
    behind = np.flip(np.cumprod(delayed(np.flip(row, -1), 1.0), axis=-1), -1)
    return from_lanes(before * behind, x.shape, axis)


def _cumprod_rule(g: Any, out: Any, x: Any, axis: Any) -> Any:
    """dJ/dx[i] = prod(x[:i]) (g[i] + x[i+1] (g[i+1] + x[i+2] (g[i+2] + ...)))."""
    row, g, out = (lanes(v, axis) for v in (x, g, out))
    return from_lanes(delayed(out, 1.0) * backwards(row, g), x.shape, axis)


prod = primitive(
    np.prod,
    lambda g, out, x, *, axis=None, keepdims=False: (
        kept(g, x.shape, axis, keepdims) * _others(x, axis)
    ),
)
cumprod = primitive(np.cumprod, lambda g, out, x, *, axis=None: _cumprod_rule(g, out, x, axis))


def _with_initial(running: Any, first: float, x: Any, axis: int | None) -> Any:
    shape = list(running.shape)
    shape[axis or 0] = 1
    return np.concatenate([np.full(shape, first, x.dtype), running], axis or 0)


def _only_axis(x: Any, axis: Any) -> int:
    if axis is None and x.ndim > 1:
        raise ValueError(f"expected an axis for an array of several axes, got shape {x.shape}")
    if isinstance(axis, tuple):
        (axis,) = axis
    return 0 if axis is None else axis


def cumulative_sum(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """`cumsum`, with the sum of nothing, 0, in front if `include_initial`."""
    axis = _only_axis(x, axis)
    running = cumsum(x, axis=axis)
    return _with_initial(running, 0.0, x, axis) if include_initial else running


def cumulative_prod(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """`cumprod`, with the product of nothing, 1, in front if `include_initial`."""
    axis = _only_axis(x, axis)
    running = cumprod(x, axis=axis)
    return _with_initial(running, 1.0, x, axis) if include_initial else running


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    cumulative_sum = composite(np.cumulative_sum)(cumulative_sum)
    cumulative_prod = composite(np.cumulative_prod)(cumulative_prod)

# -- as if NaN were not there --------------------------------------------------------------------


def _without_nan(a: Any, value: float) -> Any:
    return np.where(np.isnan(a), value, a)


def _count(a: Any, axis: Any, keepdims: Any) -> Any:
    """How many elements of each group are numbers, in the dtype of `a`."""
    return np.sum(~np.isnan(a), axis=axis, keepdims=keepdims, dtype=a.dtype)


def _warn_where(bad: Any, message: str) -> None:
    if np.any(bad):
        warnings.warn(message, RuntimeWarning, stacklevel=4)


@composite(np.nansum)
def nansum(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The sum along `axis` of what is not NaN."""
    return sum(_without_nan(a, 0.0), axis=axis, keepdims=keepdims)


@composite(np.nanprod)
def nanprod(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The product along `axis` of what is not NaN."""
    return prod(_without_nan(a, 1.0), axis=axis, keepdims=keepdims)


@composite(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None) -> Any:
    """The running sum along `axis`, NaN counted as 0."""
    return cumsum(_without_nan(a, 0.0), axis=axis)


@composite(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None) -> Any:
    """The running product along `axis`, NaN counted as 1."""
    return cumprod(_without_nan(a, 1.0), axis=axis)


@composite(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The mean along `axis` of what is not NaN; of nothing NaN, and NumPy's warning."""
    number = _count(a, axis, keepdims)
    _warn_where(number == 0, "Mean of empty slice")
    return nansum(a, axis, keepdims=keepdims) / np.where(number == 0, math.nan, number)


@composite(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """The variance along `axis` of what is not NaN, with divisor n - ddof."""
    number = _count(a, axis, True)
    center = nansum(a, axis, keepdims=True) / np.where(number == 0, 1, number)
    freedom = _count(a, axis, keepdims) - ddof
    _warn_where(freedom <= 0, "Degrees of freedom <= 0 for slice.")
    deviation = np.where(np.isnan(a), 0.0, _without_nan(a, 0.0) - center)
    total = sum(np.square(deviation), axis=axis, keepdims=keepdims)
    return total / np.where(freedom <= 0, math.nan, freedom)


@composite(np.nanstd)
def nanstd(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    """The square root of `nanvar`; for equal numbers its derivative counts as 0."""
    variance = nanvar(a, axis, ddof=ddof, keepdims=keepdims)
    flat = _are_equal(a, axis, keepdims) & ~np.isnan(variance)
    return np.where(flat, 0.0, np.sqrt(np.where(flat, 1.0, variance)))


def _nan_extreme(reduce: Any, a: Any, axis: Any, keepdims: Any, worst: float) -> Any:
    empty = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
    _warn_where(empty, "All-NaN slice encountered")
    return np.where(empty, math.nan, reduce(_without_nan(a, worst), axis=axis, keepdims=keepdims))


@composite(np.nanmax)
def nanmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The maximum along `axis` of what is not NaN."""
    return _nan_extreme(max, a, axis, keepdims, -math.inf)


@composite(np.nanmin)
def nanmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The minimum along `axis` of what is not NaN."""
    return _nan_extreme(min, a, axis, keepdims, math.inf)
