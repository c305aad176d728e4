"""PyTorch, eager, on the CPU."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from workloads import Curvature, Net, ScalarNet, chain_start, net

LIBRARY = "torch"
BLAS = "MKL" if torch.backends.mkl.is_available() else "the BLAS that PyTorch was built with"
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def build(problem: Net) -> nn.Module:
    layers: list[nn.Module] = []
    for i, (m, n) in enumerate(zip(problem.sizes, problem.sizes[1:], strict=False)):
        layers.append(nn.Linear(m, n))
        if i == problem.layers - 1:
            break
        if problem.activation == "modern":
            layers += [nn.BatchNorm1d(n), nn.PReLU(), nn.Dropout(problem.dropout)]
        else:
            layers.append(nn.ReLU(inplace=True) if problem.activation == "relu" else nn.Sigmoid())
    model = nn.Sequential(*layers)
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, w, b in zip(linear, problem.weights(), problem.biases(), strict=True):
            layer.weight.copy_(torch.from_numpy(w))
            layer.bias.copy_(torch.from_numpy(b))
    return model


def train(name: str, proof: bool, fused: bool | None = None) -> Callable[[], Any]:
    problem = net(name, proof)
    model = build(problem)
    criterion = nn.MSELoss() if problem.loss == "mse" else nn.CrossEntropyLoss()
    options: dict[str, Any] = dict(lr=problem.lr, weight_decay=problem.weight_decay, fused=fused)
    optimizer: torch.optim.Optimizer
    if problem.optimizer == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), momentum=problem.momentum, **options)
    else:
        optimizer = torch.optim.Adam(model.parameters(), **options)
    batches = itertools.cycle(
        [(torch.from_numpy(x), torch.from_numpy(target)) for x, target in problem.batches()]
    )

    def step() -> torch.Tensor:
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
    x = torch.from_numpy(problem.batches()[0][0])

    def step() -> torch.Tensor:
        with torch.inference_mode():
            return model(x)

    return step


def products(name: str, proof: bool) -> Callable[[], Any]:
    """The step's matrix products alone, with weights and their gradients as (out, in)."""
    problem = net(name)
    work: list[Any] = []
    for layer, (m, n) in enumerate(zip(problem.sizes, problem.sizes[1:], strict=False)):
        x, g, w = torch.rand(problem.batch, m), torch.rand(problem.batch, n), torch.rand(n, m)
        work += [(x, w.T, torch.empty_like(g)), (g.T, x, torch.empty_like(w))]
        if layer:
            work.append((g, w, torch.empty_like(x)))

    def step() -> None:
        for a, b, out in work:
            torch.mm(a, b, out=out)

    return step


def scalars(name: str, proof: bool) -> Callable[[], Any]:
    problem = ScalarNet()

    def parameter(value: float) -> torch.Tensor:
        return torch.tensor(value, dtype=torch.float64, requires_grad=True)

    weights = [[[parameter(p) for p in row] for row in w] for w in problem.weights()]
    biases = [[parameter(p) for p in b] for b in problem.biases()]
    parameters = [p for w in weights for row in w for p in row] + [p for b in biases for p in b]
    inputs, labels = problem.data()

    def score(x: Any) -> torch.Tensor:
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            x = [
                sum((p * q for p, q in zip(row, x, strict=True)), c)
                for row, c in zip(w, b, strict=True)
            ]
            if i < len(weights) - 1:
                x = [torch.relu(s) for s in x]
        return x[0]

    def step() -> torch.Tensor:
        losses = [torch.relu(1 - label * score(x)) for x, label in zip(inputs, labels, strict=True)]
        loss = sum(losses) * (1 / problem.points)
        loss = loss + problem.penalty * sum(p * p for p in parameters)
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= problem.lr * p.grad
                p.grad = None
        return loss

    return step


def record(ops: int) -> Any:
    """A chain of so many ops, with its graph; the last result and b."""
    x, b = (torch.from_numpy(a).requires_grad_() for a in chain_start())
    for _ in range(ops // 3):
        x = (x * b + b) * 0.5
    return x, b


def chain(name: str, proof: bool) -> Callable[[], Any]:
    ops = int(name.partition(" ")[2])
    seed = torch.ones(4, dtype=torch.float64)

    def step() -> Any:
        y, b = record(ops)
        y.backward(seed)
        return b.grad

    return step


def hvp(name: str, proof: bool) -> Callable[[], Any]:
    data = Curvature().arrays()
    x, labels = torch.from_numpy(data["x"]), torch.from_numpy(data["labels"])
    parameters = [torch.from_numpy(p).requires_grad_() for p in data["parameters"]]
    vector = [torch.from_numpy(v) for v in data["vector"]]

    def step() -> list[torch.Tensor]:
        w1, b1, w2, b2 = parameters
        loss = F.cross_entropy(F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2), labels)
        grads = torch.autograd.grad(loss, parameters, create_graph=True)
        return list(torch.autograd.grad(grads, parameters, vector))

    return step


def number(result: Any) -> float:
    tensors = result if isinstance(result, list) else [result]
    if tensors[0].ndim == 0:
        return float(tensors[0].detach())
    return math.sqrt(sum(float((t * t).sum()) for t in tensors))


WORKLOADS = {
    "train": train,
    "forward": forward,
    "products": products,
    "scalars": scalars,
    "chain": chain,
    "hvp": hvp,
}
