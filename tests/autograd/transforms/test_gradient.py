from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Tensor,
    elementwise_grad,
    grad,
    jacobian,
    no_grad,
    per_sample_grad,
    primitive,
    value_and_grad,
)

numbers = st.floats(-2, 2)


def polynomial(coefficients: list[float]) -> Any:
    return lambda x: sum(c * x**k for k, c in enumerate(coefficients))


@given(st.lists(numbers, min_size=2, max_size=6), numbers)
def test_every_order_of_a_polynomial(coefficients: list[float], x: float) -> None:
    f, exact = polynomial(coefficients), np.polynomial.Polynomial(coefficients)
    for _ in range(3):
        f, exact = grad(f), exact.deriv()
        np.testing.assert_allclose(f(x), exact(x), rtol=1e-9, atol=1e-9)


def test_three_times() -> None:
    assert grad(grad(grad(lambda x: x**3)))(2.0) == 6


def test_value_and_grad_evaluates_once() -> None:
    calls = []

    def f(x: Any, power: int = 2) -> Any:
        calls.append(x)
        return x**power

    assert value_and_grad(f)(3.0, power=3) == (27, 27)
    assert len(calls) == 1


# -- perturbation confusion ---------------------------------------------------------------------


def test_no_confusion_of_variables() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(5.0) == 1
    assert grad(lambda x: x * grad(lambda y: x * y)(1.0))(5.0) == 10
    assert grad(lambda x: x * grad(lambda y: y * y)(x))(5.0) == 20
    assert grad(lambda x: grad(lambda y: grad(lambda z: x * y**2 * z**2)(y))(x))(3.0) == 162


def test_confusion_through_tensors_under_every_variable() -> None:
    x = Tensor(5.0, requires_grad=True)
    inner = grad(lambda y: x * y * y)(3.0)
    assert isinstance(inner, Tensor)
    inner.backward()
    assert x.grad is not None
    assert x.grad.item() == 6


# -- what comes in, what comes out --------------------------------------------------------------


def test_arrays_in_arrays_out_and_tensors_in_tensors_out() -> None:
    value, g = value_and_grad(np.sum)(np.ones(3))
    assert (type(value), type(g)) == (np.float64, np.ndarray)
    value, g = value_and_grad(np.sum)(Tensor(np.ones(3)))
    assert (type(value), type(g)) == (Tensor, Tensor)
    assert not g.requires_grad
    assert value.is_leaf


def test_a_tensor_that_requires_a_gradient_stays_in_its_graph() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    value, g = value_and_grad(lambda x: np.sum(x**3))(x)
    assert g.requires_grad
    (value + g.sum()).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3 + 6, 12 + 12]


def test_under_no_grad_the_result_is_not_recorded() -> None:
    x = Tensor(3.0, requires_grad=True)
    with no_grad():
        g = grad(lambda x: x**2)(x)
    assert g.item() == 6
    assert not g.requires_grad
    assert x.grad is None


def test_gradients_keep_dtype_and_do_not_alias() -> None:
    x = np.ones(3, np.float32)
    g = grad(lambda x: np.sum(x))(x)
    assert g.dtype == np.float32
    g += 1
    assert x.tolist() == [1, 1, 1]
    assert grad(lambda x: x * 2.0)(np.float32(1)).dtype == np.float32


def test_several_arguments() -> None:
    f = lambda x, y: np.sum(x * y**2)
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert grad(f, 1)(x, y).tolist() == [6, 16]
    assert grad(f, -1)(x, y).tolist() == [6, 16]
    gx, gy = grad(f, (0, 1))(x, y)
    assert (gx.tolist(), gy.tolist()) == ([9, 16], [6, 16])
    assert isinstance(grad(f, [1])(x, y), tuple)


def test_nested_arguments() -> None:
    Layer = namedtuple("Layer", ["w", "b"])
    parameters = {
        "first": Layer(np.ones((2, 2)), np.zeros(2)),
        "rest": [np.array(2.0), (3.0,)],
        "unused": None,
    }

    def loss(p: Any, x: Any) -> Any:
        h = x @ p["first"].w + p["first"].b
        return np.sum(h) * p["rest"][0] * p["rest"][1][0]

    value, g = value_and_grad(loss)(parameters, np.array([1.0, 10.0]))
    assert value == 22 * 6
    assert type(g["first"]) is Layer
    assert g["first"].w.tolist() == [[6, 6], [60, 60]]
    assert g["first"].b.tolist() == [6, 6]
    assert (g["rest"][0], g["rest"][1]) == (66, (44,))
    assert g["unused"] is None


def test_the_same_tensor_in_two_places_is_two_variables() -> None:
    x = Tensor(3.0, requires_grad=True)
    gx, gy = grad(lambda x, y: x * y**2, (0, 1))(x, x)
    assert (gx.item(), gy.item()) == (9, 18)


def test_an_argument_without_influence_gives_zeros() -> None:
    _, gy = grad(lambda x, y: np.sum(x), (0, 1))(np.ones(2), np.ones((3, 1)))
    assert gy.tolist() == [[0], [0], [0]]
    assert grad(lambda x: 1.0)(np.ones(2)).tolist() == [0, 0]


def test_writes_in_place_inside_the_function() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        y[0] = x[1] * 5
        y += x
        return np.sum(y * y)

    g = grad(f)(np.array([1.0, 2.0]))
    # y = (5b + a, 3b): gradient (2y0, 10 y0 + 6 y1).
    assert g.tolist() == [22, 110 + 36]


