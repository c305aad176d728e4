from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.checking import numeric_jacobian


def numeric(f: Any, x: Any) -> Any:
    return numeric_jacobian(lambda values: np.atleast_1d(f(values[0])), [np.asarray(x, float)], 0)


CASES = [
    (np.exp, np.exp),
    (np.sin, np.cos),
    (lambda x: x**5, lambda x: 5 * x**4),
    (lambda x: 1e-8 * np.tanh(x), lambda x: 1e-8 / np.cosh(x) ** 2),
    (lambda x: 1e8 * np.tanh(x), lambda x: 1e8 / np.cosh(x) ** 2),
    (lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x)),
    (lambda x: np.abs(x - 0.001), lambda x: np.sign(x - 0.001)),
    (lambda x: 3 * x + 1e6, lambda x: 3 + 0 * x),
]


@pytest.mark.parametrize(("f", "derivative"), CASES)
@given(x=st.floats(-3, 3).filter(lambda x: abs(x - 0.001) > 1e-4))
def test_the_truth_lies_within_the_bar(f: Any, derivative: Any, x: float) -> None:
    result = numeric(f, x)
    exact = derivative(x)
    error = abs(result.value[0, 0] - exact)
    assert error <= result.bar[0, 0] + 1e-14 * abs(exact)
    # The bar says something: it is narrow for a smooth function.
    assert result.bar[0, 0] <= 1e-6 * max(abs(exact), np.max(np.abs(f(x)))) + 1e-15


def test_every_output_by_every_input() -> None:
    a = np.arange(6.0).reshape(2, 3)
    result = numeric(lambda x: a @ x, np.ones(3))
    np.testing.assert_allclose(result.value, a, atol=1e-11)


def test_small_arguments_get_small_steps() -> None:
    for f, slope in ((np.log, 1e8), (lambda x: 1 / x, -1e16)):
        result = numeric(f, 1e-8)
        assert result.value[0, 0] == pytest.approx(slope, rel=1e-8)
        assert result.bar[0, 0] < 1e-7 * abs(slope)


def test_inputs_stay_as_they_are() -> None:
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    numeric(np.sum, x)
    assert x.tolist() == [1, 2]


def test_a_kink_has_a_mean_slope_and_a_jump_a_wide_bar() -> None:
    assert numeric(lambda x: np.maximum(x, 0), 0.0).value[0, 0] == 0.5
    assert numeric(np.floor, 1.0).bar[0, 0] > 1


def test_not_finite_around_the_point() -> None:
    result = numeric(np.log, -1.0)
    assert np.isnan(result.value[0, 0])
    assert np.isinf(result.bar[0, 0])


def test_one_sided_at_the_edge_of_the_domain() -> None:
    result = numeric(lambda x: np.sqrt(x) ** 3 * x + 2 * x, 0.0)
    assert result.value[0, 0] == pytest.approx(2, abs=1e-4)
    steep = numeric(np.sqrt, 0.0)
    assert steep.bar[0, 0] > 0.1 * steep.value[0, 0]


def test_empty() -> None:
    assert numeric(lambda x: x, np.ones(0)).value.shape == (0, 0)
