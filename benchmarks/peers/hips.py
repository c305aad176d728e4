"""HIPS autograd: functions of NumPy arrays, and optimizers written in NumPy as its own are."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.core import make_vjp
from autograd.tracer import getval
from workloads import Curvature, Net, ScalarNet, chain_start, net, norm

from autograd import grad, value_and_grad

LIBRARY = "autograd"


def start(problem: Net) -> list[dict[str, Any]]:
    layers = []
    for i, (w, b) in enumerate(zip(problem.weights(), problem.biases(), strict=True)):
        layer = {"w": np.ascontiguousarray(w.T), "b": b}
        if problem.activation == "modern" and i < problem.layers - 1:
            layer |= {"gamma": np.ones_like(b), "beta": np.zeros_like(b)}
            layer["alpha"] = np.full(1, 0.25, np.float32)
        layers.append(layer)
    return layers


def apply(problem: Net, layers: Any, x: Any, running: Any, rng: np.random.Generator) -> Any:
    for i, layer in enumerate(layers):
        x = anp.dot(x, layer["w"]) + layer["b"]
        if i == len(layers) - 1:
            return x
        if problem.activation == "relu":
            x = anp.maximum(x, 0)
        elif problem.activation == "sigmoid":
            x = 1 / (1 + anp.exp(-x))
        else:
            mean = anp.mean(x, axis=0)
            x = x - mean
            var = anp.mean(x * x, axis=0)
            m, n = problem.bn_momentum, x.shape[0]
            running[i][0] += m * (getval(mean) - running[i][0])
            running[i][1] += m * (getval(var) * np.float32(n / (n - 1)) - running[i][1])
            x = x * (layer["gamma"] / anp.sqrt(var + np.float32(problem.bn_eps))) + layer["beta"]
            x = anp.maximum(x, 0) + layer["alpha"] * anp.minimum(x, 0)
            if problem.dropout:
                keep = 1 - problem.dropout
                x = x * ((rng.random(x.shape, np.float32) < keep) / np.float32(keep))
    return None


def cross_entropy(y: Any, labels: Any) -> Any:
    y = y - anp.max(y, axis=1, keepdims=True)
    picked = y[np.arange(len(labels)), labels]
    return anp.mean(anp.log(anp.sum(anp.exp(y), axis=1)) - picked)


def train(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name, proof)
    layers = start(problem)
    parameters = [p for layer in layers for p in layer.values()]
    memory = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    running = [np.stack([np.zeros(n), np.ones(n)]).astype(np.float32) for n in problem.sizes[1:]]
    batches = itertools.cycle(problem.batches())
    rng = np.random.default_rng(0)
    count = itertools.count(1)
    beta1, beta2 = problem.betas

    def objective(layers: Any, x: Any, target: Any) -> Any:
        y = apply(problem, layers, x, running, rng)
        return anp.mean((y - target) ** 2) if problem.loss == "mse" else cross_entropy(y, target)

    derivative = value_and_grad(objective)

    def step() -> float:
        loss, grads = derivative(layers, *next(batches))
        t = next(count)
        flat = [g for layer in grads for g in layer.values()]
        for p, g, (m, v) in zip(parameters, flat, memory, strict=True):
            if problem.optimizer == "sgd":
                m *= problem.momentum
                m += g
                if problem.weight_decay:
                    m += problem.weight_decay * p
                p -= problem.lr * m
            else:
                m *= beta1
                m += (1 - beta1) * g
                v *= beta2
                v += (1 - beta2) * g**2
                root = np.sqrt(v / (1 - beta2**t))
                p -= problem.lr / (1 - beta1**t) * m / (root + problem.eps)
        return loss

    return step


def forward(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name)
    layers = start(problem)
    x, _ = problem.batches()[0]
    rng = np.random.default_rng(0)
    return lambda: apply(problem, layers, x, None, rng)


def scalars(name: str, proof: bool) -> Callable[[], Any]:
    problem = ScalarNet()
    parameters = (problem.weights(), problem.biases())
    inputs, labels = problem.data()

    def score(weights: Any, biases: Any, x: Any) -> Any:
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            x = [
                sum((p * q for p, q in zip(row, x, strict=True)), c)
                for row, c in zip(w, b, strict=True)
            ]
            if i < len(weights) - 1:
                x = [anp.maximum(s, 0.0) for s in x]
        return x[0]

    def objective(parameters: Any) -> Any:
        weights, biases = parameters
        # Taking a box's list apart once is far cheaper than indexing it at every use.
        weights = [[list(row) for row in w] for w in weights]
        biases = [list(b) for b in biases]
        losses = [
            anp.maximum(1 - label * score(weights, biases, x), 0.0)
            for x, label in zip(inputs, labels, strict=True)
        ]
        squares = sum(p * p for w in weights for row in w for p in row)
        squares = squares + sum(p * p for b in biases for p in b)
        return sum(losses) * (1 / problem.points) + problem.penalty * squares

    derivative = value_and_grad(objective)

    def step() -> float:
        loss, (dws, dbs) = derivative(parameters)
        rows = [row for w in parameters[0] for row in w] + parameters[1]
        grads = [row for w in dws for row in w] + dbs
        for row, slopes in zip(rows, grads, strict=True):
            row[:] = [p - problem.lr * g for p, g in zip(row, slopes, strict=True)]
        return loss

    return step


def steps(x: Any, b: Any, ops: int) -> Any:
    for _ in range(ops // 3):
        x = (x * b + b) * 0.5
    return x


def record(ops: int) -> Any:
    """A chain of so many ops, with its graph: the backward function holds it."""
    return make_vjp(lambda pair: steps(pair[0], pair[1], ops), chain_start())


def chain(name: str, proof: bool) -> Callable[[], Any]:
    ops = int(name.partition(" ")[2])

    def step() -> Any:
        backward, _ = record(ops)
        return backward(np.ones(4))[1]

    return step


def hvp(name: str, proof: bool) -> Callable[[], Any]:
    data = Curvature().arrays()
    x, labels = data["x"], data["labels"]

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        return cross_entropy(anp.dot(anp.tanh(anp.dot(x, w1.T) + b1), w2.T) + b2, labels)

    first = grad(loss)

    def along(parameters: Any, vector: Any) -> Any:
        return sum(anp.sum(g * v) for g, v in zip(first(parameters), vector, strict=True))

    product = grad(along)
    return lambda: product(data["parameters"], data["vector"])


number = norm
WORKLOADS = {
    "train": train,
    "forward": forward,
    "scalars": scalars,
    "chain": chain,
    "hvp": hvp,
}
