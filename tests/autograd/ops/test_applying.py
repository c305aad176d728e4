"""Functions that apply a function to parts of an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from autograd import Tensor, gradients, ops
from autograd.testing import Call, call

from .opcase import FILLED_SHAPES_1D_UP, SHAPES, Battery, OpCase, array, seeds

FUNCTIONS = [np.sum, np.cumsum, lambda lane: np.outer(lane, lane)]


@st.composite
def along_axis(draw: st.DrawFn) -> Call:
    shape = draw(FILLED_SHAPES_1D_UP)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    return call(array(draw(seeds), shape), axis=axis, f=draw(st.sampled_from(FUNCTIONS)))


@st.composite
def over_axes(draw: st.DrawFn) -> Call:
    shape = draw(FILLED_SHAPES_1D_UP)
    axes = st.lists(st.integers(0, len(shape) - 1), unique=True, min_size=1)
    return call(array(draw(seeds), shape), axes=draw(axes))


@st.composite
def pieces(draw: st.DrawFn) -> Call:
    """An array far from where the pieces meet, and a value for one of them."""
    x = array(draw(seeds), draw(SHAPES))
    x = np.asarray(np.where(np.abs(x) < 0.1, 1.0, x))[()]
    return call(x, array(draw(seeds), ()), rest=draw(st.booleans()))


def three_pieces(x: Any, value: Any, rest: bool) -> Any:
    conditions = [x < -1, x > 0]
    functions = [np.square, lambda v: 3 * np.sin(v)] + [value] * rest
    if isinstance(value, Tensor) and not isinstance(x, Tensor):
        # NumPy does not look for tensors in the list of functions.
        return ops.piecewise(x, conditions, functions)
    return np.piecewise(x, conditions, functions)


CASES = [
    OpCase(
        np.apply_along_axis,
        along_axis(),
        lambda x, axis, f: np.apply_along_axis(f, axis, x),
    ),
    OpCase(np.apply_over_axes, over_axes(), lambda x, axes: np.apply_over_axes(np.sum, x, axes)),
    # A value of several elements fits where as many are chosen.
    OpCase(np.piecewise, pieces(), three_pieces, without=("shapes",)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestApplying(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


def test_arguments_are_handed_on() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = np.apply_along_axis(lambda lane, a, b=0: a * lane[0] + b, 0, x, 2.0, b=x[0, 1])
    assert y.tolist() == [4, 6]
    assert gradients(y.sum(), [x])[0].tolist() == [[2, 4], [0, 0]]


def test_no_vectors() -> None:
    with pytest.raises(ValueError, match=r"at least one vector along axis 0, got shape \(2, 0\)"):
        np.apply_along_axis(np.sum, 0, leaf(np.zeros((2, 0))))


def test_apply_over_axes_expects_a_function_along_an_axis() -> None:
    with pytest.raises(ValueError, match=r"keeps or drops its axis, got a result of shape \(\)"):
        np.apply_over_axes(lambda a, axis: np.sum(a), leaf(np.ones((2, 2))), [0])


class TestPiecewise:
    def test_the_last_condition_that_is_true_decides(self) -> None:
        x = leaf([1.0, 2.0])
        y = np.piecewise(x, [x > 0, x > 1], [lambda v: v, lambda v: 10 * v])
        assert y.tolist() == [1, 20]
        assert gradients(y.sum(), [x])[0].tolist() == [1, 10]

    def test_elsewhere_it_is_0(self) -> None:
        x = leaf([-1.0, 2.0])
        assert np.piecewise(x, [x > 0], [np.square]).tolist() == [0, 4]

    def test_one_condition_without_a_list(self) -> None:
        x = leaf([-1.0, 2.0])
        assert np.piecewise(x, x > 0, [1.0, np.square]).tolist() == [1, 1]
        assert np.piecewise(leaf(2.0), True, [np.square]).item() == 4

    def test_a_function_is_not_called_for_nothing(self) -> None:
        x = leaf([1.0])
        assert np.piecewise(x, [x < 0], [lambda v: 1 / 0, 3.0]).tolist() == [3]

    def test_a_tensor_as_a_value(self) -> None:
        v = leaf(3.0)
        y = ops.piecewise(np.array([1.0, -1.0]), [np.array([True, False])], [v])
        assert gradients(y.sum(), [v])[0].item() == 1

    def test_the_number_of_functions(self) -> None:
        with pytest.raises(ValueError, match=r"each of the 1 conditions.*got 3"):
            np.piecewise(leaf([1.0]), [[True]], [1, 2, 3])
