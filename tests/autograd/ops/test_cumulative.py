"""Running extremes and the running log-sum-exp: ties, NaN, infinities, and nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, gradients
from autograd.ops import cummax, cummin, logcumsumexp, logsumexp
from autograd.testing import call

from .opcase import Battery, OpCase, array
from .test_reduce import of_at_least, reduction, running


def weighted_logsumexp(a: Any, b: Any, **params: Any) -> Any:
    return logsumexp(a, b=b, **params)


def with_weights() -> Any:
    def weighted(found: Any) -> Any:
        (a,), params = found
        weights = np.asarray(array(7, np.shape(a)[-1:], 0.5, 2.0))
        return call(a, weights, **params)

    return of_at_least(1, reduction()).map(weighted)


CASES = [
    OpCase(cummax, running()),
    OpCase(cummin, running()),
    OpCase(logcumsumexp, running()),
    OpCase(logsumexp, with_weights(), weighted_logsumexp, name="weighted"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestCumulative(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


def gradient(function: Any, value: Any) -> list[float]:
    x = leaf(value)
    y = function(x)
    (g,) = gradients(y, [x], np.ones(y.shape))
    return list(g.tolist())


class TestExtremes:
    def test_a_tie_is_split_among_those_that_have_come(self) -> None:
        assert gradient(cummax, [1.0, 3.0, 3.0, 2.0, 4.0, 4.0]) == [1, 2, 1, 0, 1.5, 0.5]
        assert gradient(cummin, [1.0, 1.0, 2.0]) == [2, 1, 0]

    def test_the_last_one_has_the_gradient_of_max(self) -> None:
        x = [2.0, 5.0, 1.0, 5.0]
        assert gradient(lambda t: cummax(t)[-1], x) == gradient(np.max, x)

    def test_nan_is_the_extreme_from_where_it_stands(self) -> None:
        assert gradient(cummax, [1.0, np.nan, 2.0]) == [1, 2, 0]

    def test_infinities(self) -> None:
        assert gradient(cummax, [-np.inf, 0.0, np.inf, 1.0]) == [1, 1, 2, 0]

    @pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
    def test_nothing(self, shape: Any) -> None:
        x = leaf(np.zeros(shape))
        for function in (cummax, cummin, logcumsumexp):
            y = function(x, axis=0)
            assert y.shape == shape
            assert gradients(y.sum(), [x])[0].shape == shape

    def test_ufuncs_accumulate(self) -> None:
        x = leaf([[1.0, 3.0, 2.0], [2.0, 0.0, 5.0]])
        for ufunc in (np.maximum, np.minimum, np.logaddexp):
            for axis in (0, 1, -1):
                y = ufunc.accumulate(x, axis)
                assert isinstance(y, Tensor)
                np.testing.assert_allclose(y.data, ufunc.accumulate(x.data, axis), rtol=1e-15)
        np.testing.assert_allclose(
            np.logaddexp.reduce(x, axis=1).data, np.logaddexp.reduce(x.data, axis=1), rtol=1e-15
        )


class TestLogCumSumExp:
    def test_exact_far_out(self) -> None:
        y = logcumsumexp(leaf([1e5, 1e5, -1e5]))
        assert y.tolist() == pytest.approx([1e5, 1e5 + np.log(2), 1e5 + np.log(2)], rel=1e-15)
        assert gradient(lambda t: logcumsumexp(t)[-1], [1e5, 1e5, -1e5]) == [0.5, 0.5, 0]

    def test_minus_infinity_before_a_number(self) -> None:
        x = [-np.inf, 0.0, 0.0]
        assert logcumsumexp(np.array(x)).tolist() == [-np.inf, 0, np.log(2)]
        got = gradient(lambda t: logcumsumexp(t)[1:], x)
        assert np.isnan(got[0])
        assert got[1:] == [1.5, 0.5]

    def test_minus_infinity_behind_a_number(self) -> None:
        assert gradient(logcumsumexp, [0.0, -np.inf]) == [2, 0]

    def test_the_last_one_is_logsumexp(self) -> None:
        x = np.array([0.3, -2.0, 5.0])
        got = gradient(lambda t: logcumsumexp(t)[-1], x)
        np.testing.assert_allclose(got, gradient(logsumexp, x))


class TestWeightedLogSumExp:
    def test_weights_of_zero_hide_even_infinity(self) -> None:
        value = logsumexp(leaf([np.inf, 1.0]), b=[0.0, 2.0])
        assert value.item() == pytest.approx(1 + np.log(2))

    def test_weights_of_zero_hide_what_is_far_larger(self) -> None:
        assert logsumexp(leaf([1e5, 0.0]), b=[0.0, 1.0]).item() == 0
        assert gradient(lambda t: logsumexp(t, b=[0.0, 1.0]), [1e5, 0.0]) == [0, 1]

    def test_the_derivative_with_respect_to_a_weight_of_zero(self) -> None:
        slope = autograd.grad(lambda b: logsumexp(np.array([1.0, 0.0]), b=b))
        np.testing.assert_allclose(slope(np.array([0.0, 1.0])), [np.e, 1])

    def test_exact_far_out(self) -> None:
        assert logsumexp(leaf([1e5, 1e5]), b=3.0).item() == pytest.approx(1e5 + np.log(6))

    def test_a_negative_sum_is_nan(self) -> None:
        with np.errstate(invalid="ignore"):
            assert np.isnan(logsumexp(leaf([0.0]), b=-1.0).item())

    def test_float32_stays(self) -> None:
        a = Tensor(np.ones(2, np.float32), requires_grad=True)
        assert logsumexp(a, b=np.array([1, 2], np.float32)).dtype == np.float32
