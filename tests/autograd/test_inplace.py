"""Writes in place: plain, recorded, refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, no_grad


def leaf(value):
    return Tensor(value, requires_grad=True)


def test_plain_writes_use_the_same_memory():
    t = Tensor([1.0, 2.0, 3.0])
    memory = t.data
    t[0] = 5.0
    t += 1.0
    t[Tensor([1, 2])] = Tensor([7.0, 8.0])
    assert t.data is memory
    assert_array_equal(t.data, [6, 7, 8])
    s = Tensor(1.0)
    s[...] = 4.0
    s *= 2.0
    assert s.data == 8


@pytest.mark.parametrize("operator", ["+=", "-=", "*=", "/=", "**="])
def test_recorded_operators(operator):
    x, y = leaf([1.5, 2.0]), leaf([0.5, 3.0])
    h = x * 1.0
    namespace = {"h": h, "y": y}
    exec(f"h {operator} y", namespace)
    assert namespace["h"] is h
    np.sum(h * h).backward()
    x2, y2 = leaf([1.5, 2.0]), leaf([0.5, 3.0])
    np.sum(eval(f"(x * 1.0) {operator[:-1]} y", {"x": x2, "y": y2}) ** 2).backward()
    assert_allclose(x.grad.data, x2.grad.data)
    assert_allclose(y.grad.data, y2.grad.data)


def test_a_constant_becomes_part_of_the_graph():
    x = leaf(2.0)
    out = Tensor(np.zeros(3))
    before = out * 1.0
    for i in range(3):
        out[i] = x**i
    np.sum(out).backward()
    assert_array_equal(before.data, [0, 0, 0])
    assert x.grad.data == 0 + 1 + 4


def test_a_recurrence_written_into_one_tensor():
    w = leaf(0.5)
    h = w * np.ones(5)
    for i in range(1, 5):
        h[i] = h[i - 1] * w
    np.sum(h).backward()
    assert_allclose(w.grad.data, sum((i + 1) * 0.5**i for i in range(5)))


def test_a_write_into_a_slice_reaches_the_whole():
    x = leaf(np.ones((2, 3)))
    h = x * 2
    row = h[0]
    row[1:] *= 10.0
    assert_array_equal(h.data, [[2, 20, 20], [2, 2, 2]])
    np.sum(h).backward()
    assert_array_equal(x.grad.data, [[2, 20, 20], [2, 2, 2]])


def test_a_write_into_another_view_is_refused():
    x = leaf(np.ones((2, 3)))
    for view in ((x * 2).T, (x * 2).reshape(6)):
        with pytest.raises(RuntimeError, match="view"):
            view += 1.0


def test_hooks_stay_with_the_old_value_and_retain_grad_with_the_name():
    x = leaf([1.0, 2.0])
    h = x * 1.0
    seen = []
    h.register_hook(lambda g: seen.append(g.data))
    h.retain_grad()
    h *= 3.0
    np.sum(h).backward()
    assert_array_equal(seen, [[3, 3]])
    assert_array_equal(h.grad.data, [1, 1])


def test_shape_and_dtype_are_kept():
    t = Tensor(np.ones(2, np.float32))
    t += np.ones(2)
    assert t.dtype == np.float32
    h = leaf(np.ones(2, np.float32)) * 1.0
    h += np.ones(2)
    assert h.dtype == np.float32
    with pytest.raises(ValueError, match=r"\(3, 2\).*\(2,\)"):
        t += np.ones((3, 2))
    whole = Tensor([1, 2])
    with pytest.raises(TypeError, match=r"t = t \+ v"):
        whole += 0.5
    assert_array_equal(t.data, [2, 2])


def test_no_grad_writes_into_leaves():
    x = leaf([1.0, 2.0])
    with no_grad():
        x[0] = 4.0
        x -= 1.0
    assert_array_equal(x.data, [3, 1])
    assert x.requires_grad
    assert x.is_leaf
