"""Marking an op: what can be marked, and what the mark says."""

import math

import numpy as np
import pytest

from autograd import Function, primitive
from autograd.testing import OpError, gradcheck_op, mark_of


def test_the_op_itself_is_returned():
    op = primitive(np.sin, lambda g, out, x: g * np.cos(x), elementwise=True)
    assert gradcheck_op(op) is op
    assert gradcheck_op(order=1)(op) is op
    assert mark_of(op).options == {"order": 1}


def test_the_options_are_those_of_the_check():
    wrong = gradcheck_op(order=1, examples=5)(lambda x: np.where(x > 0, x, 0) * x.data)
    with pytest.raises(OpError):
        mark_of(wrong).check(wrong)


def test_a_subclass_is_not_marked():
    @gradcheck_op
    class Marked(Function):
        pass

    class Other(Marked):
        pass

    assert mark_of(Marked)
    assert mark_of(Other) is None


@pytest.mark.parametrize("value", [None, 3, np, "text", object()])
def test_other_things_have_no_mark(value):
    assert mark_of(value) is None


def test_what_cannot_be_marked_says_what_to_do():
    with pytest.raises(TypeError, match=r"cannot mark exp.*test function that calls check_op"):
        gradcheck_op(math.exp)
    with pytest.raises(TypeError, match="expects a primitive, a Function"):
        gradcheck_op()(3)
    with pytest.raises(TypeError, match="got 'input'; expected inputs, order"):
        gradcheck_op(input=3)
