"""The walk: orders of derivatives, pruning, sparse numbering, several roots, ownership."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, backward, gradients, no_grad, primitive
from autograd.gradient import unbroadcast


def leaf(value, **kwargs):
    return Tensor(value, requires_grad=True, **kwargs)


def test_backward_from_several_tensors_is_one_walk():
    runs = []
    counted = primitive(lambda x: x * 2, lambda g, out, x: runs.append(1) or g * 2)
    x = leaf([1.0, 2.0])
    h = counted(x)
    backward([np.sum(h), h, h], [None, np.array([1.0, 0.0]), np.array([0.0, 5.0])])
    assert runs == [1]
    assert_array_equal(x.grad.data, [4, 12])
    with pytest.raises(ValueError, match="2 for 1"):
        backward([x], [None, None])
    with pytest.raises(TypeError, match="ndarray"):
        backward([np.ones(2)])
    backward([np.sum(x)])
    backward(np.sum(x))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_every_order_of_derivative(order):
    x = leaf(0.7)
    y = np.sin(x) * np.exp(x)
    for _ in range(order):
        (y,) = gradients(y, [x], create_graph=True)
    expected = np.imag((1 + 1j) ** order * np.exp((1 + 1j) * 0.7))
    assert_allclose(y.data, expected, rtol=1e-13)


def test_create_graph_leaves_a_differentiable_grad():
    x = leaf([1.0, 2.0])
    np.sum(x**3).backward(create_graph=True)
    first = x.grad
    assert first.requires_grad
    x.grad = None
    np.sum(first).backward()
    assert_allclose(x.grad.data, [6, 12])
    y, z = leaf(2.0), leaf(3.0)
    (y + z).backward(create_graph=True)
    assert y.grad is not z.grad
    (y * y * z).backward(create_graph=True)
    assert y.grad.data == 1 + 12


def test_gradients_walks_only_what_leads_to_the_inputs():
    def forbidden(g, out, x):
        raise AssertionError("this rule is not needed")

    other = primitive(lambda x: x * 1.0, forbidden)
    x, y = leaf(2.0), leaf(3.0)
    h = x * x
    z = h * other(y)
    assert gradients(z, [h])[0].data == 3
    assert gradients(z, [x, h])[0].data == 12
    assert x.grad is None
    assert gradients(z, [z])[0].data == 1
    assert gradients(z, x)[0].data == 12
    assert gradients(z, x, [2.0])[0].data == 24
    assert gradients([z], [x], [np.float64(2.0)])[0].data == 24


def test_gradients_of_a_whole_graph_are_those_of_backward():
    """Then nothing is left out, and both take the same walk, unless a target is no leaf."""
    x, y = leaf([1.0, -2.0]), leaf([[3.0], [0.5]])
    h = np.tanh(x * y)
    J = np.sum(h @ x) + np.sum(h)
    found = [g.data for g in gradients(J, [x, y])]
    half = [g.data for g in gradients(J, [x])] + [g.data for g in gradients(J, [y])]
    to_h, *with_h = gradients(J, [h, x, y])
    J.backward()
    for gs in (found, half, [g.data for g in with_h]):
        assert_allclose(gs[0], x.grad.data, rtol=1e-14)
        assert_allclose(gs[1], y.grad.data, rtol=1e-14)
    assert_allclose(to_h.data, np.ones((2, 1)) * (1 + x.data))


def test_gradients_leaves_out_no_branch_that_was_released():
    w, x = (Tensor(value, requires_grad=True) for value in (2.0, 3.0))
    shared = x * x
    shared.backward()
    with pytest.raises(RuntimeError, match="released"):
        gradients(shared * w + 5 * x, [x])
    (dw,) = gradients(shared.detach() * w, [w])
    assert dw.data == 9
    # The branch is older than what is asked for, so it cannot lead there.
    late = Tensor(1.0, requires_grad=True)
    assert gradients(shared * late, [late])[0].data == 9


def test_gradients_refuses_what_has_none():
    x = leaf(2.0)
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        gradients(x * 2, [Tensor(1.0)])
    with pytest.raises(TypeError, match="float"):
        gradients(x * 2, [1.0])


def test_sparse_numbers():
    """Two graphs that grow in turns, and one that rests while another grows."""
    x, y = leaf(1.0), leaf(1.0)
    a, b = x, y
    for i in range(300):
        a = a * 1.01
        if i % 37 == 0:
            b = b * a
            for _ in range(500):
                y * 2.0
    (a + b).backward()
    n = len(range(0, 300, 37))
    total = sum(i + 1 for i in range(0, 300, 37))
    assert_allclose(y.grad.data, 1.01**total)
    assert n == 9
    assert_allclose(x.grad.data, 1.01**300 + n * 1.01**total, rtol=1e-12)


def test_a_gradient_that_meets_others_is_summed_not_overwritten():
    x = leaf(np.ones(3))
    seed = np.ones(3)
    y = x + 0.0
    (y + y + y + x * 2.0 + x.reshape(3)).backward(seed)
    assert_array_equal(x.grad.data, [6, 6, 6])
    assert_array_equal(seed, [1, 1, 1])


def test_user_may_set_grad_to_an_array():
    x = leaf([1.0, 2.0])
    x.grad = np.array([10.0, 10.0])
    np.sum(x).backward()
    assert_array_equal(x.grad.data, [11, 11])


def test_wrong_rules_are_named():
    x = leaf(np.ones((2, 3)), name="weights")
    bad_shape = primitive(lambda x: x * 2, lambda g, out, x: g[0], name="bad_shape")
    with pytest.raises(ValueError, match=r"bad_shape.*'weights'.*\(3,\).*\(2, 3\)"):
        np.sum(bad_shape(x)).backward()
    with pytest.raises(ValueError, match=r"bad_shape"):
        np.sum(bad_shape(x)).backward(create_graph=True)
    bad_broadcast = primitive(
        lambda x: x * 2, lambda g, out, x: np.ones(5), elementwise=True, name="bad_broadcast"
    )
    with pytest.raises(ValueError, match="bad_broadcast"):
        np.sum(bad_broadcast(x)).backward()
    bad_dtype = primitive(lambda x: x * 2, lambda g, out, x: g * 1j, name="bad_dtype")
    with pytest.raises(TypeError, match=r"bad_dtype.*complex"):
        np.sum(bad_dtype(x)).backward()
    bad_count = primitive(
        lambda x, y: x + y, joint=lambda needs, g, out, x, y: (g,), name="bad_count"
    )
    with pytest.raises(ValueError, match=r"bad_count.*1 gradients, expected 2"):
        np.sum(bad_count(x, x)).backward()


def test_rules_may_return_numbers_lists_and_other_dtypes():
    number = primitive(lambda x: x * 2, lambda g, out, x: 2, elementwise=True)
    listed = primitive(lambda x: x * 2, lambda g, out, x: [2, 2])
    for op in (number, listed):
        x = leaf(np.ones(2, np.float32))
        np.sum(op(x)).backward()
        assert x.grad.dtype == np.float32
        assert_array_equal(x.grad.data, [2, 2])
    scalar = leaf(np.float32(1))
    number(scalar).backward()
    assert isinstance(scalar.grad.data, np.float32)


def test_once_differentiable_raises_only_when_asked_twice():
    op = primitive(
        lambda x: x**3, lambda g, out, x: g * 3 * x**2, once_differentiable=True, name="cube"
    )
    x = leaf(2.0)
    (first,) = gradients(op(x), [x], create_graph=True)
    assert first.data == 12
    with pytest.raises(RuntimeError, match="cube is differentiable once only"):
        gradients(first, [x])


def test_several_results():
    both = primitive(
        lambda x: (x * 2, x * x),
        lambda g, out, x: g[0] * 2 + g[1] * 2 * x,
        name="both",
    )
    x = leaf([1.0, 3.0])
    double, square = both(x)
    np.sum(square).backward(retain_graph=True)
    assert_array_equal(x.grad.data, [2, 6])
    x.grad = None
    np.sum(double * square).backward(create_graph=True)
    assert_array_equal(x.grad.data, [6, 54])
    (second,) = gradients(np.sum(x.grad), [x])
    assert_array_equal(second.data, [12, 36])
    untracked = both(np.array([1.0]))
    assert isinstance(untracked, tuple)
    with no_grad():
        assert all(isinstance(t, Tensor) and not t.requires_grad for t in both(x))


def test_errstate_and_modes_are_back_after_backward():
    with np.errstate(divide="raise"):
        x = leaf([0.0, 1.0])
        np.sum(np.sqrt(x)).backward()
        assert x.grad.data[0] == np.inf
        assert np.geterr()["divide"] == "raise"


@given(st.lists(st.integers(1, 3), max_size=3), st.data())
def test_unbroadcast_is_the_transpose_of_broadcasting(sides, data):
    shape = tuple(1 if data.draw(st.booleans()) else n for n in sides)
    full = (*data.draw(st.lists(st.integers(0, 3), max_size=2)), *sides)
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=shape), rng.normal(size=full)
    back = unbroadcast(g, shape)
    assert back.shape == shape
    assert_allclose(np.sum(back * x), np.sum(g * np.broadcast_to(x, full)), atol=1e-12)
