"""Pieces of arrays: every element once, in the memory of the array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optim import blocks as module
from optim.blocks import blocks


@given(st.integers(0, 20), st.integers(0, 20), st.sampled_from("CF"), st.sampled_from("CF"))
def test_every_element_is_met_once_beside_its_partner(n, m, first, second):
    a = np.array(np.arange(n * m, dtype=float).reshape(n, m), order=first)
    b = np.array(a, order=second)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SIZE", 7)
        for x, y, nothing in blocks(a, b, None):
            assert nothing is None
            np.testing.assert_array_equal(x, y)
            x += 1000
    np.testing.assert_array_equal(a, b + 1000)


def test_small_and_strided_arrays_come_in_one_piece():
    small = np.zeros((3, 3))
    ((piece,),) = blocks(small)
    assert piece is small
    strided = np.zeros((1000, 1000))[:, ::2]
    ((piece,),) = blocks(strided)
    assert piece is strided


def test_a_scalar_comes_as_an_array_of_one_element():
    scalar = np.zeros(())
    ((piece, nothing),) = blocks(scalar, None)
    piece += 1
    assert (scalar, piece.shape, nothing) == (1, (1,), None)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 3))
def test_scratch_has_the_shape_of_the_piece_and_memory_of_its_own(n, m, count):
    a, b = np.zeros((2, n, m), np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SIZE", 7)
        for x, y, *scratch in blocks(a, b, scratch=count):
            assert len(scratch) == count
            for i, s in enumerate(scratch):
                assert (s.shape, s.dtype) == (x.shape, np.float32)
                assert not any(np.shares_memory(s, t) for t in (x, y, *scratch[:i]))


def test_pieces_of_a_large_array_share_their_scratch():
    first, *others = [s for _, s in blocks(np.zeros(300_000), scratch=1)]
    assert others
    assert all(np.shares_memory(first, s) for s in others)
