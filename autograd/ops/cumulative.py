"""Derivatives of the running extremes and of log-sum-exp, whole and running.

A running rule collects gradients from the end of the axis to its beginning by one `recurrence`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..primitive import Primitive, primitive
from ..protocol import accumulations, reductions
from ..registry import unwrap
from .reduce import backwards, delayed, kept, recurrence
from .shape import broadcast_arrays, from_lanes, lanes

__all__ = ["cummax", "cummin", "logcumsumexp", "logsumexp"]


def _accumulated(ufunc: np.ufunc, x: Any, axis: int | None) -> Any:
    """The running result along `axis`; None flattens, as in `cumsum`."""
    return ufunc.accumulate(np.ravel(x) if axis is None else np.atleast_1d(x), axis or 0)


# -- extremes ------------------------------------------------------------------------------------


def _shares(x: Any, out: Any, axis: int | None) -> tuple[Any, Any, Any]:
    """Where an element is the extreme so far, where that one stays, and how many have been it.

    NaN is the extreme of everything behind it.
    """
    row, top = lanes(unwrap(x), axis), lanes(unwrap(out), axis)
    hit = ((row == top) | np.isnan(row)).astype(top.dtype)
    before = delayed(top, np.nan)
    stays = ((top == before) | (np.isnan(top) & np.isnan(before))).astype(top.dtype)
    return hit, stays, recurrence(stays, hit)


def _passed_back(g: Any, out: Any, x: Any, axis: int | None) -> Any:
    """The gradient of the elements that are the extreme so far; equal ones share it evenly.

    As long as the extreme stays, its gradients go to the elements equal to it that have come by
    then.
    """
    hit, stays, count = _shares(x, out, axis)
    return from_lanes(hit * backwards(stays, lanes(g, axis) / count), x.shape, axis)


def _passed_on(tangents: Any, out: Any, x: Any, *, axis: int | None = None) -> Any:
    """The mean of the tangents of the elements that are the extreme so far."""
    hit, stays, count = _shares(x, out, axis)
    mean = recurrence(stays, hit * lanes(tangents[0], axis)) / count
    return from_lanes(mean, out.shape, axis)


cummax = primitive(
    lambda x, *, axis=None: _accumulated(np.maximum, x, axis),
    lambda g, out, x, *, axis=None: _passed_back(g, out, x, axis),
    name="cummax",
)
cummax.__doc__ = """The largest element so far along `axis`; None flattens.

The values only: PyTorch's indices are not returned. A tie is split evenly among the equal elements
so far, as in `max`; PyTorch gives all to the last.
"""
cummin = primitive(
    lambda x, *, axis=None: _accumulated(np.minimum, x, axis), *cummax.rules, name="cummin"
)
cummin.__doc__ = """The smallest element so far along `axis`; None flattens. Ties as in `cummax`."""

cummax.tangent = cummin.tangent = _passed_on

# -- log-sum-exp ---------------------------------------------------------------------------------


def _largest(x: Any, axis: Any) -> Any:
    """The largest element of each group, 0 where it is not finite: what keeps exp from overflow."""
    top = np.max(unwrap(x), axis=axis, keepdims=True, initial=-math.inf)
    return np.where(np.isfinite(top), top, 0)


def _softmax(x: Any, axis: Any) -> Any:
    """exp(x) / sum(exp(x)): exact far out, where exp(x - logsumexp(x)) keeps fewer digits."""
    e = np.exp(x - _largest(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def _log_sum_exp(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    shift = _largest(x, axis)
    with np.errstate(divide="ignore"):
        log = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=keepdims))
    return (log + np.reshape(shift, log.shape)).astype(x.dtype)[()]


_logsumexp = primitive(
    _log_sum_exp,
    lambda g, out, x, *, axis=None, keepdims=False: (
        kept(g, x.shape, axis, keepdims) * _softmax(x, axis)
    ),
    name="logsumexp",
)
_logsumexp.tangent = lambda tangents, out, x, *, axis=None, keepdims=False: np.sum(
    _softmax(x, axis) * tangents[0], axis=axis, keepdims=keepdims
)


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """log(Σ b exp(a)) along `axis`, without overflow; b is 1 if None, and broadcasts against a.

    SciPy's parameters. The derivative with respect to a is the softmax, weighted with b. All -inf
    gives -inf, with derivative NaN; the sum of nothing gives -inf too. A negative sum gives NaN.
    """
    if b is None:
        return _logsumexp(a, axis=axis, keepdims=keepdims)
    a, b = broadcast_arrays(a, b)
    values = np.where(unwrap(b) == 0, -math.inf, unwrap(a))
    shift = _largest(values, axis)
    # Where b is 0 an element may be larger than the shift: its exponential must not overflow.
    room = math.log(np.finfo(values.dtype).max) / 2
    e = np.exp(np.where(values < unwrap(a), np.minimum(a - shift, room), a - shift))
    with np.errstate(divide="ignore"):
        log = np.log(np.sum(b * e, axis=axis, keepdims=keepdims))
    return log + np.reshape(shift, log.shape)


def _exponentials(x: Any, axis: int | None) -> tuple[Any, Any]:
    """exp(x) relative to the largest element so far, and how much less the earlier ones count.

    So no exponential overflows, and far out no digits are lost.
    """
    row = lanes(x, axis)
    top = np.maximum.accumulate(unwrap(row), -1)
    before = delayed(top, -np.inf)
    with np.errstate(invalid="ignore"):
        fades = np.where(np.isfinite(before), np.exp(before - top), 0)
    return np.exp(row - np.where(np.isfinite(top), top, 0)), fades


def _weighted_back(g: Any, x: Any, axis: int | None) -> Any:
    """dJ/dx[j] = Σ g[i] exp(x[j]) / Σ exp(x[:i+1]) over i >= j."""
    e, fades = _exponentials(x, axis)
    share = lanes(g, axis) / recurrence(fades, e)
    return from_lanes(e * backwards(fades, share), x.shape, axis)


def _weighted_on(tangents: Any, out: Any, x: Any, *, axis: int | None = None) -> Any:
    """The mean of the tangents so far, weighted with exp(x)."""
    e, fades = _exponentials(x, axis)
    mean = recurrence(fades, e * lanes(tangents[0], axis)) / recurrence(fades, e)
    return from_lanes(mean, out.shape, axis)


logcumsumexp: Primitive = primitive(
    lambda x, *, axis=None: _accumulated(np.logaddexp, x, axis),
    lambda g, out, x, *, axis=None: _weighted_back(g, x, axis),
    name="logcumsumexp",
)
logcumsumexp.__doc__ = """log(exp(x[0]) + ... + exp(x[i])) along `axis`, exact far out.

None flattens. As long as all elements are -inf the result is -inf, with derivative NaN.
"""

logcumsumexp.tangent = _weighted_on

accumulations.update({np.maximum: cummax, np.minimum: cummin, np.logaddexp: logcumsumexp})
reductions[np.logaddexp] = logsumexp
