"""Joining arrays and cutting them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.ops import unstack
from autograd.testing import Call, call, shapes

from .opcase import SHAPES, SHAPES_1D_UP, Battery, OpCase, array, seeds

counts = st.integers(1, 3)


@st.composite
def joined(draw: st.DrawFn, none: bool = False) -> Call:
    """Arrays that differ in the length of one axis, and that axis."""
    shape = list(draw(SHAPES_1D_UP))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    parts = []
    for _ in range(draw(counts)):
        shape[axis] = draw(st.integers(0, 3))
        parts.append(array(draw(seeds), tuple(shape)))
    if none and draw(st.booleans()):
        axis = None
    return call(parts, axis=axis)


@st.composite
def stacked(draw: st.DrawFn) -> Call:
    shape = draw(SHAPES)
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    return call([array(draw(seeds), shape) for _ in range(draw(counts))], axis=axis)


@st.composite
def side_by_side(draw: st.DrawFn, *kinds: tuple[int | None, ...]) -> Call:
    """Arrays for the functions that stack by dimension; None in a shape is a length of its own."""
    kind = draw(st.sampled_from(kinds))
    common = draw(st.integers(0, 3))
    parts = []
    for _ in range(draw(counts)):
        shape = tuple(draw(st.integers(0, 3)) if n is None else n * common for n in kind)
        parts.append(array(draw(seeds), shape))
    return call(parts)


@st.composite
def appended(draw: st.DrawFn) -> Call:
    (parts,), params = draw(joined(none=True))
    return call(parts[0], parts[-1], **params)


@st.composite
def cut(draw: st.DrawFn, least: int = 1, axis: int | None = None, equal: bool = True) -> Call:
    """An array and where to cut it."""
    shape = [draw(st.integers(0, 4)) for _ in range(draw(st.integers(least, 3)))]
    params = {}
    if axis is None:
        axis = params["axis"] = draw(st.integers(-len(shape), len(shape) - 1))
    axis = min(axis, len(shape) - 1)
    sections = draw(counts)
    if equal:
        shape[axis] = sections * draw(st.integers(0, 2))
    where = draw(st.one_of(st.just(sections), st.lists(st.integers(-5, 5), max_size=3)))
    return call(array(draw(seeds), tuple(shape)), where, **params)


@st.composite
def unstacked(draw: st.DrawFn) -> Call:
    shape = draw(shapes(1, 3, 1))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    return call(array(draw(seeds), shape), axis=axis)


CASES = [
    OpCase(np.concatenate, joined(none=True)),
    OpCase(np.stack, stacked()),
    OpCase(np.hstack, side_by_side((), (None,), (1, None), (1, None, 1))),
    OpCase(np.vstack, side_by_side((), (1,), (None, 1), (None, 1, 1))),
    OpCase(np.dstack, side_by_side((), (1,), (1, 1), (1, 1, None))),
    OpCase(np.column_stack, side_by_side((), (1,), (1, None))),
    OpCase(np.append, appended()),
    OpCase(np.split, cut()),
    OpCase(np.array_split, cut(equal=False)),
    OpCase(np.hsplit, cut(axis=1)),
    OpCase(np.vsplit, cut(least=2, axis=0)),
    OpCase(np.dsplit, cut(least=3, axis=2)),
    OpCase(getattr(np, "unstack", unstack), unstacked(), unstack),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestJoining(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True, dtype=float)


class TestJoins:
    def test_tensors_join_arrays_and_numbers(self) -> None:
        x = leaf([1.0, 2.0])
        value = np.concatenate([x, [3.0], np.array([4.0])])
        assert value.tolist() == [1, 2, 3, 4]
        (g,) = autograd.gradients(value @ np.arange(4.0), x)
        assert g is not None
        assert g.tolist() == [0, 1]

    def test_the_same_tensor_twice(self) -> None:
        x = leaf([1.0, 2.0])
        (g,) = autograd.gradients(np.stack([x, x]).sum(), x)
        assert g is not None
        assert g.tolist() == [2, 2]

    def test_concat_is_concatenate(self) -> None:
        assert np.concat([leaf([1.0]), leaf([2.0])], axis=None).tolist() == [1, 2]

    def test_wrong_shapes_raise_and_name_them(self) -> None:
        with pytest.raises(ValueError, match="dimensions") as caught:
            np.concatenate([leaf(np.ones((2, 3))), leaf(np.ones((2, 2)))])
        assert "float64(2, 3), float64(2, 2), axis=0" in caught.value.__notes__[0]

    def test_unknown_keywords_are_refused(self) -> None:
        with pytest.raises(TypeError, match="casting"):
            np.concatenate([leaf([1.0])], casting="unsafe")


class TestCuts:
    def test_equal_parts_must_fit(self) -> None:
        with pytest.raises(ValueError, match="equal division"):
            np.split(leaf(np.ones(4)), 3)

    def test_too_few_axes_raise(self) -> None:
        with pytest.raises(ValueError, match="hsplit"):
            np.hsplit(leaf(1.0), 1)
        with pytest.raises(ValueError, match="vsplit"):
            np.vsplit(leaf([1.0]), 1)
        with pytest.raises(ValueError, match="dsplit"):
            np.dsplit(leaf([[1.0]]), 1)

    def test_one_piece_alone_gets_its_gradient(self) -> None:
        x = leaf([1.0, 2.0, 3.0, 4.0])
        _, second = np.split(x, 2)
        (g,) = autograd.gradients(second.sum(), x)
        assert g is not None
        assert g.tolist() == [0, 0, 1, 1]

    def test_overlapping_pieces_add_up(self) -> None:
        x = leaf([1.0, 2.0, 3.0, 4.0])
        pieces = np.split(x, [3, 1])
        assert [p.tolist() for p in pieces] == [[1, 2, 3], [], [2, 3, 4]]
        (g,) = autograd.gradients([p.sum() for p in pieces], x)
        assert g is not None
        assert g.tolist() == [1, 2, 2, 1]
