"""Debugging: NaNs, missing gradients, what a graph holds, where two computations part."""

from __future__ import annotations

import inspect
import operator
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import nn
from autograd import (
    Primitive,
    Tensor,
    detect_anomaly,
    draw,
    explain_nan,
    first_difference,
    gradients,
    memory,
    no_grad,
    ops,
    primitive,
    why_no_grad,
)
from autograd.registry import registry

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


FORWARD = {
    "function": lambda x: np.log(x - 1.0),
    "function of a number": lambda x: np.log(np.sum(x) - 3.0),
    "operator": lambda x: x / 0.0,
    "operator with an array": lambda x: x / np.array([1.0, 0.0]),
    "reflected operator": lambda x: 1.0 / (x - 2.0),
    "parameter by position": lambda x: np.sum(x * np.array([1e308, 1e308]), 0),
    "arrays by name": lambda x: np.matmul(x * 1e200, x * 1e200),
    "short way of a layer": lambda x: nn.functional.sigmoid(np.sum(x)) / 0.0,
    "power": lambda x: (x - 2.0) ** -1,
    "matmul": lambda x: np.stack([x, x]) * 1e200 @ (x * 1e200),
    "in place": lambda x: operator.itruediv(x * 1.0, 0.0),
    "layer with a kernel": lambda x: nn.functional.linear(x * 1e200, np.full((1, 2), 1e200)),
    "joint rule": lambda x: np.where(np.array([True, False]), x, np.sqrt(-x)),
    "several results": lambda x: broken_pair(x)[0],
    "several results, elementwise": lambda x: np.divmod(x, 0.0)[0],
    "infinities meet": lambda x: np.sum(np.where(x > 1, np.inf, -np.inf) + 0 * x),
}


broken_pair = primitive(
    lambda x: (x, x * np.nan), joint=lambda needs, g, out, x: (g[0],), name="broken_pair"
)


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("program", FORWARD.values(), ids=FORWARD)
def test_detect_anomaly_raises_where_a_value_breaks(program, recorded):
    x = Tensor([1.0, 2.0], requires_grad=recorded)
    message = r"(?s)recorded at File.*test_debug.*is -?(nan|inf) at index"
    with pytest.raises(FloatingPointError, match=message):  # noqa: SIM117
        with detect_anomaly():
            program(x)
    program(x)


def test_detect_anomaly_gives_the_remedy_and_the_graph():
    with pytest.raises(FloatingPointError) as caught:  # noqa: SIM117
        with detect_anomaly():
            np.log(Tensor(-1.0))
    assert str(caught.value).endswith(
        "is nan at index (), where its inputs are -1.0.\nWhat to do: log needs x > 0: write "
        "np.log(np.where(x > 0, x, 1)), or np.log(np.maximum(x, eps))."
    )
    assert caught.value.node.op is registry[np.log]
    assert [op.name for op in draw(caught.value).ops] == ["log"]


def test_detect_anomaly_passes_infinities_that_were_put_in():
    x = leaf([1.0, 2.0])
    with detect_anomaly():
        scores = np.where(x > 1.5, x, -np.inf)
        nn.functional.softmax(scores)[1].backward(create_graph=True)
        assert np.exp(-np.inf * np.abs(x)).data.tolist() == [0.0, 0.0]
        assert np.isnan((x + np.nan).data).all()
        assert (x / 2).data.tolist() == [0.5, 1.0]


def test_detect_anomaly_looks_at_the_result_of_a_rule_alone():
    # Its quotient is infinite where the `where` leaves it out.
    safe = primitive(
        lambda x: np.abs(x),
        lambda g, out, x: g * np.where(x == 0, 0.0, x / abs(x)),
        elementwise=True,
        name="safe",
    )
    x = leaf([0.0, 2.0])
    with detect_anomaly():
        np.sum(safe(x)).backward(create_graph=True)
    assert x.grad.data.tolist() == [0.0, 1.0]


def test_detect_anomaly_leaves_nothing_behind_and_is_of_one_thread():
    usual = Tensor.__add__, Primitive.run, Primitive.__call__
    broken = []

    def other_thread():
        broken.append(np.log(Tensor(-1.0)).item())

    with detect_anomaly():
        with detect_anomaly():
            assert Tensor.__add__ is not usual[0]
        thread = threading.Thread(target=other_thread)
        thread.start()
        thread.join()
        with pytest.raises(FloatingPointError):
            np.log(Tensor(-1.0))
    assert np.isnan(broken).all()
    assert len(broken) == 1
    assert (Tensor.__add__, Primitive.run, Primitive.__call__) == usual
    assert np.isnan(np.log(Tensor(-1.0)).data)


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
    assert "before backward(): print(explain_nan(loss))" in explain_nan(y)


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


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: explain_nan(np.ones(1)), "explain_nan expects a Tensor as tensor, got ndarray"),
        (lambda: why_no_grad(None), "why_no_grad expects a Tensor as tensor, got None"),
        (lambda: why_no_grad(leaf(1.0), 2.0), "why_no_grad expects a Tensor as loss, got 2.0"),
        (lambda: memory([leaf(1.0)]), "memory expects a Tensor as tensor, got list"),
        (lambda: first_difference(leaf(1.0), "b"), "first_difference expects a Tensor as b"),
    ],
)
def test_arguments_that_are_no_tensors(program, message):
    with pytest.raises(TypeError, match=message):
        program()


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
