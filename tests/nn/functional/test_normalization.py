"""Normalization with its kernel and without: the same numbers, and the same estimates."""

import numpy as np
import pytest

from autograd import Tensor
from nn import functional as F
from nn.functional.normalization import _normalized


@pytest.mark.parametrize("shape", [(6, 3), (5, 3, 4), (300, 3)])
@pytest.mark.parametrize("given", [(), ("weight",), ("bias",), ("weight", "bias")])
def test_without_the_kernel_the_results_and_the_estimates_are_the_same(
    rng, monkeypatch, shape, given
):
    x = rng.normal(size=shape) + 5
    affine = {name: rng.normal(size=3) for name in given}

    def step():
        mean, variance = Tensor(np.zeros(3)), Tensor(np.ones(3))
        data = Tensor(x, requires_grad=True)
        y = F.batch_norm(data, mean, variance, **affine, training=True)
        (y * y * x).sum().backward()
        return [t.data for t in (y, data.grad, mean, variance)]

    by_kernel = step()
    monkeypatch.setattr(_normalized, "kernel", None)
    for ours, plain in zip(by_kernel, step(), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-9, atol=1e-11)


def test_layer_normalization_is_the_formula(rng):
    x, weight, bias = rng.normal(size=(5, 2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    mean = x.mean(axis=(1, 2), keepdims=True)
    variance = x.var(axis=(1, 2), keepdims=True)
    expected = weight * (x - mean) / np.sqrt(variance + 0.1) + bias
    for wrap in (np.asarray, Tensor):
        y = F.layer_norm(wrap(x), (2, 3), weight, bias, eps=0.1)
        np.testing.assert_allclose(np.asarray(getattr(y, "data", y)), expected, rtol=1e-12)


@pytest.mark.parametrize("wrap", [np.asarray, Tensor])
def test_of_an_empty_batch_nothing_is_left_and_nothing_is_warned_of(wrap):
    assert F.layer_norm(wrap(np.zeros((0, 3))), (3,)).shape == (0, 3)
    assert F.batch_norm(wrap(np.zeros((0, 3))), None, None, training=True).shape == (0, 3)
