"""Strategies of shapes reach what they promise, and never leave it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.testing import axes, broadcastable, indices, matmul_shapes, shapes

from .reach import reach


def _repeats(part):
    return isinstance(part, np.ndarray) and part.ndim == 1 and len(set(part.tolist())) < part.size


class TestShapes:
    @pytest.mark.parametrize(
        "wanted",
        [(), (0,), (4,), (0, 4), (4, 4, 4), (1, 0, 2)],
        ids=str,
    )
    def test_reaches_every_kind(self, wanted):
        assert reach(shapes(), lambda shape: shape == wanted) == wanted

    @given(st.data(), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
    def test_stays_within_its_bounds(self, data, dims, more_dims, side, more_side):
        shape = data.draw(shapes(dims, dims + more_dims, side, side + more_side))
        assert type(shape) is tuple
        assert dims <= len(shape) <= dims + more_dims
        assert all(side <= n <= side + more_side for n in shape)


class TestBroadcastable:
    @given(st.integers(1, 4).flatmap(broadcastable))
    def test_shapes_broadcast(self, drawn):
        common = np.broadcast_shapes(*drawn)
        assert len(common) == max(map(len, drawn))

    @pytest.mark.parametrize(
        "wanted",
        [
            lambda a, b: a == b and len(a) == 3,
            lambda a, b: a == () and b,
            lambda a, b: b == () and a,
            lambda a, b: a[:1] == (1,) and len(a) == len(b) and b[0] > 1,
            lambda a, b: len(a) == 2 and a[0] == 1 < a[1] and b[-1:] == (1,) and b[0] > 1,
            lambda a, b: 0 in a and b == (1,),
        ],
        ids=["equal", "left 0-d", "right 0-d", "one side 1", "both ways", "empty"],
    )
    def test_reaches_every_kind(self, wanted):
        assert reach(broadcastable(2), lambda both: wanted(*both))

    @given(broadcastable(2, shapes(2, 2, min_side=1)))
    def test_the_common_shape_is_drawn_from_the_strategy_given(self, drawn):
        assert all(len(shape) <= 2 and 0 not in shape for shape in drawn)


class TestMatmulShapes:
    @given(matmul_shapes())
    def test_every_pair_can_be_multiplied(self, drawn):
        x, y = drawn
        vectors = (len(x) == 1) + (len(y) == 1)
        assert (np.ones(x) @ np.ones(y)).ndim == max(len(x), len(y), 2) - vectors

    @pytest.mark.parametrize(
        ("left", "right"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (2, 3), (4, 3), (1, 4)]
    )
    def test_reaches_vectors_matrices_and_stacks(self, left, right):
        x, y = reach(matmul_shapes(), lambda both: [len(s) for s in both] == [left, right])
        assert (len(x), len(y)) == (left, right)

    def test_stacks_broadcast(self):
        x, y = reach(matmul_shapes(), lambda x: len(x[0]) == len(x[1]) == 3 and x[0][0] != x[1][0])
        assert 1 in (x[0], y[0])


class TestAxes:
    @given(st.data(), st.integers(0, 4), st.booleans())
    def test_numpy_takes_every_axis(self, data, ndim, several):
        axis = data.draw(axes(ndim, several=several))
        np.sum(np.ones((2,) * ndim), axis=axis)
        assert several or not isinstance(axis, tuple)

    @pytest.mark.parametrize("wanted", [None, 0, 2, -1, -3, (), (0, 2), (2, 0), (-1, 1), (0, 1, 2)])
    def test_reaches_every_kind(self, wanted):
        assert reach(axes(3), lambda axis: axis == wanted) == wanted

    @given(axes(2, none=False))
    def test_none_can_be_left_out(self, axis):
        assert axis is not None

    def test_of_a_scalar_there_must_be_something(self):
        with pytest.raises(ValueError, match="ndim of at least 1"):
            reach(axes(0, none=False, several=False), lambda axis: True)


class TestIndices:
    @given(st.data(), shapes())
    def test_numpy_takes_every_index(self, data, shape):
        picked = np.zeros(shape)[data.draw(indices(shape))]
        assert isinstance(picked, np.ndarray | np.float64)

    @pytest.mark.parametrize(
        "wanted",
        [
            lambda part: isinstance(part, int),
            lambda part: isinstance(part, slice) and (part.step or 1) < 0,
            lambda part: part is Ellipsis,
            lambda part: part is None,
            lambda part: isinstance(part, np.ndarray) and part.dtype == bool,
            lambda part: isinstance(part, list),
            _repeats,
        ],
        ids=["number", "backwards", "ellipsis", "newaxis", "mask", "list", "repeated"],
    )
    def test_reaches_every_kind(self, wanted):
        def has(index):
            return any(map(wanted, index if isinstance(index, tuple) else (index,)))

        assert has(reach(st.one_of(indices((3,)), indices((3, 3))), has))
