"""First values of parameters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from nn import Linear, Parameter, init


def test_gains_are_the_published_ones():
    assert init.calculate_gain("linear") == init.calculate_gain("sigmoid") == 1
    assert init.calculate_gain("tanh") == pytest.approx(5 / 3)
    assert init.calculate_gain("relu") == pytest.approx(math.sqrt(2))
    assert init.calculate_gain("leaky_relu", 1.0) == pytest.approx(1)
    assert init.calculate_gain("leaky_relu") == pytest.approx(math.sqrt(2 / 1.0001))
    with pytest.raises(ValueError, match="expects one of linear"):
        init.calculate_gain("swish")


def test_fan_counts_inputs_and_outputs():
    assert init.fan(Parameter(np.zeros((5, 3)))) == (3, 5)
    assert init.fan(Parameter(np.zeros((5, 3, 2)))) == (6, 10)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        init.fan(Parameter(np.zeros(3)))


@given(st.integers(1, 200), st.integers(1, 20), st.integers(0, 2**32))
def test_linear_starts_as_pytorch_does_within_one_over_root_n(n, m, seed):
    layer = Linear(n, m, rng=seed)
    bound = np.float32(1 / math.sqrt(n))
    for parameter in layer.parameters():
        assert np.all(np.abs(parameter.data) <= bound * (1 + 1e-6))


def test_kaiming_uniform_fills_its_range():
    weight = Parameter(np.zeros((400, 50)))
    assert init.kaiming_uniform_(weight, nonlinearity="relu", rng=0) is weight
    bound = math.sqrt(2) * math.sqrt(3 / 50)
    assert 0.99 * bound < np.abs(weight.data).max() <= bound
    assert weight.data.std() == pytest.approx(bound / math.sqrt(3), rel=0.02)
    init.kaiming_uniform_(weight, mode="fan_out", nonlinearity="relu", rng=0)
    assert np.abs(weight.data).max() <= math.sqrt(2) * math.sqrt(3 / 400)
    with pytest.raises(ValueError, match="fan_in"):
        init.kaiming_uniform_(weight, mode="fan_avg")


def test_same_seed_same_numbers_whatever_the_dtype():
    one, two = Linear(7, 5, dtype="float32", rng=3), Linear(7, 5, dtype="float64", rng=3)
    np.testing.assert_array_equal(one.weight.data, two.weight.data.astype(np.float32))
    np.testing.assert_array_equal(one.bias.data, two.bias.data.astype(np.float32))


def test_manual_seed_is_where_numbers_come_from():
    autograd.manual_seed(5)
    one, other = Linear(3, 3), Linear(3, 3)
    autograd.manual_seed(5)
    again = Linear(3, 3)
    np.testing.assert_array_equal(one.weight.data, again.weight.data)
    assert np.any(one.weight.data != other.weight.data)
