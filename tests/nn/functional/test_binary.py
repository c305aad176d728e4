"""Losses of yes or no: the deck's numbers, extremes, what is refused."""

import warnings

import numpy as np
import pytest

from autograd import Tensor
from nn import functional as F


def test_logistic_regression_of_the_deck():
    w, b = Tensor([0.5, -1.0], requires_grad=True), Tensor(0.25, requires_grad=True)
    x, y = np.array([2.0, 1.0]), 1.0
    J = F.binary_cross_entropy(F.sigmoid(w @ x + b), y)
    J.backward()
    p = 1 / (1 + np.exp(-0.25))
    assert J.item() == pytest.approx(-np.log(p))
    np.testing.assert_allclose(w.grad.data, (p - y) * x)
    assert b.grad.item() == pytest.approx(p - y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_far_out_are_exact(dtype):
    x = Tensor(np.array([1000, -1000, 1000, -1000], dtype), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        each = F.binary_cross_entropy_with_logits(x, np.array([1, 0, 0, 1]), reduction="none")
        each.sum().backward()
    np.testing.assert_array_equal(each.data, [0, 0, 1000, 1000])
    np.testing.assert_array_equal(x.grad.data, [0, 0, 1, -1])
    assert each.dtype == dtype


def test_a_certain_and_wrong_answer_costs_a_hundred():
    p = Tensor([0.0, 1.0, 0.0], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        each = F.binary_cross_entropy(p, [1.0, 0.0, 0.0], reduction="none")
        each.sum().backward()
    np.testing.assert_array_equal(each.data, [100, 100, 0])
    np.testing.assert_array_equal(p.grad.data, [-1e12, 1e12, 0])


@pytest.mark.parametrize("target", [np.array([True, False]), np.array([1, 0]), [1, 0]])
def test_integers_and_booleans_as_target_keep_float32(target):
    p = np.array([0.5, 0.5], np.float32)
    for loss in (F.binary_cross_entropy, F.binary_cross_entropy_with_logits, F.mse_loss):
        assert loss(p, target).dtype == np.float32


def test_what_binary_losses_refuse():
    with pytest.raises(ValueError, match=r"between 0 and 1, got values from -1\.0 to 2\.0"):
        F.binary_cross_entropy(np.array([-1.0, 2.0]), [0, 1])
    with pytest.raises(
        ValueError, match=r"pos_weight that broadcasts .* \(2, 3\), got shape \(2,\)"
    ):
        F.binary_cross_entropy_with_logits(np.zeros((2, 3)), np.zeros((2, 3)), pos_weight=[1, 1])
