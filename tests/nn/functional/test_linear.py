"""The fully-connected op."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, gradcheck, gradients, primitive
from nn import functional as F
from nn.functional.linear import _op


@given(
    lead=st.lists(st.integers(0, 3), max_size=2),
    n=st.integers(1, 3),
    m=st.integers(1, 3),
    with_bias=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_values_and_derivatives(lead, n, m, with_bias, seed):
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(*lead, n)), rng.normal(size=(m, n))
    inputs = [x, weight] + ([rng.normal(size=m)] if with_bias else [])
    expected = np.einsum("...n,mn->...m", x, weight) + (inputs[2] if with_bias else 0)
    np.testing.assert_allclose(F.linear(*inputs), expected)
    if 0 in lead:
        tensors = [Tensor(a, requires_grad=True) for a in inputs]
        F.linear(*tensors).sum().backward()
        for t in tensors:
            np.testing.assert_array_equal(t.grad.data, np.zeros(t.shape))
    else:
        assert gradcheck(F.linear, inputs, order=2)


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_fast_path_equals_the_recorded_path(order, rng):
    x, weight, bias = rng.normal(size=(5, 4)), rng.normal(size=(3, 4)), rng.normal(size=3)
    tensors = [Tensor(np.array(a, order=order), requires_grad=True) for a in (x, weight, bias)]
    J = (F.linear(*tensors) ** 2).sum()
    for fast, recorded in zip(
        gradients(J, tensors), gradients(J, tensors, create_graph=True), strict=True
    ):
        np.testing.assert_allclose(fast.data, recorded.data, rtol=1e-14)


def test_the_gradient_of_the_data_is_not_computed_when_nobody_needs_it(rng):
    asked = []
    needed = primitive(
        lambda x: x, lambda g, out, x: asked.append("x") or g, elementwise=True, name="watch"
    )
    weight = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    F.linear(needed(Tensor(np.ones((1, 3)))), weight).sum().backward()
    assert asked == []
    assert weight.grad is not None


def test_mixed_dtypes_follow_numpy_and_gradients_follow_their_inputs():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    weight = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    bias = Tensor(np.ones(2, np.float32), requires_grad=True)
    y = F.linear(x, weight, bias)
    assert y.dtype == np.float64
    y.sum().backward()
    assert [t.grad.dtype for t in (x, weight, bias)] == [np.float64, np.float32, np.float32]


@pytest.mark.parametrize("kind", [np.int64, np.uint8, bool])
def test_data_that_count_take_the_dtype_of_the_weight(kind):
    rng = np.random.default_rng(0)
    x = np.arange(6).reshape(2, 3).astype(kind)
    weight = Tensor(rng.normal(size=(2, 3)).astype(np.float32), requires_grad=True)
    y = F.linear(x, weight)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.data, F.linear(x.astype(np.float32), weight.data))
    y.sum().backward()
    np.testing.assert_array_equal(weight.grad.data, [x.sum(axis=0, dtype=int)] * 2)
    assert weight.grad.dtype == np.float32


def test_wider_data_are_warned_of_once_at_the_line_of_the_user():
    x, layer = np.ones((64, 128)), nn.Linear(128, 128)
    model = nn.Sequential(layer, nn.Tanh())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            y = model(x)
    (warning,) = caught
    assert warning.filename == __file__
    assert "x.astype(np.float32), or model.to(np.float64)" in str(warning.message)
    assert y.dtype == np.float64
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer(x[:63])
        layer(x.astype(np.float32))
        layer(x.astype(np.float16))
        layer.to(np.float64)(x)


def test_integers_and_lists_as_data():
    weight = Tensor([[1.0, 2.0]], requires_grad=True)
    np.testing.assert_array_equal(F.linear([[1, 1], [0, 2]], weight).data, [[3], [4]])


@pytest.mark.parametrize("kernel", [True, False])
def test_inputs_are_not_written_to(rng, monkeypatch, kernel):
    if not kernel:
        monkeypatch.setattr(_op, "kernel", None)
    arrays = [rng.normal(size=s) for s in ((5, 4), (3, 4), (3,))]
    before = [a.copy() for a in arrays]
    tensors = []
    for a in arrays:
        # Tensor(a) would copy: the op has to get the read-only memory itself.
        a.flags.writeable = False
        leaf = Tensor(0.0)
        leaf.data, leaf.requires_grad = a, True
        tensors.append(leaf)
    y = F.linear(*tensors)
    np.testing.assert_allclose(y.data, before[0] @ before[1].T + before[2])
    y.sum().backward()
    for t, a, kept in zip(tensors, arrays, before, strict=True):
        assert np.shares_memory(t.data, a)
        np.testing.assert_array_equal(a, kept)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((2, 3), (4, 2), (4,)), r"expected an input of shape \(\.\.\., 2\), got \(2, 3\)"),
        (((2, 3), (4, 3), (3,)), r"bias of shape \(out,\), got \(4, 3\) and \(3,\)"),
        (((2, 3), (3,), None), r"weight of shape \(out, in\).*got \(3,\) and None"),
    ],
)
def test_shapes_that_do_not_fit(shapes, message):
    x, weight, bias = (None if s is None else np.zeros(s) for s in shapes)
    with pytest.raises(ValueError, match=message):
        F.linear(x, Tensor(weight, requires_grad=True), bias)
