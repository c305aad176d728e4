"""The pictures of the lecture's graphs in this folder, drawn by the library itself.

    python docs/figures/make.py

writes all of them again; the same program writes the same files. Needs the extra `draw`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

import nn
from autograd import Tensor, draw
from autograd.drawing import Graph

__all__ = ["PICTURES"]


def chain() -> Tensor:
    """The chain u = bc, v = a + u, J = 3v. Deck, part B."""
    a, b, c = (Tensor(x, requires_grad=True) for x in (5.0, 3.0, 2.0))
    u = b * c
    v = a + u
    J = 3 * v
    return J


# -- part A: linear models -----------------------------------------------------------------------


def linear_regression() -> Tensor:
    """Numbers one by one: y = w1 x1 + w2 x2 + w3 x3 + b x0, J = ‖y − ŷ‖²."""
    w1, w2, w3, b = (Tensor(w, requires_grad=True) for w in (0.5, -1.0, 2.0, 0.25))
    x0, x1, x2, x3 = map(Tensor, (1.0, 1.0, 2.0, -0.5))
    target = Tensor(-2.0)
    y = w1 * x1 + w2 * x2 + w3 * x3 + b * x0
    J = (y - target) ** 2
    return J


def logistic_regression() -> Tensor:
    """With p = σ(w·x + b), J = −ŷ log p − (1−ŷ) log(1−p)."""
    w, b = Tensor([0.5, -1.0, 2.0], requires_grad=True), Tensor(0.25, requires_grad=True)
    x, target = Tensor([1.0, 2.0, 1.5]), Tensor(1.0)
    p = 1 / (1 + np.exp(-(w @ x + b)))
    J = -target * np.log(p) - (1 - target) * np.log(1 - p)
    return J


def softmax_regression() -> Tensor:
    """With y = Wx + b, p_k = exp y_k / Σ_i exp y_i, J = −Σ ŷ_i log p_i."""
    W = Tensor([[0.5, -1.0, 0.25], [1.5, 0.75, -0.5], [-1.0, 0.5, 1.0]], requires_grad=True)
    b = Tensor([0.25, 0.5, -0.75], requires_grad=True)
    x, target = Tensor([1.0, 0.5, 2.0]), Tensor([0.0, 1.0, 0.0])
    e = np.exp(W @ x + b)
    p = e / np.sum(e)
    J = -np.sum(target * np.log(p))
    return J


# -- parts B and C: networks ---------------------------------------------------------------------


def mlp(*sizes: int, activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Fully-connected layers of these sizes, separated by an activation."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])


def autoencoder() -> nn.Sequential:
    """784-1000-500-250-2 and back."""
    sizes = (784, 1000, 500, 250, 2)
    encoder = mlp(*sizes, activation=nn.Sigmoid)
    return nn.Sequential(encoder, mlp(*sizes[::-1], activation=nn.Sigmoid))


def modern(depth: int) -> nn.Sequential:
    """(FC → BN → PReLU) again and again, without random numbers."""
    model = nn.Sequential(
        *(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.PReLU()) for _ in range(depth))
    )
    for number, parameter in enumerate(model.parameters()):
        parameter.data[...] = np.cos(number + np.arange(parameter.size)).reshape(parameter.shape)
    return model.eval()


def layers(model: nn.Module, features: int) -> Graph:
    """The layers of `model`."""
    return draw(model, np.zeros((2, features), np.float32), style="layers")


def wrong_shape() -> Graph:
    """A layer that gets five features and expects six."""
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(6, 3))
    for parameter in model.parameters():
        parameter.data[...] = 0.5
    x = np.ones((2, 4), np.float32)
    try:
        model(x)
    except ValueError as error:
        return draw(error)
    raise AssertionError("expected an error")


PICTURES: dict[str, Callable[[], Graph]] = {
    "chain": lambda: draw(chain),
    "chain-backward": lambda: draw(chain, view="backward"),
    "chain-both": lambda: draw(chain, view="both"),
    "linear-regression": lambda: draw(linear_regression, style="neurons"),
    "linear-regression-graph": lambda: draw(linear_regression),
    "logistic-regression": lambda: draw(logistic_regression, style="neurons"),
    "softmax-regression": lambda: draw(softmax_regression, style="neurons"),
    "mlp": lambda: layers(mlp(1024, 128, 64, 10), 1024),
    "autoencoder": lambda: layers(autoencoder(), 784),
    "branching": lambda: layers(
        nn.Sequential(nn.Linear(4, 5), nn.Concat(nn.Linear(5, 3), nn.Linear(5, 4))), 4
    ),
    "addition": lambda: layers(nn.Add(nn.Linear(4, 3), nn.Linear(4, 3)), 4),
    "residual": lambda: layers(nn.Residual(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)), 4),
    "modern-mlp": lambda: draw(modern(3), np.eye(4, dtype=np.float32)),
    "modern-mlp-closed": lambda: draw(modern(3), np.eye(4, dtype=np.float32), depth=2),
    "wrong-shape": wrong_shape,
}

_ALSO_PNG = ("chain", "chain-both", "softmax-regression", "mlp", "autoencoder", "wrong-shape")


def main() -> None:
    """Write every picture as SVG, and the main ones as PNG for pages that show no SVG."""
    folder = Path(__file__).parent
    for name, picture in PICTURES.items():
        graph = picture()
        graph.save(folder / f"{name}.svg")
        if name in _ALSO_PNG:
            graph.save(folder / f"{name}.png")


if __name__ == "__main__":
    main()
