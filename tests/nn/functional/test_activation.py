"""Activations: values, derivatives of first and second order, extremes."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd import Tensor, gradcheck
from nn import functional as F

FUNCTIONS = [F.relu, F.sigmoid, F.tanh, F.softmax, F.log_softmax]
arrays = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=3), elements=st.floats(-5, 5)
)


@pytest.mark.parametrize("function", [F.relu, F.sigmoid])
def test_integers_go_the_way_of_the_definition(function):
    x = np.array([[-2, 0], [1, 3]])
    recorded = function(Tensor(x))
    np.testing.assert_allclose(recorded.data, function(x.astype(float)))
    assert recorded.dtype == function(x).dtype


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
@given(shape=hnp.array_shapes(min_dims=1, max_dims=3, max_side=3), seed=st.integers(0, 2**32))
def test_derivatives_of_first_and_second_order(function, shape, seed):
    x = np.random.default_rng(seed).normal(size=shape)
    # relu has a kink at 0, where there is no derivative to compare with.
    assert gradcheck(function, [x + np.copysign(0.1, x)], order=2)


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_layout(function, dtype):
    base = np.random.default_rng(0).normal(size=(6, 8)).astype(dtype)
    for array in (base, np.asfortranarray(base), base[::-2, ::2], base.T):
        array = array.view()
        array.flags.writeable = False
        x = Tensor(array, requires_grad=True)
        y = function(x)
        assert y.dtype == dtype
        np.testing.assert_allclose(y.data, function(np.array(array, order="C")), rtol=1e-6)
        y.sum().backward()
        assert x.grad.dtype == dtype


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_empty(function):
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    function(x).sum().backward()
    assert x.grad.shape == (0, 3)


def test_relu_at_zero_is_flat():
    x = Tensor([-1.0, 0.0, 2.0], requires_grad=True)
    F.relu(x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [0, 0, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_far_out_gives_no_warning(dtype):
    x = Tensor(np.array([-1000, -100, -30, 0, 30, 1000], dtype), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = F.sigmoid(x)
        y.sum().backward()
    assert y.data[0] == 0
    assert y.data[2] == pytest.approx(np.exp(-30.0), rel=1e-6)
    assert y.data[3] == 0.5
    assert y.data[-1] == 1
    assert np.all(np.isfinite(x.grad.data))


@given(arrays)
def test_sigmoid_is_antisymmetric_about_one_half(x):
    np.testing.assert_allclose(F.sigmoid(x) + F.sigmoid(-x), 1, rtol=1e-15)


@given(arrays, st.floats(-1e5, 1e5))
def test_softmax_adds_up_to_one_and_does_not_see_a_shift(x, shift):
    p = F.softmax(x)
    np.testing.assert_allclose(p.sum(axis=-1), 1)
    np.testing.assert_allclose(F.softmax(x + shift), p, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_is_exact_at_a_hundred_thousand(dtype):
    x = np.array([1e5, 1e5, -1e5], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(F.softmax(x), np.array([0.5, 0.5, 0], dtype))
        np.testing.assert_array_equal(
            F.log_softmax(x), np.array([-np.log(2), -np.log(2), -2e5 - np.log(2)], dtype)
        )


def test_softmax_of_minus_infinity():
    x = Tensor([-np.inf, 0.0], requires_grad=True)
    np.testing.assert_array_equal(F.softmax(x).data, [0, 1])
    F.softmax(x)[1].backward()
    np.testing.assert_array_equal(x.grad.data, [0, 0])
    with np.errstate(invalid="ignore"):
        assert np.all(np.isnan(F.softmax(np.array([-np.inf, -np.inf]))))


def test_the_jacobian_of_softmax_is_the_decks():
    x = np.array([0.3, -1.0, 2.0])
    p = F.softmax(x)
    for i in range(3):
        t = Tensor(x, requires_grad=True)
        F.softmax(t)[i].backward()
        deck = [p[i] * (1 - p[j]) if i == j else -p[i] * p[j] for j in range(3)]
        np.testing.assert_allclose(t.grad.data, deck)


@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_softmax_along_an_axis(dim):
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(F.softmax(x, dim=dim).sum(axis=dim), 1)
    np.testing.assert_allclose(np.exp(F.log_softmax(x, dim)), F.softmax(x, dim))
    assert gradcheck(lambda t: F.softmax(t, dim=dim), [x], order=2)
    assert gradcheck(lambda t: F.log_softmax(t, dim=dim), [x], order=2)
