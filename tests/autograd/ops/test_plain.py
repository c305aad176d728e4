"""Functions without a derivative give plain arrays, numbers, dtypes or text, never tensors."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.registry import has_tensor, registry

# `plain` leaves the function itself behind its wrapper; a composite leaves its own formula.
PLAIN = [f for f, known in registry.items() if getattr(known, "__wrapped__", None) is f]

X = np.array([0.5, -1.0, 2.0, -1.0])
Y = np.array([0.5, 1.0, -2.0, 3.0])
M = np.array([[1.0, 0.0], [3.0, 2.0]])
B = np.array([True, False, True, True])
N = np.array([6, 4, 9, 1])

# Function -> its arguments; every array among them is passed as a tensor.
CALLS: dict[Callable[..., Any], tuple[Any, ...]] = {
    **dict.fromkeys(
        [np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal], (X, Y)
    ),
    **dict.fromkeys([np.isclose, np.allclose, np.array_equal, np.array_equiv], (X, Y)),
    **dict.fromkeys([np.logical_and, np.logical_or, np.logical_xor], (X, B)),
    **dict.fromkeys([np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.gcd, np.lcm], (N, N + 2)),
    **dict.fromkeys([np.left_shift, np.right_shift], (N, np.array(1))),
    **dict.fromkeys([np.isin, np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d], (X, Y)),
    **dict.fromkeys([np.may_share_memory, np.shares_memory, np.result_type], (X, Y)),
    **dict.fromkeys([np.save, np.savez, np.savez_compressed, np.savetxt], (io.BytesIO, X)),
    np.invert: (B,),
    np.bitwise_count: (N,),
    np.ravel_multi_index: ((np.array([0, 1]), np.array([1, 0])), (2, 2)),
    np.unravel_index: (np.array([1, 2]), (2, 2)),
    np.argpartition: (X, 1),
    np.searchsorted: (np.sort(X), Y),
    np.digitize: (X, np.array([0.0, 1.0])),
    np.lexsort: ((X, Y),),
    np.ix_: (N, B),
    np.diag_indices_from: (M,),
    np.tril_indices_from: (M,),
    np.triu_indices_from: (M,),
    np.histogram_bin_edges: (X, 3),
    np.can_cast: (np.float32, np.float64),
    **dict.fromkeys([np.packbits, np.unpackbits], (N.astype(np.uint8),)),
    np.einsum_path: ("ij,j->i", M, X[:2]),
}


def call(function: Callable[..., Any], tensors: bool) -> Any:
    def convert(value: Any) -> Any:
        if value is io.BytesIO:
            return io.BytesIO()
        if isinstance(value, tuple):
            return tuple(map(convert, value))
        if tensors and isinstance(value, np.ndarray):
            return Tensor(value, requires_grad=value.dtype.kind == "f")
        return value

    return function(*map(convert, CALLS.get(function, (X,))))


def name(function: Callable[..., Any]) -> str:
    return function.__name__


@pytest.mark.parametrize("function", PLAIN, ids=name)
def test_plain_values_as_from_numpy(function: Callable[..., Any]) -> None:
    expected, got = call(function, tensors=False), call(function, tensors=True)
    assert type(got) is type(expected)
    assert not has_tensor(got if isinstance(got, tuple) else (got,))
    if function is np.empty_like:
        assert got.shape == expected.shape
    elif function is np.einsum_path:
        assert got == expected
    elif isinstance(expected, tuple):
        for have, want in zip(got, expected, strict=True):
            for a, b in zip(np.atleast_1d(have), np.atleast_1d(want), strict=True):
                np.testing.assert_array_equal(a, b)
    else:
        np.testing.assert_array_equal(got, expected)


def test_methods_without_a_derivative_are_plain() -> None:
    x = Tensor(X, requires_grad=True)
    assert x.argmax() == 2
    assert type(x.argsort()) is np.ndarray
    assert type(x > 0) is np.ndarray
    assert not isinstance(x.any(), Tensor)
    assert [type(i) for i in x.nonzero()] == [np.ndarray]


def test_tensors_in_keywords_are_looked_at_too() -> None:
    assert np.searchsorted(np.array([1.0, 2.0]), v=Tensor([1.5], requires_grad=True)).tolist() == [
        1
    ]
