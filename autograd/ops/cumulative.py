"""Derivatives of the running extremes and of the running log-sum-exp, under PyTorch's names.

Each rule collects gradients from the end of the axis to its beginning by one `recurrence`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..primitive import Primitive, primitive
from ..protocol import accumulations, reductions
from ..registry import unwrap
from .reduce import backwards, delayed, logsumexp, recurrence
from .shape import from_lanes, lanes

__all__ = ["cummax", "cummin", "logcumsumexp"]


def _accumulated(ufunc: np.ufunc, x: Any, axis: int | None) -> Any:
    """The running result along `axis`; None flattens, as in `cumsum`."""
    return ufunc.accumulate(np.ravel(x) if axis is None else np.atleast_1d(x), axis or 0)


# -- extremes ------------------------------------------------------------------------------------


def _passed_back(g: Any, out: Any, x: Any, axis: int | None) -> Any:
    """The gradient of the elements that are the extreme so far; equal ones share it evenly.

    As long as the extreme stays, its gradients go to the elements equal to it that have come by
    then. NaN is the extreme of everything behind it.
    """
    row, top = lanes(unwrap(x), axis), lanes(unwrap(out), axis)
    hit = ((row == top) | np.isnan(row)).astype(top.dtype)
    before = delayed(top, np.nan)
    stays = ((top == before) | (np.isnan(top) & np.isnan(before))).astype(top.dtype)
    share = lanes(g, axis) / recurrence(stays, hit)
    return from_lanes(hit * backwards(stays, share), x.shape, axis)


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

# -- log-sum-exp ---------------------------------------------------------------------------------


def _weighted_back(g: Any, x: Any, axis: int | None) -> Any:
    """dJ/dx[j] = Σ g[i] exp(x[j]) / Σ exp(x[:i+1]) over i >= j.

    Exponentials are taken relative to the largest element so far, so that none overflows and far
    out no digits are lost; `fades` is how much less the earlier ones count as that one grows.
    """
    row, g = lanes(x, axis), lanes(g, axis)
    top = np.maximum.accumulate(unwrap(row), -1)
    before = delayed(top, -np.inf)
    with np.errstate(invalid="ignore"):
        fades = np.where(np.isfinite(before), np.exp(before - top), 0)
    e = np.exp(row - np.where(np.isfinite(top), top, 0))
    return from_lanes(e * backwards(fades, g / recurrence(fades, e)), x.shape, axis)


logcumsumexp: Primitive = primitive(
    lambda x, *, axis=None: _accumulated(np.logaddexp, x, axis),
    lambda g, out, x, *, axis=None: _weighted_back(g, x, axis),
    name="logcumsumexp",
)
logcumsumexp.__doc__ = """log(exp(x[0]) + ... + exp(x[i])) along `axis`, exact far out.

None flattens. As long as all elements are -inf the result is -inf, with derivative NaN.
"""

accumulations.update({np.maximum: cummax, np.minimum: cummin, np.logaddexp: logcumsumexp})
reductions[np.logaddexp] = logsumexp
