"""Debugging: NaNs, missing gradients, what a graph holds, where two computations part."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from autograd import (
    Primitive,
    Tensor,
    detect_anomaly,
    explain_nan,
    first_difference,
    gradients,
    memory,
    no_grad,
    ops,
    why_no_grad,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def leaf(value, **kwargs):
    return Tensor(value, requires_grad=True, **kwargs)


def test_detect_anomaly_raises_at_the_first_bad_rule_and_changes_nothing():
    x = leaf([0.0, 4.0], name="x")
    y = np.sum(np.sqrt(x) * 2.0)
    with pytest.raises(FloatingPointError, match=r"argument 0 \('x'\) is inf at index \(0,\)"):  # noqa: SIM117
        with detect_anomaly():
            y.backward()
    assert x.grad is None
    y.backward()
    assert x.grad.data[0] == np.inf


def test_detect_anomaly_lets_good_gradients_through():
    x = leaf([1.0, 4.0])
    with detect_anomaly():
        np.sum(np.linalg.qr(np.outer(x, x) + np.eye(2))[1] * x).backward(create_graph=True)
        gradients(np.sum(x.grad), x)
    assert np.isfinite(x.grad.data).all()


def test_explain_nan_names_line_and_remedy():
    x = leaf([0.0, 2.0], name="x")
    y = np.log(x)
    report = explain_nan(np.sum(y * 2))
    assert "The value of log((2,))" in report
    assert "is -inf at index (0,), where its inputs are 0.0" in report
    assert "y = np.log(x)" in report
    assert "np.log(np.where(x > 0, x, 1))" in report
    assert repr(report) == str(report)


def test_explain_nan_sees_through_where():
    x = leaf([0.0, 2.0], name="x")
    y = np.where(x > 0, np.log(x), 0.0)
    report = explain_nan(np.sum(y))
    assert "The gradient breaks first here" in report
    assert "y = np.where(x > 0, np.log(x), 0.0)" in report
    assert "np.log(np.where(x > 0, x, 1))" in report
    assert "0 times infinity is NaN" in report


def test_explain_nan_in_values_gradients_inputs_and_nowhere():
    x = leaf([0.0, 2.0], name="x")
    assert "sqrt(x + eps)" in explain_nan(np.sum(np.sqrt(x)))
    assert explain_nan(np.sum(np.sin(x))) == "Values and gradients are finite."
    assert explain_nan(Tensor([1.0])) == "Values and gradients are finite."
    assert "The leaf 'x'" in explain_nan(leaf([np.nan], name="x") * 2)
    assert "of shape (1,) holds inf" in explain_nan(Tensor([np.inf]))
    matrix = leaf(np.array([[1.0, np.nan], [0.0, 1.0]]))
    assert "holds nan at index (0, 1)" in explain_nan(np.sum(matrix @ matrix))
    assert "The argument 1 of add" in explain_nan(x + np.array([np.inf, 0.0]))
    harmless = np.exp(x + Tensor([-np.inf, 0.0]))  # exp(-inf) = 0
    assert "sqrt" in explain_nan(np.sum(np.sqrt(harmless - 1.0)))
    large = leaf(1.0)
    sums = large * 1e308 + large * 1e308 - 2 * (large * 1e308)
    assert "their sum overflows" in explain_nan(large * 1e308 + (large * 1e308 - 1e308))
    assert "add" in explain_nan(sums)
    y = np.sum(x * x)
    y.backward()
    assert "retain_graph=True" in explain_nan(y)


def test_explain_nan_at_an_op_that_is_not_elementwise():
    big = leaf(np.full((2, 2), 1e200))
    report = explain_nan(np.sum(big @ big))
    assert "matmul" in report
    assert "an array of shape (2, 2)" in report


def test_explain_nan_of_a_vector_product():
    a, b = leaf([1.0, 1e200, 1e200]), leaf([1.0, -1e200, 1e200])
    report = explain_nan(np.cross(a, b))
    assert "is inf at index (0,); its inputs are an array of shape (3,), an array" in report


def test_elementwise_ops_compute_each_element_from_those_at_its_place():
    """The flag says so, and `explain_nan` believes it: change one element, and one changes."""
    rng = np.random.default_rng(0)
    modules = [m for name, m in vars(ops).items() if inspect.ismodule(m)]
    found = {op for m in modules for op in vars(m).values() if isinstance(op, Primitive)}
    assert {"cross", "tril", "triu", "exp", "where"} <= {op.name for op in found}
    flagged = {op for op in found if op.elementwise}
    assert len(flagged) > 50
    for op in flagged:
        args = [rng.uniform(0.1, 0.9, 3) for _ in range(op.arity)]
        if op.name == "ldexp":
            args[1] = args[1].astype(int)
        params = {"order": 1} if op.name in ("sin_ratio", "i0_derivative") else {}
        before = op.forward(*args, **params)
        args[0][1] += 0.05
        after = op.forward(*args, **params)
        assert after.shape == (3,), op
        after[1] = before[1]
        assert_array_equal(after, before, err_msg=str(op))
    assert not {"cross", "tril", "triu"} & {op.name for op in flagged}


def test_why_no_grad():
    x = leaf([1.0])
    h = x * 2
    assert "int64" in why_no_grad(Tensor([1]))
    assert "does not require" in why_no_grad(Tensor([1.0]))
    assert "retain_grad()" in why_no_grad(h)
    assert "waiting" in why_no_grad(x)
    h.retain_grad()
    assert "waiting" in why_no_grad(h)
    loss = np.sum(h * h)
    assert "call loss.backward()" in why_no_grad(x, loss)
    with no_grad():
        cut = x * 2
    assert "does not depend" in why_no_grad(x, np.sum(leaf(1.0) * cut))
    loss.backward()
    assert "released" in why_no_grad(leaf(1.0), loss)
    assert "has a gradient" in why_no_grad(x)


def test_memory_counts_shared_arrays_once():
    x = leaf(np.zeros(100))
    y = np.sum(x.reshape(10, 10) * 2.0)
    report = memory(y)
    assert report.startswith("4 nodes, 1,608 bytes")
    assert "multiply" in report
    q, r = np.linalg.qr(leaf(np.eye(3)))
    assert "qr" in memory(np.sum(q) + np.sum(r))


def test_first_difference():
    def program(a, twist=0.0, more=False):
        x = leaf(a, name="x")
        y = np.exp(x) if not more else np.exp(x) * 1.0
        return np.sum(y + twist)

    assert first_difference(program([1.0]), program([1.0])) == "No difference."
    assert "leaf 'x'" in first_difference(program([1.0]), program([1.5]))
    report = first_difference(program([1.0]), program([1.0], twist=0.25))
    assert "by up to 0.25" in report
    assert "add" in report
    assert "Different computations" in first_difference(program([1.0]), program([1.0], more=True))
    assert "No difference" in first_difference(program([1.0]), program([1.0], 1e-9), atol=1e-6)
    x = leaf(2.0)
    assert "2 and 3 nodes" in first_difference(x * 2, (x * 2) * 3.0)
