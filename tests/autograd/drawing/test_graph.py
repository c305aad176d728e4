import os
import subprocess
import sys
import weakref
from typing import Any

import numpy as np
import pytest

from autograd import Function, Tensor, draw, no_grad
from autograd.drawing import Graph


def deck_example() -> tuple[Tensor, ...]:
    a, b, c = (
        Tensor(x, requires_grad=True, name=n) for x, n in ((5.0, "a"), (3.0, "b"), (2.0, "c"))
    )
    u = b * c
    v = a + u
    J = 3 * v
    u.name, v.name, J.name = "u", "v", "J"
    return a, b, c, u, v, J


def ends(graph: Graph) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in graph.edges]


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert draw(deck_example()[-1]).dot == draw(deck_example()[-1]).dot


def test_kinds_of_nodes() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    x = Tensor(np.arange(20.0).reshape(10, 2))
    x0 = Tensor(np.ones(2))
    J = (x @ w).sum(axis=0) * 2 + np.sum(w * x0)
    graph = draw(J)
    kinds = [(v.name or v.content, v.kind) for v in graph.values]
    assert kinds == [
        ("w", "parameter"),
        ("x", "input"),
        ("x0", "one"),
        ("min 2, mean 29, max 56", "value"),
        ("290", "value"),
        ("2", "constant"),
        ("580", "value"),
        ("[1, 2]", "value"),
        ("3", "value"),
        ("J", "result"),
    ]
    assert [op.name for op in graph.ops] == ["matmul", "sum", "multiply", "multiply", "sum", "add"]
    assert graph.ops[1].params == "axis=0"
    big = next(v for v in graph.values if v.name == "x")
    assert (big.shape, big.dtype) == ((10, 2), "float64")
    assert big.content == "min 0, mean 9.5, max 19"
    assert repr(graph) == "Graph(10 values, 6 ops)"


def test_inputs_before_results() -> None:
    graph = draw(deck_example()[-1])
    position = {v.id: i for i, v in enumerate(graph.values)}
    made_from: dict[str, list[str]] = {}
    for edge in graph.edges:
        made_from.setdefault(edge.target, []).append(edge.source)
    for value in graph.values:
        for op in made_from.get(value.id, []):
            named = [s for s in made_from[op] if graph.values[position[s]].kind != "constant"]
            assert all(position[s] < position[value.id] for s in named)


def test_an_op_with_several_results_is_one_node() -> None:
    class Both(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x + 1, x * 2

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            return g + 2 * h

    x = Tensor(1.0, requires_grad=True)
    first, second = Both.apply(x)
    graph = draw([first, second])
    assert [op.name for op in graph.ops] == ["Both"]
    assert ends(graph) == [("v0", "op0"), ("op0", "v1"), ("op0", "v2")]


def test_a_shared_value_is_drawn_once() -> None:
    x = Tensor(2.0, requires_grad=True)
    y = x * x
    graph = draw(y + y)
    assert len(graph.values) == 3
    assert ends(graph).count(("v0", "op0")) == 2


def test_a_leaf_is_a_graph_of_one_node() -> None:
    graph = draw(Tensor([True, False]))
    assert (len(graph.values), graph.edges) == (1, ())
    assert graph.values[0].content == "[True, False]"


def test_contents() -> None:
    def content(value: Any) -> str:
        return draw(Tensor(value)).values[0].content

    assert content(1 / 3) == "0.33333"
    assert content([1, -2]) == "[1, -2]"
    assert content(np.ones((2, 2))) == "[[1, 1],\n [1, 1]]"
    assert content(np.ones((0, 3))) == "[]"
    assert content([np.nan, np.inf]) == "[nan, inf]"
    assert content([np.nan, *range(9)]) == "min nan, mean nan, max nan"
    assert content(np.arange(10) > 5) == "min 0, mean 0.4, max 1"


def test_names_and_parameters_are_quoted() -> None:
    x = Tensor(1.0, requires_grad=True, name='say "hi"\\n')
    y = Tensor(np.ones((3, 4)), requires_grad=True)[np.array([0, 1]), ::2]
    assert r"<B>say &quot;hi&quot;\n</B> = 1" in draw(x * 1).dot
    assert "index=" in draw(y).dot


def test_a_write_in_place_is_drawn_with_its_past() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = y * 3
    y[0] = 5.0
    assert [op.name for op in draw([y, z]).ops].count("multiply") == 2
    assert len(draw(z).ops) == 2


def test_a_released_graph_says_how_to_keep_it() -> None:
    *_, u, _, J = deck_example()
    other = u * 2
    J.backward()
    with pytest.raises(RuntimeError, match=r"released by backward.*retain_graph=True"):
        draw(J)
    assert "(released)" in draw(other).dot


def test_no_tensor_is_kept_alive() -> None:
    def drawn() -> tuple[Graph, weakref.ref[Tensor]]:
        with no_grad():
            y = Tensor(np.ones(5)) * 2
        return draw(y), weakref.ref(y)

    graph, alive = drawn()
    assert alive() is None
    assert graph.values[0].content == "[2, 2, 2, 2, 2]"


def test_the_variables_of_the_caller_are_not_kept_either() -> None:
    # In a process of its own: a tracer that measures coverage keeps variables by itself.
    program = """
import weakref
from autograd import Tensor, draw
def f():
    y = Tensor(2.0, requires_grad=True) * 3
    alive = weakref.ref(y)
    graph = draw(y)
    del y
    assert alive() is None
    closed = 1
    g = lambda: closed
    draw(g() * Tensor(1.0))
    assert g() == closed == 1
f()
"""
    untraced = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    subprocess.run([sys.executable, "-c", program], check=True, env=untraced)


def test_what_can_be_drawn() -> None:
    with pytest.raises(TypeError, match="expects a tensor or several, got float"):
        draw([1.0])
    with pytest.raises(TypeError, match=r"a module, a function, or an error.*got int"):
        draw(3)

    def f() -> None: ...

    with pytest.raises(TypeError, match=r"returns tensors, got NoneType from f"):
        draw(f)
