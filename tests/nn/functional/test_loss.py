"""Losses of values: closed forms of the deck, derivatives, shapes, what is refused."""

import numpy as np
import pytest

from autograd import Tensor, gradcheck
from nn import functional as F

REDUCTIONS = ["mean", "sum", "none"]

# -- squared error -------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_squared_error(reduction, shape, rng):
    x, target = rng.normal(size=shape), rng.normal(size=shape)
    each = (x - target) ** 2
    expected = {"mean": each.mean(), "sum": each.sum(), "none": each}[reduction]
    np.testing.assert_allclose(F.mse_loss(x, target, reduction=reduction), expected)
    assert gradcheck(lambda a, b: F.mse_loss(a, b, reduction=reduction), [x, target], order=2)


def test_the_gradient_of_the_squared_error(rng):
    x, target = Tensor(rng.normal(size=(4, 2)), requires_grad=True), rng.normal(size=(4, 2))
    F.mse_loss(x, target).backward()
    np.testing.assert_allclose(x.grad.data, 2 * (x.data - target) / 8)


def test_squared_error_keeps_float32():
    x = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    J = F.mse_loss(x, np.zeros((2, 3), np.float32))
    J.backward()
    assert (J.dtype, x.grad.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize(
    ("ours", "theirs", "fix"),
    [
        ((5, 1), (5,), r"got \(5, 1\) and \(5,\).*target\.reshape\(\(5, 1\)\)"),
        ((5,), (5, 1), r"target\.reshape\(\(5,\)\)"),
        ((5, 2), (2,), "each output needs a target of its own"),
        ((5, 2), (3,), "each output needs a target of its own"),
    ],
)
@pytest.mark.parametrize(
    "loss",
    [
        F.mse_loss,
        F.half_mse_loss,
        F.l1_loss,
        F.smooth_l1_loss,
        F.huber_loss,
        F.binary_cross_entropy,
        F.binary_cross_entropy_with_logits,
        F.kl_div,
    ],
)
def test_a_loss_does_not_broadcast(loss, ours, theirs, fix):
    with pytest.raises(ValueError, match=f"{loss.__name__} expects .*{fix}"):
        loss(Tensor(np.zeros(ours)), np.zeros(theirs))


# -- the deck ------------------------------------------------------------------------------------


def test_half_the_squared_error_is_the_decks(rng):
    z, target = Tensor(rng.normal(size=5), requires_grad=True), rng.normal(size=5)
    J = F.half_mse_loss(z, target)
    J.backward()
    assert J.item() == pytest.approx(((z.data - target) ** 2).sum() / 10)
    np.testing.assert_allclose(z.grad.data, (z.data - target) / 5)


def test_the_reconstruction_error_of_an_autoencoder_is_a_mean_over_samples_only(rng):
    x, copy = rng.normal(size=(4, 7)), rng.normal(size=(4, 7))
    expected = sum(np.linalg.norm(a - b) ** 2 for a, b in zip(x, copy, strict=True)) / 8
    assert F.half_mse_loss(copy, x) == pytest.approx(expected)
    assert F.half_mse_loss(2.0, 1.0) == 0.5
    np.testing.assert_allclose(F.half_mse_loss(copy, x, reduction="none"), (copy - x) ** 2 / 2)


def test_the_gradient_of_the_absolute_error_is_a_sign_whatever_the_size_of_the_target():
    z, target = Tensor([3.0, -1.0, 2.0, 0.5], requires_grad=True), np.array([10, -7, 2, 0.25])
    J = F.l1_loss(z, target)
    J.backward()
    assert J.item() == pytest.approx((7 + 6 + 0 + 0.25) / 4)
    np.testing.assert_array_equal(z.grad.data, np.array([-1, 1, 0, 1]) / 4)


def test_several_losses_at_several_depths_add_up(rng):
    w = [Tensor(rng.normal(size=(3, 3)), requires_grad=True) for _ in range(2)]
    x, y = rng.normal(size=(4, 3)), np.array([0, 1, 2, 0])
    low = F.tanh(F.linear(x, w[0]))
    high = F.linear(low, w[1])
    separate = []
    for loss in (lambda: F.cross_entropy(low, y), lambda: F.mse_loss(high, x)):
        loss().backward(retain_graph=True)
        separate.append([np.zeros((3, 3)) if t.grad is None else t.grad.data for t in w])
        for t in w:
            t.grad = None
    (F.cross_entropy(low, y) + F.mse_loss(high, x)).backward()
    for t, a, b in zip(w, *separate, strict=True):
        np.testing.assert_allclose(t.grad.data, a + b, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.smooth_l1_loss(0.0, 0.0, beta=-1), "beta >= 0, got -1"),
        (lambda: F.huber_loss(0.0, 0.0, delta=0), "delta > 0, got 0"),
        (lambda: F.l1_loss(0.0, 0.0, reduction="average"), "got 'average'"),
    ],
)
def test_options_that_are_none(call, message):
    with pytest.raises(ValueError, match=message):
        call()
