"""Reductions and running sums: axes, ties, zeros, NaN, and nothing to reduce."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.ops import logsumexp
from autograd.ops.reduce import recurrence

from .opcase import Battery, Call, OpCase, array, axis_of, filled_shapes, seeds, shapes


@st.composite
def reduction(
    draw: st.DrawFn,
    shape: Any = shapes,
    low: float = -2.0,
    high: float = 2.0,
    several: bool = True,
    **params: Any,
) -> Call:
    """An array with axis and keepdims."""
    x = array(draw(seeds), draw(shape), low, high)
    found = {name: draw(strategy) for name, strategy in params.items()}
    found["axis"] = draw(axis_of(np.ndim(x), several=several))
    found["keepdims"] = draw(st.booleans())
    return (x,), found


@st.composite
def running(draw: st.DrawFn, zeros: bool = False) -> Call:
    """An array with one axis or None; `zeros` puts some zeros into it."""
    x = array(draw(seeds), draw(shapes), -1.5, 1.5)
    if zeros and x.size and draw(st.booleans()):
        rng = np.random.default_rng(draw(seeds))
        x = np.asarray(x * (rng.random(np.shape(x)) < 0.7))[()]
    return (x,), {"axis": draw(axis_of(np.ndim(x), several=False))}


@st.composite
def product(draw: st.DrawFn) -> Call:
    (x,), params = draw(reduction())
    if x.size and draw(st.booleans()):
        rng = np.random.default_rng(draw(seeds))
        x = np.asarray(x * (rng.random(np.shape(x)) < 0.7))[()]
    return (x,), params


@st.composite
def with_nan(draw: st.DrawFn, **params: Any) -> Call:
    """An array with NaN in it, but at least two numbers in every group."""
    (x,), found = draw(reduction(filled_shapes, **params))
    x = np.stack([x, x + 0.01, np.asarray(x) + 0.02], -1)
    rng = np.random.default_rng(draw(seeds))
    x[..., 2][rng.random(x.shape[:-1]) < 0.5] = np.nan
    axis = found["axis"]
    if axis is not None:
        axes = axis if isinstance(axis, tuple) else (axis,)
        found["axis"] = (*(a % (x.ndim - 1) for a in axes), -1)
    return (x,), found


@st.composite
def nan_running(draw: st.DrawFn) -> Call:
    (x,), params = draw(with_nan())
    return (x,), {"axis": draw(axis_of(x.ndim, several=False))}


@st.composite
def weighted(draw: st.DrawFn) -> Call:
    shape = draw(filled_shapes)
    a = array(draw(seeds), shape)
    keepdims = draw(st.booleans())
    kind = draw(st.sampled_from(["none", "same", "axes"]))
    axis = draw(axis_of(len(shape)))
    if axis == ():
        axis = None
    if kind == "none":
        return (a,), dict(axis=axis, keepdims=keepdims)
    if kind == "same" or axis is None:
        weights = array(draw(seeds), shape, 0.5, 1.5)
        return (a, weights), dict(axis=axis, keepdims=keepdims)
    axes = axis if isinstance(axis, tuple) else (axis,)
    weights = array(draw(seeds), tuple(shape[i] for i in axes), 0.5, 1.5)
    return (a, weights), dict(axis=axis, keepdims=keepdims)


def average(a: Any, weights: Any = None, **params: Any) -> Any:
    return np.average(a, weights=weights, **params)


@st.composite
def linear_recurrence(draw: st.DrawFn) -> Call:
    shape = draw(st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple))
    return (array(draw(seeds), shape), array(draw(seeds), shape)), {}


@st.composite
def cumulative(draw: st.DrawFn) -> Call:
    shape = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    if len(shape) == 1 and draw(st.booleans()):
        axis = None
    params = dict(axis=axis, include_initial=draw(st.booleans()))
    return (array(draw(seeds), shape),), params


CASES = [
    OpCase(np.sum, reduction()),
    OpCase(np.mean, reduction()),
    OpCase(np.var, reduction(filled_shapes)),
    OpCase(np.var, reduction(st.just((3, 2, 4)), ddof=st.sampled_from([0.5, 1])), name="ddof"),
    OpCase(np.std, reduction(st.just((3, 2, 4)), ddof=st.sampled_from([0, 0.5, 1])), order=1),
    OpCase(np.std, reduction(st.just((3, 2)), several=False, axis=st.just(0)), name="axis"),
    OpCase(np.average, weighted(), average),
    OpCase(np.prod, product()),
    OpCase(np.max, reduction(filled_shapes)),
    OpCase(np.min, reduction(filled_shapes)),
    OpCase(np.amax, reduction(filled_shapes)),
    OpCase(np.amin, reduction(filled_shapes)),
    OpCase(np.ptp, reduction(filled_shapes)),
    OpCase(logsumexp, reduction()),
    OpCase(np.cumsum, running()),
    OpCase(np.cumprod, running(zeros=True)),
    OpCase(recurrence, linear_recurrence()),
    OpCase(np.nansum, with_nan()),
    OpCase(np.nanprod, with_nan()),
    OpCase(np.nancumsum, nan_running()),
    OpCase(np.nancumprod, nan_running()),
    OpCase(np.nanmean, with_nan()),
    OpCase(np.nanvar, with_nan(ddof=st.sampled_from([0, 1]))),
    OpCase(np.nanmax, with_nan()),
    OpCase(np.nanmin, with_nan()),
]
if hasattr(np, "cumulative_sum"):
    CASES += [OpCase(np.cumulative_sum, cumulative()), OpCase(np.cumulative_prod, cumulative())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestReduce(Battery):
    pass
