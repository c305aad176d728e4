"""Networks layer by layer."""

import re
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, draw


def captions(dot: str) -> list[str]:
    return [
        text.replace("<BR/>", " ")
        for text in re.findall(r"label=<(.*?)>, shape=plaintext", dot)
        if text != "⋮"
    ]


def circles(dot: str) -> list[tuple[float, float]]:
    places = re.findall(r'^  n\d+ \[pos="(.*?),(.*?)!"', dot, re.MULTILINE)
    return [(float(x), float(y)) for x, y in places]


def picture(model: Any, *inputs: Any) -> str:
    return draw(model, *inputs, style="layers").dot


def column(dot: str, x: float) -> int:
    return sum(place[0] == x for place in circles(dot))


def test_a_column_for_each_layer_with_its_activations() -> None:
    model = nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3)
    )
    dot = picture(model, np.arange(8.0).reshape(2, 4))
    assert captions(dot) == ["x 4", "6 BatchNorm1d ReLU Dropout", "3"]
    assert [column(dot, x) for x in (0, 2, 4)] == [4, 6, 3]
    assert dot.count(" -> ") == 4 * 6 + 6 * 3


def test_one_output_is_the_result() -> None:
    dot = picture(nn.Sequential(nn.Linear(4, 1), nn.Sigmoid()), np.ones((2, 4)))
    assert captions(dot) == ["x 4", "1 Sigmoid"]
    assert dot.count("peripheries=2") == 1


def test_variables_are_captions() -> None:
    W, b = Tensor(np.ones((3, 4)), requires_grad=True), Tensor(np.ones(3), requires_grad=True)

    def f(x: Any) -> Any:
        hidden = np.tanh(W @ x + b)
        return np.sum(hidden * Tensor([1.0, 2.0, 3.0]))

    assert captions(picture(f, np.ones(4)))[:2] == ["x 4", "hidden 3 tanh"]


def test_parameters_alone_have_no_layers() -> None:
    with pytest.raises(ValueError, match="at least one input or result"):
        draw(Tensor(1.0, requires_grad=True), style="layers")


def test_the_middle_of_long_layers_is_left_out() -> None:
    dot = picture(nn.Linear(784, 1000), np.ones((1, 784)))
    assert captions(dot) == ["x 784", "1,000"]
    assert dot.count("⋮") == 2
    assert len(circles(dot)) == 16


def test_written_with_matrices_it_is_the_same() -> None:
    W, b = Tensor(np.ones((4, 3)), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    dot = picture(lambda x: np.tanh(x @ W + b), np.ones((2, 4)))
    assert captions(dot) == ["x 4", "3 tanh"]
    assert dot.count(" -> ") == 12


def test_branching_and_concatenation() -> None:
    dot = picture(nn.Concat(nn.Linear(4, 3), nn.Linear(4, 5)), np.ones((1, 4)))
    assert captions(dot) == ["x 4", "3", "5", "8 concatenation"]
    # Full to both branches, then one to one.
    assert dot.count(" -> ") == 4 * 3 + 4 * 5 + 8


def test_concatenation_of_two_inputs() -> None:
    dot = picture(nn.Concat(), np.ones((1, 2)), np.ones((1, 3)))
    assert dot.count(" -> ") == 5
    assert captions(dot)[-1] == "5 Concat" or captions(dot)[-1] == "5 concatenation"


def test_addition() -> None:
    dot = picture(nn.Add(nn.Linear(4, 3), nn.Linear(4, 3)), np.ones((1, 4)))
    assert captions(dot)[-1] == "3 addition"
    assert dot.count(" -> ") == 12 + 12 + 3 + 3


def test_a_shortcut_goes_around() -> None:
    dot = picture(nn.Residual(nn.Linear(4, 4), nn.ReLU()), np.ones((1, 4)))
    assert captions(dot) == ["x 4", "4 ReLU", "4 addition"]
    corners = re.findall(r'c\d+ \[pos=".*?,(.*?)!"', dot)
    assert len(corners) == 2
    assert min(map(float, corners)) > max(y for _, y in circles(dot))


def test_the_loss_and_its_target() -> None:
    model, loss = nn.Sequential(nn.Linear(4, 3)), nn.MSELoss()
    dot = picture(lambda x, target: loss(model(x), target), np.ones((2, 4)), np.ones((2, 3)))
    assert captions(dot) == ["x 4", "target 3", "3", "1 MSELoss"]
    assert "peripheries=2" in dot
    assert column(dot, 4.0) == 1


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 5, 3)])
def test_the_features_are_the_last_axis(shape: tuple[int, ...]) -> None:
    assert captions(picture(nn.Linear(3, 2), np.ones(shape))) == ["x 3", "2"]
