import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad, hessian, hvp, jacobian, jvp, no_grad, primitive, vjp

seeds = st.integers(0, 2**32 - 1)


def f(x: Any, w: Any) -> Any:
    return np.tanh(x @ w) * np.sum(x**2)


def scalar(x: Any) -> Any:
    return np.sum(np.sin(x) * np.prod(x))


@given(seeds)
def test_both_products_agree_with_the_jacobian(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=3), rng.normal(size=(3, 2))
    jx, jw = jacobian(f, (0, 1))(x, w)
    v = rng.normal(size=2)
    value, vjp_fn = vjp(f, x, w)
    np.testing.assert_allclose(value, f(x, w))
    gx, gw = vjp_fn(v)
    np.testing.assert_allclose(gx, v @ jx)
    np.testing.assert_allclose(gw, np.tensordot(v, jw, 1))
    tx, tw = rng.normal(size=3), rng.normal(size=(3, 2))
    value, tangent = jvp(f, (x, w), (tx, tw))
    np.testing.assert_allclose(value, f(x, w))
    np.testing.assert_allclose(tangent, jx @ tx + np.tensordot(jw, tw, 2))
    np.testing.assert_allclose(v @ tangent, gx @ tx + np.sum(gw * tw))


@given(seeds)
def test_hvp_agrees_with_the_hessian_and_with_jvp_of_grad(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=4), rng.normal(size=4)
    expected = hessian(scalar)(x) @ v
    np.testing.assert_allclose(hvp(scalar, (x,), (v,)), expected, atol=1e-12)
    np.testing.assert_allclose(hvp(scalar, x, v), expected, atol=1e-12)
    np.testing.assert_allclose(jvp(grad(scalar), (x,), (v,))[1], expected, atol=1e-12)


def test_hvp_of_several_arguments_mixes_their_blocks() -> None:
    g = lambda x, y: np.sum(x**2 * y)
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    hx, hy = hvp(g, (x, y), (np.ones(2), 10 * np.ones(2)))
    np.testing.assert_allclose(hx, 2 * y + 10 * 2 * x)
    np.testing.assert_allclose(hy, 2 * x)


def test_vjp_function_can_be_called_again() -> None:
    value, vjp_fn = vjp(np.sin, 0.0)
    assert (value, vjp_fn(2.0), vjp_fn(3.0)) == (0, (2,), (3,))


def test_vjp_function_does_not_hold_on_to_what_backward_releases() -> None:
    inner = []

    def f(x: Any) -> Any:
        y = np.exp(x)
        inner.append(weakref.ref(y))
        return np.sum(y * y)

    value, vjp_fn = vjp(f, Tensor(np.ones(2), requires_grad=True))
    value.backward()
    assert inner[0]() is None
    assert callable(vjp_fn)


def test_nested_arguments_and_results() -> None:
    g = lambda p: {"sum": p["a"] + p["b"], "rest": [p["a"] * p["b"], 7.0]}
    primals = {"a": 2.0, "b": 3.0}
    value, vjp_fn = vjp(g, primals)
    assert value == {"sum": 5, "rest": [6, 7]}
    assert vjp_fn({"sum": 1.0, "rest": [10.0, 100.0]}) == ({"a": 31, "b": 21},)
    value, tangent = jvp(g, (primals,), ({"a": 1.0, "b": 10.0},))
    assert value == {"sum": 5, "rest": [6, 7]}
    assert tangent == {"sum": 11, "rest": [23, 0]}


def test_derivatives_of_products() -> None:
    # d/dx of the derivative of x**3 along t: 6 x t.
    assert grad(lambda x: jvp(lambda x: x**3, (x,), (2.0,))[1])(5.0) == 60
    assert grad(lambda t: jvp(lambda x: x**3, (5.0,), (t,))[1])(2.0) == 75
    assert grad(lambda v: vjp(lambda x: x**3, 5.0)[1](v)[0])(2.0) == 75
    assert grad(lambda x: vjp(lambda x: x**3, x)[1](2.0)[0])(5.0) == 60
    assert grad(lambda x: hvp(lambda x: x**3, x, 1.0))(5.0) == 6
    assert jvp(lambda x: jvp(lambda y: x * y, (x,), (1.0,))[1], (5.0,), (1.0,)) == (5, 1)


def test_arrays_in_arrays_out_and_tensors_in_tensors_out() -> None:
    x = Tensor([1.0, 2.0])
    value, tangent = jvp(np.sin, (x,), (np.ones(2),))
    assert type(value) is type(tangent) is Tensor
    value, tangent = jvp(np.sin, (np.ones(2),), (Tensor(np.ones(2)),))
    assert type(tangent) is Tensor
    value, vjp_fn = vjp(np.sin, np.ones(2))
    assert type(vjp_fn(np.ones(2))[0]) is np.ndarray
    assert type(vjp_fn(Tensor(np.ones(2)))[0]) is Tensor
    with no_grad():
        value, tangent = jvp(lambda x: x**2, (Tensor(3.0, requires_grad=True),), (1.0,))
        assert (value.item(), tangent.item()) == (9, 6)
        assert not tangent.requires_grad


def test_results_that_do_not_depend_on_the_primals() -> None:
    assert jvp(lambda x: np.ones(2), (1.0,), (1.0,))[1].tolist() == [0, 0]
    assert jvp(lambda x: 3.0, (1.0,), (1.0,)) == (3.0, 0)
    assert vjp(lambda x: np.ones(2), 1.0)[1](np.ones(2)) == (0,)
    assert jvp(np.floor, (1.5,), (1.0,)) == (1, 0)


def test_an_op_differentiable_once_has_no_jvp() -> None:
    cube = primitive(
        lambda x: x**3, lambda g, out, x: g * 3 * x**2, once_differentiable=True, name="cube"
    )
    assert vjp(cube, 2.0)[1](1.0) == (12,)
    with pytest.raises(RuntimeError, match="cube is differentiable once only"):
        jvp(cube, (2.0,), (1.0,))


def test_wrong_directions() -> None:
    with pytest.raises(ValueError, match=r"tangents\[0\] of shape \(2,\), got \(3,\)"):
        jvp(np.sin, (np.ones(2),), (np.ones(3),))
    with pytest.raises(ValueError, match=r"leaves at \['\[0\]'\], got \['\[0\]', '\[1\]'\]"):
        jvp(np.sin, (1.0,), (1.0, 2.0))
    with pytest.raises(TypeError, match=r"dtype float32, got float64; convert"):
        jvp(np.sin, (np.float32(1),), (np.float64(1),))
    with pytest.raises(ValueError, match=r"the vector of shape \(2,\), got \(\)"):
        vjp(np.sin, np.ones(2))[1](1.0)
    with pytest.raises(ValueError, match="tangents"):
        hvp(np.sum, np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match=r"write 1.0 instead of 1"):
        vjp(np.sin, 1)
    for transform in (lambda: vjp(3, 1.0), lambda: jvp(3, 1.0, 1.0), lambda: hvp(3, 1.0, 1.0)):
        with pytest.raises(TypeError, match="expects a function first"):
            transform()
