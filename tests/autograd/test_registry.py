"""The dictionary between NumPy and the tables: lists of tensors, NumPy's defaults, dtype=."""

from __future__ import annotations

import contextlib
import inspect
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from autograd import Tensor, ops
from autograd.registry import defaults, registry


def leaf(value=1.0):
    return Tensor(value, requires_grad=True)


# -- lists of tensors ----------------------------------------------------------------------------

T, U = leaf(3.0), leaf(4.0)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (ops.sum, ([T, U],)),
        (ops.sum, ([[T, U], [U, 5.0]],)),
        (ops.mean, ([T, U],)),
        (ops.var, ((T, U),)),
        (ops.std, ([T, U],)),
        (ops.max, ([T, U],)),
        (ops.norm, ([T, U],)),
        (ops.median, ([T, U],)),
        (ops.clip, ([T, U], 0, 3.5)),
        (ops.exp, ([T, U],)),
        (ops.add, ([T, U], 1.0)),
        (ops.add, ([T, U], [[T], [U]])),
        (ops.divide, (2.0, [T, 5.0])),
        (ops.matmul, ([[T, U]], [T, U])),
        (ops.dot, ([T, U], [1.0, 2.0])),
        (ops.concatenate, ([[T, U], [T]],)),
        (ops.stack, ([[T, U], [1.0, T]],)),
        (ops.hstack, ([[T, U], [T]],)),
        (ops.vstack, ([[T, U], (1.0, T)],)),
        (ops.column_stack, ([[T, U], [1.0, T]],)),
        (ops.transpose, ([[T, U]],)),
        (ops.where, ([True, False], [T, U], 0.0)),
        (np.select, ([[True, False], [True, True]], [np.stack([T, U]), [U, U]])),
        (np.choose, ([0, 1], [np.stack([T, U]), [U, U]])),
        (np.append, ([T, U, T], U)),
        (np.append, (U, [T, U])),
        (np.multiply, (T, [T, U])),
        (np.where, ([True, False], [T, U], U)),
        (np.concatenate, ([[T, U], np.stack([T, U])],)),
        (np.einsum, ("i,i->", np.stack([T, U]), [T, U])),
        (np.linalg.multi_dot, ([ops.stack([[T, U]]), [[T], [U]]],)),
    ],
)
def test_a_list_of_tensors_is_an_array(function, args):
    def plain(value):
        if isinstance(value, (list, tuple)):
            return type(value)(map(plain, value))
        return value.data if isinstance(value, Tensor) else value

    for leaf_ in (T, U):
        leaf_.grad = None
    result = function(*args)
    assert isinstance(result, Tensor)
    assert_array_equal(result.data, function(*plain(args)))
    np.sum(result).backward()
    assert T.grad is not None or U.grad is not None


def test_the_gradient_of_a_list():
    t, u = leaf(3.0), leaf(4.0)
    ops.norm([t, u]).backward()
    assert [t.grad.item(), u.grad.item()] == [0.6, 0.8]
    t, u = leaf(3.0), leaf(4.0)
    (t * [t, u] * [1.0, 10.0]).sum().backward()
    assert [t.grad.item(), u.grad.item()] == [46, 30]


def test_tensors_in_a_list_need_no_gradient_to_give_a_tensor():
    assert isinstance(ops.mean([Tensor(1.0), Tensor(2.0)]), Tensor)


def test_lists_of_different_lengths_are_no_array():
    with pytest.raises(ValueError, match="same shape"):
        ops.sum([[T, U], [T]])


# -- NumPy's defaults ----------------------------------------------------------------------------

X = leaf([[1.0, 2.0], [3.0, 4.0]])

ROW = np.ones((2, 3)) * X[:, :1]

