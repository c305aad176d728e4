"""This project, as its users write it; NumPy alone, without the compiled kernels."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("CHALKGRAD_FAST", "0")

import numpy as np
from workloads import Curvature, Net, ScalarNet, chain_start, net, norm

import autograd
import nn
import nn.functional as F
import optim
from autograd import Tensor, no_grad
from autograd.registry import unwrap

LIBRARY = "autograd"


def build(problem: Net) -> nn.Module:
    layers: list[nn.Module] = []
    for i, (m, n) in enumerate(zip(problem.sizes, problem.sizes[1:], strict=False)):
        layers.append(nn.Linear(m, n))
        if i == problem.layers - 1:
            break
        if problem.activation == "modern":
            layers += [nn.BatchNorm1d(n), nn.PReLU(), nn.Dropout(problem.dropout)]
        else:
            layers.append(nn.ReLU() if problem.activation == "relu" else nn.Sigmoid())
    model = nn.Sequential(*layers)
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    with no_grad():
        for layer, w, b in zip(linear, problem.weights(), problem.biases(), strict=True):
            layer.weight[...] = w
            layer.bias[...] = b
    return model


def train(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name, proof)
    model = build(problem)
    criterion = nn.MSELoss() if problem.loss == "mse" else nn.CrossEntropyLoss()
    options: dict[str, Any] = dict(lr=problem.lr, weight_decay=problem.weight_decay)
    optimizer: optim.Optimizer
    if problem.optimizer == "sgd":
        optimizer = optim.SGD(model.parameters(), momentum=problem.momentum, **options)
    else:
        optimizer = optim.Adam(model.parameters(), **options)
    batches = itertools.cycle(problem.batches())

    def step() -> Tensor:
        x, target = next(batches)
        optimizer.zero_grad()
        loss = criterion(model(x), target)
        loss.backward()
        optimizer.step()
        return loss

    return step


def forward(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name)
    model = build(problem).eval()
    x, _ = problem.batches()[0]

    def step() -> Tensor:
        with no_grad():
            return model(x)

    return step


def scalars(name: str, proof: bool) -> Callable[[], Any]:
    problem = ScalarNet()
    weights = [
        [[Tensor(p, requires_grad=True) for p in row] for row in w] for w in problem.weights()
    ]
    biases = [[Tensor(p, requires_grad=True) for p in b] for b in problem.biases()]
    parameters = [p for w in weights for row in w for p in row] + [p for b in biases for p in b]
    inputs, labels = problem.data()

    def score(x: Any) -> Tensor:
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            x = [
                sum((p * q for p, q in zip(row, x, strict=True)), c)
                for row, c in zip(w, b, strict=True)
            ]
            if i < len(weights) - 1:
                x = [F.relu(s) for s in x]
        return x[0]

    def step() -> Tensor:
        losses = [F.relu(1 - label * score(x)) for x, label in zip(inputs, labels, strict=True)]
        loss = sum(losses) * (1 / problem.points)
        loss = loss + problem.penalty * sum(p * p for p in parameters)
        loss.backward()
        for p in parameters:
            p.data = p.data - problem.lr * p.grad.data
            p.grad = None
        return loss

    return step


def record(ops: int) -> Any:
    """A chain of so many ops, with its graph; the last result and b."""
    x, b = (Tensor(a, requires_grad=True) for a in chain_start())
    for _ in range(ops // 3):
        x = (x * b + b) * 0.5
    return x, b


def chain(name: str, proof: bool) -> Callable[[], Any]:
    ops = int(name.partition(" ")[2])
    seed = np.ones(4)

    def step() -> Any:
        y, b = record(ops)
        y.backward(seed)
        return b.grad.data

    return step


def hvp(name: str, proof: bool) -> Callable[[], Any]:
    data = Curvature().arrays()
    x, labels = data["x"], data["labels"]

    def loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        return F.cross_entropy(F.linear(np.tanh(F.linear(x, w1, b1)), w2, b2), labels)

    primals, vector = tuple(data["parameters"]), tuple(data["vector"])
    return lambda: list(autograd.hvp(loss, primals, vector))


def number(result: Any) -> float:
    return norm(unwrap(result))


WORKLOADS = {
    "train": train,
    "forward": forward,
    "scalars": scalars,
    "chain": chain,
    "hvp": hvp,
}
