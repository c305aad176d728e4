"""Sliding windows and their transpose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from autograd import Tensor, gradients
from autograd.ops import overlap_add
from autograd.testing import Call, call, shapes

from .opcase import Battery, OpCase, array, seeds


@st.composite
def windows(draw: st.DrawFn) -> Call:
    shape = draw(shapes(1, 3, 1, 4))
    if draw(st.booleans()):
        sides = tuple(draw(st.integers(0, n)) for n in shape)
        return call(array(draw(seeds), shape), sides)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    side = draw(st.integers(0, shape[axis]))
    return call(array(draw(seeds), shape), side, axis=axis)


@st.composite
def overlapping(draw: st.DrawFn) -> Call:
    sides, places = (draw(st.lists(st.integers(1, 3), min_size=2, max_size=2)) for _ in "ab")
    shape = tuple(n + k - 1 for n, k in zip(places, sides, strict=True))
    return call(array(draw(seeds), (*places, *sides)), shape=shape, axis=(0, 1))


CASES = [
    OpCase(sliding_window_view, windows()),
    # In another shape the windows do not fit the array.
    OpCase(overlap_add, overlapping(), without=("shapes",)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestWindows(Battery):
    pass


def test_each_element_collects_the_gradients_of_its_windows() -> None:
    x = Tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    w = sliding_window_view(x, 3)
    assert w.tolist() == [[1, 2, 3], [2, 3, 4]]
    assert gradients(w.sum(), [x])[0].tolist() == [1, 2, 2, 1]


def test_a_convolution_by_windows() -> None:
    image = Tensor(array(0, (5, 6)), requires_grad=True)
    kernel = Tensor(array(1, (2, 3)), requires_grad=True)
    out = np.einsum("ijkl,kl->ij", sliding_window_view(image, (2, 3)), kernel)
    (g,) = gradients(out.sum(), [kernel])
    assert g[0, 0].item() == pytest.approx(image.data[:4, :4].sum())


def test_an_axis_that_is_named_twice_gives_windows_of_windows() -> None:
    x = Tensor(np.arange(5.0), requires_grad=True)
    w = sliding_window_view(x, (2, 2), axis=(0, 0))
    np.testing.assert_array_equal(w.data, sliding_window_view(x.data, (2, 2), axis=(0, 0)))
    assert gradients(w.sum(), [x])[0].tolist() == [1, 3, 4, 3, 1]


def test_what_is_refused() -> None:
    x = Tensor(np.arange(5.0), requires_grad=True)
    with pytest.raises(TypeError, match=r"writeable=False. Write to a copy\(\)"):
        sliding_window_view(x, 2, writeable=True)
    with pytest.raises(ValueError, match="a window length per axis, got 2 for 1 axes"):
        sliding_window_view(x, (2, 2))
    with pytest.raises(ValueError, match="window shape cannot be larger"):
        sliding_window_view(x, 6)
