"""micrograd: single numbers only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from micrograd.engine import Value
from micrograd.nn import MLP
from workloads import ScalarNet

LIBRARY = "micrograd"


def scalars(name: str, proof: bool) -> Callable[[], Any]:
    problem = ScalarNet()
    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    rows = [row for w in problem.weights() for row in w]
    biases = [b for layer in problem.biases() for b in layer]
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    for neuron, row, b in zip(neurons, rows, biases, strict=True):
        neuron.b.data = b
        for p, value in zip(neuron.w, row, strict=True):
            p.data = value
    inputs, labels = problem.data()

    def step() -> Value:
        losses = [(1 - label * model(x)).relu() for x, label in zip(inputs, labels, strict=True)]
        loss = sum(losses) * (1 / problem.points)
        loss = loss + problem.penalty * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= problem.lr * p.grad
        return loss

    return step


def number(result: Any) -> float:
    return float(result.data)


WORKLOADS = {"scalars": scalars}
