"""where=, initial=, correction= and dtype= of the reductions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, ops
from autograd.testing import Call, call

from .opcase import Battery, OpCase, seeds
from .test_reduce import of_at_least, reduction


@st.composite
def masked(draw: st.DrawFn, initial: bool | None = False, least: int = 0, **params: Any) -> Call:
    """A reduction with a mask that leaves at least so many of each group; and an initial value."""
    (x,), found = draw(of_at_least(least, reduction(**params)))
    rng = np.random.default_rng(draw(seeds))
    order = np.argsort(rng.random(np.size(x))).reshape(np.shape(x))
    # Of each group the elements with the smallest numbers stay in any case.
    group = np.sort(order, None)[:least] if found["axis"] is None else None
    mask = rng.random(np.shape(x)) < 0.6
    mask |= True if group is None and least else np.isin(order, [] if group is None else group)
    found["where"] = mask
    if initial or (initial is None and draw(st.booleans())):
        found["initial"] = draw(st.sampled_from([-1.25, 0.5, 1.5]))
    return call(x, **found)


@st.composite
def one_more(draw: st.DrawFn) -> Call:
    (x,), found = draw(reduction())
    return call(x, initial=draw(st.sampled_from([-1.25, 0.0, 1.5])), **found)


@st.composite
def corrected(draw: st.DrawFn) -> Call:
    (x,), found = draw(of_at_least(2, reduction()))
    return call(x, correction=draw(st.sampled_from([0, 0.5, 1])), **found)


CASES = [
    OpCase(np.sum, masked(None), name="where"),
    OpCase(np.prod, masked(None), name="where"),
    OpCase(np.max, masked(True), name="where"),
    OpCase(np.min, masked(True), name="where"),
    OpCase(np.mean, masked(least=1), name="where"),
    OpCase(np.var, masked(least=2), name="where"),
    OpCase(np.std, masked(least=2), name="where"),
    OpCase(np.sum, one_more(), name="initial"),
    OpCase(np.prod, one_more(), name="initial"),
    OpCase(np.max, one_more(), name="initial"),
    OpCase(np.min, one_more(), name="initial"),
    OpCase(np.var, corrected(), name="correction"),
    OpCase(np.std, corrected(), name="correction"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestMasked(Battery): ...


A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])
MASK = np.array([[True, False, True], [True, True, False]])


def leaf(value: Any = A) -> Tensor:
    return Tensor(value, requires_grad=True)


@pytest.mark.parametrize("function", [np.sum, np.prod, np.mean, np.var, np.std])
@pytest.mark.parametrize("axis", [None, 0, (1,), -1])
def test_a_mask_that_differs_from_group_to_group(function: Any, axis: Any) -> None:
    for keepdims in (False, True):
        x = leaf()
        result = function(x, axis=axis, where=MASK, keepdims=keepdims)
        assert_allclose(result.data, function(A, axis=axis, where=MASK, keepdims=keepdims))
        assert result.shape == np.shape(function(A, axis=axis, where=MASK, keepdims=keepdims))
        np.sum(result).backward()
        assert not x.grad.data[~MASK].any()
        step = np.array([[1.0, 5.0, -2.0], [0.5, 1.5, 3.0]]) * 1e-6
        change = np.subtract(
            *(np.sum(function(A + s, axis=axis, where=MASK)) for s in (step, -step))
        )
        assert_allclose(np.sum(2 * step * x.grad.data), change, atol=1e-14, rtol=1e-6)


def test_a_mask_is_broadcast_as_numpys() -> None:
    x = leaf()
    result = np.sum(x, axis=1, where=[True, False, True])
    assert_array_equal(result.data, np.sum(A, axis=1, where=[True, False, True]))
    for one in (np.ones(1), Tensor([1.0])):
        with pytest.raises(ValueError, match="operand"):
            np.sum(one, where=MASK)


def test_extremes_under_a_mask_need_an_initial_value() -> None:
    with pytest.raises(ValueError, match="expects initial= as well"):
        np.max(leaf(), where=MASK)
    with pytest.raises(ValueError, match="initial"):
        np.max(A, where=MASK)


def test_an_initial_value_is_one_more_element() -> None:
    x = leaf([1.0, 3.0])
    result = np.max(x, initial=3.0)
    result.backward()
    assert result.item() == 3
    assert_array_equal(x.grad.data, [0, 0.5])  # it shares with what ties with it
    nothing = leaf(np.ones((2, 0)))
    for axis in (1, (1,), -1):
        assert_array_equal(np.max(nothing, axis=axis, initial=7.0).data, [7, 7])
    start = leaf(2.0)
    ops.sum(x, initial=start).backward()
    assert start.grad.item() == 1


def test_nothing_left_is_nan_with_numpys_warning() -> None:
    x = leaf()
    none = np.zeros_like(MASK)
    assert np.sum(x, where=none).item() == 0
    assert np.prod(x, where=none).item() == 1
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        assert np.isnan(np.mean(x, where=none).item())


def test_nan_under_the_mask_does_not_count_and_elsewhere_does() -> None:
    x = leaf([1.0, np.nan, 4.0])
    for function in (np.sum, np.mean, np.var, np.std):
        assert np.isfinite(function(x, where=[True, False, True]).item())
        assert np.isnan(function(x, where=[True, True, False]).item())


def test_equal_numbers_under_a_mask_have_the_slope_zero() -> None:
    x = leaf([0.1, 5.0, 0.1, 0.1])
    np.std(x, where=[True, False, True, True]).backward()
    assert_array_equal(x.grad.data, 0)


def test_ddof_and_its_other_name() -> None:
    x = leaf()
    assert_allclose(np.var(x, correction=1).data, np.var(A, ddof=1))
    with pytest.raises(ValueError, match="are the same, got 1 and 2"):
        np.var(x, ddof=1, correction=2)


REDUCTIONS = [
    np.sum, np.prod, np.mean, np.var, np.std, np.cumsum, np.cumprod, np.nansum, np.nanprod,
    np.nanmean, np.nanvar, np.nanstd, np.nancumsum, np.nancumprod, np.trace,
]  # fmt: skip


@pytest.mark.parametrize("function", REDUCTIONS)
@pytest.mark.parametrize("dtypes", [(np.float64, np.float32), (np.float32, np.float64)])
def test_dtype_is_that_of_the_computation_and_the_gradient_keeps_its_own(
    function: Callable[..., Any], dtypes: Any
) -> None:
    own, other = dtypes
    x = leaf(A.astype(own))
    result = function(x, dtype=other)
    wanted = function(A.astype(own), dtype=other)
    assert result.dtype == wanted.dtype == other
    assert_allclose(result.data, wanted, rtol=1e-6)
    np.sum(result).backward()
    assert x.grad.dtype == own
    same = leaf(A.astype(own))
    np.sum(function(same)).backward()
    assert_allclose(x.grad.data, same.grad.data, rtol=1e-5, atol=1e-6)


def test_dtype_with_a_mask_and_by_position() -> None:
    x = leaf()
    assert np.mean(x, dtype=np.float32, where=MASK).dtype == np.float32
    assert np.sum(x, 0, np.float32).dtype == np.float32
    assert np.max(leaf(A.astype(np.float32)), initial=2.0).dtype == np.float32
    assert np.add.reduce(x, dtype=np.float32, where=MASK, initial=1.0).dtype == np.float32


def test_an_integer_has_no_gradient() -> None:
    with pytest.raises(TypeError, match="dtype=int64 has no gradient"):
        np.sum(leaf(), dtype=np.int64)
    assert np.sum(Tensor([1, 2]), dtype=np.int64).item() == 3
