"""Functions that repeat, drop and insert elements: borders, diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor, ops
from autograd.testing import Call, arrays, axes, call, shapes

from .opcase import FILLED_SHAPES_1D_UP, SHAPES, SHAPES_1D_UP, Battery, OpCase, array, seeds

offsets = st.integers(-3, 3)


@st.composite
def repeated(draw: st.DrawFn) -> Call:
    a = draw(arrays())
    axis = draw(axes(np.ndim(a), several=False))
    n = np.size(a) if axis is None else a.shape[axis]
    rng = np.random.default_rng(draw(seeds))
    repeats = draw(st.sampled_from([2, 0, [3], rng.integers(0, 3, n)]))
    return call(a, repeats, axis=axis)


@st.composite
def deleted(draw: st.DrawFn) -> Call:
    a = array(draw(seeds), draw(FILLED_SHAPES_1D_UP))
    axis = draw(axes(a.ndim, several=False))
    n = a.size if axis is None else a.shape[axis]
    rng = np.random.default_rng(draw(seeds))
    obj = draw(st.sampled_from([0, -1, slice(0, 2), [0, n - 1, 0], rng.random(n) < 0.5]))
    return call(a, obj, axis=axis)


@st.composite
def inserted(draw: st.DrawFn) -> Call:
    a = array(draw(seeds), draw(FILLED_SHAPES_1D_UP))
    axis = draw(axes(a.ndim, several=False))
    n = a.size if axis is None else a.shape[axis]
    rest = () if axis is None else tuple(m for i, m in enumerate(a.shape) if i != axis % a.ndim)
    kind = draw(st.sampled_from(["number", "slice", "several", "one at several"]))
    if kind == "number":
        return call(a, 0.7, draw(st.integers(-n, n)), axis=axis)
    if kind == "slice" and axis is not None:
        return call(a, array(draw(seeds), rest), draw(st.integers(-n, n)), axis=axis)
    if kind == "several" and axis is None:
        return call(a, array(draw(seeds), (3,)), [0, n, 0], axis=axis)
    return call(a, array(draw(seeds), ()), [0, n], axis=axis)


@st.composite
def padded(draw: st.DrawFn) -> Call:
    a = array(draw(seeds), draw(SHAPES))
    ndim = np.ndim(a)
    pair = st.tuples(st.integers(0, 3), st.integers(0, 3))
    widths: Any = draw(st.one_of(st.integers(0, 3), pair))
    if ndim and draw(st.booleans()):
        widths = draw(st.lists(pair, min_size=ndim, max_size=ndim))
    elif ndim and hasattr(np, "unstack") and draw(st.booleans()):
        widths = {-1: draw(pair)}
    mode = draw(st.sampled_from(["constant", "edge", "reflect", "symmetric", "wrap"]))
    if np.size(a) == 0 or mode == "constant":
        params = (
            {} if draw(st.booleans()) else {"constant_values": draw(st.sampled_from([3, (1, 2)]))}
        )
        return call(a, widths, **params)
    return call(a, widths, mode=mode)


@st.composite
def trimmed(draw: st.DrawFn) -> Call:
    # Before NumPy 2.2 trim_zeros is for vectors only.
    vector = tuple(map(int, np.__version__.split(".")[:2])) < (2, 2)
    shape = draw(SHAPES_1D_UP.map(lambda shape: shape[:1]) if vector else SHAPES_1D_UP)
    a = array(draw(seeds), shape, 0.5, 2.0)
    rng = np.random.default_rng(draw(seeds))
    filled = rng.random(shape) < draw(st.sampled_from([0.0, 0.3, 0.7]))
    return call(np.asarray(a), filled, draw(st.sampled_from(["fb", "f", "b", "BF"])))


def trim_zeros(a: Any, filled: Any, trim: str) -> Any:
    return np.trim_zeros(a * filled, trim)


@st.composite
def diagonals(draw: st.DrawFn) -> Call:
    shape = draw(shapes(2, 4))
    axis1, axis2 = draw(st.permutations(range(len(shape))))[:2]
    params = dict(offset=draw(offsets), axis1=axis1 - len(shape), axis2=axis2)
    return call(array(draw(seeds), shape), **params)


def vectors_and_matrices(least: int, most: int) -> Any:
    shape = shapes(least, most)
    return call(arrays(shape), k=offsets)


CASES = [
    OpCase(np.repeat, repeated()),
    OpCase(
        np.resize,
        st.tuples(arrays(), st.sampled_from([4, (2, 3), (3, 0), ()])),
    ),
    OpCase(np.delete, deleted()),
    OpCase(np.insert, inserted(), lambda a, v, obj, axis: np.insert(a, obj, v, axis)),
    OpCase(np.pad, padded()),
    OpCase(np.trim_zeros, trimmed(), trim_zeros),
    OpCase(np.diagonal, diagonals()),
    OpCase(np.diag, vectors_and_matrices(1, 2)),
    OpCase(np.diagflat, vectors_and_matrices(0, 3)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestRearranging(Battery):
    pass


def leaf(value: Any, dtype: Any = float) -> Tensor:
    return Tensor(value, requires_grad=True, dtype=dtype)


class TestPad:
    @pytest.mark.parametrize("mode", ["mean", "maximum", "linear_ramp", "empty"])
    def test_other_modes_are_refused_by_name(self, mode: str) -> None:
        with pytest.raises(TypeError, match=mode):
            np.pad(leaf([1.0]), 1, mode=mode)

    def test_a_reflection_counts_its_source_twice(self) -> None:
        x = leaf([1.0, 2.0, 3.0])
        np.pad(x, (1, 0), mode="reflect").sum().backward()
        assert x.grad is not None
        assert x.grad.tolist() == [1, 2, 1]

    @pytest.mark.parametrize("constants", [2.0, [2.0, 3.0], [[2.0, 3.0], [4.0, 5.0]]])
    def test_a_tracked_border_gets_its_gradient(self, constants: Any) -> None:
        x, border = leaf([[1.0, 2.0]]), leaf(constants)
        out = np.pad(x, 1, constant_values=border)
        assert out.tolist() == np.pad([[1.0, 2.0]], 1, constant_values=constants).tolist()
        out.sum().backward()
        assert x.grad is not None
        assert border.grad is not None
        assert x.grad.tolist() == [[1, 1]]
        assert border.grad.sum() == out.size - x.size


class TestInsert:
    def test_values_get_their_gradient_in_their_own_dtype(self) -> None:
        x, v = leaf([1.0, 2.0], np.float32), leaf([7.0, 8.0])
        out = np.insert(x, [0, 1], v)
        assert out.dtype == np.float32
        assert out.tolist() == [7, 1, 8, 2]
        gx, gv = autograd.gradients(out @ np.array([1, 2, 3, 4], np.float32), [x, v])
        assert gx is not None
        assert gv is not None
        assert (gx.tolist(), gv.tolist()) == ([2, 4], [1, 3])
        assert (gx.dtype, gv.dtype) == (np.float32, np.float64)


class TestArguments:
    def test_diag_of_a_scalar_or_a_cube_raises(self) -> None:
        for value in (1.0, np.ones((1, 1, 1))):
            with pytest.raises(ValueError, match="vector or a matrix"):
                np.diag(leaf(value))

    def test_trim_zeros_of_an_unknown_side_raises(self) -> None:
        with pytest.raises(ValueError, match="trim 'f', 'b' or 'fb'"):
            np.trim_zeros(leaf([1.0]), "x")

    def test_trim_zeros_of_one_axis(self) -> None:
        x = leaf([[0.0, 1.0], [0.0, 2.0], [0.0, 0.0]])
        assert ops.trim_zeros(x, axis=1).tolist() == [[1], [2], [0]]
        assert ops.trim_zeros(x, axis=-2).tolist() == [[0, 1], [0, 2]]
