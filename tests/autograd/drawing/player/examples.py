"""What the player is tried on."""

from __future__ import annotations

import numpy as np

import nn
from autograd import Tensor, play
from autograd.drawing import Player


def deck() -> Player:
    """u = bc, v = a + u, J = 3v of the deck, part B."""
    a, b, c = (Tensor(x, requires_grad=True) for x in (5.0, 3.0, 2.0))
    u = b * c
    v = a + u
    J = 3 * v
    return play(J)


class Classifier(nn.Module):
    """Two layers and their loss, the layers in a module of their own."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.body = nn.Sequential(nn.Linear(6, 12, rng=rng), nn.ReLU(), nn.Linear(12, 3, rng=rng))
        self.loss = nn.CrossEntropyLoss()

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return self.loss(self.body(x), labels)


def classifier() -> Player:
    """A small network with all its modules."""
    x = np.random.default_rng(1).standard_normal((8, 6)).astype(np.float32)
    return play(Classifier(), x, np.arange(8) % 3)


def branches() -> Player:
    """A value that is used twice, so that its gradient is a sum."""
    x = Tensor(3.0, requires_grad=True)
    y = x * x
    J = y + np.sin(x)
    return play(J)


def deep() -> Player:
    """More layers than can be seen at once."""
    rng = np.random.default_rng(0)
    layers = [nn.Linear(3, 3, rng=rng) for _ in range(30)]
    return play(nn.Sequential(nn.Sequential(*layers)), np.ones((2, 3), np.float32))
