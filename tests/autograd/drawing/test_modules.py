"""Modules as boxes that open and close, equal blocks rolled into one, large graphs."""

import sys
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, draw
from autograd.drawing import Graph


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))


def ends(graph: Graph) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in graph.edges]


def boxes(graph: Graph) -> list[tuple[str, str, bool]]:
    return [(group.path, group.label, group.open) for group in graph.groups]


X = np.ones((2, 4))


def test_each_call_is_a_box_with_what_belongs_to_it() -> None:
    graph = draw(mlp(), X)
    assert boxes(graph) == [
        ("", "Sequential", True),
        ("0", "Linear", True),
        ("1", "ReLU", True),
        ("2", "Linear", True),
    ]
    home = {value.name: value.group for value in graph.values if value.name}
    assert home == {"0.weight": "g1", "0.bias": "g1", "2.weight": "g3", "2.bias": "g3", "x": None}
    assert [op.group for op in graph.ops] == ["g1", "g2", "g3"]
    first = graph.groups[1]
    assert (first.parent, first.shapes, first.parameters, first.ops) == ("g0", ((2, 5),), 25, 1)


@pytest.mark.parametrize(
    ("options", "edges"),
    [
        ({"depth": 0}, [("v0", "g0"), ("g0", "v1")]),
        (
            {"depth": 1},
            [("v0", "g1"), ("g1", "v1"), ("v1", "g2"), ("g2", "v2"), ("v2", "g3"), ("g3", "v3")],
        ),
    ],
)
def test_a_closed_module_is_one_node(options: Any, edges: list[tuple[str, str]]) -> None:
    graph = draw(mlp(), X, **options)
    assert ends(graph) == edges
    assert not graph.ops
    assert graph.dot.count("box3d") == len(graph.groups) - options["depth"]


@pytest.mark.parametrize("name", ["1", "ReLU"])
def test_modules_are_closed_by_name_path_or_class(name: str) -> None:
    graph = draw(mlp(), X, collapse=name)
    assert [group.path for group in graph.groups if not group.open] == ["1"]
    assert "1: ReLU" in graph.dot


def test_paths_of_nested_modules() -> None:
    model = nn.Sequential(mlp(), nn.Linear(3, 2))
    assert [group.path for group in draw(model, X, collapse="0.2").groups if not group.open] == [
        "0.2"
    ]


def test_modules_inside_a_function() -> None:
    model, loss = mlp(), nn.CrossEntropyLoss()

    def training(x: Any, labels: Any) -> Any:
        return loss(model(x), labels)

    graph = draw(training, X, np.array([0, 2]), depth=0)
    assert [group.label for group in graph.groups] == ["Sequential", "CrossEntropyLoss"]
    assert [value.name for value in graph.values] == ["x", "labels", None, None]


def test_a_module_is_run_without_a_trace() -> None:
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5))
    before = {key: value.copy() for key, value in model.state_dict().items()}
    draw(model, np.arange(8.0).reshape(2, 4))
    assert model.training
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[key])


def test_equal_blocks_in_a_row_are_one_with_their_number() -> None:
    model = nn.Sequential(*(nn.Residual(nn.Linear(4, 4), nn.ReLU()) for _ in range(12)))
    graph = draw(model, X)
    (run,) = [group for group in graph.groups if group.kind == "repeat"]
    assert run.count == 12
    assert len(graph.ops) == 3
    # The input comes from outside, and the result is the last block's.
    values = {value.id: value for value in graph.values}
    x = next(value for value in graph.values if value.name == "x")
    assert x.group is None
    np.testing.assert_allclose(values[graph.roots[0]].value.grid, model(Tensor(X)).data)  # type: ignore[union-attr]
    assert "×12: equal blocks, the first is shown" in graph.dot
    assert not [g for g in draw(model, X, fold=False).groups if g.kind == "repeat"]


def test_blocks_that_differ_are_not_rolled() -> None:
    sizes = [(4, 4), (4, 4), (4, 5), (5, 4), (4, 4), (4, 4)]
    graph = draw(nn.Sequential(*(nn.Linear(*size) for size in sizes)), X)
    assert not [group for group in graph.groups if group.kind == "repeat"]


def test_a_pattern_of_two_is_found() -> None:
    layers = [layer for _ in range(4) for layer in (nn.Linear(4, 4), nn.ReLU())]
    graph = draw(nn.Sequential(*layers), X)
    (run,) = [group for group in graph.groups if group.kind == "repeat"]
    inside = [group.label for group in graph.groups if group.parent == run.id]
    assert (run.count, inside) == (4, ["Linear", "ReLU"])


