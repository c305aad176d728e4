"""NumPy's functions that write into their first argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from autograd import Tensor, gradients
from autograd.testing import Call, broadcastable, call

from .opcase import FILLED_SHAPES, Battery, OpCase, array, seeds


def writing(write: Callable[..., None]) -> Callable[..., Any]:
    """The function of a target and values that gives what the target has become."""

    def written(target: Any, values: Any, **params: Any) -> Any:
        target = target * 1
        if not isinstance(target, Tensor) and isinstance(values, Tensor):
            target = Tensor(target)
        elif not isinstance(target, Tensor):
            target = np.array(target)  # NumPy writes into arrays only, not into its scalars
        write(target, values, **params)
        return target

    return written


@st.composite
def masked(draw: st.DrawFn) -> Call:
    (values,) = draw(broadcastable(1))
    shape = draw(st.sampled_from([values, (2, *values)]))
    mask = np.random.default_rng(draw(seeds)).random(shape) < draw(st.sampled_from([0.5, 1.0]))
    return call(array(draw(seeds), shape), array(draw(seeds), values), mask=mask)


@st.composite
def placed(draw: st.DrawFn) -> Call:
    """A mask and a vector of values, more or fewer than it chooses."""
    shape = draw(FILLED_SHAPES)
    mask = np.random.default_rng(draw(seeds)).random(shape) < 0.5
    return call(
        array(draw(seeds), shape), array(draw(seeds), (draw(st.integers(1, 4)),)), mask=mask
    )


@st.composite
def put(draw: st.DrawFn) -> Call:
    shape = draw(FILLED_SHAPES)
    size = int(np.prod(shape))
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    bound = size if mode == "raise" else 3 * size
    ind = np.random.default_rng(draw(seeds)).integers(-bound, bound, draw(st.integers(1, 4)))
    values = array(draw(seeds), (draw(st.integers(1, 4)),))
    return call(array(draw(seeds), shape), values, ind=ind, mode=mode)


@st.composite
def diagonal(draw: st.DrawFn) -> Call:
    n = draw(st.integers(1, 4))
    shape = draw(st.sampled_from([(n, n), (n, 2), (7, 2), (2, n), (n, n, n)]))
    values = array(draw(seeds), draw(st.sampled_from([(), (2,)])))
    return call(array(draw(seeds), shape), values, wrap=draw(st.booleans()))


# Values of any shape are taken, in the order of their elements.
FREE = ("shapes",)
CASES = [
    OpCase(
        np.copyto, masked(), writing(lambda t, v, mask: np.copyto(t, v, where=mask)), "", 2, FREE
    ),
    OpCase(np.putmask, placed(), writing(lambda t, v, mask: np.putmask(t, mask, v)), "", 2, FREE),
    OpCase(np.place, placed(), writing(lambda t, v, mask: np.place(t, mask, v)), "", 2, FREE),
    OpCase(np.put, put(), writing(lambda t, v, ind, mode: np.put(t, ind, v, mode)), "", 2, FREE),
    OpCase(np.fill_diagonal, diagonal(), writing(np.fill_diagonal), "", 2, FREE),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestWriting(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


@pytest.mark.parametrize(
    "write",
    [
        lambda a, v: np.copyto(a, v),
        lambda a, v: np.put(a, [0], v),
        lambda a, v: np.putmask(a, a > 0, v),
        lambda a, v: np.place(a, a > 0, v),
    ],
    ids=["copyto", "put", "putmask", "place"],
)
def test_an_array_hides_no_tensor(write: Any) -> None:
    with pytest.raises(TypeError, match="expected a Tensor to take values that are one"):
        write(np.ones((2, 2)), leaf(1.0))


def test_a_leaf_is_not_written_to() -> None:
    with pytest.raises(RuntimeError, match="a leaf that requires a gradient"):
        np.fill_diagonal(leaf(np.ones((2, 2))), 0.0)


def test_a_recorded_write() -> None:
    x = leaf(np.ones((2, 2)))
    y = x * 2
    np.fill_diagonal(y, x[0, 1] * 3)
    assert y.tolist() == [[3, 2], [2, 3]]
    assert gradients(y.sum(), [x])[0].tolist() == [[0, 8], [2, 0]]


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"several axes of one length, got shape \(2,\)"):
        np.fill_diagonal(leaf([1.0, 2.0]) * 1, 0.0)
    with pytest.raises(TypeError, match=r"values of dtype float64 do not fit .* int64"):
        np.copyto(Tensor([1, 2]), leaf(1.5))
    with pytest.raises(ValueError, match="invalid entry in coordinates array"):
        np.put(leaf([1.0, 2.0]) * 1, [5], 0.0)


@pytest.mark.parametrize(
    "write",
    [
        lambda a, v: np.put(a, [0], v),
        lambda a, v: np.putmask(a, np.ones((2, 2), bool), v),
        lambda a, v: np.fill_diagonal(a, v),
        lambda a, v: np.place(a, np.zeros((2, 2), bool), v),
    ],
    ids=["put", "putmask", "fill_diagonal", "place"],
)
def test_of_no_values_nothing_is_written(write: Any) -> None:
    y = leaf(np.ones((2, 2))) * 2
    write(y, np.zeros(0))
    assert y.tolist() == [[2, 2], [2, 2]]


def test_places_want_a_value() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        np.place(leaf(np.ones(2)) * 2, np.ones(2, bool), [])


def test_values_may_have_leading_axes_of_length_one() -> None:
    y = leaf(np.zeros(2)) * 1
    np.copyto(y, leaf([[1.0, 2.0]]), where=[True, False])
    assert y.tolist() == [1, 0]