def test_auxiliary_results() -> None:
    f = lambda x: (x**2, {"twice": 2 * x, "note": "text"})
    (value, aux), g = value_and_grad(f, has_aux=True)(3.0)
    assert (value, g, aux) == (9, 6, {"twice": 6, "note": "text"})
    assert type(aux["twice"]) is np.float64
    g, aux = grad(f, has_aux=True)(3.0)
    assert (g, aux["twice"]) == (6, 6)


def test_name_and_docstring_stay() -> None:
    def loss(x: Any) -> Any:
        """The loss."""
        return x

    assert grad(loss).__name__ == "loss"
    assert grad(loss).__doc__ == "The loss."


# -- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [2, np.arange(3), True, Tensor([1, 2])])
def test_integers_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"argument 0; write 1\.0 instead of 1"):
        grad(np.sum)(value)


def test_integers_inside_a_nest_are_located() -> None:
    with pytest.raises(TypeError, match=r"argument 0\['w'\]\[1\]; write 1\.0"):
        grad(lambda p: p["w"][0])({"w": [1.0, 2]})


def test_what_cannot_be_differentiated() -> None:
    with pytest.raises(TypeError, match="got str as argument 0; choose other arguments"):
        grad(len)("text")
    with pytest.raises(TypeError, match="complex"):
        grad(lambda x: x)(1j)


def test_results_that_are_not_one_number() -> None:
    with pytest.raises(TypeError, match=r"shape \(3,\) .* jacobian .* elementwise_grad"):
        grad(np.sin)(np.ones(3))
    with pytest.raises(TypeError, match="int"):
        grad(lambda x: 1)(1.0)
    with pytest.raises(TypeError, match=r"got tuple.*has_aux=True"):
        grad(lambda x: (x, x))(1.0)
    with pytest.raises(TypeError, match="got NoneType"):
        grad(lambda x: None)(1.0)
    with pytest.raises(TypeError, match=r"has_aux=True expects .* pair"):
        grad(lambda x: x, has_aux=True)(1.0)


def test_how_it_is_called() -> None:
    with pytest.raises(TypeError, match=r"expects a function first, got ndarray.*grad\(f\)\(x\)"):
        grad(np.ones(3))
    with pytest.raises(TypeError, match=r"asked for argument 1, .* 1 positional arguments"):
        grad(np.sum, 1)(1.0)
    with pytest.raises(ValueError, match="distinct positions"):
        grad(lambda x, y: x, (0, 0))(1.0, 1.0)
    with pytest.raises(ValueError, match="distinct positions"):
        grad(lambda x: x, ())(1.0)


# -- elementwise_grad -----------------------------------------------------------------------------


@given(st.lists(numbers, min_size=1, max_size=5))
def test_elementwise_grad_is_the_diagonal_of_the_jacobian(values: list[float]) -> None:
    x = np.array(values)
    np.testing.assert_allclose(elementwise_grad(np.sin)(x), np.cos(x))
    np.testing.assert_allclose(elementwise_grad(np.sin)(x), np.diag(jacobian(np.sin)(x)))
    np.testing.assert_allclose(elementwise_grad(elementwise_grad(np.sin))(x), -np.sin(x))


def test_elementwise_grad_of_a_constant_and_errors() -> None:
    assert elementwise_grad(lambda x: np.ones(2))(np.ones(2)).tolist() == [0, 0]
    with pytest.raises(TypeError, match="returns one floating-point array, got tuple"):
        elementwise_grad(lambda x: (x, x))(1.0)


# -- per_sample_grad ------------------------------------------------------------------------------


def squared_error(w: Any, x: Any, y: Any) -> Any:
    return (np.dot(w, x) - y) ** 2


def test_per_sample_grad_against_one_by_one() -> None:
    rng = np.random.default_rng(0)
    w, x, y = rng.normal(size=3), rng.normal(size=(5, 3)), rng.normal(size=5)
    each = per_sample_grad(squared_error)(w, x, y)
    assert each.shape == (5, 3)
    np.testing.assert_allclose(each, 2 * (x @ w - y)[:, None] * x)
    mean = grad(lambda w: np.mean((x @ w - y) ** 2))(w)
    np.testing.assert_allclose(each.mean(axis=0), mean)


def test_per_sample_grad_axes_nests_and_tensors() -> None:
    x = np.arange(6.0).reshape(3, 2)  # samples along axis 1
    f = lambda p, x: np.sum(p["w"] * x) + p["b"]
    g = per_sample_grad(f, in_axes=(None, 1))({"w": np.ones(3), "b": 0.0}, x)
    assert g["w"].tolist() == x.T.tolist()
    assert g["b"].tolist() == [1, 1]
    gw, gx = per_sample_grad(lambda w, x: np.sum(w * x), (0, 1), in_axes=(None, 0))(
        Tensor(np.ones(2)), x
    )
    assert isinstance(gw, Tensor)
    assert gw.tolist() == x.tolist()
    assert gx.tolist() == np.ones((3, 2)).tolist()


def test_per_sample_grad_errors() -> None:
    with pytest.raises(ValueError, match=r"same number of samples.*argument 1': 5.*argument 2': 4"):
        per_sample_grad(squared_error)(np.ones(3), np.ones((5, 3)), np.ones(4))
    with pytest.raises(ValueError, match="one entry of in_axes per argument"):
        per_sample_grad(squared_error, in_axes=(0,))(np.ones(3), np.ones((5, 3)), np.ones(5))
    with pytest.raises(ValueError, match="got none"):
        per_sample_grad(np.sum)(np.ones(3))


def test_custom_primitives_take_part() -> None:
    cube = primitive(lambda x: x**3, lambda g, out, x: g * 3 * x**2, elementwise=True)
    assert grad(grad(cube))(2.0) == 12