def runs(y: Tensor) -> list[int]:
    return [group.count for group in draw(y, fold=True).groups]


def test_blocks_are_equal_only_if_they_are_wired_alike() -> None:
    x = Tensor(0.5, requires_grad=True)
    u, v = x * 3, x * 5
    y = np.sin(x)
    for _ in range(4):
        y = y + u
    for _ in range(5):
        y = y + v
    assert runs(y) == [4, 5]
    # Each step also takes what came out two steps before: blocks of two steps are alike.
    before, y = x, np.exp(x)
    for _ in range(6):
        before, y = y, y + before
    assert runs(y) == [3]
    # And what came out further back every time: no block is like the next.
    made = [x, np.exp(x)]
    for number in range(8):
        made.append(made[-1] + made[number // 4])
    assert runs(made[-1]) == [4, 4]
    made = [x, np.exp(x)]
    for number in range(8):
        made.append(made[-1] + made[number // 2])
    assert runs(made[-1]) == []
    # The first of these takes its own result twice, the others do not.
    y = np.tanh(x)
    y = y * y
    for _ in range(4):
        y = y * u
    assert runs(y) == [4]
    assert runs(np.sin(np.sin(np.exp(np.sin(x))))) == []


def test_ops_with_several_results_are_rolled() -> None:
    y = Tensor(np.arange(6.0), requires_grad=True)
    for _ in range(4):
        left, right = np.split(y, 2)
        y = np.concatenate([right, left])
    assert runs(np.sum(y)) == [4]


def test_blocks_that_also_feed_something_else_keep_their_edges() -> None:
    cell = nn.Linear(4, 4)

    def f(x: Any) -> Any:
        states = [x]
        for _ in range(5):
            states.append(cell(states[-1]))
        return sum(states[1:], states[0])

    graph = draw(f, X)
    (run,) = [group for group in graph.groups if group.kind == "repeat"]
    assert run.count == 5
    known = {node.id for node in (*graph.values, *graph.ops)}
    assert all({edge.source, edge.target} <= known for edge in graph.edges)


@given(st.lists(st.integers(0, 2), min_size=3, max_size=60))
def test_every_edge_of_a_rolled_graph_leads_somewhere(ops: list[int]) -> None:
    y = Tensor(0.5, requires_grad=True)
    shared = Tensor(2.0, requires_grad=True)
    for op in ops:
        y = (y * shared, y + 1.0, np.tanh(y))[op]
    graph = draw(y, fold=True)
    known = {node.id for node in (*graph.values, *graph.ops)}
    assert all({edge.source, edge.target} <= known for edge in graph.edges)
    rolled = sum((group.count - 1) * group.ops for group in graph.groups)
    assert len(graph.ops) + rolled == len(ops)
    assert graph.values[-1].content == draw(y, fold=False).values[-1].content


@pytest.mark.slow
def test_a_chain_of_100_000_ops_is_rolled() -> None:
    y = x = Tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = y + 1.0
    start = time.process_time()
    graph = draw(y)
    # Under a tracer that measures coverage, everything takes several times as long.
    assert time.process_time() - start < (5 if sys.gettrace() is None else 60)
    (run,) = graph.groups
    assert run.count == 100_000
    seen = {value.name: value for value in graph.values}
    assert (len(graph), seen["y"].content, seen["x"].gradient.text) == (4, "1e+05", "1")  # type: ignore[union-attr]
    assert x.grad is None


def test_a_large_graph_without_a_pattern_opens_collapsed() -> None:
    y = Tensor(0.5, requires_grad=True)
    for number in np.random.default_rng(0).integers(4, size=1000):
        y = (np.sin(y), np.tanh(y), y + 1.0, y * 2.0)[number]
    graph = draw(y)
    assert 1 < len(graph) <= 500
    assert "8 operations" in graph.dot
    assert sum(group.ops * group.count for group in graph.groups) == 1000
    assert len(draw(y, fold=False, grads=False)) > 2000


def test_large_models_open_with_their_modules_closed() -> None:
    # No two layers are alike, so nothing rolls.
    model = nn.Sequential(*(nn.Linear(2 + i, 3 + i) for i in range(150)))
    graph = draw(model, np.ones((1, 2)))
    assert len(graph) <= 500
    assert not any(group.open for group in graph.groups if group.label == "Linear")


def test_many_inputs_of_one_op_stay_bounded() -> None:
    leaves = [Tensor(1.0, requires_grad=True) for _ in range(2000)]
    assert len(draw(np.stack(leaves))) <= 500
