from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad, hessian, jacobian, vjp

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 4), st.integers(0, 4))
def test_jacobian_of_a_linear_map_is_its_matrix(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    a, x = rng.normal(size=(m, n)), rng.normal(size=n)
    j = jacobian(lambda x: a @ x)(x)
    assert j.shape == (m, n)
    np.testing.assert_allclose(j, a)


@given(seeds, st.integers(1, 4))
def test_hessian_of_a_quadratic_form(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, x = rng.normal(size=(n, n)), rng.normal(size=n)
    np.testing.assert_allclose(hessian(lambda x: x @ a @ x)(x), a + a.T)


def test_closed_forms() -> None:
    r, t = 2.0, 0.5
    polar = lambda p: np.stack([p[0] * np.cos(p[1]), p[0] * np.sin(p[1])])
    expected = [[np.cos(t), -r * np.sin(t)], [np.sin(t), r * np.cos(t)]]
    np.testing.assert_allclose(jacobian(polar)(np.array([r, t])), expected)
    rosenbrock = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    x = np.array([1.5, -0.5])
    expected = [[2 - 400 * (x[1] - 3 * x[0] ** 2), -400 * x[0]], [-400 * x[0], 200]]
    np.testing.assert_allclose(hessian(rosenbrock)(x), expected)


def test_shapes_of_arrays_of_any_dimension() -> None:
    x = np.arange(6.0).reshape(2, 3)
    j = jacobian(lambda x: x.T * 2)(x)
    assert j.shape == (3, 2, 2, 3)
    assert j[2, 1, 1, 2] == 2
    assert j.sum() == 12
    assert jacobian(np.sum)(x).shape == (2, 3)
    assert jacobian(np.sin)(0.0) == 1
    assert hessian(lambda x: x**3)(2.0) == 12


def test_empty_arguments_and_results() -> None:
    assert jacobian(np.sin)(np.ones(0)).shape == (0, 0)
    assert jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    assert jacobian(lambda x: np.ones(2))(np.ones(3)).tolist() == np.zeros((2, 3)).tolist()


def test_several_and_nested_arguments() -> None:
    f = lambda x, p: {"out": x * p["a"]}
    x, p = np.array([1.0, 2.0]), {"a": np.array([3.0, 4.0])}
    jx, jp = jacobian(f, (0, 1))(x, p)["out"]
    assert jx.tolist() == [[3, 0], [0, 4]]
    assert jp["a"].tolist() == [[1, 0], [0, 2]]
    h = hessian(lambda x, y: np.sum(x**2 * y), (0, 1))(x, p["a"])
    assert h[0][0].tolist() == [[6, 0], [0, 8]]
    assert h[0][1].tolist() == [[2, 0], [0, 4]]
    assert h[1][0].tolist() == [[2, 0], [0, 4]]
    assert h[1][1].tolist() == [[0, 0], [0, 0]]


def test_tensors_in_tensors_out_recorded() -> None:
    assert type(jacobian(np.sin)(Tensor([1.0]))) is Tensor
    x = Tensor([1.0, 2.0], requires_grad=True)
    j = jacobian(lambda x: x**3)(x)
    j.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [6, 12]


def test_they_nest() -> None:
    x = np.array([0.5, 1.5])
    third = jacobian(hessian(lambda x: np.sum(x**4)))(x)
    assert third.shape == (2, 2, 2)
    np.testing.assert_allclose([third[0, 0, 0], third[1, 1, 1]], 24 * x)
    trace = lambda x: np.trace(hessian(lambda x: np.sum(x**4))(x))
    np.testing.assert_allclose(grad(trace)(x), 24 * x)


def test_rows_are_vector_jacobian_products() -> None:
    rng = np.random.default_rng(0)
    f = lambda x: np.tanh(np.cumsum(x) * x[0])
    x = rng.normal(size=3)
    _, vjp_fn = vjp(f, x)
    np.testing.assert_allclose(jacobian(f)(x), [vjp_fn(row)[0] for row in np.eye(3)])


def test_errors() -> None:
    with pytest.raises(TypeError, match=r"write 1.0 instead of 1"):
        jacobian(np.sin)(1)
    with pytest.raises(TypeError, match=r"one floating-point number, got .* shape \(2,\)"):
        hessian(np.sin)(np.ones(2))
    for transform in (jacobian, hessian):
        value: Any = 3
        with pytest.raises(TypeError, match="expects a function first"):
            transform(value)
