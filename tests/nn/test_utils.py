"""Clipping of gradients; parameters as one vector."""

import math

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn.utils import clip_grad_norm_, clip_grad_value_, parameters_to_vector, vector_to_parameters


def parameters(*gradients, dtype=np.float64):
    found = []
    for gradient in gradients:
        p = nn.Parameter(np.zeros(np.shape(gradient), dtype), name=f"p{len(found)}")
        p.grad = Tensor(np.array(gradient, dtype))
        found.append(p)
    return found


def test_the_norm_is_that_of_one_vector():
    ps = [*parameters([3.0, 0.0], [[4.0]]), nn.Parameter([1.0])]
    before = ps[0].grad
    assert clip_grad_norm_(ps, 1.0).item() == 5
    np.testing.assert_allclose(ps[0].grad.data, [0.6, 0], rtol=1e-6)
    np.testing.assert_allclose(ps[1].grad.data, [[0.8]], rtol=1e-6)
    np.testing.assert_array_equal(before.data, [3, 0])


def test_a_small_norm_is_left_alone():
    (p,) = parameters([0.3, 0.4])
    grad = p.grad
    assert clip_grad_norm_(p, 1.0).item() == 0.5
    assert p.grad is grad


def test_a_norm_of_zero_and_no_gradients():
    (p,) = parameters([0.0, 0.0])
    assert clip_grad_norm_([p], 1.0).item() == 0
    np.testing.assert_array_equal(p.grad.data, 0)
    assert clip_grad_norm_([nn.Parameter([1.0])], 1.0).item() == 0
    assert clip_grad_norm_([], 1.0).item() == 0
    clip_grad_norm_(parameters(np.zeros((0, 3))), 1.0)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_norm_that_is_not_finite(value):
    ps = parameters([1.0], [value])
    with pytest.raises(RuntimeError, match="not finite at p1"):
        clip_grad_norm_(ps, 1.0, error_if_nonfinite=True)
    assert ps[0].grad.item() == 1
    assert not math.isfinite(clip_grad_norm_(ps, 1.0).item())
    expected = 0 if value == np.inf else np.nan
    np.testing.assert_array_equal(ps[0].grad.data, expected)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, math.inf])
def test_the_dtype_is_kept_and_large_gradients_do_not_overflow(norm_type):
    ps = parameters([3e30, 4e30], dtype=np.float32)
    norm = clip_grad_norm_(ps, 1.0, norm_type)
    assert norm.dtype == ps[0].grad.dtype == np.float32
    assert np.isfinite(norm.item())
    assert np.linalg.norm(ps[0].grad.data, norm_type) == pytest.approx(1, rel=1e-5)


def test_values_are_limited():
    ps = [*parameters([-3.0, 0.5, 2.0], 7.0), nn.Parameter([1.0])]
    clip_grad_value_(ps, 1.0)
    np.testing.assert_array_equal(ps[0].grad.data, [-1, 0.5, 1])
    assert ps[1].grad.item() == 1


@pytest.mark.parametrize("limit", [-1.0, math.nan])
@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_a_limit_is_not_negative(clip, limit):
    with pytest.raises(ValueError, match=">= 0"):
        clip(parameters([1.0]), limit)


def test_parameters_as_one_vector_and_back():
    net = nn.Sequential(nn.Linear(3, 2, rng=0), nn.Linear(2, 1, rng=1))
    vector = parameters_to_vector(net.parameters())
    assert vector.shape == (11,)
    np.testing.assert_array_equal(vector.data[:6], net[0].weight.data.ravel())
    (vector * 2).sum().backward()
    np.testing.assert_array_equal(net[1].bias.grad.data, 2)
    vector_to_parameters(np.arange(11), net.parameters())
    np.testing.assert_array_equal(net[0].weight.data, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(parameters_to_vector(net.parameters()).data, np.arange(11))
    with pytest.raises(ValueError, match=r"shape \(11,\), got \(10,\)"):
        vector_to_parameters(vector[:10], net.parameters())
    with pytest.raises(ValueError, match="at least one parameter"):
        parameters_to_vector([])
