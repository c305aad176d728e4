import sys
from typing import Any
from unittest.mock import Mock

import numpy as np

import nn
from autograd import Tensor, draw

GLOBAL = Tensor(1.5, requires_grad=True)


def names(graph: Any) -> list[str | None]:
    return [value.name for value in graph.values if value.kind != "constant"]


def test_variables_of_the_caller() -> None:
    b, c = Tensor(3.0, requires_grad=True), Tensor(2.0)
    u = b * c
    assert names(draw(u + 1)) == ["b", "c", "u", None]


def test_a_name_of_its_own_comes_first() -> None:
    b = Tensor(3.0, requires_grad=True, name="bias")
    assert names(draw(b * 2)) == ["bias", None]


def test_globals_containers_and_modules() -> None:
    w = [Tensor(1.0, requires_grad=True), Tensor(2.0)]
    params = {"W": Tensor(3.0, requires_grad=True)}
    model = nn.Linear(1, 1)
    J = w[0] * w[1] * params["W"] * GLOBAL * np.sum(model.weight)
    found = names(draw(J))
    assert {"w[0]", "w[1]", "params['W']", "GLOBAL", "model.weight", "J"} <= set(found)
    assert model.weight.name is None


def test_variables_of_a_function_that_is_drawn() -> None:
    def f(x: Any, scale: Any) -> Any:
        inner = x * scale
        shifted = inner + 1
        return np.sum(shifted)

    assert names(draw(f, np.arange(3.0), 2.0)) == ["x", "scale", "inner", "shifted", None]


def test_a_variable_comes_before_what_the_prompt_keeps() -> None:
    Out = {1: Tensor(2.0, requires_grad=True)}
    things = [Out[1] * 2]
    J = things[0]
    x = Out[1]
    assert names(draw(J)) == ["x", "J"]
    del x
    assert names(draw(J)) == [None, "J"]


def test_other_things_in_sight_do_no_harm() -> None:
    class Foreign:
        def named_modules(self) -> list[Any]:
            return [("", self)]

    foreign, anything, empty = Foreign(), Mock(), [None, {}, ()]
    x = Tensor(2.0, requires_grad=True)
    assert names(draw(x * 2)) == ["x", None]
    del foreign, anything, empty


def test_inputs_become_tensors_where_they_can() -> None:
    w = Tensor(2.0, requires_grad=True)

    def f(xs: Any, values: Any, scale: Any, count: int) -> Any:
        return np.sum(values) * xs[0] * scale * w + count

    graph = draw(f, [w, w], [1.0, 2.0], 3.0, 4)
    assert {v.name: v.kind for v in graph.values if v.name} == {
        "w": "parameter",
        "values": "input",
        "scale": "input",
    }


def test_closures_keep_their_variables() -> None:
    w = Tensor(2.0, requires_grad=True)

    def f(x: Any) -> Any:
        return w * x

    assert [names(draw(f, 1.0)), names(draw(f, 1.0))] == [["w", "x", None]] * 2


def test_another_profiler_goes_on() -> None:
    events: list[str] = []

    def profiler(frame: Any, event: str, argument: Any) -> None:
        events.append(event)

    sys.setprofile(profiler)
    try:
        draw(lambda x: x * 2, 1.0)
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
    assert "return" in events


def test_paths_of_parameters_in_a_module_that_is_drawn() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2).eval())
    found = names(draw(model, np.ones((1, 2))))
    assert model[0].weight.name is None
    assert {"0.weight", "0.bias", "1.weight", "1.bias", "x"} <= set(found)