SPELLED = {
    np.concatenate: ([X, X],), np.stack: ([X, X],), np.vstack: ([X, X],), np.hstack: ([X, X],),
    np.dstack: ([X, X],), np.column_stack: ([X, X],), np.sum: (X,), np.prod: (X,), np.mean: (X,),
    np.max: (X,), np.min: (X,), np.var: (X,), np.std: (X,), np.cumsum: (X,), np.cumprod: (X,),
    np.nansum: (X,), np.nanmean: (X,), np.nanvar: (X,), np.nanstd: (X,), np.nanmax: (X,),
    np.median: (X,), np.nanmedian: (X,), np.quantile: (X, 0.5), np.percentile: (X, 50),
    np.ptp: (X,), np.average: (X,), np.copy: (X,), np.ravel: (X,), np.sort: (X,), np.diff: (X,),
    np.trace: (X,), np.take: (X, [0, 1]), np.clip: (X, 0.0, 1.0), np.round: (X,),
    np.linalg.norm: (X,), np.nan_to_num: (X,), np.meshgrid: (X[0], X[1]), np.pad: (X, 1),
    np.broadcast_to: (X, (2, 2)), np.squeeze: (X,), np.trapezoid: (X,), np.cross: (ROW, ROW + 1.0),
    np.add: (X, X), np.exp: (X,), np.maximum: (X, 2.0), np.astype: (X, float),
}  # fmt: skip


@pytest.mark.parametrize("function", SPELLED, ids=lambda f: f.__name__)
def test_what_numpy_does_by_default_may_be_said(function):
    args = SPELLED[function]
    by_position = []
    with contextlib.suppress(TypeError, ValueError):  # before NumPy 2.4 some have no signature
        by_position = list(inspect.signature(function).parameters)[: len(args)]
    params = {n: v for n, v in defaults(function).items() if n not in (*by_position, "signature")}
    result, wanted = function(*args, **params), function(*args)
    for r, w in zip(*([v] if isinstance(v, Tensor) else v for v in (result, wanted)), strict=True):
        assert isinstance(r, Tensor)
        assert r.requires_grad
        assert_array_equal(r.data, w.data)


def test_defaults_of_a_ufunc_with_a_signature():
    result = np.matmul(X, X, casting="same_kind", order="K", subok=True, dtype=None)
    assert_array_equal(result.data, X.data @ X.data)


def test_positional_arguments_beyond_the_implementations():
    assert np.median(X, 0, None, False, True).shape == (1, 2)
    assert np.trace(X, 0, 0, 1, np.float32).dtype == np.float32
    with pytest.raises(TypeError, match="'overwrite_input'"):
        np.median(X, 0, None, True)


def test_row_stack():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert_array_equal(np.row_stack([X, X]).data, np.vstack([X.data, X.data]))


@pytest.mark.parametrize(
    "join", [np.concatenate, np.stack, np.hstack, np.vstack], ids=lambda f: f.__name__
)
def test_dtype_of_what_is_joined(join):
    x = leaf([1.0, 2.0])
    result = join([x, [3.0, 4.0]], dtype=np.float32)
    assert result.dtype == np.float32
    np.sum(result).backward()
    assert x.grad.dtype == np.float64
    with pytest.raises(TypeError, match=f"{join.__name__}: dtype=int64 has no gradient"):
        join([x, x], dtype=np.int64)


def test_dtype_of_a_ufunc():
    x = leaf([1.0, 2.0])
    y = np.exp(x, dtype=np.float32) + np.add(x, 1, dtype=np.float32)
    assert y.dtype == np.float32
    np.sum(y).backward()
    assert x.grad.dtype == np.float64
    np.testing.assert_allclose(x.grad.data, np.exp([1.0, 2.0]) + 1, rtol=1e-6)


def test_several_functions_by_one_implementation():
    assert registry[np.real] is not registry[np.conjugate]
    assert registry[np.vecdot](np.ones(2), np.ones(2)) == 2
    assert registry[np.linalg.vecdot](np.ones(2), np.ones(2)) == 2
    with pytest.raises(ValueError, match="3"):
        registry[np.linalg.cross](np.ones(2), np.ones(2))  # NumPy's own wants three elements


def test_functions_that_end_in_keywords():
    result = np.einsum("ij->i", X, dtype=np.float32, order="K", casting="safe")
    assert result.dtype == np.float32
    assert np.einsum("ij,jk", X, np.ones((2, 2)), dtype=np.float32).dtype == np.float32
    assert np.clip(X, 0, 2, casting="same_kind", order="K").shape == X.shape
