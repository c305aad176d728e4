"""First values of parameters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
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


# -- PyTorch's list ------------------------------------------------------------------------------

BIG = (300, 200)
RANDOM = {
    "uniform_": lambda t, rng: init.uniform_(t, -1, 1, rng=rng),
    "normal_": lambda t, rng: init.normal_(t, 1.0, 2.0, rng=rng),
    "trunc_normal_": lambda t, rng: init.trunc_normal_(t, rng=rng),
    "xavier_uniform_": lambda t, rng: init.xavier_uniform_(t, rng=rng),
    "xavier_normal_": lambda t, rng: init.xavier_normal_(t, rng=rng),
    "kaiming_uniform_": lambda t, rng: init.kaiming_uniform_(t, rng=rng),
    "kaiming_normal_": lambda t, rng: init.kaiming_normal_(t, rng=rng),
    "orthogonal_": lambda t, rng: init.orthogonal_(t, rng=rng),
    "sparse_": lambda t, rng: init.sparse_(t, 0.1, rng=rng),
}


@pytest.mark.parametrize("fill", RANDOM.values(), ids=RANDOM.keys())
def test_two_runs_with_one_seed_are_bitwise_equal(fill):
    one, two, other = (Parameter(np.zeros((7, 5))) for _ in range(3))
    assert fill(one, 3) is one
    fill(two, np.random.default_rng(3))
    fill(other, 4)
    np.testing.assert_array_equal(one.data, two.data)
    assert np.any(one.data != other.data)
    autograd.manual_seed(3)
    fill(two, None)
    np.testing.assert_array_equal(one.data, two.data)
    single = Parameter(np.zeros((7, 5), np.float32))
    np.testing.assert_array_equal(fill(single, 3).data, one.data.astype(np.float32))


@pytest.mark.parametrize(
    ("fill", "mean", "deviation"),
    [
        ("uniform_", 0, 1 / math.sqrt(3)),
        ("normal_", 1, 2),
        ("trunc_normal_", 0, 0.8796),
        ("xavier_uniform_", 0, math.sqrt(2 / 500)),
        ("xavier_normal_", 0, math.sqrt(2 / 500)),
        ("kaiming_uniform_", 0, math.sqrt(2 / 200)),
        ("kaiming_normal_", 0, math.sqrt(2 / 200)),
    ],
)
def test_mean_and_deviation(fill, mean, deviation):
    weight = RANDOM[fill](Parameter(np.zeros(BIG)), 0).data
    assert weight.mean() == pytest.approx(mean, abs=0.02 * deviation + 0.01 * abs(mean))
    assert weight.std() == pytest.approx(deviation, rel=0.02)


def test_constants():
    weight = Parameter(np.full((2, 3), 7.0))
    np.testing.assert_array_equal(init.zeros_(weight).data, 0)
    np.testing.assert_array_equal(init.ones_(weight).data, 1)
    np.testing.assert_array_equal(init.constant_(weight, 2.5).data, 2.5)
    np.testing.assert_array_equal(init.eye_(weight).data, np.eye(2, 3))


def test_truncated_is_within_its_bounds():
    weight = init.trunc_normal_(Parameter(np.zeros(BIG)), 1.0, 2.0, -0.5, 1.5, rng=0).data
    assert -0.5 <= weight.min() < -0.49
    assert 1.49 < weight.max() <= 1.5
    with pytest.raises(ValueError, match="something of the distribution"):
        init.trunc_normal_(Parameter(np.zeros(3)), 0.0, 1.0, 50.0, 60.0)
    assert init.trunc_normal_(Parameter(0.0), rng=0).shape == ()


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (4, 2, 3)])
def test_orthogonal(shape):
    weight = init.orthogonal_(Parameter(np.zeros(shape)), gain=2.0, rng=0).data
    matrix = weight.reshape(shape[0], -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 4 * np.eye(len(matrix)), atol=1e-12)


def test_sparse_has_its_zeros_in_each_column():
    weight = init.sparse_(Parameter(np.zeros((10, 6))), 0.25, std=2.0, rng=0).data
    np.testing.assert_array_equal((weight == 0).sum(axis=0), 3)


def test_what_initialisers_refuse():
    vector = Parameter(np.zeros(3))
    for fill in (init.eye_, lambda t: init.sparse_(t, 0.1), init.orthogonal_, init.xavier_normal_):
        with pytest.raises(ValueError, match=r"shape \(3,\)"):
            fill(vector)
    with pytest.raises(ValueError, match="between 0 and 1, got 2"):
        init.sparse_(Parameter(np.zeros((2, 2))), 2)
    with pytest.raises(ValueError, match="kaiming_normal_ expects mode"):
        init.kaiming_normal_(Parameter(np.zeros((2, 2))), mode="fan_avg")


def test_layers_start_as_pytorchs_do():
    bilinear = nn.Bilinear(16, 3, 200, rng=0)
    assert 0.24 < np.abs(bilinear.weight.data).max() <= 0.25
    assert 0.24 < np.abs(bilinear.bias.data).max() <= 0.25
    for layer in (nn.BatchNorm1d(3), nn.LayerNorm(3)):
        np.testing.assert_array_equal(layer.weight.data, 1)
        np.testing.assert_array_equal(layer.bias.data, 0)
    np.testing.assert_array_equal(nn.PReLU().weight.data, 0.25)
    for layer in (nn.Linear(3, 0), nn.Linear(0, 3), nn.Bilinear(0, 2, 3), nn.Embedding(0, 3)):
        assert all(np.all(np.isfinite(p.data)) for p in layer.parameters())
