"""Strategies of values reach their whole domain, and never leave it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from autograd import Tensor
from autograd.testing import (
    arrays,
    broadcastable,
    dtypes,
    floats_away_from,
    layouts,
    matmul_shapes,
    shapes,
    tensors,
)
from autograd.testing.values import LAYOUTS, filled

from .reach import reach

KINKS = [-1.0, 0.0, 1.5]


class TestFloats:
    @given(floats_away_from(KINKS, (-2, 3), margin=0.25))
    def test_keep_their_distance(self, x):
        assert -2 <= x <= 3
        assert min(abs(x - kink) for kink in KINKS) >= 0.25

    @pytest.mark.parametrize("low", [-2, -0.75, 0.25, 1.75])
    def test_reach_every_piece_between_the_kinks(self, low):
        strategy = floats_away_from(KINKS, (-2, 3), margin=0.25)
        assert reach(strategy, lambda x: low <= x <= low + 0.5) >= low

    def test_the_simplest_is_positive(self):
        assert find(floats_away_from(0), lambda x: True) > 0

    @pytest.mark.parametrize(
        ("kinks", "domain"), [(0, (-0.1, 0.1)), ((), (1, 1)), ((), (2, 1)), ((), (0, np.inf))]
    )
    def test_an_empty_domain_is_refused(self, kinks, domain):
        with pytest.raises(ValueError, match="low < high"):
            floats_away_from(kinks, domain)
        with pytest.raises(ValueError, match="low < high"):
            arrays(domain=domain, kinks=kinks)


class TestArrays:
    @given(arrays(shapes(), (-2, 3), kinks=KINKS, margin=0.25))
    def test_stay_inside_of_the_domain_away_from_kinks(self, x):
        assert np.all((x >= -2) & (x <= 3))
        assert all(np.all(np.abs(x - kink) >= 0.25) for kink in KINKS)

    @given(st.integers(0, 2**32 - 1), st.integers(2, 64), st.booleans())
    def test_have_no_near_ties(self, seed, size, rounded):
        x = np.sort(filled(seed, (size,), [(-2.0, 2.0)], rounded))
        # Half of an even spacing; rounding may take a fifth of it away.
        assert np.min(np.diff(x)) > (0.29 if rounded else 0.49) * 4 / size

    @pytest.mark.parametrize("cell", range(8))
    def test_a_single_element_reaches_the_whole_domain(self, cell):
        low = -2 + cell / 2
        assert low <= reach(arrays((1,)), lambda x: low <= x[0] <= low + 0.5)[0]

    def test_shrink_to_round_numbers_in_ascending_order(self):
        assert find(arrays((3,), (0, 3)), lambda x: True).tolist() == [0.5, 1.5, 2.5]
        assert find(arrays((1,)), lambda x: x[0] > 1).tolist()[0] == pytest.approx(1.5, abs=0.5)
        digits = repr(find(arrays((1,)), lambda x: x[0] > 1).tolist()[0])
        assert len(digits) == 3

    def test_a_0d_one_comes_as_a_scalar_and_as_an_array(self):
        assert type(reach(arrays(()), lambda x: True)) is np.float64
        assert type(reach(arrays(()), lambda x: isinstance(x, np.ndarray))) is np.ndarray

    @given(arrays(broadcastable(3), [(0, 1), (1, 2), (2, 3)]))
    def test_several_each_with_a_domain(self, drawn):
        assert len(drawn) == 3
        assert all(np.all((i <= x) & (x <= i + 1)) for i, x in enumerate(drawn))
        np.broadcast_shapes(*(x.shape for x in drawn))

    @given(arrays(matmul_shapes()))
    def test_of_shapes_for_a_product(self, drawn):
        x, y = drawn
        assert np.ndim(x @ y) == max(x.ndim, y.ndim, 2) - (x.ndim == 1) - (y.ndim == 1)

    def test_domains_must_be_as_many_as_arrays(self):
        with pytest.raises(ValueError, match="2 domains for 3 shapes"):
            reach(arrays(broadcastable(3), [(0, 1), (1, 2)]), lambda x: True)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_dtypes_may_be_drawn(self, dtype):
        assert reach(arrays((2,), dtype=dtypes()), lambda x: x.dtype == dtype).dtype == dtype


class TestDtypes:
    @given(dtypes())
    def test_are_those_that_tensors_differentiate(self, dtype):
        assert Tensor(np.zeros(1, dtype), requires_grad=True).dtype == dtype

    def test_can_be_named(self):
        assert reach(dtypes("float16"), lambda dtype: True) == np.float16


class TestTensors:
    @given(tensors(broadcastable(2), (1, 2)))
    def test_are_leaves(self, drawn):
        assert all(t.is_leaf and t.requires_grad and np.all(t.data >= 1) for t in drawn)

    def test_may_be_constants(self):
        assert not reach(tensors((2,), requires_grad=False), lambda t: True).requires_grad


class TestLayouts:
    @given(st.data(), arrays(shapes(), dtype=dtypes()))
    def test_hold_the_same_values(self, data, x):
        y = data.draw(layouts(x))
        assert y.dtype == x.dtype
        np.testing.assert_array_equal(x, y)

    @pytest.mark.parametrize(
        "wanted",
        [
            lambda x: x.flags.c_contiguous and x.flags.writeable,
            lambda x: x.flags.f_contiguous and not x.flags.c_contiguous,
            lambda x: min(x.strides) < 0,
            lambda x: x.strides[-1] == 16,
            lambda x: not x.flags.writeable,
        ],
        ids=LAYOUTS,
    )
    def test_reach_every_layout(self, wanted):
        assert reach(layouts(arrays((2, 3))), wanted).shape == (2, 3)
