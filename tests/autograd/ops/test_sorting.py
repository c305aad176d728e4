"""Sorting, and the medians and quantiles that stand on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.testing import Call, axes, call

from .opcase import FILLED_SHAPES, FILLED_SHAPES_1D_UP, SHAPES_1D_UP, Battery, OpCase, array, seeds

METHODS = [
    "linear",
    "lower",
    "higher",
    "nearest",
    "midpoint",
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "median_unbiased",
    "normal_unbiased",
]


@st.composite
def sorted_along(draw: st.DrawFn) -> Call:
    a = array(draw(seeds), draw(SHAPES_1D_UP))
    axis = draw(axes(a.ndim, several=False))
    kind = draw(st.sampled_from([{}, {"kind": "stable"}, {"stable": True}]))
    return call(a, axis=axis, **kind)


@st.composite
def partitioned(draw: st.DrawFn) -> Call:
    a = array(draw(seeds), draw(FILLED_SHAPES_1D_UP))
    axis = draw(axes(a.ndim, several=False))
    n = a.size if axis is None else a.shape[axis]
    kth = st.integers(-n, n - 1)
    return call(a, kth=draw(st.one_of(kth, st.lists(kth, min_size=1, max_size=2))), axis=axis)


@st.composite
def lanes(draw: st.DrawFn, nan: bool = False) -> Call:
    shape = draw(FILLED_SHAPES)
    a = array(draw(seeds), shape)
    axis = draw(axes(len(shape)))
    if nan:
        # Each lane keeps a number: only the second of two copies loses some.
        rng = np.random.default_rng(draw(seeds))
        other = np.where(rng.random(shape) < 0.5, np.nan, np.asarray(a) + 0.02)
        a = np.stack([a, other], -1)
        if axis is not None:
            reduced = axis if isinstance(axis, tuple) else (axis,)
            axis = (*(i % len(shape) for i in reduced), -1)
    return call(a, axis=axis, keepdims=draw(st.booleans()))


@st.composite
def quantiles(draw: st.DrawFn, scale: float = 1.0, nan: bool = False) -> Call:
    (a,), params = draw(lanes(nan=nan))
    part = st.sampled_from([0.0, 0.13, 0.37, 0.5, 0.81, 1.0])
    # NumPy's nanquantile puts the axes of a matrix q elsewhere than its quantile does.
    q = draw(st.one_of(part, st.lists(part, max_size=3), st.just([0.2] if nan else [[0.2, 0.9]])))
    q = q * scale if isinstance(q, float) else (np.asarray(q) * scale).tolist()
    return call(a, q=q, method=draw(st.sampled_from(METHODS)), **params)


# Of nothing along no axis at all a quantile is nothing, and NumPy an error.
EMPTY = ("shapes",)

CASES = [
    OpCase(np.sort, sorted_along()),
    OpCase(np.partition, partitioned()),
    OpCase(np.median, lanes(), without=EMPTY),
    OpCase(np.nanmedian, lanes(nan=True)),
    OpCase(np.quantile, quantiles(), without=EMPTY),
    OpCase(np.percentile, quantiles(scale=100.0), without=EMPTY),
    OpCase(np.nanquantile, quantiles(nan=True)),
    OpCase(np.nanpercentile, quantiles(scale=100.0, nan=True)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestSorting(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True, dtype=float)


def gradient(function: Any, value: Any) -> Any:
    x = leaf(value)
    (g,) = autograd.gradients(np.sum(function(x)), x, materialize=True)
    assert g is not None
    return g.tolist()


class TestTies:
    """Edge case 1: equal elements share what their places get."""

    def test_sort(self) -> None:
        weights = np.array([1.0, 2.0, 6.0])
        assert gradient(lambda x: np.sort(x) * weights, [5.0, 1.0, 5.0]) == [4, 1, 4]
        assert gradient(lambda x: np.partition(x, 1) * weights, [5.0, 5.0, 1.0]) == [4, 4, 1]

    def test_sort_in_lanes(self) -> None:
        g = gradient(lambda x: np.sort(x, 0)[0], [[1.0, 2.0], [1.0, 1.0], [1.0, 1.0]])
        np.testing.assert_allclose(g, [[1 / 3, 0], [1 / 3, 0.5], [1 / 3, 0.5]])

    def test_the_ends_of_a_sort_are_max_and_min(self) -> None:
        x = [2.0, 3.0, 3.0, 2.0, 2.5]
        assert gradient(lambda x: np.sort(x)[-1], x) == gradient(np.max, x)
        assert gradient(lambda x: np.sort(x)[0], x) == gradient(np.min, x)

    def test_median_and_quantile(self) -> None:
        assert gradient(np.median, [1.0, 7.0, 1.0, 1.0, 9.0]) == pytest.approx(
            [1 / 3, 0, 1 / 3, 1 / 3, 0]
        )
        assert gradient(lambda x: np.quantile(x, 0.5), [4.0, 4.0]) == [0.5, 0.5]

    def test_second_order_at_ties(self) -> None:
        x = leaf([2.0, 2.0])
        (g,) = autograd.gradients(np.sum(np.sort(x * x) * [1.0, 3.0]), x, create_graph=True)
        assert g is not None
        assert g.tolist() == [8, 8]
        (gg,) = autograd.gradients(g.sum(), x)
        assert gg is not None
        assert gg.tolist() == [4, 4]


class TestNan:
    def test_nan_makes_the_median_nan(self) -> None:
        value = np.median(leaf([[1.0, np.nan, 2.0], [1.0, 5.0, 2.0]]), axis=1)
        np.testing.assert_array_equal(value.data, [np.nan, 2.0])
        assert np.isnan(np.quantile(leaf([1.0, np.nan]), 0.0).item())

    def test_sorting_nan(self) -> None:
        weights = np.array([1.0, 2.0, 4.0, 8.0])
        g = gradient(lambda x: np.sort(x) * weights, [np.nan, 1.0, np.nan, 0.0])
        assert g == [4, 2, 8, 1]

    def test_infinite_neighbours_do_not_matter(self) -> None:
        assert np.quantile(leaf([1.0, 2.0, np.inf]), 0.5).item() == 2
        assert gradient(lambda x: np.quantile(x, 0.5), [1.0, 2.0, np.inf]) == [0, 1, 0]

    @pytest.mark.parametrize("value", [[np.nan, np.nan], []])
    def test_a_nanmedian_of_nothing(self, value: Any) -> None:
        x = leaf(value)
        with pytest.warns(RuntimeWarning, match="All-NaN slice"):
            value = np.nanmedian(x)
        assert np.isnan(value.item())
        value.backward()
        assert x.grad is not None
        assert x.grad.shape == x.shape


class TestNothing:
    def test_a_median_of_nothing_is_nan_with_the_warning_of_numpy(self) -> None:
        with pytest.warns(RuntimeWarning) as caught:
            value = np.median(leaf(np.zeros((2, 0))), axis=1)
        assert any("Mean of empty slice" in str(w.message) for w in caught)
        assert np.isnan(value.data).all()

    @pytest.mark.parametrize("function", [np.quantile, np.percentile])
    def test_a_quantile_of_nothing_raises(self, function: Any) -> None:
        with pytest.raises(IndexError, match=r"at least one element, got shape \(0,\)"):
            function(leaf([]), 0.5)

    def test_quantiles_of_no_groups(self) -> None:
        assert np.quantile(leaf(np.zeros((0, 3))), [0.1, 0.2], axis=1).shape == (2, 0)


class TestArguments:
    def test_quantiles_outside_0_to_1_raise(self) -> None:
        with pytest.raises(ValueError, match="range"):
            np.quantile(leaf([1.0, 2.0]), 1.5)

    def test_weights_are_refused(self) -> None:
        with pytest.raises(TypeError, match="weights"):
            np.quantile(leaf([1.0, 2.0]), 0.5, weights=[1, 2])

    def test_sorting_by_fields_is_refused(self) -> None:
        with pytest.raises(TypeError, match="order"):
            np.sort(leaf([1.0, 2.0]), order="x")
