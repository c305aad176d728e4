import copy
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import (
    Function,
    GradcheckError,
    Tensor,
    check,
    generator,
    gradcheck,
    gradgradcheck,
    once_differentiable,
    primitive,
)

X = np.array([[0.5, -1.2, 2.0], [1.5, 0.3, -0.7]])
W = np.array([[1.0, 0.2], [-0.5, 0.8], [0.3, -1.1]])

# -- right rules pass -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (np.exp, X),
        (lambda x, w: np.tanh(x @ w).sum(), (X, W)),
        (lambda x: 1e-7 * x, X),
        (lambda x: 1e8 * np.sin(x), X),
        (lambda x: np.log(x), np.array([1e-8, 1e-3, 5.0])),
        (lambda x: np.sin(1000 * x), np.array([0.3])),
        (lambda x: np.abs(x), np.array([1e-3, -1e-3])),
        (lambda x: Tensor(np.ones(3)), X),
        (lambda x: np.sum(x) * 0, X),
        (lambda p: p["w"] * p["b"][0], {"w": X, "b": [2.0]}),
        (lambda x, how, n: x**n if how == "power" else x, (X, "power", 3)),
        (lambda x: (np.sin(x), [np.cos(x)], np.argmax(x)), X),
        (lambda x, y: x + y, (np.ones((3, 1)), np.ones(4))),
        (lambda x: x**2, 3.0),
        (lambda x: np.sin(x), np.float32(0.5)),
        (lambda x: np.linalg.inv(x), np.array([[2.0, 1.0], [0.5, 3.0]])),
    ],
)
def test_right_derivatives_pass(f: Any, inputs: Any) -> None:
    assert gradcheck(f, inputs) is True
    assert gradgradcheck(f, inputs) is True


def test_third_order() -> None:
    assert gradcheck(lambda x: np.sin(x) * x**3, X, order=3)


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=4))
def test_right_derivatives_pass_everywhere(values: list[float]) -> None:
    assert gradcheck(lambda x: np.exp(x) * np.tanh(x) + x**2, np.array(values))


# -- wrong rules are caught, with the right index -------------------------------------------------


def wrong_at(index: Any, change: Any) -> Any:
    """exp with a rule whose gradient is changed at one index."""

    def rule(g: Any, out: Any, x: Any) -> Any:
        result = np.array(g * out)
        result[index] = change(result[index])
        return result

    return primitive(np.exp, rule, name="wrong_exp", once_differentiable=True)


@pytest.mark.parametrize("index", [(0, 0), (1, 2), (0, 1)])
@pytest.mark.parametrize(
    "change",
    [lambda g: -g, lambda g: 1.01 * g, lambda g: (1 + 1e-5) * g, lambda g: 0, lambda g: np.nan],
    ids=["sign", "one percent", "a little", "zero", "nan"],
)
def test_one_wrong_entry_is_named(index: Any, change: Any) -> None:
    with pytest.raises(GradcheckError, match=r"wrong derivative of output 0") as caught:
        gradcheck(wrong_at(index, change), X)
    error = caught.value
    assert (error.input, error.order) == ("input 0", 1)
    assert error.index == index
    # A NaN is wrong everywhere in its column, also where the derivative is 0.
    assert error.numeric in (0, pytest.approx(np.exp(X[index])))
    assert error.bar is not None
    assert error.bar < 1e-8
    assert f"at index {index}" in str(error)
    assert "± " in str(error)


def test_the_worst_of_several_is_named() -> None:
    wrong = primitive(
        np.exp, lambda g, out, x: g * out * np.array([1.0, 1.1, 1.5, 1.2]), name="wrong"
    )
    with pytest.raises(GradcheckError, match="worst of 3 wrong among 16 entries") as caught:
        gradcheck(wrong, np.zeros(4))
    assert caught.value.index == (2,)
    assert caught.value.output_index == (0, (2,))
    assert (caught.value.analytic, caught.value.numeric) == (1.5, pytest.approx(1))


def test_a_gradient_of_zero_for_a_small_slope_is_caught() -> None:
    flat = primitive(lambda x: 1e-7 * x, lambda g, out, x: g * 0)
    with pytest.raises(GradcheckError, match="analytic 0, numeric 1e-07"):
        gradcheck(flat, X)


