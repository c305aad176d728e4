"""Linear, logistic and softmax regression with a circle for each feature."""

import re
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, draw, manual_seed

W = Tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)
B = Tensor([0.1, 0.2], requires_grad=True)
X = np.array([1.0, 2.0, -1.0])


def lines(dot: str) -> list[str]:
    return [text.replace("<BR/>", " ") for text in re.findall(r"label=<(.*?)>, ", dot)]


def picture(f: Any, *inputs: Any) -> str:
    return draw(f, *inputs, style="neurons").dot


def test_weights_stand_on_the_edges_and_the_bias_on_that_of_x0() -> None:
    dot = picture(lambda x: W @ x + B, X)
    found = lines(dot)
    assert found[:4] == ["x₀ 1", "x₁ 1", "x₂ 2", "x₃ -1"]
    assert {"0.1", "0.2", "0.5", "-1", "2", "1.5", "0.25", "-0.75"} <= set(found)
    assert {"y₁ -3.4", "y₂ 2.95"} <= set(found)
    assert dot.count(" -> ") == 8
    assert "shape=diamond" in dot


def test_the_same_picture_from_every_way_to_write_it() -> None:
    layer = nn.Linear(3, 2)
    layer.weight.data[...], layer.bias.data[...] = W.data, B.data
    W1, W2 = W.data
    w = [[Tensor(v, requires_grad=True) for v in row] for row in (W1, W2)]
    b = [Tensor(v, requires_grad=True) for v in B.data]

    def numbers(x1: Any, x2: Any, x3: Any) -> Any:
        x0 = Tensor(1.0)
        return [
            row[0] * x1 + row[1] * x2 + x3 * row[2] + bias * x0
            for row, bias in zip(w, b, strict=True)
        ]

    pictures = [
        picture(lambda x: W @ x + B, X),
        picture(lambda x: x @ Tensor(W.data.T, requires_grad=True) + B, X),
        picture(layer, X),
        picture(numbers, *X),
    ]
    first = lines(pictures[0])
    assert all(lines(other)[: len(first) - 1] == first[:-1] for other in pictures[1:])


def test_without_a_bias_there_is_no_x0() -> None:
    assert "x₀" not in picture(lambda x: W @ x, X)


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (lambda y, t: np.sum((y - t) ** 2), "J = ‖y − ŷ‖²"),
        (lambda y, t: np.sum((y - t) ** 2) / 2, "J = ½ ‖y − ŷ‖²"),
        (lambda y, t: np.sum(np.abs(y - t)), None),
    ],
)
def test_the_loss_is_called_what_it_is(loss: Any, formula: str | None) -> None:
    found = lines(picture(lambda x, target: loss(W @ x + B, target), X, np.array([1.0, -2.0])))
    assert "ŷ" in found
    formulas = [line for line in found if line.startswith("J = ")]
    assert formulas == ([] if formula is None else [formula])


def test_a_mean_over_outputs_and_one_over_samples() -> None:
    mean, half, three = nn.MSELoss(), nn.HalfMSELoss(), nn.Linear(3, 3)
    t = np.array([1.0, -2.0, 0.5])
    found = lines(picture(lambda x, t: mean(three(x), t), X, t))
    assert "J = mean of (y − ŷ)²" in found
    samples = np.arange(12.0).reshape(4, 3)
    model = nn.Linear(3, 1)
    found = lines(picture(lambda x, t: half(model(x), t), samples, np.ones((4, 1))))
    assert "J = 1/(2N) Σ ‖y − ŷ‖²" in found


def test_logistic_regression_composed_or_as_one_op() -> None:
    w, target = Tensor([0.5, -1.0, 2.0], requires_grad=True), Tensor(1.0)

    def composed(x: Any) -> Any:
        p = 1 / (1 + np.exp(-(w @ x)))
        return -target * np.log(p) - (1 - target) * np.log(1 - p)

    found = lines(picture(composed, X))
    assert {"σ", "p 0.0293", "ŷ 1", "J = −ŷ log p − (1−ŷ) log(1−p)"} <= set(found)
    fused = nn.BCEWithLogitsLoss()
    found = lines(picture(lambda x: fused(w @ x, target), X))
    assert "J = −ŷ log σ(y) − (1−ŷ) log(1−σ(y))" in found


def test_softmax_regression_composed_or_as_one_op() -> None:
    def composed(x: Any, target: Any) -> Any:
        e = np.exp(W @ x + B)
        return -np.sum(target * np.log(e / np.sum(e)))

    dot = picture(composed, X, np.array([0.0, 1.0]))
    assert {"softmax", "p₁ 0.00174", "p₂ 0.998", "J = −Σ ŷᵢ log pᵢ"} <= set(lines(dot))
    # Every p depends on every y.
    assert dot.count(" -> ") == 8 + 4 + 2 + 1
    model, loss = nn.Linear(3, 2), nn.CrossEntropyLoss()
    found = lines(picture(lambda x, t: loss(model(x), t), X[None], np.array([1])))
    assert "J = −Σ ŷᵢ log softmax(y)ᵢ" in found


def test_a_batch_shows_no_values_of_samples() -> None:
    model, loss = nn.Linear(3, 2), nn.CrossEntropyLoss()
    found = lines(picture(lambda x, t: loss(model(x), t), np.ones((4, 3)), np.array([0, 1, 0, 1])))
    assert {"x₁", "y₁", "J = 1/N Σ −Σ ŷᵢ log softmax(y)ᵢ"} <= set(found)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (8, 5), (9, 5), (8, 6), (30, 30)])
def test_the_middle_of_many_is_left_out(inputs: int, outputs: int) -> None:
    dot = picture(nn.Linear(inputs, outputs), np.ones((1, inputs)))
    assert dot.count("shape=diamond") == 1
    circles = len(re.findall(r"^  n\d+ \[", dot, re.MULTILINE))
    assert circles == 1 + min(inputs, 8) + min(outputs, 5)
    assert dot.count("⋮") == (inputs > 8) + (outputs > 5)
    # Weights are written while they can be read.
    edges = (1 + min(inputs, 8)) * min(outputs, 5)
    assert dot.count(" -> ") == edges
    assert dot.count("height=0.17") == (edges if edges <= 20 else 0)


def test_other_graphs_are_refused() -> None:
    manual_seed(0)
    with pytest.raises(ValueError, match="expected one linear layer with its parameters, got 2"):
        picture(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), X)
    with pytest.raises(ValueError, match="got 0"):
        picture(np.exp, X)
    with pytest.raises(ValueError, match="at most 32 by 32"):
        picture(nn.Linear(100, 3), np.ones(100))
