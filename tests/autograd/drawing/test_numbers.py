import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd.drawing.numbers import numbers, short

ANY = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.bool_]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=40),
)


@given(ANY)
def test_any_array_can_be_described(array: Any) -> None:
    seen = numbers(array)
    assert (seen.shape, seen.dtype) == (array.shape, str(array.dtype))
    assert max(seen.grid.shape) <= 32
    assert seen.whole == (seen.grid.size == array.size)
    if seen.whole:
        np.testing.assert_array_equal(seen.grid.ravel(), array.ravel())
    assert not np.shares_memory(seen.grid, array)
    assert len(seen.histogram) in (0, 8)


def test_few_elements_are_written_out() -> None:
    assert str(numbers(1 / 3)) == "0.33333"
    assert numbers(np.float64(2.0)).item() == 2.0
    assert str(numbers([1, -2])) == "[1, -2]"
    assert str(numbers(np.ones((2, 2)))) == "[[1, 1],\n [1, 1]]"
    assert str(numbers(np.ones((0, 3)))) == "[]"
    assert str(numbers([np.nan, np.inf])) == "[nan, inf]"
    assert str(numbers(np.arange(10) > 5)) == "min 0, mean 0.4, max 1 █▁▁▁▁▁▁▆"


def test_many_elements_have_extremes_and_a_histogram() -> None:
    seen = numbers(np.arange(8.0))
    assert str(seen) == "min 0, mean 3.5, max 7 ████████"
    assert numbers([*range(9), np.nan]).histogram != ""
    assert numbers([np.nan, *range(9)]).text == "min nan, mean nan, max nan"
    assert numbers(np.full(9, 3.0)).histogram == ""
    assert numbers([np.inf] * 9).histogram == ""
    assert numbers([0.0] * 9).histogram == ""
    assert numbers([1.0] * 8 + [np.nextafter(1.0, 2.0)]).histogram == ""
    assert len(numbers([-1.7e308] * 8 + [1.7e308]).histogram) == 8


def test_a_huge_array_is_described_without_copies() -> None:
    array = np.arange(4_000_000, dtype=np.float32).reshape(2000, 2000)
    tracemalloc.start()
    seen = numbers(array.T)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen.histogram == "████████"
    # 16 MB in, and the histogram of a million of them.
    assert peak < 48e6


def test_a_large_array_gives_evenly_spaced_rows_and_columns() -> None:
    array = np.arange(100 * 200).reshape(100, 200)
    grid = numbers(array).grid
    assert grid.shape == (32, 32)
    assert (grid[0, 0], grid[-1, -1]) == (0, 19999)
    assert numbers(array.reshape(10, 10, 200)).grid.shape == (32, 32)


@pytest.mark.parametrize(
    ("value", "text"), [(3, "3"), ("x" * 60, "'" + "x" * 36 + "..."), (np.ones(3), "array(3,)")]
)
def test_parameters_in_short(value: Any, text: str) -> None:
    assert short(value) == text