def test_the_wrong_input_is_named() -> None:
    wrong = primitive(np.matmul, lambda g, out, x, w: g @ w.T, lambda g, out, x, w: 2 * x.T @ g)
    with pytest.raises(GradcheckError, match=r"input 1 \('w'\)"):
        gradcheck(wrong, (Tensor(X), Tensor(W, name="w")))
    with pytest.raises(GradcheckError, match=r"input 0\['w'\]\[1\]"):
        gradcheck(lambda p: wrong(X, p["w"][1]), {"w": [1.0, W]})


def test_the_wrong_output_is_named() -> None:
    class Pair(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.x = x
            return x * 2, x**2

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            return 2 * g + h * ctx.x

    with pytest.raises(GradcheckError, match="of output 1 at index") as caught:
        gradcheck(Pair, X)
    assert caught.value.output_index is not None
    assert caught.value.output_index[0] == 1


def test_a_rule_that_is_not_linear_in_g_is_caught() -> None:
    wrong = primitive(lambda x: 3 * x, lambda g, out, x: 3 * g * g)
    with pytest.raises(GradcheckError, match="not linear in the gradient that comes in"):
        gradcheck(wrong, X)


def test_a_wrong_second_derivative_is_caught() -> None:
    detached = primitive(
        lambda x: x**3, lambda g, out, x: g * 3 * (x.data if isinstance(x, Tensor) else x) ** 2
    )
    assert gradcheck(detached, X)
    with pytest.raises(GradcheckError, match=r"order 2") as caught:
        gradgradcheck(detached, X)
    assert caught.value.order == 2
    assert caught.value.input == "input 0"


def test_an_op_differentiable_once_says_so_at_second_order() -> None:
    class Once(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.x = x
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g * ctx.x

    assert gradcheck(Once, X)
    with pytest.raises(RuntimeError, match="Once is differentiable once only"):
        gradgradcheck(Once, X)


# -- nothing checked, cannot tell -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "inputs", "reason"),
    [
        (np.sin, np.ones((0, 3)), "input 0 of size 0"),
        (lambda: Tensor(1.0), (), "got none"),
        (lambda n: Tensor(1.0) * n, 3, "got none"),
        (lambda x: x[:0], np.ones(3), "only empty outputs"),
    ],
)
def test_nothing_checked_is_not_a_pass(f: Any, inputs: Any, reason: str) -> None:
    with pytest.raises(GradcheckError, match=rf"nothing checked.*{reason}"):
        gradcheck(f, inputs)


@pytest.mark.parametrize("shape", [(0,), (0, 2), (2, 0)])
def test_an_empty_input_beside_another_is_no_reason_to_stop(shape: tuple[int, ...]) -> None:
    assert gradcheck(lambda x, y: np.sum(x) + np.sum(y), (np.ones(shape), np.ones(2)))


def test_cannot_tell() -> None:
    with pytest.raises(GradcheckError, match=r"cannot tell .* at index \(1,\)"):
        gradcheck(np.floor, np.array([0.5, 1.0]))
    with pytest.raises(GradcheckError, match="f is not finite there"):
        gradcheck(np.log, np.array([-1.0]))
    with pytest.raises(GradcheckError, match=r"two different results.*nondeterministic.*eval"):
        gradcheck(lambda x: x * np.random.default_rng().random(), X)
    calls = itertools.count(1)
    with pytest.raises(GradcheckError, match=r"two different results.*stateful") as info:
        gradcheck(lambda x: x * next(calls), X)
    # No wonder that other layouts give others again.
    assert len(info.value.report.findings) == 1


@pytest.mark.parametrize("speed", ["full", "fast"])
@pytest.mark.parametrize("size", [2, 100])
@pytest.mark.parametrize("f", [np.sqrt, np.log, lambda x: np.sum(np.sqrt(x)), lambda x: x / x])
def test_an_infinite_slope_is_not_called_wrong(f: Any, size: int, speed: str) -> None:
    report = check(f, np.arange(float(size)), speed=speed)
    assert report.verdict == "cannot tell", str(report)
    assert {x.index for x in report.findings} == {(0,)}


@pytest.mark.parametrize("value", [np.inf, np.nan])
@pytest.mark.parametrize("speed", ["full", "fast"])
def test_no_number_where_there_is_a_slope_is_wrong(value: float, speed: str) -> None:
    broken = primitive(
        np.sin,
        lambda g, out, x: g * np.where(x == 2.0, value, np.cos(x)),
        elementwise=True,
        name="broken",
    )
    with pytest.raises(GradcheckError, match=r"wrong .* input 0 at index \(2,\)"):
        gradcheck(broken, np.arange(4.0), speed=speed)


def test_a_kink_is_mentioned() -> None:
    relu = primitive(
        lambda x: np.maximum(x, 0), lambda g, out, x: g * (x > 0), elementwise=True, name="relu"
    )
    with pytest.raises(GradcheckError, match="kink"):
        gradcheck(relu, np.array([1.0, 0.0]))
    assert gradcheck(relu, np.array([1.0, -1.0]))


# -- which inputs, and what happens to them -------------------------------------------------------


def test_only_tensors_that_require_a_gradient_if_there_are_any() -> None:
    half = primitive(
        np.multiply,
        lambda g, out, x, y: g * y,
        lambda g, out, x, y: g * 0,
        elementwise=True,
    )
    x, y = Tensor(X, requires_grad=True), Tensor(X)
    assert gradcheck(half, (x, y))
    with pytest.raises(GradcheckError, match="input 1"):
        gradcheck(half, (x.detach(), y))


def test_inputs_are_never_written_to() -> None:
    x = X.copy()
    x.flags.writeable = False
    t = Tensor(W, requires_grad=True)
    before = t.data.copy()
    assert gradcheck(lambda x, w: x @ w, (x, t), order=2)
    assert np.array_equal(x, X)
    assert np.array_equal(t.data, before)
    assert t.grad is None


class Affine:
    """A module: parameters by name, and a buffer that every call changes."""

    def __init__(self, rule_of_b: Any) -> None:
        self.w = Tensor(W, requires_grad=True, dtype=np.float32)
        self.b = Tensor(np.zeros(2), requires_grad=True)
        self.frozen = Tensor(np.ones(2))
        self.calls = np.zeros(1)
        self.add = primitive(np.add, lambda g, out, x, b: g, rule_of_b)

    def __deepcopy__(self, memo: Any) -> "Affine":
        new = copy.copy(self)
        new.w, new.b, new.calls = (copy.deepcopy(x) for x in (self.w, self.b, self.calls))
        return new

    def named_parameters(self) -> Any:
        return [("w", self.w), ("b", self.b), ("frozen", self.frozen)]

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return self.add(x @ self.w, self.b) * self.frozen


def test_parameters_of_a_module_are_checked_and_left_alone() -> None:
    right = Affine(lambda g, out, x, b: np.sum(g, axis=0))
    assert gradcheck(right, X, order=2)
    assert right.calls.tolist() == [0]
    assert right.w.dtype == np.float32
    assert np.array_equal(right.w.data, W.astype(np.float32))
    wrong = Affine(lambda g, out, x, b: g[0])
    with pytest.raises(GradcheckError, match=r"parameter 'b' at index \(0,\)"):
        gradcheck(wrong, X)


class Scale:
    """A module of one parameter, whose rule reads it."""

    def __init__(self) -> None:
        self.w = Tensor(W, requires_grad=True)

    def named_parameters(self) -> Any:
        return [("w", self.w)]

    def __call__(self, x: Any) -> Any:
        return x @ self.w


def test_the_last_step_along_a_parameter_does_not_move_the_point() -> None:
    assert gradcheck(Scale(), X, order=2)


def test_the_same_every_time() -> None:
    messages = []
    for _ in range(2):
        with pytest.raises(GradcheckError) as caught:
            gradcheck(wrong_at((0, 1), lambda g: 2 * g), X)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    generator().random()
    assert gradgradcheck(np.sin, X, rng=np.random.default_rng(3))


def test_errors_of_use() -> None:
    with pytest.raises(ValueError, match="order of at least 1, got 0"):
        gradcheck(np.sin, X, order=0)
    with pytest.raises(TypeError, match="expects a function, primitive, Function or module"):
        gradcheck(3, X)
    with pytest.raises(TypeError, match="returns a floating Tensor"):
        gradcheck(lambda x: x.data, X)


def test_derivatives_that_cancel_to_rounding_are_right() -> None:
    """At equal scores the second derivative of softmax is a sum that cancels."""
    assert gradcheck(nn.functional.softmax, [np.array([1.0, 1.0])], order=2)
