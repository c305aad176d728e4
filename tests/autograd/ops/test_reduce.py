"""Reductions and running sums: axes, ties, zeros, NaN, and nothing to reduce."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.ops import logsumexp
from autograd.ops.reduce import group_size, recurrence
from autograd.testing import Call, axes, call, shapes

from .opcase import FILLED_SHAPES, SHAPES, Battery, OpCase, array, seeds


@st.composite
def reduction(
    draw: st.DrawFn,
    shape: Any = SHAPES,
    low: float = -2.0,
    high: float = 2.0,
    several: bool = True,
    **params: Any,
) -> Call:
    """An array with axis and keepdims."""
    x = array(draw(seeds), draw(shape), low, high)
    found = {name: draw(strategy) for name, strategy in params.items()}
    found["axis"] = draw(axes(np.ndim(x), several=several))
    found["keepdims"] = draw(st.booleans())
    return call(x, **found)


def of_at_least(least: int, calls: Any) -> Any:
    """`calls` whose groups have so many elements; there may be no groups."""

    def enough(call: Call) -> bool:
        (x,), params = call
        return group_size(np.shape(x), params["axis"]) >= least

    return calls.filter(enough)


@st.composite
def running(draw: st.DrawFn, zeros: bool = False) -> Call:
    """An array with one axis or None; `zeros` puts some zeros into it."""
    x = array(draw(seeds), draw(SHAPES), -1.5, 1.5)
    if zeros and x.size and draw(st.booleans()):
        rng = np.random.default_rng(draw(seeds))
        x = np.asarray(x * (rng.random(np.shape(x)) < 0.7))[()]
    return call(x, axis=draw(axes(np.ndim(x), several=False)))


@st.composite
def product(draw: st.DrawFn) -> Call:
    (x,), params = draw(reduction())
    if x.size and draw(st.booleans()):
        rng = np.random.default_rng(draw(seeds))
        x = np.asarray(x * (rng.random(np.shape(x)) < 0.7))[()]
    return call(x, **params)


@st.composite
def with_nan(draw: st.DrawFn, **params: Any) -> Call:
    """An array with NaN in it, but at least two numbers in every group."""
    (x,), found = draw(reduction(FILLED_SHAPES, **params))
    x = np.stack([x, x + 0.01, np.asarray(x) + 0.02], -1)
    rng = np.random.default_rng(draw(seeds))
    x[..., 2][rng.random(x.shape[:-1]) < 0.5] = np.nan
    axis = found["axis"]
    if axis is not None:
        reduced = axis if isinstance(axis, tuple) else (axis,)
        found["axis"] = (*(a % (x.ndim - 1) for a in reduced), -1)
    return call(x, **found)


@st.composite
def nan_running(draw: st.DrawFn) -> Call:
    (x,), _ = draw(with_nan())
    return call(x, axis=draw(axes(x.ndim, several=False)))


@st.composite
def weighted(draw: st.DrawFn) -> Call:
    shape = draw(FILLED_SHAPES)
    a = array(draw(seeds), shape)
    keepdims = draw(st.booleans())
    kind = draw(st.sampled_from(["none", "same", "axes"]))
    axis = draw(axes(len(shape)))
    if axis == ():
        axis = None
    if kind == "none":
        return call(a, axis=axis, keepdims=keepdims)
    if kind == "same" or axis is None:
        weights = array(draw(seeds), shape, 0.5, 1.5)
        return call(a, weights, axis=axis, keepdims=keepdims)
    reduced = axis if isinstance(axis, tuple) else (axis,)
    weights = array(draw(seeds), tuple(shape[i] for i in reduced), 0.5, 1.5)
    return call(a, weights, axis=axis, keepdims=keepdims)


def average(a: Any, weights: Any = None, **params: Any) -> Any:
    return np.average(a, weights=weights, **params)


@st.composite
def linear_recurrence(draw: st.DrawFn) -> Call:
    shape = draw(shapes(1, 3, 0, 5))
    return call(array(draw(seeds), shape), array(draw(seeds), shape))


@st.composite
def cumulative(draw: st.DrawFn) -> Call:
    shape = draw(shapes(1, 3))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    if len(shape) == 1 and draw(st.booleans()):
        axis = None
    params = dict(axis=axis, include_initial=draw(st.booleans()))
    return call(array(draw(seeds), shape), **params)


CASES = [
    OpCase(np.sum, reduction()),
    OpCase(np.mean, of_at_least(1, reduction())),
    OpCase(np.var, of_at_least(1, reduction())),
    OpCase(np.var, of_at_least(2, reduction(ddof=st.sampled_from([0.5, 1]))), name="ddof"),
    OpCase(np.std, of_at_least(2, reduction(ddof=st.sampled_from([0, 0.5, 1])))),
    # The average of nothing is an accidental division by zero in NumPy.
    OpCase(np.average, weighted(), average, without=("shapes",)),
    OpCase(np.prod, product()),
    OpCase(np.max, reduction(FILLED_SHAPES)),
    OpCase(np.min, reduction(FILLED_SHAPES)),
    OpCase(np.amax, reduction(FILLED_SHAPES)),
    OpCase(np.amin, reduction(FILLED_SHAPES)),
    OpCase(np.ptp, reduction(FILLED_SHAPES)),
    OpCase(logsumexp, of_at_least(1, reduction())),
    OpCase(np.cumsum, running()),
    OpCase(np.cumprod, running(zeros=True)),
    OpCase(recurrence, linear_recurrence()),
    OpCase(np.nansum, with_nan()),
    OpCase(np.nanprod, with_nan()),
    OpCase(np.nancumsum, nan_running()),
    OpCase(np.nancumprod, nan_running()),
    OpCase(np.nanmean, with_nan()),
    OpCase(np.nanvar, with_nan(ddof=st.sampled_from([0, 1]))),
    OpCase(np.nanstd, with_nan(ddof=st.sampled_from([0, 1]))),
    OpCase(np.nanmax, with_nan()),
    OpCase(np.nanmin, with_nan()),
]
if hasattr(np, "cumulative_sum"):
    CASES += [OpCase(np.cumulative_sum, cumulative()), OpCase(np.cumulative_prod, cumulative())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestReduce(Battery):
    pass


def gradient(function: Any, value: Any) -> Any:
    x = Tensor(value, requires_grad=True, dtype=float)
    (g,) = autograd.gradients(np.sum(function(x)), x, materialize=True)
    assert g is not None
    return g.tolist()


def hessian_rows(function: Any, value: Any) -> Any:
    """Second derivatives of a scalar function, row by row."""
    x = Tensor(value, requires_grad=True, dtype=float)
    (g,) = autograd.gradients(function(x), x, create_graph=True)
    assert g is not None
    rows = [autograd.gradients(gi, x, materialize=True)[0] for gi in g]
    return [row.tolist() for row in rows if row is not None]


class TestTies:
    """Edge case 1."""

    @pytest.mark.parametrize("function", [np.max, np.amax, np.nanmax])
    def test_ties_share_evenly(self, function: Any) -> None:
        assert gradient(function, [[1.0, 3.0], [3.0, 0.0]]) == [[0, 0.5], [0.5, 0]]
        assert gradient(lambda x: function(x, axis=0), [[1, 3], [1, 0]]) == [[0.5, 1], [0.5, 0]]

    @pytest.mark.parametrize("function", [np.min, np.amin, np.nanmin])
    def test_of_the_smallest_too(self, function: Any) -> None:
        assert gradient(function, [2.0, 2.0, 2.0, 2.0]) == [0.25] * 4

    def test_ptp_of_equal_numbers_is_flat(self) -> None:
        assert gradient(np.ptp, [2.0, 2.0]) == [0, 0]

    def test_nan_is_the_extreme(self) -> None:
        assert gradient(np.max, [1.0, np.nan, 3.0]) == [0, 1, 0]
        assert gradient(np.min, [1.0, np.nan, 3.0]) == [0, 1, 0]

    def test_ties_of_float32_stay_float32(self) -> None:
        x = Tensor([1.0, 1.0, 1.0], requires_grad=True, dtype=np.float32)
        (g,) = autograd.gradients(np.max(x), x, create_graph=True)
        assert g is not None
        assert g.dtype == np.float32


class TestSpread:
    """Edge case 3: std of constants; edge case 5: too few elements."""

    @pytest.mark.parametrize("value", [[2.0, 2.0], [0.1, 0.1, 0.1], [5.0], [[0.1] * 7] * 3])
    def test_std_of_constants_is_flat(self, value: Any) -> None:
        assert not np.any(gradient(np.std, value))
        assert not np.any(gradient(lambda x: np.std(x, axis=-1), value))
        assert not np.any(gradient(np.nanstd, value))

    def test_one_constant_row_among_others(self) -> None:
        rows = gradient(lambda x: np.std(x, axis=1), [[0.1, 0.1, 0.1], [0.0, 2.0, 4.0]])
        assert rows[0] == [0, 0, 0]
        assert rows[1] == pytest.approx([-1 / np.sqrt(6), 0, 1 / np.sqrt(6)])

    @pytest.mark.parametrize("function", [np.var, np.std])
    def test_too_few_elements_give_nan_and_the_warning_of_numpy(self, function: Any) -> None:
        x = Tensor([3.0], requires_grad=True)
        with pytest.warns(RuntimeWarning) as caught:
            value = function(x, ddof=1)
        assert any("Degrees of freedom <= 0" in str(w.message) for w in caught)
        assert np.isnan(value.item())
        value.backward()
        assert x.grad is not None
        assert np.isnan(x.grad.data).all()

    def test_nanvar_of_too_few_numbers(self) -> None:
        with pytest.warns(RuntimeWarning, match="Degrees of freedom <= 0"):
            assert np.isnan(np.nanvar(Tensor([3.0, np.nan], requires_grad=True), ddof=1).item())


class TestNothing:
    """Edge cases 5 and 10: size 0."""

    def test_mean_of_nothing(self) -> None:
        x = Tensor(np.zeros((0, 3)), requires_grad=True)
        with pytest.warns(RuntimeWarning) as caught:
            value = np.mean(x, axis=0)
        assert any("Mean of empty slice" in str(w.message) for w in caught)
        assert np.isnan(value.data).all()
        value.sum().backward()
        assert x.grad is not None
        assert x.grad.shape == (0, 3)

    @pytest.mark.parametrize("function", [np.max, np.min, np.ptp])
    def test_extremes_of_nothing_raise(self, function: Any) -> None:
        with pytest.raises(ValueError, match="zero-size array"):
            function(Tensor(np.zeros((0, 3)), requires_grad=True), axis=0)
        assert function(Tensor(np.zeros((0, 3)), requires_grad=True), axis=1).shape == (0,)

    def test_sums_and_products_of_nothing(self) -> None:
        assert gradient(np.sum, np.zeros((2, 0))) == [[], []]
        assert gradient(np.prod, np.zeros((0, 2))) == []
        assert np.prod(Tensor(np.zeros(0), requires_grad=True)).item() == 1

    @pytest.mark.parametrize("function", [np.nanmean, np.nanmax, np.nanmin])
    def test_all_nan(self, function: Any) -> None:
        x = Tensor([[np.nan, np.nan], [1.0, np.nan]], requires_grad=True)
        with pytest.warns(RuntimeWarning, match="Mean of empty slice|All-NaN"):
            value = function(x, axis=1)
        np.testing.assert_array_equal(value.data, [np.nan, 1.0])
        value[1].backward()
        assert x.grad is not None
        assert x.grad.tolist() == [[0, 0], [1, 0]]


class TestZeros:
    """Edge case 4: products with zeros."""

    def test_prod(self) -> None:
        assert gradient(np.prod, [0.0, 2.0, 3.0]) == [6, 0, 0]
        assert gradient(np.prod, [0.0, 2.0, 0.0]) == [0, 0, 0]
        assert gradient(np.prod, [0.0]) == [1]

    def test_prod_at_second_order(self) -> None:
        assert hessian_rows(np.prod, [0.0, 2.0, 3.0]) == [[0, 3, 2], [3, 0, 0], [2, 0, 0]]
        assert hessian_rows(np.prod, [0.0, 5.0, 0.0]) == [[0, 0, 5], [0, 0, 0], [5, 0, 0]]

    def test_cumprod(self) -> None:
        assert gradient(np.cumprod, [0.0, 2.0, 3.0]) == [9, 0, 0]
        assert gradient(np.cumprod, [2.0, 0.0, 3.0]) == [1, 8, 0]
        assert gradient(np.cumprod, [0.0, 0.0, 3.0]) == [1, 0, 0]

    def test_cumprod_at_second_order(self) -> None:
        rows = hessian_rows(lambda x: np.sum(np.cumprod(x)), [0.0, 2.0, 3.0])
        assert rows == [[0, 4, 2], [4, 0, 0], [2, 0, 0]]


class TestLogSumExp:
    """Edge case 7."""

    def test_exact_far_out(self) -> None:
        x = Tensor([1e5, 1e5, -1e5], requires_grad=True)
        value = logsumexp(x)
        assert value.item() == pytest.approx(1e5 + np.log(2), rel=1e-15)
        value.backward()
        assert x.grad is not None
        assert x.grad.tolist() == pytest.approx([0.5, 0.5, 0], rel=1e-10)
        assert logsumexp(Tensor([-1e5, -1e5])).item() == pytest.approx(-1e5 + np.log(2))

    def test_one_infinity_is_finite(self) -> None:
        assert gradient(logsumexp, [-np.inf, 0.0]) == [0, 1]

    def test_all_minus_infinity(self) -> None:
        x = Tensor([-np.inf, -np.inf], requires_grad=True)
        value = logsumexp(x)
        assert value.item() == -np.inf
        value.backward()
        assert x.grad is not None
        assert np.isnan(x.grad.data).all()

    def test_of_nothing(self) -> None:
        assert logsumexp(np.zeros(0)) == -np.inf


class TestArguments:
    """Edge case 11 and the law of NumPy's names."""

    def test_duplicate_axes_raise_as_in_numpy(self) -> None:
        with pytest.raises(ValueError, match="duplicate value in 'axis'"):
            np.sum(Tensor(np.ones((2, 3)), requires_grad=True), axis=(0, -2))

    def test_an_axis_too_far_raises_as_in_numpy(self) -> None:
        with pytest.raises(np.exceptions.AxisError):
            np.mean(Tensor(np.ones((2, 3)), requires_grad=True), axis=2)

    def test_axis_by_position(self) -> None:
        assert gradient(lambda x: np.sum(x, 0) * [1.0, 2.0], [[1, 1], [1, 1]]) == [[1, 2], [1, 2]]

    @pytest.mark.parametrize(
        ("function", "params"),
        [
            (np.sum, {"out": np.ones(())}),
            (np.var, {"mean": np.ones(1)}),
            (np.nansum, {"where": [True, False]}),
            (np.nansum, {"initial": 1.0}),
        ],
    )
    def test_what_has_no_rule_is_refused_by_name(self, function: Any, params: Any) -> None:
        with pytest.raises(TypeError, match=next(iter(params))):
            function(Tensor([1.0, 2.0], requires_grad=True), **params)

    def test_defaults_may_be_spelled_out(self) -> None:
        assert np.sum(Tensor([1.0, 2.0]), dtype=None, out=None).item() == 3

    def test_average_returns_its_weights(self) -> None:
        x = Tensor([[1.0, 2.0], [3.0, 6.0]], requires_grad=True)
        value, total = np.average(x, axis=1, weights=[1.0, 3.0], returned=True)
        assert value.tolist() == [1.75, 5.25]
        assert total.tolist() == [4, 4]
        value, total = np.average(x, returned=True)
        assert (value.item(), total.item()) == (3, 4)

    def test_average_with_wrong_weights(self) -> None:
        x = Tensor(np.ones((2, 3)), requires_grad=True)
        with pytest.raises(TypeError, match="axis"):
            np.average(x, weights=[1.0, 2.0])
        with pytest.raises(ValueError, match=r"\(3,\)"):
            np.average(x, weights=[1.0, 2.0], axis=1)
        with pytest.raises(ZeroDivisionError):
            np.average(x, weights=[1.0, -1.0], axis=0)

    def test_cumulative_sum_needs_an_axis(self) -> None:
        with pytest.raises(ValueError, match="axis"):
            autograd.ops.cumulative_sum(Tensor(np.ones((2, 2))))
