"""Activations along an axis: halves that gate each other, sizes that cannot be halved."""

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax, F.softmin])
@pytest.mark.parametrize("shape", [(3, 0), (0, 3)])
def test_of_nothing_is_nothing(function, shape):
    x = Tensor(np.ones(shape, np.float32), requires_grad=True)
    y = function(x)
    y.sum().backward()
    assert y.shape == x.grad.shape == shape
    assert y.dtype == np.float32


@pytest.mark.parametrize(("module", "value"), [("Softmax", 1), ("LogSoftmax", 0), ("Softmin", 1)])
@pytest.mark.parametrize("dim", [0, -1])
def test_of_one_number(module, value, dim):
    x = Tensor(3.0, requires_grad=True)
    y = getattr(nn, module)(dim)(x)
    y.backward()
    assert y.shape == ()
    assert y.item() == value
    assert x.grad.item() == 0


def test_a_half_gates_the_other():
    x = np.random.default_rng(0).normal(size=(2, 4))
    np.testing.assert_allclose(F.glu(x), x[:, :2] * F.sigmoid(x[:, 2:]))
    np.testing.assert_allclose(nn.GLU(0)(x), x[:1] * F.sigmoid(x[1:]))
    assert F.glu(x.tolist()).shape == (2, 2)


@pytest.mark.parametrize("shape", [(2, 3), ()])
def test_what_cannot_be_halved(shape):
    with pytest.raises(ValueError, match="even number of values along axis -1"):
        F.glu(np.ones(shape))


def test_an_axis_that_is_not_there():
    with pytest.raises(IndexError, match="axis 2 is out of bounds"):
        F.glu(np.ones((2, 4)), 2)
