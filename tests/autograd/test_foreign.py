"""Arrays of other libraries: read where they can be, refused by their full name where not."""

from __future__ import annotations

import numpy as np
import pytest

import nn
from autograd import Tensor


class Other:
    """As PyTorch's Tensor: its values by protocol only, and operators that know only its own."""

    __module__ = "torch"
    __qualname__ = "Tensor"
    __array_priority__ = 1000

    def __init__(self, values, requires_grad=False):
        self.values, self.requires_grad = np.asarray(values), requires_grad

    @property
    def dtype(self):
        return "torch.float64"

    def __dlpack__(self, **kwargs):
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient")
        return self.values.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()

    def __array__(self, dtype=None):
        return self.values

    def __add__(self, other):
        return NotImplemented

    __radd__ = __mul__ = __rmul__ = __matmul__ = __rmatmul__ = __add__


class Frame:
    """As a pandas DataFrame: `__array__` alone."""

    def __array__(self, dtype=None, copy=None):
        return np.ones((2, 3))


@pytest.mark.parametrize("values", [np.ones((2, 3)), np.array(2.0), np.arange(3), [True, False]])
def test_a_tensor_is_made_of_a_copy(values):
    other = Other(values)
    t = Tensor(other)
    assert t.dtype == other.values.dtype
    assert np.array_equal(t.data, other.values)
    assert not np.shares_memory(t.data, other.values)
    assert Tensor(other, dtype="float32").dtype == np.float32


def test_layers_losses_and_functions_read_it():
    other, x = Other(np.ones((2, 3))), Tensor(np.ones((2, 3)), requires_grad=True)
    linear = nn.Linear(3, 2).to("float64")
    assert np.array_equal(linear(other).data, linear(x).data)
    assert np.array_equal(linear(Frame()).data, linear(x).data)
    assert nn.functional.mse_loss(x, other).item() == 0
    assert np.array_equal(np.maximum(x, other).data, x.data)
    assert nn.Parameter(other).shape == (2, 3)


def test_operators_read_it_on_either_side():
    other, x = Other(np.full((2, 3), 2.0)), Tensor(np.ones((2, 3)), requires_grad=True)
    for result, expected in [(x + other, 3), (other + x, 3), (x * other, 2), (other * x, 2)]:
        assert np.array_equal(result.data, np.full((2, 3), expected))
    assert (x @ Other(np.ones((3, 2)))).shape == (2, 2)
    assert (Other(np.ones((4, 2))) @ x).shape == (4, 3)
    (x * other).sum().backward()
    assert np.array_equal(x.grad.data, other.values)


@pytest.mark.parametrize(
    "program",
    [
        lambda t, x: Tensor(t),
        lambda t, x: x + t,
        lambda t, x: t + x,
        lambda t, x: nn.Linear(3, 2)(t),
        lambda t, x: np.maximum(x, t),
    ],
)
def test_what_requires_a_gradient_is_refused_by_its_full_name(program):
    other, x = Other(np.ones((2, 3)), requires_grad=True), Tensor(np.ones((2, 3)))
    message = r"got a torch\.Tensor, which .* \(Can't export.*Tensor\(t\.detach\(\)\.cpu\(\)\.num"
    with pytest.raises(TypeError, match=message):
        program(other, x)


def test_types_that_know_numpys_protocol_keep_their_own_operators():
    class Labelled(Frame):
        def __array_ufunc__(self, *args, **kwargs):
            return NotImplemented

        def __radd__(self, other):
            return "labelled"

    assert Tensor([1.0]) + Labelled() == "labelled"
