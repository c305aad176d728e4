"""An error that was raised can be drawn, and keeps nothing alive for it."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, draw
from autograd.drawing import Graph


def failed(call: Any) -> Graph:
    try:
        call()
    except Exception as error:
        return draw(error)
    raise AssertionError("expected an error")


def met(graph: Graph) -> list[Any]:
    """The shapes that met at the failing op, in the order of its inputs."""
    assert graph.failure is not None
    shapes = {value.id: value.shape for value in graph.values}
    into = [edge for edge in graph.edges if edge.target == graph.failure.op]
    return [shapes[edge.source] for edge in sorted(into, key=lambda e: e.argument or 0)]


def test_a_layer_that_gets_the_wrong_shape() -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(6, 3))
    x = np.ones((2, 4))
    graph = failed(lambda: model(x))
    assert graph.failure is not None
    assert graph.failure.place == "2: Linear"
    assert "expected an input of shape" in graph.failure.message
    assert [op.name for op in graph.ops] == ["linear", "relu", "linear"]
    assert met(graph) == [(2, 5), (3, 6), (3,)]
    assert {"x", "0.weight", "2.weight"} <= {value.name for value in graph.values}
    assert 'label="(2, 5)", color="#cf222e"' in graph.dot
    assert "✗ linear" in graph.dot


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda a, b: a + b, "add"),
        (lambda a, b: a @ b, "matmul"),
        (lambda a, b: np.concatenate([a, b]), "concatenate"),
        (lambda a, b: np.maximum(a, b), "maximum"),
    ],
)
def test_operators_and_functions(call: Any, name: str) -> None:
    a, b = Tensor(np.ones((2, 3)), requires_grad=True), Tensor(np.ones((4, 5)))
    graph = failed(lambda: call(a * 2, b))
    assert graph.ops[-1].name == name
    assert met(graph) == [(2, 3), (4, 5)]
    assert {"a", "b"} <= {value.name for value in graph.values}


def test_a_plain_array_and_a_swapped_operator() -> None:
    a, data = Tensor(np.ones(3), requires_grad=True), np.ones(4)
    assert met(failed(lambda: data - a)) == [(4,), (3,)]
    assert met(failed(lambda: a - data)) == [(3,), (4,)]


def test_a_module_that_refuses_what_its_branches_gave() -> None:
    x = Tensor(np.ones((2, 4)))
    graph = failed(lambda: nn.Add(nn.Linear(4, 3), nn.Linear(4, 2))(x))
    assert (graph.ops[-1].name, met(graph)) == ("Add", [(2, 3), (2, 2)])
    assert len(graph.ops) == 3


def test_a_function_of_the_library_that_refuses_its_arguments() -> None:
    z = Tensor(np.ones((3, 1)), requires_grad=True)
    graph = failed(lambda: nn.functional.mse_loss(z * 2, Tensor(np.ones(3))))
    assert graph.ops[-1].name == "mse_loss"
    assert (3, 1) in met(graph)


def test_an_error_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="an operation on tensors or a module raised"):
        draw(ValueError("mine"))
    with pytest.raises(ValueError, match="an operation on tensors or a module raised"):
        failed(lambda: {}["missing"])


def test_it_is_drawn_in_every_way() -> None:
    a = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="matmul") as caught:
        a @ a
    assert met(draw(caught.value)) == [(2, 3), (2, 3)]
    assert len(draw(caught.value).values) == 1
    assert "✗ matmul" in draw(caught.value, view="both", legend=False).dot


def test_nothing_outlives_the_traceback() -> None:
    made: list[weakref.ref[Tensor]] = []

    def failing() -> None:
        y = Tensor(np.ones((2, 3)), requires_grad=True) * 2
        made.append(weakref.ref(y))
        y @ y

    gc.disable()
    try:
        with pytest.raises(ValueError, match="matmul") as caught:
            failing()
        error = caught.value
        graph = draw(error)
        assert made[0]() is not None
        del caught
        locals()  # under a tracer, such as coverage, the frame keeps what it last showed: renew it
        error.__traceback__ = None
        assert made[0]() is None
        assert graph.failure is not None
    finally:
        gc.enable()
