"""Values as text that gives them back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from autograd import primitive
from autograd.testing import Call, arrays, dtypes, indices, shapes
from autograd.testing.program import literal, program

VALUES = [
    None,
    True,
    3,
    -2.5,
    math.inf,
    -math.inf,
    "same",
    ...,
    slice(None, 3, -1),
    (1,),
    (),
    [1, [2.0, (None, ...)]],
    {"axis": (0, 1), "mode": "same"},
    np.float64(0.1),
    np.float32(0.1),
    np.float64(-math.inf),
    np.array([1.0, math.inf, -math.inf]),
    np.array([True, False]),
    np.array([1, 2], np.int8),
    np.array(2.5),
    np.array([[0.1], [0.2]], np.float32),
    np.zeros((0, 3), np.float32),
    np.float32,
    np.dtype("float32"),
    int,
]


def equal(a, b):
    if isinstance(a, (np.ndarray, np.generic)):
        return (
            type(a) is type(b)
            and a.dtype == b.dtype
            and np.array_equal(a, b)
            and a.shape == b.shape
        )
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    return a == b


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_kind_of_argument_comes_back(value):
    assert equal(value, eval(literal(value), {"np": np}))


def test_nan_comes_back():
    assert np.isnan(eval(literal([math.nan, np.array([math.nan])]), {"np": np})[1][0])


@given(arrays(dtype=dtypes()), shapes().flatmap(indices))
def test_arrays_and_indices_come_back(x, index):
    assert equal(x, eval(literal(x), {"np": np}))
    assert equal(index, eval(literal(index), {"np": np}))


def test_ops_are_imported_from_where_they_are():
    failing = Call((1.0,), {})
    assert "check_op(np.exp, inputs=(1.0,))" in program(np.exp, failing, 2)
    assert "check_op(np.linalg.inv, inputs=(1.0,), order=1)" in program(np.linalg.inv, failing, 1)
    named = program(equal, Call((1.0,), {"b": [2]}), 2)
    assert "from tests.autograd.testing.test_program import equal" in named
    assert named.endswith("check_op(equal, inputs=call(1.0, b=[2]))")


def test_an_op_without_a_name_is_left_to_the_reader():
    text = program(primitive(np.sin, lambda g, out, x: g), Call((1.0,), {}), 2)
    assert "op = ...  #" in text
    assert text.endswith("check_op(op, inputs=(1.0,))")
