"""`check_op`: right ops pass; each kind of wrong op is caught, made small, and shown again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Function, Tensor, primitive
from autograd.testing import OpError, arrays, broadcastable, call, check_op, matmul_shapes, tensors
from autograd.testing.check import name_of

# -- right ops -----------------------------------------------------------------------------------

cube = primitive(lambda x: x**3, lambda g, out, x: g * 3 * x**2, elementwise=True, name="cube")
masked = primitive(lambda x, mask: x * mask, lambda g, out, x, mask: g * mask, None, name="masked")


class Scale(Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor, None


def mean_of_rows(x: Any, axis: int = 0) -> Any:
    return np.mean(x, axis=axis)


def method_of_tensors(x: Tensor) -> Tensor:
    return x.reshape(-1).sum()


RIGHT = {
    "primitive": (cube, None),
    "function of two arrays": (np.multiply, None),
    "product of matrices": (np.matmul, arrays(matmul_shapes())),
    "Function with a number": (Scale, (arrays(), 2.0)),
    "arguments by name": (mean_of_rows, call(arrays((2, 3)), axis=st.integers(-2, 1))),
    "arrays in a list": (np.stack, (st.lists(arrays((2,)), min_size=1, max_size=3),)),
    "function of tensors only": (method_of_tensors, None),
    "an input without a rule": (masked, arrays(st.just(((3,), (3,))))),
    "tensors, one of them constant": (np.add, (tensors(()), tensors((), requires_grad=False))),
    "fixed values": (np.hypot, (np.array([3.0, 1.0]), np.float64(4.0))),
    "two results": (np.divmod, arrays(broadcastable(2), [(1.2, 1.8), (1.0, 1.1)])),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("speed", ["fast", "full"])
def test_what_is_right_passes(name, speed):
    op, inputs = RIGHT[name]
    check_op(op, inputs, speed=speed, examples=15)


def test_by_default_there_are_as_many_arrays_as_the_op_takes_of_shapes_that_fit():
    check_op(np.matmul, examples=60)


# -- wrong ops -----------------------------------------------------------------------------------


def declare(forward: Any, *rules: Any, **options: Any) -> Any:
    return primitive(forward, *rules, elementwise=True, **options)


kept: list[Any] = []


def written(g: Any, out: Any, x: Any) -> Any:
    g *= 2
    return g


class Narrow(Function):
    """Its backward takes the gradient of the first row for that of all."""

    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return np.flip(g * 2) if g.ndim == 2 else g * 2


class Remembers(Function):
    """Keeps its result where its record can see it: a cycle."""

    @staticmethod
    def forward(ctx, x):
        ctx.out = x * 2
        ctx.me = ctx
        return ctx.out

    @staticmethod
    def backward(ctx, g):
        return g * 2


wrong_sign = declare(np.sin, lambda g, out, x: -g * np.cos(x))
wrong_beyond_1 = declare(np.square, lambda g, out, x: g * x * (2 + (x > 1)))
wrong_second = declare(np.square, lambda g, out, x: g * 2 * np.where(x > 0, unwrapped(x), x))
wrong_dtype = declare(lambda x: x * np.float64(2), lambda g, out, x: g * 2, name="wrong_dtype")
no_broadcast = primitive(np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
writes_in_place = declare(lambda x: np.add(x, 0, out=x) if x.ndim else x, lambda g, out, x: g)
layout_matters = declare(lambda x: x * (1 + x.flags.f_contiguous), lambda g, out, x: g * 2)
writes_g = declare(lambda x: x * 2, written, name="writes_g")
takes_too_much = primitive(
    lambda x: np.ravel(x)[:3], lambda g, out, x: np.resize(g, x.shape), name="takes_too_much"
)


def unwrapped(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def differs_from_numpy(x: Any) -> Any:
    return np.exp(x) + 1e-6


def keeps_float64(x: Any) -> Any:
    return x * Tensor(np.float64(2))


# For each the check that finds it, and the shape that the smallest failing array has.
WRONG: list[tuple[Any, Any, str, tuple[int, ...]]] = [
    (wrong_sign, None, "gradient", ()),
    (wrong_beyond_1, None, "gradient", ()),
    (wrong_second, None, "gradient", ()),
    (no_broadcast, None, "gradient", ()),
    (writes_in_place, None, "layouts", (1,)),
    (writes_g, None, "gradient", (1,)),
    (Narrow, None, "gradient", (1, 2)),
    (Remembers, None, "cycles", (1,)),
]


@pytest.mark.parametrize(("op", "inputs", "check", "shape"), WRONG, ids=lambda x: name_of(x))
def test_what_is_wrong_is_caught_and_made_small(op, inputs, check, shape):
    with pytest.raises(OpError, match="To see it again") as caught:
        check_op(op, inputs, examples=150)
    error = caught.value
    assert error.check == check
    assert min(x.ndim for x in error.call.args) == len(shape)
    assert all(x.size <= 2 for x in error.call.args)
    with pytest.raises(OpError) as again:
        exec(error.program, {})
    assert again.value.check == check
    assert again.value.program == error.program


def test_values_are_round():
    with pytest.raises(OpError) as caught:
        check_op(wrong_beyond_1, arrays((1,)))
    (x,) = caught.value.call.args
    assert x.size == 1
    assert 1 < x.item() <= 2
    assert x.item() == round(x.item(), 1)


def test_a_wrong_gradient_comes_with_its_report():
    with pytest.raises(OpError) as caught:
        check_op(wrong_sign)
    assert caught.value.report.verdict == "fail"
    assert caught.value.report.diagnosis == "wrong sign"
    assert "wrong sign" in str(caught.value)


def test_the_reference_decides_what_is_right():
    check_op(differs_from_numpy, examples=5)
    with pytest.raises(OpError, match="differs from that of arrays") as caught:
        check_op(differs_from_numpy, reference=np.exp)
    assert caught.value.check == "forward"


def test_a_result_of_another_dtype_than_that_of_arrays_is_caught():
    with pytest.raises(OpError, match="of float32 is float64, of arrays float32") as caught:
        check_op(keeps_float64, reference=lambda x: x * 2)
    assert caught.value.check == "float32"
    check_op(keeps_float64, reference=lambda x: x * 2, without=["float32"], examples=5)


def test_shapes_that_the_reference_refuses_must_be_refused():
    def lenient(x, y):
        return np.sum(x) * np.sum(y)

    with pytest.raises(OpError, match="tensors give a result where arrays raise ValueError"):
        check_op(lenient, reference=lambda x, y: np.sum(x) * np.sum(y) + 0 * np.sum(x + y))


def test_an_op_that_raises_where_the_reference_does_not_is_caught():
    def strict(x):
        if np.ndim(x) > 1:
            raise ValueError("vectors only")
        return x * 2

    with pytest.raises(OpError, match="ValueError: vectors only") as caught:
        check_op(strict, reference=lambda x: x * 2)
    assert caught.value.call.args[0].ndim >= 2


# -- nothing checked -----------------------------------------------------------------------------


def test_arguments_that_are_always_refused_check_nothing():
    with pytest.raises(OpError, match=r"refused \d+ examples, the last one with LinAlgError") as e:
        check_op(np.linalg.inv, arrays((2, 3)))
    assert e.value.check == "nothing checked"


@pytest.mark.parametrize("inputs", [arrays((0,)), (np.array([1, 2]),), (3,)])
def test_nothing_to_differentiate_checks_nothing(inputs):
    with pytest.raises(OpError, match=r"nothing checked.*no floating array"):
        check_op(np.negative, inputs, examples=5)


def test_a_kink_is_no_mistake_but_checks_nothing():
    with pytest.raises(OpError, match=r"nothing checked.*non-differentiable"):
        check_op(np.absolute, (np.array([0.0]),), examples=3)


def test_an_op_without_a_derivative_by_nature_has_order_0():
    check_op(np.heaviside, arrays(broadcastable(2), [(-2, -1), (1, 2)]), order=0, examples=5)


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(speed="slow"), ValueError, "'fast' or 'full'"),
        (dict(order=-1), ValueError, "order of 0 or more"),
        (dict(without=["gradients"]), ValueError, "names among forward, gradient"),
        (dict(without="gradient"), ValueError, "names among forward, gradient"),
    ],
)
def test_wrong_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        check_op(cube, **options)


@pytest.mark.parametrize("op", [3, "name", None, np.ones(2)])
def test_what_is_no_op_is_refused(op):
    with pytest.raises(TypeError, match="check_op expects a primitive, a Function"):
        check_op(op)


def test_inputs_that_cannot_be_guessed_are_asked_for():
    with pytest.raises(TypeError, match="cannot tell how many arrays"):
        check_op(lambda *arrays: arrays[0])


def test_state_is_left_as_it_was():
    with autograd.no_grad(), pytest.raises(OpError):
        check_op(wrong_sign, (1.0,))


def _rotated(x: Any, angle: float) -> Any:
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half : 2 * half]
    return np.concatenate(
        [a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)], axis=-1
    )


turned = primitive(lambda x: _rotated(x, 0.3), lambda g, out, x: _rotated(g, 0.3), name="turned")


def test_shapes_that_were_drawn_unasked_are_told() -> None:
    with pytest.raises(OpError, match=r"of shapes .*let forward refuse them") as caught:
        check_op(turned)
    assert "inputs=arrays((2, 5, 6))" in str(caught.value)
    # Asked for, the width stays even while the example gets smaller.
    with pytest.raises(OpError, match="wrong sign") as caught:
        check_op(turned, arrays((2, 5, 6)))
    assert "No inputs were given" not in str(caught.value)
    assert caught.value.call is not None
    assert np.shape(caught.value.call.args[0])[-1] % 2 == 0


def test_what_forward_refuses_is_not_held_against_it() -> None:
    def even_only(x: Any) -> Any:
        if np.ndim(x) == 0 or x.shape[-1] % 2:
            raise ValueError("expected an even width")
        return _rotated(x, 0.3)

    check_op(primitive(even_only, lambda g, out, x: _rotated(g, -0.3), name="even"), order=1)


def test_a_larger_example_names_the_mistake() -> None:
    mean = primitive(lambda x: np.mean(x), lambda g, out, x: g * np.ones_like(x), name="mean")
    with pytest.raises(OpError, match="For a larger example, inputs of shapes") as caught:
        check_op(mean, order=1)
    larger = caught.value.larger
    assert larger is not None
    assert larger.diagnosis == "scale factor"
    assert "elements" in larger.findings[0].detail
    assert larger.findings[0].detail in str(caught.value)
