"""Random zeros and noise."""

import copy
import math

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, checkpoint
from nn import functional as F
from nn.functional.dropout import _kept, _words, masked

ONES = np.ones((200, 200))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_inverted_dropout_keeps_the_expectation_in_training(p):
    layer = nn.Dropout(p, rng=0)
    y = layer(ONES)
    assert np.mean(y == 0) == pytest.approx(p, abs=0.02)
    np.testing.assert_allclose(y[y != 0], 1 / (1 - p))
    assert layer.eval()(ONES) is ONES


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_decks_dropout_scales_at_test_time_by_the_proportion_kept(p):
    layer = nn.Dropout(p, mode="deck", rng=0)
    y = layer(ONES)
    assert set(np.unique(y)) == {0, 1}
    assert np.mean(y == 0) == pytest.approx(p, abs=0.02)
    at_test = layer.eval()(ONES)
    np.testing.assert_array_equal(at_test, 1 - p)
    assert y.mean() == pytest.approx(at_test.mean(), abs=0.02)


@pytest.mark.parametrize("p", [0.5, 0.25, 0.3, 0.02, 0.98, 1e-4, 1 - 1e-4, 1e-12, 1 - 1e-12])
def test_zeros_are_drawn_with_the_proportion_asked_for(p):
    n = 1_000_000
    for seed in range(2):
        keep = _kept((n,), p, np.random.default_rng(seed))
        assert keep.dtype == bool
        # Five deviations of a binomial distribution.
        assert abs(np.sum(~keep) - n * p) <= 5 * math.sqrt(n * p * (1 - p)) + 1e-3
    pairs = keep.reshape(-1, 2).sum(axis=1)
    assert np.mean(pairs == 1) == pytest.approx(2 * p * (1 - p), rel=0.02, abs=5e-5)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "SFC64", "Philox", "MT19937"])
def test_random_words_are_those_of_the_generator(kind):
    one, other = (np.random.Generator(getattr(np.random, kind)(1)) for _ in range(2))
    expected = one.integers(0, 2**64 - 1, 1000, np.uint64, endpoint=True)
    np.testing.assert_array_equal(_words(other, 1000), expected)
    assert other.random() == one.random()


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.SFC64, np.random.MT19937])
def test_every_bit_generator_serves(kind):
    keep = _kept((999, 101), 0.5, np.random.Generator(kind(1)))
    assert np.mean(keep) == pytest.approx(0.5, abs=0.01)
    # No place is always kept or always dropped, wherever it stands in a word.
    np.testing.assert_allclose(
        keep.ravel()[: 99 * 1000].reshape(-1, 8).mean(axis=0), 0.5, atol=0.03
    )


def test_gradients_of_the_dropped_are_zero():
    x = Tensor(ONES, requires_grad=True)
    y = nn.Dropout(0.4, rng=0)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, y.data)


@pytest.mark.parametrize("mode", ["inverted", "deck"])
def test_nothing_dropped_is_the_identity(mode):
    x = Tensor(ONES, requires_grad=True)
    layer = nn.Dropout(0, mode=mode)
    assert layer(x) is x
    assert layer.eval()(x) is x


@pytest.mark.parametrize("layer", [nn.Dropout(1.0), nn.Dropout(1.0, mode="deck"), nn.Corrupt(1.0)])
def test_everything_dropped_is_zeros_without_nan(layer):
    x = Tensor([1.0, np.inf, -np.inf], requires_grad=True)
    y = layer(x)
    y.sum().backward()
    np.testing.assert_array_equal(y.data, 0)
    np.testing.assert_array_equal(x.grad.data, 0)


def test_corruption_is_zeros_in_training_and_nothing_at_test_time():
    layer = nn.Corrupt(0.3, rng=0)
    y = layer(ONES)
    assert set(np.unique(y)) == {0, 1}
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.02)
    assert layer.eval()(ONES) is ONES


def test_noise_has_its_deviation():
    layer = nn.GaussianNoise(0.2, rng=0)
    x = Tensor(ONES, requires_grad=True)
    y = layer(x)
    noise = y.data - 1
    assert noise.std() == pytest.approx(0.2, rel=0.02)
    assert abs(noise.mean()) < 0.01
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, 1)
    assert layer.eval()(x) is x
    assert nn.GaussianNoise(0.0)(x) is x


LAYERS = [nn.Dropout, nn.Corrupt, nn.GaussianNoise]


@pytest.mark.parametrize("kind", LAYERS)
def test_the_same_seed_gives_the_same_numbers_bitwise_in_every_dtype(kind):
    np.testing.assert_array_equal(kind(0.5, rng=3)(ONES), kind(0.5, rng=3)(ONES))
    layer = kind(0.5, rng=3)
    assert np.any(layer(ONES) != layer(ONES))
    autograd.manual_seed(4)
    first = kind(0.5)(ONES)
    autograd.manual_seed(4)
    np.testing.assert_array_equal(kind(0.5)(ONES), first)
    single = kind(0.5, rng=3)(ONES.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, kind(0.5, rng=3)(ONES), atol=1e-6)
    assert copy.deepcopy(layer).rng is not layer.rng


def test_the_record_can_be_run_again():
    x = Tensor(np.random.default_rng(0).normal(size=(4, 3)), requires_grad=True)
    keep = np.random.default_rng(1).random((4, 3)) > 0.5
    y = checkpoint(lambda x: masked(x, keep, scale=2.0), x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, 2.0 * keep)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_proportion_is_one(p):
    for make in (
        nn.Dropout,
        nn.Corrupt,
        lambda p: F.dropout(ONES, p),
        lambda p: F.corrupt(ONES, p),
    ):
        with pytest.raises(ValueError, match="between 0 and 1"):
            make(p)


def test_other_refusals():
    with pytest.raises(ValueError, match="'inverted' or 'deck', got 'alpha'"):
        nn.Dropout(0.5, mode="alpha")
    with pytest.raises(ValueError, match="std >= 0"):
        nn.GaussianNoise(-1.0)
    with pytest.raises(ValueError, match="std >= 0"):
        F.gaussian_noise(ONES, -1.0)


def test_looks():
    assert repr(nn.Dropout(0.3)) == "Dropout(p=0.3)"
    assert repr(nn.Dropout(0.3, mode="deck")) == "Dropout(p=0.3, mode='deck')"
    assert repr(nn.Corrupt(0.3)) == "Corrupt(p=0.3)"
    assert repr(nn.GaussianNoise(0.3)) == "GaussianNoise(std=0.3)"
