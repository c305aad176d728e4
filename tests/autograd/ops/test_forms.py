"""Every way in which NumPy takes an axis, a shape, a shift: a number, a tuple, a list, an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from autograd import Tensor, ops

Form = tuple[str, tuple[int, ...], Callable[[Any, Any], Any], list[Any]]


def numbers(n: int) -> list[Any]:
    return [n, np.int64(n), np.int8(n), (n,), [n], np.array(n), np.array([n])]


def several(*n: int) -> list[Any]:
    return [n, list(n), np.array(n), tuple(map(np.int64, n))]


def along(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda x, axis: function(x, axis=axis)


def spread(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda x, args: function(x, *args)


REDUCTIONS = [
    np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.ptp, np.median, np.average,
    np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.nanmedian,
]  # fmt: skip
RUNNING = [np.cumsum, np.cumprod, np.nancumsum, np.nancumprod, np.sort]
if hasattr(np, "unstack"):  # NumPy 2.1
    RUNNING += [np.unstack, np.cumulative_sum, np.cumulative_prod]

# NumPy 2.0 itself turns unsigned shifts round.
UNSIGNED = [np.uint8(1)] if np.__version__ >= "2.1" else []

FORMS: list[Form] = [
    *((f.__name__, (2, 3, 4), along(f), [*numbers(1), *several(0, -1), None]) for f in REDUCTIONS),
    *((f.__name__, (2, 3), along(f), [*numbers(1), *numbers(-1)]) for f in RUNNING),
    ("transpose", (3,), np.transpose, [*numbers(0), *numbers(-1), None]),
    ("transpose", (2, 3, 4), np.transpose, [*several(2, 0, 1), *several(-1, 0, 1), range(3)]),
    ("t.transpose", (3,), lambda x, v: x.transpose(v), [*numbers(0), None]),
    ("t.transpose", (2, 3, 4), lambda x, v: x.transpose(*v), several(2, 0, 1)),
    ("permute_dims", (3,), np.permute_dims, numbers(0)),
    ("roll", (4, 3), np.roll, [*numbers(1), *numbers(-2), *UNSIGNED, True, 1.0]),
    (
        "roll", (4, 3), spread(np.roll),
        [(1, 0), ((1, 2), (0, 1)), ([1, 2], [0, 1]), (1, (0, 1)), ((1, 2), 0), ((1, 2), (0, 0)),
         *((n, -1) for n in UNSIGNED), *(((n, 2), (0, 1)) for n in UNSIGNED), (True, 0)],
    ),
    ("flip", (2, 3, 4), np.flip, [*numbers(1), *several(0, 2), None, ()]),
    (
        "moveaxis", (2, 3, 4), spread(np.moveaxis),
        [(0, 2), ((0,), (2,)), ([0], 2), (0, [2]), ([0, 1], [1, 2]), (np.array([0, 1]), (2, -2)),
         (np.int64(0), np.array(-1)), (range(2), range(1, 3))],
    ),
    ("swapaxes", (2, 3, 4), spread(np.swapaxes), [(0, 2), (np.int64(0), np.int8(-1))]),
    ("rollaxis", (2, 3, 4), spread(np.rollaxis), [(2,), (-1, -2), (0, 3), (np.int64(2), 1)]),
    ("squeeze", (1, 3, 1), np.squeeze, [*numbers(0), *numbers(-1), *several(0, 2), None, ()]),
    ("expand_dims", (2, 3), np.expand_dims, [*numbers(1), *numbers(-1), *several(0, -1), range(2)]),
    ("rot90", (2, 3), spread(np.rot90), [(1,), (-1, [0, 1]), (1, np.array([1, 0])), (5, (0, -1))]),
    ("reshape", (2, 3), np.reshape, [*numbers(6), *numbers(-1), *several(3, 2), range(2, 4)]),
    ("reshape", (2, 3), lambda x, order: np.reshape(x, (3, 2), order), ["C", "F", None]),
    ("t.reshape", (2, 3), lambda x, v: x.reshape(v), [*numbers(6), *several(3, -1)]),
    ("t.reshape", (2, 3), lambda x, v: x.reshape(*v), [(3, 2), (6,), (np.int64(3), -1)]),
    ("broadcast_to", (3,), np.broadcast_to, [*numbers(3), *several(2, 3), range(3, 4)]),
    ("tile", (2, 3), np.tile, [*numbers(2), *several(2, 1), *several(2, 1, 2), ()]),
    ("repeat", (2, 3), np.repeat, [*numbers(2), True, [1, 0, 2, 1, 1, 1]]),
    ("repeat", (2, 3), lambda x, n: np.repeat(x, n, axis=1), [*numbers(2), *several(1, 0, 2)]),
    ("resize", (2, 3), np.resize, [*numbers(4), *several(3, 4)]),
    ("pad", (2, 3), np.pad, [*numbers(1), *several(1, 2), ((1, 2), (0, 1)), {0: 1}, {-1: (1, 2)}]),
    ("pad", (4, 5), lambda x, n: np.pad(x, n, "reflect"), [*numbers(1), *several(1, 2), {0: 1}]),
    ("take", (2, 3), lambda x, i: np.take(x, i, axis=1), [*numbers(1), *several(0, 2), range(2)]),
    ("delete", (2, 3), lambda x, i: np.delete(x, i, axis=1), [*numbers(1), slice(0, 2), range(2)]),
    ("insert", (2, 3), lambda x, i: np.insert(x, i, 7.0, axis=1), [*numbers(1), *several(0, 2)]),
    ("split", (4, 3), np.split, [*several(1, 3), range(1, 3), 2, np.int64(2)]),
    ("stack", (2, 3), lambda x, axis: np.stack([x, x], axis), [1, np.int64(1), np.array(1), -1]),
    ("concatenate", (2, 3), lambda x, axis: np.concatenate([x, x], axis), [1, np.int8(1), None]),
    (
        "tensordot", (3, 3), lambda x, axes: np.tensordot(x, x, axes),
        [1, np.int64(1), np.array(1), 0, 2, (0, 0), ([0], [0]), ([0, 1], [1, 0]), (0, (1,)),
         ([0], 1), np.array([[0], [1]]), np.array([0, 1]), ((-1,), (0,)), (range(1), [0])],
    ),
    ("diff", (4, 4), spread(np.diff), [(1,), (2, 0), (np.int64(1), np.int64(-2))]),
    ("gradient", (4, 5), along(np.gradient), [1, np.int64(1), (1,), *several(0, 1), None]),
    ("quantile", (4, 5), lambda x, axis: np.quantile(x, 0.3, axis), [*numbers(1), *several(0, 1)]),
    ("norm", (4, 5), along(np.linalg.norm), [1, np.int64(1), 1.0, (1,), (0, 1), None]),
    ("vector_norm", (4, 5), along(np.linalg.vector_norm), [1, np.int8(1), 1.0, (1,), (0, 1)]),
    ("norm", (4, 5), np.linalg.norm, [None, "fro", "nuc", 1, 2, -1, -2, np.inf, np.int64(1)]),
    ("norm", (5,), np.linalg.norm, [None, 1, 2, 2.5, 0, -1, np.inf, -np.inf, np.float32(3)]),
    ("polyder", (4,), np.polyder, [1, 2, np.int64(2), 2.0]),
    ("polyint", (4,), np.polyint, [1, 2, np.int64(2), 2.0]),
    ("convolve", (4,), lambda x, mode: np.convolve(x, [1.0, 2, 3], mode), ["same", 0, 1, 2]),
    ("correlate", (4,), lambda x, mode: np.correlate(x, [1.0, 2, 3], mode), ["same", 0, 1, 2]),
]  # fmt: skip

CALLS = [
    pytest.param(shape, function, value, id=f"{name}-{value!r}")
    for name, shape, function, values in FORMS
    for value in values
]


def parts(results: Any) -> list[Any]:
    return list(results) if isinstance(results, (list, tuple)) else [results]


@pytest.mark.parametrize(("shape", "function", "value"), CALLS)
def test_what_numpy_takes_goes_forward_and_backward(
    shape: tuple[int, ...], function: Callable[[Any, Any], Any], value: Any
) -> None:
    rng = np.random.default_rng(7)
    a = rng.uniform(0.5, 2.0, shape)
    try:
        wanted = parts(function(a, value))
    except (TypeError, ValueError):
        return  # NumPy does not take this form
    weights = [rng.normal(size=np.shape(w)) for w in wanted]

    def scalar(x: Any) -> Any:
        return sum(np.sum(w * r) for w, r in zip(weights, parts(function(x, value)), strict=True))

    x = Tensor(a, requires_grad=True)
    for result, w in zip(parts(function(x, value)), wanted, strict=True):
        assert isinstance(result, Tensor)
        assert_allclose(result.data, w, rtol=1e-12)
    scalar(x).backward()
    step = rng.normal(size=shape) * 1e-6
    change = scalar(a + step) - scalar(a - step)
    assert_allclose(np.sum(2 * step * x.grad.data), change, rtol=1e-5, atol=1e-13)


def test_the_reproduction() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    np.transpose(x, 0).sum().backward()
    assert x.grad.data.tolist() == [1, 1]
    for shift in UNSIGNED:
        y = Tensor([1.0, 2.0, 3.0], requires_grad=True)
        np.sum(np.roll(y, shift) * [1.0, 10.0, 100.0]).backward()
        assert y.grad.data.tolist() == [10, 100, 1]


def test_the_axis_of_logsumexp() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    for form in (1, np.int64(1), -1):
        assert_allclose(ops.logsumexp(x, form).data, ops.logsumexp(x, (1,)).data)
