"""dJ/d(node) for looking: backward's numbers, and no effect whatever."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, detect_anomaly, draw, no_grad, primitive
from autograd.drawing import Graph


def by_name(graph: Graph) -> dict[str | None, str]:
    return {v.name: v.gradient.text for v in graph.values if v.gradient is not None}


def chain() -> tuple[Tensor, ...]:
    a, b, c = (Tensor(x, requires_grad=True) for x in (5.0, 3.0, 2.0))
    u = b * c
    v = a + u
    return a, b, c, u, v, 3 * v


def test_every_node_of_the_chain_before_backward() -> None:
    a, b, c, u, v, J = chain()
    assert by_name(draw(J)) == {"a": "3", "b": "6", "c": "9", "u": "3", "v": "3", "J": "1"}
    assert all(x.grad is None for x in (a, b, c, u, v, J))


def test_each_edge_has_its_share_and_its_local_derivative() -> None:
    *_, J = chain()
    edges = [e for e in draw(J).edges if e.contribution is not None]
    shares = [(e.local.text, e.contribution.text) for e in edges if e.local and e.contribution]
    assert shares == [("2", "6"), ("3", "9"), ("1", "3"), ("1", "3"), ("3", "3")]


def test_the_shares_of_one_input_used_twice_are_told_apart() -> None:
    x, y = Tensor(3.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    J = x * y + x
    graph = draw(J)
    shares = {(e.target, e.argument): e.contribution.text for e in graph.edges if e.contribution}
    assert shares == {("op0", 0): "2", ("op0", 1): "3", ("op1", 0): "1", ("op1", 1): "1"}
    square = draw(x * x)
    assert [e.contribution.text for e in square.edges if e.contribution] == ["3", "3"]


@given(st.lists(st.sampled_from([np.sin, np.exp, np.tanh, np.square]), min_size=1, max_size=4))
def test_the_numbers_are_those_of_backward(functions: list[Any]) -> None:
    x = Tensor([0.1, -0.4, 0.7], requires_grad=True)
    y = x
    for f in functions:
        y = f(y) * x
    J = np.sum(y)
    drawn = next(v.gradient for v in draw(J).values if v.name == "x")
    J.backward()
    assert drawn is not None
    assert x.grad is not None
    np.testing.assert_array_equal(drawn.grid.ravel(), x.grad.data)


def test_it_keeps_what_was_there() -> None:
    a, b, *_, J = chain()
    J.backward(retain_graph=True)
    before = a.grad
    calls: list[Tensor] = []
    b.register_hook(calls.append)  # type: ignore[arg-type]
    draw(J)
    assert a.grad is before
    assert calls == []
    J.backward()
    assert len(calls) == 1


def test_modes_do_not_matter() -> None:
    a, *_, J = chain()
    with no_grad(), detect_anomaly():
        assert by_name(draw(J))["a"] == "3"
    assert a.grad is None
    x = Tensor(0.0, requires_grad=True)
    with detect_anomaly():
        assert by_name(draw(np.sqrt(x)))["x"] == "inf"


def test_not_computed_is_never_drawn_as_zero() -> None:
    x = Tensor(2.0, requires_grad=True)
    flat = primitive(lambda x, y: x + y, lambda g, out, x, y: g, None, name="flat")
    with no_grad():
        constant = x * 3
    graph = draw(flat(x, constant))
    seen = {v.name: (v.gradient and v.gradient.text, v.missing) for v in graph.values}
    assert seen["x"] == ("1", None)
    assert seen["constant"] == (None, None)


def test_a_rule_that_fails_stops_only_what_lies_behind_it() -> None:
    def rule(g: Any, out: Any, x: Any) -> Any:
        raise ZeroDivisionError("no rule here. Really")

    broken = primitive(lambda x: x + 0, rule, name="broken")
    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    graph = draw(broken(x) * y)
    seen = {v.name: v for v in graph.values}
    assert seen["y"].gradient is not None
    assert seen["y"].gradient.text == "2"
    assert seen["x"].gradient is None
    assert seen["x"].missing == "not computed: no rule here"
    assert "dJ/dx not computed" in graph.dot


def test_behind_what_was_released_nothing_is_computed() -> None:
    x = Tensor(2.0, requires_grad=True)
    u = x * 3
    other = u * 2
    (u + 1).backward()
    graph = draw(other)
    seen = {v.name: v.missing for v in graph.values}
    assert seen["u"] is None
    assert "(released)" in graph.dot


def test_an_overwritten_value_says_so() -> None:
    x, w = Tensor([2.0], requires_grad=True), Tensor([3.0], requires_grad=True)
    J = np.sum(x * w)
    with no_grad():
        w[...] = 5.0
    graph = draw(J)
    missing = {v.name: v.missing for v in graph.values}
    assert missing["x"] is not None
    assert "changed in place" in missing["x"]


def test_only_a_scalar_has_gradients_unasked() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert by_name(draw(x * 2)) == {}
    assert by_name(draw(np.sum(x), grads=False)) == {}
    with pytest.raises(RuntimeError, match="expects a scalar"):
        draw(x * 2, grads=True)
