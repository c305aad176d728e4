"""Declaring ops: calls, parameters, what the rules read, refusals."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from autograd import Tensor, draw, explain_nan, operators, ops, primitive
from autograd.ops import elementwise
from autograd.registry import composite, registry

scale = primitive(
    lambda x, factor=2.0: x * factor,
    lambda g, out, x, *, factor=2.0: g * factor,
    elementwise=True,
    name="scale",
)


def test_arrays_in_arrays_out():
    assert isinstance(scale(np.ones(2)), np.ndarray)
    assert isinstance(scale(Tensor([1.0])), Tensor)
    assert scale(3.0) == 6


def test_parameters_by_name_and_by_position():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for y in (scale(x, factor=5.0), scale(x, 5.0)):
        assert y.params == {"factor": 5.0}
        np.sum(y).backward()
    assert_array_equal(x.grad.data, [10, 10])
    with pytest.raises(TypeError, match="both by position and by name"):
        scale(x, 5.0, factor=3.0)
    with pytest.raises(TypeError, match=r"scale.*'size'.*factor"):
        scale(x, size=3)
    with pytest.raises(TypeError, match="at most factor"):
        scale(x, 1.0, 2.0)
    with pytest.raises(TypeError, match="by name"):
        elementwise.add(x, x, x)


def test_a_gradient_is_not_lost_in_a_parameter():
    x, t = Tensor([1.0, 2.0], requires_grad=True), Tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"scale.*'factor'.*detach"):
        scale(x, factor=t)
    assert_array_equal(scale(x, factor=t.detach()).data, [2, 4])


def test_refusals():
    for bad in (3, "f", None):
        with pytest.raises(TypeError, match="function first"):
            primitive(bad, lambda g, out, x: g)
    with pytest.raises(TypeError, match="0 rules and no joint"):
        primitive(np.exp)
    with pytest.raises(TypeError, match="one joint rule"):
        primitive(np.exp, lambda g, out, x: g, joint=lambda needs, g, out, x: (g,))
    with pytest.raises(TypeError, match="function or None, got int"):
        primitive(np.exp, 3)


def test_an_input_without_a_rule():
    take_first = primitive(lambda x, n: x[:n], lambda g, out, x, n: None, None, name="take_first")
    with pytest.raises(TypeError, match=r"take_first.*argument 1"):
        take_first(Tensor([1.0, 2.0]), Tensor(1.0, requires_grad=True))


def test_the_library_keeps_its_own_rules_for_numpy():
    before = registry[np.exp]
    mine = primitive(np.exp, lambda g, out, x: g * 0, elementwise=True)
    assert registry[np.exp] is before
    x = Tensor(1.0, requires_grad=True)
    mine(x).backward()
    assert x.grad.data == 0


def test_what_rules_read():
    assert elementwise.add.reads == (frozenset(), frozenset())
    assert elementwise.multiply.reads == (frozenset({2}), frozenset({1}))
    assert elementwise.exp.reads == (frozenset({0}),)
    assert elementwise.divide.reads == (frozenset({2}), frozenset({0, 2}))
    assert primitive(lambda x: x, lambda g, out, x: g * x.shape[0]).reads == (frozenset(),)
    assert primitive(lambda x: x, lambda g, *rest: g).reads == (None,)
    assert primitive(lambda x: x, np.multiply).reads == (None,)
    assert primitive(lambda x: x, joint=lambda needs, g, out, x: (g,)).reads == (None,)


def test_names():
    assert repr(elementwise.multiply) == "multiply"
    assert repr(primitive(np.exp, lambda g, out, x: g)) == "exp"

    class Callable:
        def __call__(self, x):
            return x

    assert repr(primitive(Callable(), lambda g, out, x: g)) == "Callable"
    assert elementwise.exp.__doc__ == np.exp.__doc__


def test_copies_and_pickles_are_the_op_itself():
    assert copy.deepcopy(elementwise.exp) is elementwise.exp
    assert pickle.loads(pickle.dumps(elementwise.multiply)) is elementwise.multiply


def test_complex_results_and_operands_are_refused():
    x = Tensor([1.0], requires_grad=True)
    to_complex = primitive(lambda x: x * 1j, lambda g, out, x: g, name="to_complex")
    with pytest.raises(TypeError, match=r"to_complex.*complex"):
        to_complex(x)
    with pytest.raises(TypeError, match="complex"):
        np.add(x, np.array([1j]))
    with pytest.raises(TypeError, match="complex"):
        np.add(x, 1j)


def test_a_forward_that_returns_a_tensor_is_refused():
    w = Tensor(2.0, requires_grad=True)
    closed = primitive(lambda x: x * w, lambda g, out, x: g * 2.0, name="closed")
    pair = primitive(lambda x: (x, w * x), joint=lambda needs, g, out, x: [g[0]], name="pair")
    for op in (closed, pair):
        for x in (Tensor(1.0, requires_grad=True), Tensor(1.0)):
            with pytest.raises(TypeError, match=f"^{op}: forward returned a Tensor.*arguments"):
                op(x)


def test_an_op_is_not_taken_for_the_librarys_of_the_same_name():
    log = primitive(lambda x: x * np.nan, lambda g, out, x: 5 * g, name="log")
    matmul = primitive(lambda x, y: x * y, lambda g, out, x, y: g * y, None, name="matmul")
    assert not log.ours
    assert ops.log.ours
    x = Tensor([1.0, 2.0], requires_grad=True)
    theirs = log(x)
    with np.errstate(invalid="ignore"):
        ours = np.log(-x)
    assert "log needs x > 0" not in explain_nan(theirs)
    assert "log needs x > 0" in explain_nan(ours)
    picture = draw(np.sum(matmul(x, np.ones(2))), view="both").dot
    assert "<@>" not in picture
    assert "ᵀ" not in picture
    assert "<@>" in draw(x @ np.ones(2)).dot


def _failing(x, *others):
    raise ValueError("the outer half") from TypeError("the better half")


def test_an_error_of_forward_keeps_its_cause():
    op = primitive(_failing, lambda g, out, x: g)
    twice = primitive(_failing, lambda g, out, x, y: g, lambda g, out, x, y: g)
    minus = operators.binary(twice)[0]
    known = composite(_failing)(lambda x: x)
    x = Tensor([1.0, 2.0])
    calls = [lambda: op(np.ones(2)), lambda: op(x), lambda: minus(x, x), lambda: known(np.ones(2))]
    try:
        for call in calls:
            with pytest.raises(ValueError, match="the outer half") as caught:
                call()
            assert str(caught.value.__cause__) == "the better half"
    finally:
        del registry[_failing]
