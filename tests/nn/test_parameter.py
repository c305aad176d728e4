"""Parameter: dtype, name, copies."""

import copy
import pickle

import numpy as np
import pytest

import autograd
from autograd import Tensor
from nn import Parameter


def test_numbers_and_lists_take_the_default_dtype():
    assert Parameter([1, 2]).dtype == np.float32
    assert Parameter(0.5).dtype == np.float32
    autograd.set_default_dtype("float64")
    try:
        assert Parameter([1, 2]).dtype == np.float64
    finally:
        autograd.set_default_dtype("float32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_and_tensors_keep_their_dtype_and_are_copied(dtype):
    array = np.ones(3, dtype)
    for source in (array, Tensor(array), Tensor(array, requires_grad=True) * 2):
        parameter = Parameter(source)
        assert parameter.dtype == dtype
        assert not np.shares_memory(parameter.data, array)
        assert parameter.is_leaf
        assert parameter.requires_grad


def test_integers_cannot_be_learned():
    with pytest.raises(TypeError, match="floating"):
        Parameter(np.arange(3))
    assert Parameter(np.arange(3), requires_grad=False).dtype == np.int64


@pytest.mark.parametrize("how", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_are_parameters(how):
    parameter = Parameter(np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]), name="w")
    parameter.grad = Tensor(np.ones((2, 2)))
    again = how(parameter)
    assert type(again) is Parameter
    assert (again.name, again.requires_grad) == ("w", True)
    assert again.data.flags.f_contiguous
    np.testing.assert_array_equal(again.data, parameter.data)
    np.testing.assert_array_equal(again.grad.data, 1)
    again.data[...] = 0
    assert parameter.data[0, 0] == 1


def test_repr_says_parameter():
    assert repr(Parameter(1.5, name="a")).startswith("Parameter(1.5")
