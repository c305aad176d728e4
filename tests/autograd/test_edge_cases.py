"""The decided edge cases of the engine, one test each, named after their number and subject.

The numbers are those of the list in the documentation. Those about layers, losses, optimizers and
files (8, 23, 24, 25, 30) stand with the layers.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import sys
import threading
import warnings
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import autograd
from autograd import Tensor, enable_grad, gradients, is_grad_enabled, no_grad, primitive


def leaf(value, **kwargs):
    return Tensor(value, requires_grad=True, **kwargs)


def slope(function, *values):
    """Gradients of the sum of function(*leaves), as arrays."""
    leaves = [leaf(v) for v in values]
    np.sum(function(*leaves)).backward()
    grads = [None if x.grad is None else x.grad.numpy() for x in leaves]
    return grads[0] if len(grads) == 1 else grads


def test_01_ties_are_split_evenly():
    assert_array_equal(slope(np.max, [1.0, 3.0, 3.0]), [0, 0.5, 0.5])
    assert_array_equal(slope(np.min, [2.0, 2.0, 2.0, 5.0]), [1 / 3, 1 / 3, 1 / 3, 0])
    assert_array_equal(
        slope(lambda x: np.max(x, axis=1), [[1.0, 1.0], [0.0, 2.0]]), [[0.5, 0.5], [0, 1]]
    )
    for function in (np.maximum, np.minimum):
        assert_array_equal(slope(function, [1.0, 2.0], [1.0, 0.0])[0][0], 0.5)
        assert_array_equal(slope(function, [1.0, 2.0], [1.0, 0.0])[1][0], 0.5)


def test_02_kinks():
    assert slope(np.abs, 0.0) == 0
    assert_array_equal(slope(lambda x: np.clip(x, -1, 1), [-1.0, 1.0, 0.0, 2.0]), [1, 1, 1, 0])


def test_03_zero_under_root_norm_std_and_power():
    assert slope(np.sqrt, 0.0) == np.inf
    assert_array_equal(slope(np.linalg.norm, [0.0, 0.0]), [0, 0])
    assert_array_equal(slope(np.std, [2.0, 2.0, 2.0]), [0, 0, 0])
    assert slope(lambda x: x**0, 0.0) == 0
    assert slope(lambda x, e: x**e, 0.0, 0.0)[0] == 0
    assert slope(lambda e: 0.0**e, 2.0) == 0
    assert slope(lambda e: 0.0**e, 0.0) == 0


def test_04_products_with_zeros():
    assert_array_equal(slope(np.prod, [0.0, 2.0, 3.0]), [6, 0, 0])
    assert_array_equal(slope(np.prod, [0.0, 2.0, 0.0]), [0, 0, 0])
    # d/dx of x0 + x0 x1 + x0 x1 x2 at (0, 2, 3)
    assert_array_equal(slope(np.cumprod, [0.0, 2.0, 3.0]), [1 + 2 + 6, 0, 0])
    assert_array_equal(slope(np.cumprod, [0.0, 2.0, 0.0]), [1 + 2, 0, 0])


def test_05_statistics_of_too_few_values():
    for function in (np.var, np.std):
        with pytest.warns(RuntimeWarning):
            assert np.isnan(function(leaf([1.0]), ddof=1).data)
    with pytest.warns(RuntimeWarning):
        assert np.isnan(np.mean(leaf([])).data)
    with pytest.raises(ValueError, match="zero-size"):
        np.max(leaf([]))


def test_06_where_does_not_hide_a_nan():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        x = leaf([0.0, 2.0])
        np.sum(np.where(x > 0, np.log(x), 0)).backward()
        report = autograd.explain_nan(np.sum(np.where(x > 0, np.log(x), 0)))
    assert np.isnan(x.grad.data[0])
    assert x.grad.data[1] == 0.5
    assert "report = autograd.explain_nan" in report  # the line
    assert "np.log(np.where(x > 0, x, 1))" in report  # the remedy


def test_07_logsumexp_is_exact_far_out():
    logsumexp = autograd.ops.logsumexp
    x = leaf([1e5, 1e5])
    total = logsumexp(x)
    total.backward()
    assert_allclose(total.data, 1e5 + np.log(2), rtol=1e-15)
    assert_array_equal(x.grad.data, [0.5, 0.5])
    assert_allclose(slope(logsumexp, [-np.inf, 0.0]), [0, 1])
    assert logsumexp(leaf([-np.inf, -np.inf])).data == -np.inf


def test_09_indexing_of_every_kind():
    assert_array_equal(slope(lambda x: x[[0, 0, 1]], [1.0, 2.0, 3.0]), [2, 1, 0])
    x = np.arange(24.0).reshape(2, 3, 4)
    index_list = [
        0,
        -1,
        np.int64(1),
        slice(None, None, -1),
        (Ellipsis, 1),
        (None, 0),
        (0, slice(None, None, -2), None, [0, 0, 3]),
        x > 5,
        (1, x[1] % 2 == 0),
        ([0, 1, 1], slice(None), [1, 1, 1]),
        np.array([[0, 1], [1, 1]]),
        (),
        True,
    ]
    for index in index_list:
        expected = np.zeros_like(x)
        np.add.at(expected, index, np.ones_like(x[index]))
        assert_array_equal(slope(lambda t, i=index: t[i], x), expected)
        assert_array_equal(leaf(x)[index].data, x[index])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_10_empty_and_zero_dimensional(dtype):
    x = leaf(np.zeros((0, 3), dtype))
    np.sum(np.exp(x) * 2 + x @ np.ones((3, 3), dtype)).backward()
    assert x.grad.shape == (0, 3)
    assert x.grad.dtype == dtype
    s = leaf(np.array(2, dtype))
    (s * s).backward()
    assert s.grad.shape == ()
    assert s.grad.dtype == dtype
    assert isinstance(s.grad.data, dtype)


def test_11_broadcasting_and_axes():
    a, b, c = leaf(np.ones((3, 1))), leaf(np.ones((1, 4))), leaf(1.0)
    np.sum(a + b + c).backward()
    assert_array_equal(a.grad.data, np.full((3, 1), 4.0))
    assert_array_equal(b.grad.data, np.full((1, 4), 3.0))
    assert c.grad.data == 12
    x = np.arange(24.0).reshape(2, 3, 4)
    for axis in (0, -1, (0, 2), (-1, 0), (), None):
        for keepdims in (True, False):
            result = np.sum(leaf(x), axis=axis, keepdims=keepdims)
            assert_array_equal(result.data, np.sum(x, axis=axis, keepdims=keepdims))
            assert_array_equal(
                slope(lambda t, a=axis, k=keepdims: np.sum(t, axis=a, keepdims=k), x),
                np.ones_like(x),
            )
    with pytest.raises(ValueError, match="duplicate"):
        np.sum(leaf(x), axis=(0, 0))


def test_12_each_rule_runs_once():
    runs = []

    def rule(g, out, x):
        runs.append(1)
        return 2 * g * x

    own_square = primitive(lambda x: x * x, rule, elementwise=True)
    assert slope(lambda x: x * x, 3.0) == 6
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    np.sum(x @ x.T).backward()
    assert_allclose(x.grad.data, [[8, 12], [8, 12]])
    y = leaf(3.0)
    s = own_square(y)
    (s * 2 + s * s).backward()  # a diamond: s is used three times
    assert runs == [1]
    assert y.grad.data == 12 + 2 * 9 * 6


def test_13_gradients_alias_nothing():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    seed = np.ones(2)
    (a + b).backward(seed)
    assert not np.shares_memory(a.grad.data, b.grad.data)
    assert not np.shares_memory(a.grad.data, seed)
    a.grad.data[:] = 7
    assert_array_equal(b.grad.data, [1, 1])
    assert_array_equal(seed, [1, 1])
    x = leaf([1.0, 2.0])
    x.reshape(2, 1).backward(np.ones((2, 1)))
    first = x.grad
    np.sum(x * 1.0).backward()
    assert_array_equal(first.data, [1, 1])  # a gradient that was handed out does not change
    assert_array_equal(x.grad.data, [2, 2])
    square = primitive(lambda x: x * x / 2, lambda g, out, x: x, elementwise=True)
    z = leaf([1.0, 2.0])
    np.sum(square(z)).backward()
    assert not np.shares_memory(z.grad.data, z.data)


@pytest.mark.parametrize("value", [1, [1, 2], True, np.int8(3), np.array([False])])
def test_14_only_real_floats_have_gradients(value):
    with pytest.raises(TypeError, match="floating"):
        Tensor(value, requires_grad=True)
    with pytest.raises(TypeError, match="floating"):
        Tensor(value).requires_grad_()


def test_14_complex_is_refused():
    for make in (lambda: Tensor(1j), lambda: Tensor([1.0], dtype=complex), lambda: leaf(2.0) * 1j):
        with pytest.raises(TypeError, match="complex"):
            make()
    with pytest.raises(TypeError, match="complex"):
        leaf([1.0]) * np.array([1j])


def test_15_seeds():
    x = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"\(2,\)"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        (x * 2).backward(np.ones(3))
    with pytest.raises(TypeError, match=r"float32.*float64"):
        (x * 2).backward(np.ones(2, np.float32))
    assert x.grad is None
    (x * 2).backward(np.array([1.0, 10.0]))
    assert_array_equal(x.grad.data, [2, 20])
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        Tensor(1.0).backward()


def test_16_released_and_retained_graphs():
    x = leaf(3.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.data == 12
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()
    assert x.grad.data == 12


def test_17_unused_input():
    x, unused = leaf(3.0), leaf([1.0, 2.0])
    y = x * x
    assert gradients(y, [x, unused])[1] is None
    dx, zeros = gradients(y, [x, unused], materialize=True)
    assert dx.data == 6
    assert_array_equal(zeros.data, [0, 0])
    assert autograd.grad(lambda x: 3.0)(1.0) == 0.0


def test_18_writing_in_place():
    x = leaf([1.0, 2.0, 3.0], name="x")
    for write in (lambda: x.__setitem__(0, 5.0), lambda: x.__iadd__(1.0)):
        with pytest.raises(RuntimeError, match=r"no_grad"):
            write()
    assert_array_equal(x.data, [1, 2, 3])

    # A recorded tensor stays right: the write is recorded.
    h = x * 2
    before = h * h
    h[0] = h[1] * 3
    h[1:] += x[0]
    h *= 2
    np.sum(h + before).backward()

    def pure(t):
        k = t * 2
        w = np.stack([k[1] * 3, k[1] + t[0], k[2] + t[0]]) * 2
        return w + (t * 2) ** 2

    assert_allclose(x.grad.data, slope(pure, [1.0, 2.0, 3.0]))

    # A parameter changed between forward and backward: named, and nothing is changed.
    w = leaf([2.0, 3.0], name="w")
    loss = np.sum(w.reshape(2, 1) * w)
    with no_grad():
        w -= 0.1
    with pytest.raises(RuntimeError, match=r"in place(.|\n)*step"):
        loss.backward()
    assert w.grad is None
    s = leaf(2.0, name="s")
    loss = s * s
    with no_grad():
        s += 1.0
    with pytest.raises(RuntimeError, match="'s'"):
        loss.backward()
    # Where the rules do not read the value, nothing is wrong.
    total = np.sum(w + 1.0)
    with no_grad():
        w[...] = 0.0
    total.backward()
    assert_array_equal(w.grad.data, [1, 1])


def test_19_modes_nest_and_survive_exceptions():
    def nested():
        with no_grad():
            with enable_grad():
                assert is_grad_enabled()
            assert not is_grad_enabled()
            raise KeyError

    with pytest.raises(KeyError):
        nested()
    assert is_grad_enabled()


def test_19_modes_decorate_functions_and_generators():
    @no_grad
    def plain():
        return is_grad_enabled()

    @no_grad()
    def numbers():
        for _ in range(2):
            received = yield is_grad_enabled()
        return received

    @enable_grad()
    async def task():
        await asyncio.sleep(0)
        return is_grad_enabled()

    assert plain() is False
    generator = numbers()
    assert next(generator) is False
    assert is_grad_enabled()  # the consumer's mode is its own
    assert generator.send(1) is False
    with pytest.raises(StopIteration) as stop:
        generator.send("last")
    assert stop.value.value == "last"
    with no_grad():
        assert asyncio.run(task()) is True


def test_19_modes_are_per_thread_and_per_task():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]

    async def other():
        await asyncio.sleep(0)
        return is_grad_enabled()

    async def main():
        task = asyncio.create_task(other())
        with no_grad():
            return await task

    assert asyncio.run(main()) is True


def test_20_dtypes():
    x = leaf(np.ones(2, np.float32))
    for result in (x * 2.0, 2.0 * x, x + 1, x**2, 1 / x, np.exp(x) - 0.5, x * np.float32(2)):
        assert result.dtype == np.float32
        np.sum(result).backward()
        assert x.grad.dtype == np.float32
    assert (x * np.float64(2)).dtype == np.float64  # NumPy's promotion
    np.sum(x * np.float64(2)).backward()
    assert x.grad.dtype == np.float32
    s = leaf(np.float32(2))
    assert (s * 2.0).dtype == np.float32
    assert (s * leaf(np.float64(1))).dtype == np.float64


def test_21_numpy_on_both_sides():
    t = leaf([1.0, 2.0])
    for result in (np.float64(2) * t, np.ones(2) * t, np.ones((2, 2)) @ t, np.ones(2) - t):
        assert isinstance(result, Tensor)
        assert result.requires_grad
    with pytest.raises(TypeError, match="detach"):
        np.asarray(t)
    assert_array_equal(np.asarray(t.detach()), [1, 2])
    with pytest.raises(TypeError, match=r"np\.linalg\.eigvals"):
        np.linalg.eigvals(t)
    with pytest.raises(TypeError, match=r"np\.roots"):
        np.roots(t)


def test_22_python_protocols():
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(TypeError, match="0-d"):
        iter(Tensor(1.0))
    with pytest.raises(TypeError, match="0-d"):
        len(Tensor(1.0))
    t = Tensor([1.0, 2.0])
    assert t in [t]
    assert t in {t}
    assert {t: 1}[t] == 1
    assert len({Tensor([1.0, 2.0]), t}) == 2
    assert [row.tolist() for row in Tensor([[1.0], [2.0]])] == [[1.0], [2.0]]
    assert isinstance(t == t, np.ndarray)


@pytest.mark.parametrize("kind", ["read-only", "fortran", "negative stride", "byte-swapped"])
def test_26_inputs_in_any_layout_are_never_written(kind):
    base = np.arange(6.0).reshape(2, 3)
    given_array = {
        "read-only": base.copy(),
        "fortran": np.asfortranarray(base),
        "negative stride": np.flip(np.flip(base).copy()),
        "byte-swapped": base.astype(">f8"),
    }[kind]
    given_array.flags.writeable = False
    x = leaf(given_array)
    np.sum(np.sin(x) * given_array + given_array @ x.T @ given_array).backward()
    y = leaf(base)
    np.sum(np.sin(y) * base + base @ y.T @ base).backward()
    assert_allclose(x.grad.data, y.grad.data)
    assert x.dtype.isnative
    with no_grad():
        x += 1.0
    assert_array_equal(given_array, base)


def test_27_copies_and_pickles():
    x = leaf([1.0, 2.0], name="x")
    np.sum(x * x).backward()
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert_array_equal(other.data, x.data)
        assert_array_equal(other.grad.data, x.grad.data)
        assert other.requires_grad
        assert other.name == "x"
        assert not np.shares_memory(other.data, x.data)
    for attempt in (copy.deepcopy, pickle.dumps, copy.copy):
        with pytest.raises(RuntimeError, match="detach"):
            attempt(x * 2)


@pytest.mark.slow
def test_28_a_chain_of_a_million_ops():
    assert sys.getrecursionlimit() <= 10_000
    x = leaf(1.0)
    y = x
    for _ in range(500_000):
        y = y * 1.0
        y = y + 0.0
    y.backward()
    assert x.grad.data == 1
    for _ in range(200_000):
        y = y + 0.0
    del y  # a graph that never ran backward is freed too


@pytest.mark.slow
def test_28_a_fan_in_of_200_000():
    x = leaf(1.0)
    parts = [x * float(i % 3) for i in range(200_000)]
    np.sum(np.stack(parts)).backward()
    assert x.grad.data == sum(i % 3 for i in range(200_000))


@pytest.mark.parametrize("how", ["backward", "del"])
def test_28_intermediates_die_without_the_garbage_collector(how):
    gc.disable()
    try:
        x = leaf([1.0, 2.0])
        watched = []
        y = x
        for step in (np.exp, lambda t: t * t, np.sum):
            y = step(y)
            watched.append(weakref.ref(y))
        if how == "backward":
            y.backward()
            assert [w() is None for w in watched] == [True, True, False]
        del y
        assert all(w() is None for w in watched)
    finally:
        gc.enable()


def test_29_exceptions_name_the_op_and_lose_nothing():
    def bad(g, out, x):
        raise ZeroDivisionError("no")

    op = primitive(lambda x: x * 1.0, bad, name="my_op")
    x = leaf([1.0, 2.0])
    y = np.sum(np.exp(op(np.exp(x))))
    with pytest.raises(ZeroDivisionError) as caught:
        y.backward()
    notes = "\n".join(caught.value.__notes__)
    assert "my_op((2,))" in notes
    assert "y = np.sum(np.exp(op(np.exp(x))))" in notes
    assert "gradcheck" in notes
    assert is_grad_enabled()
    assert x.grad is None

    h = np.exp(x)
    z = np.sum(h * h)

    def hook(grad):
        raise KeyError("hook")

    handle = h.register_hook(hook)
    with pytest.raises(KeyError) as caught_key:
        z.backward()
    assert "exp" in "\n".join(caught_key.value.__notes__)
    handle.remove()
    z.backward()  # nothing was released
    assert_allclose(x.grad.data, 2 * np.exp([2.0, 4.0]))


@given(st.integers(1, 5), st.integers(1, 5))
def test_29_forward_errors_keep_numpys_type_and_name_op_shapes_and_line(m, n):
    a, b = leaf(np.ones((m, n))), leaf(np.ones((n + 1, m)))
    with pytest.raises(ValueError, match="matmul") as caught:
        a @ b
    notes = "\n".join(caught.value.__notes__)
    assert f"({m}, {n})" in notes
    assert f"({n + 1}, {m})" in notes
    assert "test_edge_cases.py" in notes
    assert "needs the same k" in notes
    with pytest.raises(ValueError, match="broadcast") as caught:
        leaf(np.ones((m + 1, 2))) * np.ones((m + 3, 2))
    assert "the lengths are equal or one is 1" in caught.value.__notes__[0]
