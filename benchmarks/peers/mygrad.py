"""MyGrad, with its layers and losses, and optimizers written in NumPy: it has none."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mygrad as mg
import numpy as np
from mygrad.nnet.activations import relu, sigmoid
from mygrad.nnet.layers import batchnorm
from mygrad.nnet.losses import softmax_crossentropy
from workloads import Net, ScalarNet, chain_start, net, norm

LIBRARY = "mygrad"
# What its documentation advises once a program works.
mg.turn_memory_guarding_off()


def start(problem: Net) -> list[dict[str, Any]]:
    layers = []
    for i, (w, b) in enumerate(zip(problem.weights(), problem.biases(), strict=True)):
        layer = {"w": mg.tensor(np.ascontiguousarray(w.T)), "b": mg.tensor(b)}
        if problem.activation == "modern" and i < problem.layers - 1:
            layer |= {"gamma": mg.tensor(np.ones_like(b)), "beta": mg.tensor(np.zeros_like(b))}
            layer["alpha"] = mg.tensor(np.full(1, 0.25, np.float32))
        layers.append(layer)
    return layers


def apply(problem: Net, layers: Any, x: Any, rng: np.random.Generator) -> Any:
    zero = np.float32(0)  # a Python number would make float64 of everything
    for i, layer in enumerate(layers):
        x = mg.matmul(x, layer["w"]) + layer["b"]
        if i == len(layers) - 1:
            return x
        if problem.activation == "relu":
            x = relu(x)
        elif problem.activation == "sigmoid":
            x = sigmoid(x)
        else:
            x = batchnorm(x, gamma=layer["gamma"], beta=layer["beta"], eps=problem.bn_eps)
            x = relu(x) + layer["alpha"] * mg.minimum(x, zero)
            if problem.dropout:
                keep = 1 - problem.dropout
                x = x * ((rng.random(x.shape, np.float32) < keep) / np.float32(keep))
    return None


def train(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name, proof)
    layers = start(problem)
    parameters = [p for layer in layers for p in layer.values()]
    memory = [(np.zeros_like(p.data), np.zeros_like(p.data)) for p in parameters]
    batches = itertools.cycle(problem.batches())
    rng = np.random.default_rng(0)
    count = itertools.count(1)
    beta1, beta2 = problem.betas

    def step() -> Any:
        x, target = next(batches)
        y = apply(problem, layers, x, rng)
        if problem.loss == "mse":
            loss = mg.mean((y - target) ** 2)
        else:
            loss = softmax_crossentropy(y, target)
        loss.backward()
        t = next(count)
        for p, (m, v) in zip(parameters, memory, strict=True):
            g = p.grad
            if problem.optimizer == "sgd":
                m *= problem.momentum
                m += g
                if problem.weight_decay:
                    m += problem.weight_decay * p.data
                p.data -= problem.lr * m
            else:
                m *= beta1
                m += (1 - beta1) * g
                v *= beta2
                v += (1 - beta2) * g**2
                root = np.sqrt(v / (1 - beta2**t))
                p.data -= problem.lr / (1 - beta1**t) * m / (root + problem.eps)
            p.null_grad()
        return loss

    return step


def forward(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name)
    layers = start(problem)
    x, _ = problem.batches()[0]
    rng = np.random.default_rng(0)

    def step() -> Any:
        with mg.no_autodiff:
            return apply(problem, layers, x, rng)

    return step


def scalars(name: str, proof: bool) -> Callable[[], Any]:
    problem = ScalarNet()
    weights = [[[mg.tensor(p) for p in row] for row in w] for w in problem.weights()]
    biases = [[mg.tensor(p) for p in b] for b in problem.biases()]
    parameters = [p for w in weights for row in w for p in row] + [p for b in biases for p in b]
    inputs, labels = problem.data()

    def score(x: Any) -> Any:
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            x = [
                sum((p * q for p, q in zip(row, x, strict=True)), c)
                for row, c in zip(w, b, strict=True)
            ]
            if i < len(weights) - 1:
                x = [relu(s) for s in x]
        return x[0]

    def step() -> Any:
        losses = [relu(1 - label * score(x)) for x, label in zip(inputs, labels, strict=True)]
        loss = sum(losses) * (1 / problem.points)
        loss = loss + problem.penalty * sum(p * p for p in parameters)
        loss.backward()
        for p in parameters:
            p.data -= problem.lr * p.grad
            p.null_grad()
        return loss

    return step


def record(ops: int) -> Any:
    """A chain of so many ops, with its graph; the last result and b."""
    x, b = (mg.tensor(a) for a in chain_start())
    for _ in range(ops // 3):
        x = (x * b + b) * 0.5
    return x, b


def chain(name: str, proof: bool) -> Callable[[], Any]:
    ops = int(name.partition(" ")[2])
    seed = np.ones(4)

    def step() -> Any:
        y, b = record(ops)
        y.backward(seed)
        return b.grad

    return step


def number(result: Any) -> float:
    return norm(np.asarray(result))


WORKLOADS = {
    "train": train,
    "forward": forward,
    "scalars": scalars,
    "chain": chain,
}
