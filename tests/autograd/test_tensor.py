"""Tensor: construction, properties, leaving the graph, hooks, repr."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from autograd import Tensor, no_grad


def test_construction_copies_and_keeps_dtype():
    array = np.arange(3, dtype=np.float32)
    t = Tensor(array, name="t")
    array[0] = 9
    assert_array_equal(t.data, [0, 1, 2])
    assert (t.dtype, t.shape, t.ndim, t.size, t.nbytes, t.itemsize) == (
        np.float32,
        (3,),
        1,
        3,
        12,
        4,
    )
    assert t.name == "t"
    assert Tensor([1, 2], dtype=np.float32).dtype == np.float32
    assert Tensor(t).dtype == np.float32
    assert not np.shares_memory(Tensor(t).data, t.data)


@given(hnp.arrays(hnp.floating_dtypes(endianness="<"), hnp.array_shapes(min_dims=0, max_dims=3)))
def test_values_survive(array):
    t = Tensor(array)
    assert t.shape == array.shape
    assert t.dtype == array.dtype
    assert_array_equal(t.numpy(), array)
    assert isinstance(t.data, np.generic if array.ndim == 0 else np.ndarray)


@pytest.mark.parametrize("data", ["text", [None], [object()], np.array(["a"])])
def test_other_data_is_refused(data):
    with pytest.raises(TypeError, match="numbers or booleans"):
        Tensor(data)


def test_a_tracked_tensor_is_not_made_into_another():
    with pytest.raises(TypeError, match="detach"):
        Tensor(Tensor(1.0, requires_grad=True))


def test_python_numbers_from_a_tensor():
    t = Tensor(2.5, requires_grad=True)
    assert (t.item(), t.tolist()) == (2.5, 2.5)
    assert (float(t.detach()), int(t.detach()), complex(t.detach())) == (2.5, 2, 2.5 + 0j)
    assert round(Tensor(2.567), 1) == 2.6
    assert f"{t:.2f}" == "2.50"
    assert f"{t}" == repr(t)
    assert range(5)[Tensor(3)] == 3
    assert bool(Tensor(0.0)) is False
    assert len(Tensor([1.0, 2.0])) == 2
    with pytest.raises(TypeError):
        range(5)[t]


def test_repr_says_what_matters():
    assert repr(Tensor(3.0)) == "Tensor(3.0)"
    assert repr(Tensor([1.0, 2.0], requires_grad=True)) == "Tensor([1., 2.], requires_grad=True)"
    assert repr(Tensor(np.float32(1), name="w")) == "Tensor(1.0, dtype=float32, name='w')"
    assert repr(Tensor(3.0, requires_grad=True) * 2) == "Tensor(6.0, op=multiply)"
    assert repr(Tensor(np.zeros((0, 2)))) == "Tensor([], shape=(0, 2))"


def test_record():
    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0)
    z = x * y
    assert not z.is_leaf
    assert x.is_leaf
    assert z.inputs == (x, y)
    assert z.op.name == "multiply"
    s = np.sum(Tensor([[1.0]], requires_grad=True), axis=0)
    assert s.params == {"axis": 0}
    assert s.line.text.startswith("s = np.sum(")
    assert s.line.file.endswith("test_tensor.py")
    assert s.line.function == "test_record"
    assert "test_tensor.py" in str(s.line)
    assert x.line is None
    z.backward()
    assert z.inputs == ()
    assert not z.is_leaf


def test_detach_shares_memory_and_has_no_past():
    x = Tensor([1.0, 2.0], requires_grad=True)
    d = (x * 1.0).detach()
    assert d.is_leaf
    assert not d.requires_grad
    e = x.detach()
    e[0] = 5.0
    assert x.data[0] == 5


def test_requires_grad_can_be_switched():
    x = Tensor([1.0])
    assert x.requires_grad_() is x
    (x * 2).backward()
    assert x.grad.data == 2
    assert not x.requires_grad_(False).requires_grad
    y = x.requires_grad_() * 2
    with pytest.raises(RuntimeError, match="detach"):
        y.requires_grad_(False)
    assert y.requires_grad_() is y


def test_retain_grad():
    x = Tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    h.retain_grad()
    h.retain_grad()
    np.sum(h * h).backward(retain_graph=True)
    assert_array_equal(h.grad.data, [6, 12])
    np.sum(h).backward()
    assert_array_equal(h.grad.data, [7, 13])
    x.retain_grad()  # a leaf keeps its gradient anyway
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        Tensor(1.0).retain_grad()


def test_hooks_see_and_change_the_whole_gradient():
    x = Tensor([1.0, 2.0], requires_grad=True)
    h = x * 2
    seen = []
    first = h.register_hook(lambda g: seen.append(g.data.copy()))
    second = h.register_hook(lambda g: g * 10)
    h.retain_grad()
    np.sum(h * h).backward(retain_graph=True)
    assert_array_equal(seen, [[4, 8]])
    assert_array_equal(h.grad.data, [40, 80])  # retained after the hooks
    assert_array_equal(x.grad.data, [80, 160])
    first.remove()
    first.remove()
    second.remove()
    x.grad = None
    np.sum(h * h).backward()
    assert len(seen) == 1
    assert_array_equal(x.grad.data, [8, 16])
    leaf_seen = []
    x.register_hook(leaf_seen.append)
    np.sum(x + x).backward()
    assert_array_equal(leaf_seen[0].data, [2, 2])
    with pytest.raises(RuntimeError, match="requires a gradient"):
        Tensor(1.0).register_hook(print)


def test_a_hook_must_keep_shape_and_dtype():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for bad, error in ((np.ones(3), ValueError), (np.ones(2, np.float32), TypeError)):
        h = x * 2
        h.register_hook(lambda g, bad=bad: bad)
        with pytest.raises(error, match="hook returned"):
            np.sum(h).backward()


def test_dlpack_shares_memory():
    t = Tensor([1.0, 2.0])
    array = np.from_dlpack(t)
    assert np.shares_memory(array, t.data)
    assert t.__dlpack_device__() == (1, 0)
    with pytest.raises(TypeError, match="detach"):
        np.from_dlpack(Tensor([1.0], requires_grad=True))


def test_methods_are_numpys_functions():
    array = np.array([[3.0, -1.0], [0.5, 2.0]])
    t = Tensor(array)
    assert_array_equal(t.sum(axis=0).data, array.sum(axis=0))
    assert_array_equal(t.reshape(4).data, t.reshape((4,)).data)
    assert_array_equal(t.reshape(-1, 1).data, array.reshape(-1, 1))
    assert_array_equal(t.transpose().data, array.T)
    assert_array_equal(t.transpose(1, 0).data, array.T)
    assert_array_equal(t.transpose((1, 0)).data, t.T.data)
    assert_array_equal(t.mT.data, array.T)
    assert_array_equal(t.flatten().data, array.flatten())
    assert t.astype(np.float32).dtype == np.float32
    assert isinstance(t.argmax(), np.integer)
    assert isinstance(t.argsort(), np.ndarray)
    assert_array_equal((t > 1), array > 1)
    assert_array_equal(~(t > 1), array <= 1)
    assert_array_equal(t.abs().data, abs(t).data)
    quotient, rest = divmod(t, 2)
    assert_array_equal(quotient.data * 2 + rest.data, array)
    assert t.sum.__name__ == "sum"
    with no_grad():
        assert not (Tensor(1.0, requires_grad=True) * 2).requires_grad


def test_operators_leave_other_types_their_chance():
    class Other:
        def __radd__(self, other):
            return "mine"

    assert Tensor(1.0) + Other() == "mine"
    with pytest.raises(TypeError):
        Tensor(1.0) + "text"
    assert_array_equal((Tensor([1.0, 2.0]) * [1, 2]).data, [1, 4])
    assert_array_equal(([1, 2] - Tensor([1.0, 1.0])).data, [0, 1])
    assert (True + Tensor(1.0)).data == 2


def _assigned(t):
    array = np.zeros(3)
    array[0] = t


LEAVING = {
    "math.sin": lambda t: math.sin(t),
    "math.pow": lambda t: math.pow(t, 2),
    "math.fsum": lambda t: math.fsum([t, t]),
    "float": lambda t: float(t),
    "int": lambda t: int(t),
    "complex": lambda t: abs(complex(t)),
    "range": lambda t: range(int(t)),
    "array": lambda t: np.array([t, t]),
    "float64": lambda t: np.float64(t) * t,
    "int32": lambda t: np.int32(t) * t,
    "fromiter": lambda t: np.fromiter((t * i for i in range(3)), float),
    "full": lambda t: np.full(3, t),
    "element": _assigned,
}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING.keys())
def test_a_gradient_is_not_lost_on_the_way_to_a_number(leave):
    t = Tensor(2.0, requires_grad=True)
    with pytest.raises((TypeError, ValueError)) as caught:
        leave(t)
    # NumPy puts a ValueError of its own before ours where an element of an array is set.
    message = str(caught.value.__cause__ or caught.value)
    assert "requires a gradient is not turned into" in message
    assert "np.stack([t, u])" in message
    with no_grad():
        leave(t)
    leave(t.detach())
