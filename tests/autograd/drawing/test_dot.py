import re
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, draw
from autograd.drawing import Graph


def chain() -> Tensor:
    a, b, c = (Tensor(x, requires_grad=True) for x in (5.0, 3.0, 2.0))
    u = b * c
    v = a + u
    J = 3 * v
    return J


def test_forward_shows_values_and_gradients() -> None:
    dot = draw(chain).dot
    assert "<B>u</B> = 6" in dot
    assert "dJ/du = 3" in dot
    assert "dir=back" not in dot


def test_backward_shows_what_each_rule_computes() -> None:
    dot = draw(chain, view="backward").dot
    assert "<B>u</B> = 6" not in dot
    assert 'label="dJ/du · c\\n3 · 2 = 6"' in dot
    assert 'label="dJ/du · b\\n3 · 3 = 9"' in dot
    assert dot.count("dir=back") == 8
    assert "v5 -> op2 [arrowhead=none, style=dotted]" in dot


def test_both_lie_over_each_other() -> None:
    graph = draw(chain, view="both")
    assert graph.dot.count(" -> ") == 2 * len(graph.edges) - 1
    assert "<B>u</B> = 6" in graph.dot


def test_a_backward_view_asks_for_a_scalar() -> None:
    with pytest.raises(RuntimeError, match=r"expects a scalar, got shape \(3,\)"):
        draw(lambda x: x * 2, np.ones(3), view="backward")


def test_a_joint_rule_is_told_at_each_edge_in_the_names_of_the_graph() -> None:
    dot = draw(lambda x: np.sum(nn.Linear(3, 2)(x)), np.ones((4, 3)), view="backward").dot
    assert "dJ/dt1ᵀ @ x" in dot
    assert "the rows of dJ/dt1 added up" in dot
    assert "<B>t1</B>" in dot


def test_the_edge_to_what_was_broadcast_says_the_sum() -> None:
    X, b, s = (Tensor(np.ones(shape), requires_grad=True) for shape in ((4, 2), (2,), ()))
    dot = draw(np.sum(s * X + b), view="both").dot
    assert "Σ dJ/dt2 over axis 0" in dot
    assert "Σ dJ/dt1 · X over all entries" in dot


def test_the_legend_says_what_occurs_and_can_be_left_out() -> None:
    dot = draw(chain).dot
    for word in ("parameter", "constant", "result", "operation", "gradient"):
        assert f"</FONT> {word}" in dot
    assert "</FONT> input" not in dot
    assert (
        "</FONT>"
        not in draw(lambda x: x * 2, 1.0, legend=False, grads=False).dot.partition("labelloc")[2]
    )
    assert "labelloc" not in draw(chain, legend=False).dot


def test_every_kind_has_a_shape_and_a_colour_of_its_own() -> None:
    w, x0, x = Tensor(2.0, requires_grad=True), Tensor(1.0), Tensor(3.0)
    J = w * x0 + w * x + 5.0
    looks = {}
    for value in draw(J, legend=False).values:
        line = next(row for row in draw(J).dot.splitlines() if f"  {value.id} [" in row)
        looks[value.kind] = line.partition(">, ")[2]
    assert set(looks) == {"parameter", "one", "input", "value", "result", "constant"}
    assert len(set(looks.values())) == 6
    shapes = {re.sub(r"#\w+", "", look) for look in looks.values()}
    assert len(shapes) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "sideways"}, "view to be one of forward, backward, both, got 'sideways'"),
        ({"style": "poem"}, "style to be one of graph, neurons, layers, got 'poem'"),
        ({"depth": -1}, "a depth of 0 or more modules, got -1"),
        ({"style": "neurons"}, "one linear layer with its parameters, got 0"),
    ],
)
def test_options_that_do_not_exist(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(chain, **options)


def test_large_arrays_have_a_histogram() -> None:
    x = Tensor(np.arange(64.0), requires_grad=True)
    assert "float64 (64,) ████████" in draw(x * 2).dot


@pytest.mark.parametrize("view", ["forward", "backward", "both"])
def test_closed_modules_in_every_view(view: Any) -> None:
    model, loss = nn.Sequential(nn.Linear(4, 5), nn.ReLU()), nn.MSELoss()

    def training(x: Any) -> Any:
        return loss(model(x), np.zeros((2, 5)))

    graph = draw(training, np.ones((2, 4)), depth=0, view=view)
    assert isinstance(graph, Graph)
    assert "box3d" in graph.dot
