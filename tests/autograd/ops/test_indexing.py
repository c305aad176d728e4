"""Indexing of every NumPy kind, and the functions that choose elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.ops import getitem, scatter_add, setitem
from autograd.testing import Call, broadcastable, call, indices

from .opcase import FILLED_SHAPES, FILLED_SHAPES_1D_UP, SHAPES, Battery, OpCase, array, seeds


@st.composite
def indexed(draw: st.DrawFn) -> Call:
    x = array(draw(seeds), draw(SHAPES))
    return call(np.asarray(x), draw(indices(np.shape(x))))


@st.composite
def scattered(draw: st.DrawFn) -> Call:
    shape = draw(SHAPES)
    index = draw(indices(shape))
    v = array(draw(seeds), np.zeros(shape)[index].shape)
    return call(v, index=index, shape=shape)


@st.composite
def written(draw: st.DrawFn) -> Call:
    """x, an index, and values that broadcast to what it names."""
    shape = draw(SHAPES)
    index = draw(indices(shape))
    named = np.zeros(shape)[index].shape
    (v,) = draw(broadcastable(1, st.just(named)))
    bare_mask = isinstance(index, (np.ndarray, np.bool))
    if named and not bare_mask and draw(st.booleans()):
        v = (1,) * (len(named) - len(v) + 1) + v
    return call(np.asarray(array(draw(seeds), shape)), array(draw(seeds), v), index=index)


@st.composite
def taken(draw: st.DrawFn) -> Call:
    a = array(draw(seeds), draw(FILLED_SHAPES))
    axis = draw(st.one_of(st.none(), st.integers(-np.ndim(a), np.ndim(a) - 1))) if a.ndim else None
    n = a.size if axis is None else a.shape[axis]
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    rng = np.random.default_rng(draw(seeds))
    low, high = (-n, n) if mode == "raise" else (-2 * n, 2 * n)
    which = rng.integers(low, high, draw(st.lists(st.integers(0, 3), max_size=2)))
    return call(a, which, axis=axis, mode=mode)


@st.composite
def along_axis(draw: st.DrawFn) -> Call:
    arr = array(draw(seeds), draw(FILLED_SHAPES_1D_UP))
    axis = draw(st.integers(-arr.ndim, arr.ndim - 1))
    rng = np.random.default_rng(draw(seeds))
    if draw(st.booleans()):
        return call(arr, rng.integers(0, arr.size, 4), None)
    shape = [1 if draw(st.booleans()) else n for n in arr.shape]
    shape[axis] = draw(st.integers(0, 4))
    return call(arr, rng.integers(-arr.shape[axis], arr.shape[axis], shape), axis)


@st.composite
def put_along(draw: st.DrawFn) -> Call:
    (arr, which, axis), _ = draw(along_axis())
    shape = which.shape if axis is None else np.take_along_axis(arr, which, axis).shape
    (v,) = draw(broadcastable(1, st.just(shape)))
    return call(arr, which, array(draw(seeds), v), axis)


def put_along_axis(arr: Any, which: Any, values: Any, axis: int | None) -> Any:
    target = arr * 1
    if not isinstance(target, Tensor) and isinstance(values, Tensor):
        target = Tensor(target)
    np.put_along_axis(target, which, values, axis)
    return target


@st.composite
def chosen(draw: st.DrawFn) -> Call:
    count = draw(st.integers(1, 3))
    which, *rest = draw(broadcastable(count + 1))
    rng = np.random.default_rng(draw(seeds))
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    low, high = (0, count) if mode == "raise" else (-5, 5)
    choices = [array(draw(seeds), shape) for shape in rest]
    return call(rng.integers(low, high, which), choices, mode=mode)


@st.composite
def selected(draw: st.DrawFn) -> Call:
    count = draw(st.integers(1, 3))
    drawn = draw(broadcastable(2 * count + 1))
    rng = np.random.default_rng(draw(seeds))
    conditions = [np.asarray(rng.random(shape) < 0.5) for shape in drawn[:count]]
    choices = [array(draw(seeds), shape) for shape in drawn[count:-1]]
    if draw(st.booleans()):
        return call(conditions, choices)
    return call(conditions, choices, array(draw(seeds), drawn[-1]))


@st.composite
def compressed(draw: st.DrawFn) -> Call:
    a = array(draw(seeds), draw(FILLED_SHAPES))
    axis = draw(st.one_of(st.none(), st.integers(-a.ndim, a.ndim - 1))) if a.ndim else None
    n = a.size if axis is None else a.shape[axis]
    rng = np.random.default_rng(draw(seeds))
    return call(rng.random(draw(st.integers(0, n))) < 0.6, a, axis=axis)


@st.composite
def extracted(draw: st.DrawFn) -> Call:
    arr = array(draw(seeds), draw(SHAPES))
    rng = np.random.default_rng(draw(seeds))
    return call(rng.random(np.shape(arr)) < 0.5, arr)


CASES = [
    OpCase(getitem, indexed()),
    OpCase(getitem, indexed(), lambda x, index: x[index], "operator"),
    OpCase(scatter_add, scattered()),
    OpCase(setitem, written()),
    OpCase(np.take, taken()),
    OpCase(np.take_along_axis, along_axis()),
    # A number has one place only, which NumPy lets one write to several times at once.
    OpCase(np.put_along_axis, put_along(), put_along_axis, without=("shapes",)),
    OpCase(np.choose, chosen()),
    OpCase(np.select, selected()),
    OpCase(np.compress, compressed()),
    OpCase(np.extract, extracted()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestIndexing(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True, dtype=float)


def gradient(function: Any, value: Any) -> Any:
    x = leaf(value)
    (g,) = autograd.gradients(np.sum(function(x)), x, materialize=True)
    assert g is not None
    return g.tolist()


class TestGetitem:
    """Edge case 9."""

    def test_repeated_indices_add_up(self) -> None:
        assert gradient(lambda x: x[[0, 0, 1]], [1.0, 2.0, 3.0]) == [2, 1, 0]
        assert gradient(lambda x: x[[-1, 2], [[0], [1]]], np.ones((3, 2))) == [
            [0, 0],
            [0, 0],
            [2, 2],
        ]

    def test_masks_none_ellipsis_and_negative_steps(self) -> None:
        assert gradient(lambda x: x[x > 1.5] * 2, [1.0, 2.0]) == [0, 2]
        assert gradient(lambda x: x[None, ..., ::-2] * [1, 2], [1.0, 2.0, 3.0]) == [2, 0, 1]
        assert gradient(lambda x: x[True], 3.0) == 1
        assert gradient(lambda x: x[...], 3.0) == 1

    def test_an_index_may_hold_tensors(self) -> None:
        x = [[1.0, 2.0], [3.0, 4.0]]
        assert gradient(lambda x: x[Tensor([0, 0])], x) == [[2, 2], [0, 0]]
        assert gradient(lambda x: x[Tensor(1), [Tensor(0)]], x) == [[0, 0], [1, 0]]
        assert gradient(lambda x: x[Tensor([True, False])], x) == [[1, 1], [0, 0]]
        assert gradient(lambda x: x[Tensor(1) :], x) == [[0, 0], [1, 1]]

    def test_an_index_that_is_changed_later_does_not_matter(self) -> None:
        x, mask, numbers = leaf([1.0, 2.0]), np.array([True, False]), [0, 0]
        y, z = x[mask], x[numbers, ...]
        mask[:] = True
        numbers[:] = [1, 1]
        for chosen, expected in ((y, [1, 0]), (z, [2, 0])):
            (g,) = autograd.gradients(chosen.sum(), x)
            assert g is not None
            assert g.tolist() == expected

    def test_an_empty_list_chooses_nothing(self) -> None:
        assert gradient(lambda x: x[[]], [1.0, 2.0]) == [0, 0]

    def test_iteration_and_unpacking(self) -> None:
        def product(x: Tensor) -> Any:
            first, second = x
            return first * second

        assert gradient(product, [3.0, 5.0]) == [5, 3]

    def test_out_of_bounds_raises_and_names_the_index(self) -> None:
        with pytest.raises(IndexError, match="out of bounds") as caught:
            leaf([1.0])[3]
        assert "index=3" in caught.value.__notes__[0]

    def test_one_element_is_a_scalar_of_its_dtype(self) -> None:
        x = Tensor([1.0, 2.0], dtype=np.float32, requires_grad=True)
        assert type(x[0].data) is np.float32


class TestSetitem:
    def test_what_is_overwritten_gets_no_gradient(self) -> None:
        x, v = leaf([1.0, 2.0, 3.0]), leaf(7.0)
        out = setitem(x, v, index=slice(0, 2))
        assert out.tolist() == [7, 7, 3]
        gx, gv = autograd.gradients(out.sum(), [x, v])
        assert gx is not None
        assert gv is not None
        assert gx.tolist() == [0, 0, 1]
        assert gv.item() == 2

    def test_of_values_for_one_place_the_last_counts(self) -> None:
        x, v = leaf([1.0, 2.0]), leaf([5.0, 6.0, 7.0])
        out = setitem(x, v, index=[0, 0, 1])
        assert out.tolist() == [6, 7]
        (gv,) = autograd.gradients(out.sum(), v)
        assert gv is not None
        assert gv.tolist() == [0, 1, 1]

    def test_the_dtype_is_that_of_the_target(self) -> None:
        x, v = Tensor([1.0, 2.0], dtype=np.float32), leaf(3.0)
        out = setitem(x, v, index=0)
        assert out.dtype == np.float32
        (gv,) = autograd.gradients(out.sum(), v)
        assert gv is not None
        assert gv.dtype == np.float64


class TestChoices:
    def test_modes_are_checked(self) -> None:
        with pytest.raises(ValueError, match="mode"):
            np.take(leaf([1.0]), 0, mode="around")

    def test_take_from_a_number(self) -> None:
        x = leaf(3.0)
        value = np.take(x, np.array([0, 0, -1]), axis=0)
        assert value.tolist() == np.take(3.0, [0, 0, -1], axis=0).tolist() == [3.0, 3.0, 3.0]
        value.sum().backward()
        assert x.grad.item() == 3

    def test_take_out_of_bounds(self) -> None:
        with pytest.raises(IndexError, match="out of bounds"):
            np.take(leaf([1.0]), 1)

    def test_choose_out_of_bounds(self) -> None:
        with pytest.raises(ValueError, match="from 0 to 1"):
            np.choose([0, 2], [leaf([1.0, 2.0]), leaf([3.0, 4.0])])

    def test_choose_with_an_array_of_choices(self) -> None:
        assert gradient(lambda x: np.choose([1, 0], x), [[1.0, 2.0], [3.0, 4.0]]) == [
            [0, 1],
            [1, 0],
        ]

    def test_select_needs_as_many_choices_as_conditions(self) -> None:
        with pytest.raises(ValueError, match="1 conditions and 0 choices"):
            np.select([Tensor([True])], [])

    def test_select_takes_the_first_that_holds(self) -> None:
        x = leaf([1.0, 2.0])
        out = np.select([x > 0, x > 1], [x * 10, x * 100], default=-1.0)
        assert out.tolist() == [10, 20]

    def test_indices_along_an_axis_are_checked(self) -> None:
        with pytest.raises(IndexError, match="integers"):
            np.take_along_axis(leaf([1.0]), np.array([0.0]), 0)
        with pytest.raises(ValueError, match="as many axes"):
            np.take_along_axis(leaf([[1.0]]), np.array([0]), 0)

    def test_compress_wants_a_vector(self) -> None:
        with pytest.raises(ValueError, match=r"shape \(N,\), got \(1, 1\)"):
            np.compress([[True]], leaf([1.0]))

    def test_put_along_axis_refuses_to_hide_a_tensor_in_an_array(self) -> None:
        with pytest.raises(TypeError, match="expected a Tensor"):
            np.put_along_axis(np.zeros(2), np.array([0]), leaf([1.0]), 0)

    def test_put_along_axis_outside_a_graph_writes_in_place(self) -> None:
        x = Tensor([1.0, 2.0])
        memory = x.data
        np.put_along_axis(x, np.array([1]), 5.0, 0)
        assert memory.tolist() == [1, 5]


def test_what_is_taken_lies_in_memory_in_the_order_of_its_elements() -> None:
    """As NumPy's, so that a flat view of it is one where NumPy has one."""
    row, column = Tensor([1.0, 2.0], requires_grad=True), Tensor([[3.0], [4.0]])
    assert np.choose([0, 1], [row, column]).data.flags.c_contiguous
    taken = np.take(row * column, [1, 0], axis=1)
    flat = np.reshape(taken, -1)
    flat *= 2
    assert taken.tolist() == [[12, 6], [16, 8]]
