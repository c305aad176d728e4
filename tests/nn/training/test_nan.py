"""StopOnNaN names the op that began it, and its line."""

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn.data import DataLoader, TensorDataset
from nn.training import NotFiniteError, StopOnNaN, fit

X = np.ones((4, 3), np.float32)


class Net(nn.Module):
    """x W, and then what a test wants."""

    def __init__(self, then):
        self.weight = nn.Parameter(np.full((3, 1), 2.0, np.float32))
        self.then = then

    def forward(self, x):
        return self.then(x @ self.weight)


def message(then, x=X, loss=lambda out, _: out.sum()):
    model = Net(then)
    before = model.state_dict()
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    loader = DataLoader(TensorDataset(x, np.zeros(len(x))), 2)
    with pytest.raises(NotFiniteError) as caught, np.errstate(all="ignore"):
        fit(model, loss, optimizer, loader, 1, callbacks=[StopOnNaN()])
    # A rate of 0 times NaN would be NaN as well.
    np.testing.assert_array_equal(model.weight.data, before["weight"])
    return str(caught.value)


def test_the_first_op_with_a_bad_result_and_its_line():
    def then(z):
        good = z * 2
        bad = np.log(good - 13)
        return bad * 0 + np.exp(good)

    said = message(then)
    assert "the loss became nan in epoch 1, mini-batch 1" in said
    assert "The value of log((2, 1))" in said
    assert "bad = np.log(good - 13)" in said
    assert "step was not taken" in said


def test_infinities_that_do_no_harm_are_passed_over():
    mask = np.array([[0.0], [-np.inf]], np.float32)

    def then(z):
        return np.sqrt(np.exp(z + mask) - 100)

    said = message(then)
    assert "The value of sqrt((2, 1))" in said
    assert "np.sqrt(np.exp(z + mask) - 100)" in said


def test_the_first_op_with_a_bad_derivative_and_its_line():
    def then(z):
        root = np.sqrt(z - 2 * 3)
        return root + z * 3

    said = message(then)
    assert "the gradient of weight is not finite in epoch 1, mini-batch 1" in said
    assert "in the backward pass of sqrt((2, 1))" in said
    assert "root = np.sqrt(z - 2 * 3)" in said


def test_among_several_that_use_a_value_the_right_one_is_named():
    def then(z):
        zero = z - 6
        a = np.abs(zero) * 2
        b = zero**0.5
        c = zero * 5
        return a + b + c

    assert "b = zero**0.5" in message(then)


def test_data_that_is_bad_already():
    x = X.copy()
    x[1, 2] = np.nan
    said = message(lambda z: z * 2, x)
    assert "The leaf of shape (2, 3) holds nan at index (1, 2)" in said


def test_a_derivative_that_overflows_only_as_a_sum():
    def then(z):
        zero = z - 6
        return zero * np.float32(2e38) + zero * np.float32(2e38)

    assert "Each derivative is finite, but their sum overflows" in message(then)


def test_a_finite_training_is_left_alone():
    model = Net(lambda z: z)
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    loader = DataLoader(TensorDataset(X, np.zeros(4)), 2)
    history = fit(model, lambda o, _: (o * o).sum(), optimizer, loader, 2, callbacks=[StopOnNaN()])
    assert len(history) == 2
    assert isinstance(model(Tensor(X)), Tensor)


def test_the_mini_batch_is_counted():
    x = np.concatenate([X, np.full((1, 3), np.inf, np.float32)])
    assert "epoch 1, mini-batch 3" in message(lambda z: z, x)
