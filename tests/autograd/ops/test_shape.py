"""Functions that move elements: shapes, axes, broadcasting, copies, order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.ops import flatten
from autograd.testing import Call, arrays, axes, broadcastable, call, shapes

from .opcase import SHAPES, SHAPES_1D_UP, Battery, OpCase, array, seeds

shapes_2d_up = shapes(2, 4)


def one(shape: Any = SHAPES, **params: st.SearchStrategy[Any]) -> Any:
    """Calls with one array and drawn parameters."""
    return call(arrays(shape), **params)


def several(shape: Any = SHAPES, most: int = 3) -> Any:
    """Calls with one to three arrays."""
    return st.lists(arrays(shape), min_size=1, max_size=most).map(tuple)


@st.composite
def reshaped(draw: st.DrawFn) -> Call:
    shape = draw(shapes(0, 3, 1))
    x = array(draw(seeds), shape)
    size = math.prod(shape)
    new = draw(st.sampled_from([(size,), -1, (-1, 1), (1, size, 1), shape[::-1], (*shape, 1)]))
    return call(x, new, order=draw(st.sampled_from("CF")))


@st.composite
def with_axes(draw: st.DrawFn, kind: str) -> Call:
    """An array and axes for the functions that exchange them."""
    x = array(draw(seeds), draw(SHAPES_1D_UP))
    axis = st.integers(-x.ndim, x.ndim - 1)
    if kind == "permutation":
        order = draw(st.permutations(range(x.ndim)))
        return call(x, axes=draw(st.sampled_from([None, [a - x.ndim for a in order], order])))
    if kind == "pair":
        return call(x, draw(axis), draw(axis))
    if kind == "start":
        return call(x, draw(axis), draw(st.integers(-x.ndim, x.ndim)))
    count = draw(st.integers(0, x.ndim))
    source = draw(st.permutations(range(x.ndim)))[:count]
    destination = draw(st.permutations(range(x.ndim)))[:count]
    return call(x, [a - x.ndim for a in source], destination)


@st.composite
def inserted_axes(draw: st.DrawFn) -> Call:
    x = draw(arrays())
    axes = draw(st.lists(st.integers(0, np.ndim(x) + 1), unique=True, min_size=2, max_size=2))
    return call(x, axis=draw(st.sampled_from([0, -1, np.ndim(x), tuple(axes)])))


@st.composite
def squeezed(draw: st.DrawFn) -> Call:
    shape = draw(st.lists(st.sampled_from([1, 1, 3]), max_size=4).map(tuple))
    ones = [i for i, n in enumerate(shape) if n == 1]
    choices: list[Any] = [None, tuple(ones)]
    choices += [i - len(shape) for i in ones]
    return call(array(draw(seeds), shape), axis=draw(st.sampled_from(choices)))


@st.composite
def broadcast(draw: st.DrawFn) -> Call:
    common = draw(SHAPES)
    (shape,) = draw(broadcastable(1, st.just(common)))
    return call(array(draw(seeds), shape), common)


@st.composite
def broadcast_together(draw: st.DrawFn) -> Call:
    return call(*(array(draw(seeds), shape) for shape in draw(broadcastable(3))))


@st.composite
def grid(draw: st.DrawFn) -> Call:
    sides = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    params = dict(sparse=draw(st.booleans()), indexing=draw(st.sampled_from(["xy", "ij"])))
    return call(*(array(draw(seeds), (n,)) for n in sides), **params)


@st.composite
def rolled(draw: st.DrawFn) -> Call:
    x = draw(arrays())
    axis = draw(axes(np.ndim(x)))
    shift = st.integers(-5, 5)
    if isinstance(axis, tuple):
        return call(x, shift=tuple(draw(shift) for _ in axis) or 1, axis=axis or None)
    return call(x, shift=draw(shift), axis=axis)


@st.composite
def turned(draw: st.DrawFn) -> Call:
    x = array(draw(seeds), draw(shapes_2d_up))
    axes = draw(st.permutations(range(x.ndim)))[:2]
    axes = tuple(a - x.ndim if draw(st.booleans()) else a for a in axes)
    return call(x, k=draw(st.integers(-5, 5)), axes=axes)


@st.composite
def flipped(draw: st.DrawFn) -> Call:
    x = draw(arrays())
    return call(x, axis=draw(axes(np.ndim(x))))


OFFSET = st.integers(-3, 3)

CASES = [
    OpCase(np.reshape, reshaped()),
    OpCase(np.ravel, one(order=st.sampled_from("CF"))),
    OpCase(flatten, one(order=st.sampled_from("CF"))),
    OpCase(np.expand_dims, inserted_axes()),
    OpCase(np.squeeze, squeezed()),
    OpCase(np.atleast_1d, several()),
    OpCase(np.atleast_2d, several()),
    OpCase(np.atleast_3d, several()),
    OpCase(np.transpose, with_axes("permutation")),
    OpCase(np.permute_dims, with_axes("permutation")),
    OpCase(np.swapaxes, with_axes("pair")),
    OpCase(np.moveaxis, with_axes("several")),
    OpCase(np.rollaxis, with_axes("start")),
    OpCase(np.matrix_transpose, one(shapes_2d_up)),
    OpCase(np.broadcast_to, broadcast()),
    OpCase(np.broadcast_arrays, broadcast_together()),
    OpCase(np.meshgrid, grid()),
    OpCase(np.copy, one()),
    OpCase(np.astype, one(SHAPES_1D_UP), lambda x: np.astype(x, np.float64)),
    OpCase(np.flip, flipped()),
    OpCase(np.fliplr, one(shapes_2d_up)),
    OpCase(np.flipud, one(SHAPES_1D_UP)),
    OpCase(np.roll, rolled()),
    OpCase(np.rot90, turned()),
    OpCase(np.tril, one(SHAPES_1D_UP, k=OFFSET)),
    OpCase(np.triu, one(SHAPES_1D_UP, k=OFFSET)),
    OpCase(
        np.tile, one(reps=st.one_of(st.integers(0, 3), st.tuples(OFFSET.map(abs), OFFSET.map(abs))))
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestShape(Battery):
    pass


def leaf(value: Any, dtype: Any = float) -> Tensor:
    return Tensor(value, requires_grad=True, dtype=dtype)


class TestShapes:
    @pytest.mark.parametrize("order", ["A", "K"])
    def test_orders_of_memory_are_refused(self, order: str) -> None:
        with pytest.raises(TypeError, match="layout of the tensor in memory"):
            np.ravel(leaf([[1.0]]), order=order)
        with pytest.raises(TypeError, match="layout of the tensor in memory"):
            leaf([[1.0]]).reshape(-1, order=order)

    def test_methods_take_shapes_and_axes_as_in_numpy(self) -> None:
        x = leaf(np.ones((2, 3, 4)))
        assert x.reshape(6, 4).shape == x.reshape((6, 4)).shape == x.reshape([6, -1]).shape
        assert x.transpose(2, 0, 1).shape == x.transpose((2, 0, 1)).shape == (4, 2, 3)
        assert x.T.shape == (4, 3, 2)
        assert x.mT.shape == (2, 4, 3)
        assert x.flatten().shape == (24,)
        assert x.swapaxes(0, -1).shape == (4, 3, 2)

    def test_a_shape_may_hold_tensors(self) -> None:
        assert np.reshape(leaf(np.ones(6)), (Tensor(2), 3)).shape == (2, 3)

    def test_a_wrong_shape_raises_as_in_numpy_and_names_the_op(self) -> None:
        with pytest.raises(ValueError, match="cannot reshape") as caught:
            leaf(np.ones(6)).reshape(4)
        assert "reshape(float64(6,)" in caught.value.__notes__[0]

    def test_wrong_axes_raise(self) -> None:
        x = leaf(np.ones((2, 3)))
        with pytest.raises(ValueError, match="different axes"):
            np.rot90(x, axes=(0, -2))
        with pytest.raises(ValueError, match="repeated axis"):
            np.moveaxis(x, (0, 0), (0, 1))
        with pytest.raises(ValueError, match="indexing"):
            np.meshgrid(leaf([1.0]), indexing="yx")

    def test_the_gradient_of_a_0d_broadcast_is_a_scalar(self) -> None:
        """Edge case 10."""
        x = leaf(2.0, np.float32)
        np.broadcast_to(x, (3, 0)).sum().backward()
        assert x.grad is not None
        assert x.grad.shape == ()
        assert x.grad.dtype == np.float32
        assert x.grad.item() == 0


class TestCopies:
    def test_astype_carries_the_gradient_back_in_the_old_dtype(self) -> None:
        x = leaf([1.0, 2.0], np.float32)
        y = x.astype(np.float64)
        assert y.dtype == np.float64
        y.sum().backward()
        assert x.grad is not None
        assert x.grad.dtype == np.float32

    def test_astype_of_a_scalar(self) -> None:
        x = leaf(1.5)
        assert x.astype(np.float32).dtype == np.float32

    @pytest.mark.parametrize("dtype", [int, bool, np.uint8])
    def test_integers_carry_no_gradient(self, dtype: Any) -> None:
        y = leaf([1.5, 0.0]).astype(dtype)
        assert isinstance(y, Tensor)
        assert not y.requires_grad
        assert y.data.tolist() == [1, 0]

    def test_astype_takes_the_parameters_of_ndarray(self) -> None:
        x = leaf([1.5, 0.0])
        y = x.astype(np.float32, order="K", casting="same_kind", subok=True, copy=False)
        assert y.dtype == np.float32
        with pytest.raises(TypeError, match="float64 can be cast to by the rule 'safe', got float"):
            x.astype(np.float32, casting="safe")
        assert x.reshape(1, 2, copy=None).shape == (1, 2)

    def test_astype_complex_is_refused(self) -> None:
        with pytest.raises(TypeError, match="complex"):
            leaf([1.5]).astype(complex)

    def test_a_copy_has_memory_of_its_own_and_stays_in_the_graph(self) -> None:
        x = leaf([1.0, 2.0])
        y = x.copy()
        assert not np.shares_memory(x.data, y.data)
        assert y.requires_grad
        assert autograd.gradients(y.sum(), x)[0] is not None

    def test_astype_to_the_same_dtype_does_not_alias(self) -> None:
        x = leaf([1.0, 2.0])
        assert not np.shares_memory(x.data, x.astype(float).data)


def test_a_reshaped_copy_is_no_view() -> None:
    if np.lib.NumpyVersion(np.__version__) < "2.1.0":
        pytest.skip("np.reshape has no copy= yet")
    y = leaf(np.ones((2, 2))) * 2
    z = np.reshape(y, -1, copy=True)
    z *= 3
    assert y.tolist() == [[2, 2], [2, 2]]
    with pytest.raises(ValueError, match="copy"):
        np.reshape(y.T, -1, copy=False)


def test_tiles_of_one_element_are_places_of_their_own() -> None:
    tiled = np.tile(leaf(2.0) * 1, 2)
    flat = np.ravel(tiled)
    flat[1] = 5.0
    assert tiled.tolist() == [2, 5]
