"""Writes in place: plain, recorded, refused."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, no_grad, primitive, views


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


# NumPy says what each program gives; the tensor has to give the same, with the right gradient.
PROGRAMS = {
    "scaled by itself": "y = x * 2; y *= y",
    "added to itself": "y = x * 2; y += y",
    "its own row": "y = x * 2; y[0] = y[1]",
    "itself": "y = x * 2; y[...] = y",
    "broadcast from itself": "y = x * 2; y[:] = y[0]",
    "shifted": "y = x * 2; y[1:] = y[:-1]",
    "shifted back": "y = x * 2; y[:-1] = y[1:]",
    "reversed": "y = x * 2; y[...] = y[::-1]",
    "transposed": "y = x * 2; y += y.T",
    "transposed itself": "y = x * 2; y[...] = y.T",
    "times itself": "y = x * 2; y @= y",
    "after exp": "y = np.exp(x); y += 1.0; y *= y",
    "reshape": "y = x * 2; v = y.reshape(9); v *= 3; v[2] = x[0, 0]",
    "ravel": "y = x * 2; v = y.ravel(); v -= x.ravel()",
    "flatten copies": "y = x * 2; v = y.flatten(); v *= 3",
    "T": "y = x * 2; v = y.T; v[0] = 5.0 * x[1]",
    "swapaxes": "y = x * 2; v = np.swapaxes(y, 0, 1); v[0] += 1.0",
    "flip": "y = x * 2; v = np.flip(y); v[0, 0] *= 7.0",
    "new axis": "y = x * 2; v = y[None]; v[0, 1] *= 3.0",
    "squeeze": "y = x[None] * 2; v = np.squeeze(y); v[1, 1] = x[0, 0]",
    "split": "y = x * 2; u, v, w = np.split(y, 3); u += w; v[0, 0] = 1.0",
    "view of a view": "y = x * 2; v = y[1:]; w = v.T; w[0] = x[0, :2]; v[0, 1] *= 3.0",
    "two views": "y = x * 2; v = y[:2]; w = y[1:]; v *= 3.0; w += v",
    "the whole after its view": "y = x * 2; v = y[1]; y[1, 1] = x[0, 0]; w = v * x[2]",
    "the whole, overwritten": "y = x * 2; v = y[1]; y *= y; w = v * v",
    "disjoint": "y = x * 2; v = y[0]; w = y[1]; v *= w; w *= v",
    "again and again": "y = x * 2; v = y[1]\nfor i in range(3):\n    v *= x[i]; y[i] += v",
    "an element added": "y = x * 2; y[1, 1] += x[0, 0]; y[0] += x[1]; y[[0, 0]] += x[2]",
    "a constant's row": "y = np.zeros((3, 3)) + 0 * x; row = y[1]; row[0] = x[0, 0]",
    "used before": "y = x * 2; v = y[1]; u = v * y[0]; v *= u; w = u * v",
    "meshgrid copies": "y = x[0] * 2; v, w = np.meshgrid(y, y); v *= w",
    "the view's old value": "y = x * 2; v = y[1:]; u = v * v; y[1] = x[0]; w = v * u",
    "broken in two": "y = x * 2; v = y.T[1:]; v[:, 1:] *= x[:2, :2]; y[2] = v[0, 0] * x[0]",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_numpy_decides_what_a_write_reaches(program):
    start = np.random.default_rng(0).uniform(0.5, 1.5, (3, 3))
    rng = np.random.default_rng(1)
    seeds = {name: rng.uniform(-1, 1, 27) for name in "uvwy"}

    def total(x):
        names = {"x": x, "np": np}
        exec(program, names)
        results = {name: names[name] for name in seeds if name in names}
        return results, sum(
            np.sum(np.reshape(v, -1) * seeds[name][: v.size]) for name, v in results.items()
        )

    x = leaf(start)
    results, J = total(x)
    wanted, _ = total(start)
    for name, value in wanted.items():
        assert_allclose(results[name].data, value, rtol=1e-12, err_msg=name)
    J.backward()
    steps = 1e-6 * np.eye(9).reshape(9, 3, 3)
    slopes = [(total(start + step)[1] - total(start - step)[1]) / 2e-6 for step in steps]
    assert_allclose(x.grad.data.ravel(), slopes, rtol=1e-7, atol=1e-7)


def test_a_row_of_a_constant_carries_a_recorded_write_to_it():
    x = leaf(2.0)
    out = Tensor(np.zeros((2, 2)))
    row = out[0]
    row[1] = x * x
    assert_array_equal(out.data, [[0, 4], [0, 0]])
    np.sum(out * 3.0).backward()
    assert x.grad.data == 12


def test_a_list_of_tensors_is_written_with_its_gradients():
    x = leaf([1.0, 2.0])
    out = Tensor(np.zeros((2, 2)))
    out[0] = [x[1], 3.0 * x[0]]
    out += [x[0], x[1]]
    assert_array_equal(out.data, [[3, 5], [1, 2]])
    np.sum(out).backward()
    assert_array_equal(x.grad.data, [5, 3])


def test_a_detached_alias_sees_the_write_and_stays_without_a_gradient():
    x = leaf([1.0, 2.0])
    y = x * 2.0
    outside = y.detach()
    with no_grad():
        view = y[1:]
    before = x * outside
    y *= 5.0
    assert_array_equal(outside.data, [10, 20])
    assert_array_equal(view.data, [20])
    assert not outside.requires_grad
    assert not view.requires_grad
    np.sum(before).backward()
    assert_array_equal(x.grad.data, [2, 4])


def test_a_view_of_a_leaf_is_not_written_and_nothing_changes():
    x = leaf([1.0, 2.0, 3.0])
    v = x[1:]
    w = v[:1]
    for view in (v, w):
        with pytest.raises(RuntimeError, match="leaf"):
            view *= 2.0
    assert_array_equal(v.data, [2, 3])
    np.sum(v * w).backward()
    assert_array_equal(x.grad.data, [0, 7, 2])


def test_read_only_views_are_not_written():
    y = leaf([1.0, 2.0]) * 1.0
    wide = np.broadcast_to(y, (3, 2))
    with pytest.raises(ValueError, match="read-only"):
        wide += 1.0


def test_a_failing_write_changes_nothing():
    x = leaf(np.ones((2, 3)))
    y = x * 2.0
    v = y[0]
    with pytest.raises(IndexError):
        v[5] = x[0, 0]
    with pytest.raises(ValueError, match="shape"):
        v += np.ones((2, 3))
    assert_array_equal(y.data, 2 * np.ones((2, 3)))
    assert v.op.name == y[0].op.name
    np.sum(y).backward()
    assert_array_equal(x.grad.data, 2 * np.ones((2, 3)))


def test_an_op_is_known_by_itself_and_not_by_its_name():
    reverse = primitive(lambda x: x[::-1], lambda g, out, x: g[::-1], name="getitem")
    x = leaf(np.arange(4.0))
    h = x * 1.0
    v = reverse(h)
    v[0] = 100.0
    assert_array_equal(h.data, [0, 1, 2, 100])
    np.sum(h).backward()
    assert_array_equal(x.grad.data, [1, 1, 1, 0])


def test_a_number_changed_without_a_record_is_noticed_through_its_past():
    x = leaf(1.0)
    y = x * 2.0
    y /= 3.0 + x  # its rule reads its result
    with no_grad():
        y += y
    y **= 2.0
    with pytest.raises(RuntimeError, match="changed in place"):
        y.backward()


def test_views_that_are_gone_leave_no_trace():
    data = Tensor(np.zeros((100, 2)))
    for _ in range(20):
        for row in data:
            assert row.shape == (2,)
    family = views._families[id(data.data)]
    assert len(family.members) < 20
    number = id(data.data)
    del data, row
    gc.collect()
    assert number not in views._families or views._families[number] is not family


def test_an_overwritten_value_is_named_with_both_lines():
    w = leaf([1.0, 2.0])
    J = np.sum(w * w)  # recorded here
    with no_grad():
        w[0] = 3.0  # changed here
    with pytest.raises(RuntimeError) as caught:
        J.backward()
    message = str(caught.value)
    assert "Changed at" in message
    assert "w[0] = 3.0  # changed here" in message
    assert "J = np.sum(w * w)  # recorded here" in message


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


def test_an_empty_view_does_not_hinder_a_write() -> None:
    y = (Tensor([1.0], requires_grad=True) * 2)[None, ::-1]
    empty = np.diag(y, 1)
    y[0] += 3
    assert y.tolist() == [[5]]
    assert empty.shape == (0,)
