"""The limit: each network written out by hand for its shapes, forward and backward, in NumPy.

Nothing is allocated in a step. All parameters lie in one array, so that an optimizer walks through
them in blocks that stay in the cache; a weight's memory is (in, out), the order in which BLAS
multiplies fastest. `maximum` against an array of zeros is three times as fast as against a number.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workloads import Net

BLOCK = 32 * 1024
Array = np.ndarray


class Flat:
    """Parameters and their gradients as views of two arrays."""

    def __init__(self, arrays: Sequence[Array]) -> None:
        self.p = np.concatenate([a.ravel() for a in arrays])
        self.g = np.zeros_like(self.p)
        ends = np.cumsum([a.size for a in arrays])
        spans = [slice(end - a.size, end) for a, end in zip(arrays, ends, strict=True)]
        self.values = [self.p[s].reshape(a.shape) for a, s in zip(arrays, spans, strict=True)]
        self.grads = [self.g[s].reshape(a.shape) for a, s in zip(arrays, spans, strict=True)]

    def blocks(self, *state: Array) -> list[tuple[Array, ...]]:
        every = (self.p, self.g, *state)
        scratch = np.empty(BLOCK, self.p.dtype)
        starts = range(0, self.p.size, BLOCK)
        pieces = [tuple(a[i : i + BLOCK] for a in every) for i in starts]
        return [(*piece, scratch[: piece[0].size]) for piece in pieces]


def sgd(flat: Flat, problem: Net) -> Callable[[], None]:
    """Momentum: v ← momentum · v + g + decay · p from v = 0 on, then p ← p − lr · v."""
    blocks = flat.blocks(np.zeros_like(flat.p))
    momentum, lr, decay = map(np.float32, (problem.momentum, problem.lr, problem.weight_decay))

    def step() -> None:
        for p, g, v, s in blocks:
            np.multiply(v, momentum, v)
            np.add(v, g, v)
            if decay:
                np.multiply(p, decay, s)
                np.add(v, s, v)
            np.multiply(v, lr, s)
            np.subtract(p, s, p)

    return step


def adam(flat: Flat, problem: Net) -> Callable[[], None]:
    """Adam with m/(1 − β1) and v/(1 − β2) as its state, which saves two passes."""
    blocks = flat.blocks(np.zeros_like(flat.p), np.zeros_like(flat.p))
    beta1, beta2 = problem.betas
    b1, b2 = np.float32(beta1), np.float32(beta2)
    count = itertools.count(1)

    def step() -> None:
        t = next(count)
        root = math.sqrt((1 - beta2**t) / (1 - beta2))
        rate = np.float32(problem.lr * (1 - beta1) / (1 - beta1**t) * root)
        eps = np.float32(problem.eps * root)
        for p, g, m, v, s in blocks:
            np.multiply(m, b1, m)
            np.add(m, g, m)
            np.multiply(g, g, s)
            np.multiply(v, b2, v)
            np.add(v, s, v)
            np.sqrt(v, s)
            np.add(s, eps, s)
            np.divide(m, s, s)
            np.multiply(s, rate, s)
            np.subtract(p, s, p)

    return step


# -- losses: the loss, and dJ/d(scores) written over the scores -----------------------------------


class CrossEntropy:
    def __init__(self, rows: int) -> None:
        self.rows = np.arange(rows)
        self.scale = np.float32(1 / rows)

    def __call__(self, y: Array, labels: Array) -> float:
        y -= np.maximum.reduce(y, axis=1, keepdims=True)
        picked = y[self.rows, labels]
        np.exp(y, y)
        total = np.add.reduce(y, axis=1, keepdims=True)
        loss = (np.log(total).sum() - picked.sum()) * self.scale
        y *= self.scale / total
        y[self.rows, labels] -= self.scale
        return loss


class SquaredError:
    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, y: Array, target: Array) -> float:
        y -= target
        flat = y.reshape(-1)
        loss = np.dot(flat, flat) / self.size
        y *= np.float32(2 / self.size)
        return loss


# -- activations: forward over z in place, backward over g in place -------------------------------


class ReLU:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.zeros = np.zeros(shape, np.float32)
        self.mask = np.empty(shape, bool)

    def forward(self, z: Array) -> None:
        np.maximum(z, self.zeros, out=z)

    def backward(self, g: Array, y: Array) -> None:
        np.greater(y, self.zeros, self.mask)
        np.multiply(g, self.mask, g)


class Sigmoid:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.scratch = np.empty(shape, np.float32)
        self.one = np.float32(1)

    def forward(self, z: Array) -> None:
        np.negative(z, z)
        np.exp(z, z)
        np.add(z, self.one, z)
        np.reciprocal(z, z)

    def backward(self, g: Array, y: Array) -> None:
        np.subtract(self.one, y, self.scratch)
        np.multiply(g, y, g)
        np.multiply(g, self.scratch, g)


class Normalized:
    """Batch normalization, PReLU and dropout.

    PReLU of c · x is c times PReLU of x, so the factor 1/(1 − p) of dropout is taken into γ and β.
    """

    def __init__(self, problem: Net, shape: tuple[int, int], values: Any, grads: Any) -> None:
        self.gamma, self.beta, self.alpha = values
        self.dgamma, self.dbeta, self.dalpha = grads
        n, width = shape
        self.n, self.eps = n, np.float32(problem.bn_eps)
        self.keep_scale = np.float32(1 / (1 - problem.dropout))
        self.ones = np.ones(n, np.float32)
        self.average = self.ones / np.float32(n)
        self.running_mean, self.running_var = np.zeros((2, width), np.float32)
        self.running_var += 1
        self.m = np.float32(problem.bn_momentum)
        self.zeros = np.zeros(shape, np.float32)
        self.mean, self.var = np.empty((2, width), np.float32)
        self.centred, self.negative, self.scratch = np.empty((3, *shape), np.float32)
        self.mask, self.keep = np.empty((2, *shape), bool)
        self.p = problem.dropout
        # Eight bits of randomness per element: their 256 steps hold p = 0.5 exactly.
        self.threshold = np.uint8(round(256 * problem.dropout)) if problem.dropout else None
        self.bits = np.random.SFC64(0)

    def forward(self, z: Array) -> None:
        np.matmul(self.average, z, self.mean)
        np.subtract(z, self.mean, self.centred)
        np.multiply(self.centred, self.centred, self.scratch)
        np.matmul(self.average, self.scratch, self.var)
        self.scale = 1 / np.sqrt(self.var + self.eps)
        self.running_mean += self.m * (self.mean - self.running_mean)
        self.running_var += self.m * (
            self.var * np.float32(self.n / (self.n - 1)) - self.running_var
        )
        np.multiply(self.centred, self.scale * self.gamma * self.keep_scale, z)
        np.add(z, self.beta * self.keep_scale, z)
        np.minimum(z, self.zeros, out=self.negative)
        np.multiply(self.negative, self.alpha - 1, self.scratch)
        np.add(z, self.scratch, z)
        if self.threshold is not None:
            random = self.bits.random_raw(-(-z.size // 8)).view(np.uint8)[: z.size]
            np.greater_equal(random.reshape(z.shape), self.threshold, self.keep)
            np.multiply(z, self.keep, z)

    def backward(self, g: Array, y: Array) -> None:
        if self.threshold is not None:
            np.multiply(g, self.keep, g)
        self.dalpha[0] = np.dot(g.reshape(-1), self.negative.reshape(-1))
        np.less(self.negative, self.zeros, self.mask)
        np.multiply(g, self.mask, self.scratch)
        np.multiply(self.scratch, self.alpha - 1, self.scratch)
        np.add(g, self.scratch, g)
        # dJ/d(γ z + β), times 1/(1 − p).
        np.matmul(self.ones, g, self.dbeta)
        np.multiply(g, self.centred, self.scratch)
        np.matmul(self.ones, self.scratch, self.dgamma)
        self.dbeta *= self.keep_scale
        self.dgamma *= self.scale * self.keep_scale
        unit = self.gamma * self.scale
        np.multiply(g, unit * self.keep_scale, g)
        np.multiply(
            self.centred, unit * self.scale * self.dgamma / np.float32(self.n), self.scratch
        )
        np.subtract(g, self.scratch, g)
        np.subtract(g, unit * self.dbeta / np.float32(self.n), g)


class Mlp:
    """One network of any shape: `step()` trains on the next batch and returns the loss."""

    def __init__(self, problem: Net) -> None:
        self.problem = problem
        self.batches = itertools.cycle(problem.batches())
        arrays: list[Array] = []
        for i, (w, b) in enumerate(zip(problem.weights(), problem.biases(), strict=True)):
            arrays += [w.T, b]
            if problem.activation == "modern" and i < problem.layers - 1:
                ones = np.ones_like(b)
                arrays += [ones, 0 * ones, np.full(1, 0.25, np.float32)]
        self.flat = Flat(arrays)
        values, grads = iter(self.flat.values), iter(self.flat.grads)
        shapes = [(problem.batch, n) for n in problem.sizes[1:]]
        self.layers: list[Any] = []
        for i, shape in enumerate(shapes):
            layer = (next(values), next(values), next(grads), next(grads))
            activation: Any = None
            if i < problem.layers - 1:
                activation = {"relu": ReLU, "sigmoid": Sigmoid}.get(problem.activation)
                if activation is None:
                    three = [[next(part) for _ in range(3)] for part in (values, grads)]
                    activation = Normalized(problem, shape, *three)
                else:
                    activation = activation(shape)
            self.layers.append((*layer, activation))
        self.outputs = [np.empty(shape, np.float32) for shape in shapes]
        self.flows = [np.empty(shape, np.float32) for shape in shapes[:-1]]
        self.ones = np.ones(problem.batch, np.float32)
        self.loss: Any = (
            SquaredError(problem.batch * problem.sizes[-1])
            if problem.loss == "mse"
            else CrossEntropy(problem.batch)
        )
        self.optimize = {"sgd": sgd, "adam": adam}[problem.optimizer](self.flat, problem)

    def forward(self, x: Array) -> Array:
        for (w, b, _, _, activation), z in zip(self.layers, self.outputs, strict=True):
            np.matmul(x, w, z)
            np.add(z, b, z)
            if activation is not None:
                activation.forward(z)
            x = z
        return x

    def step(self) -> Any:
        x, target = next(self.batches)
        g = self.forward(x)
        loss = self.loss(g, target)
        for i in range(len(self.layers) - 1, -1, -1):
            w, _, dw, db, activation = self.layers[i]
            if activation is not None:
                activation.backward(g, self.outputs[i])
            below = self.outputs[i - 1] if i else x
            np.matmul(below.T, g, dw)
            np.matmul(self.ones, g, db)
            if i:
                g = np.matmul(g, w.T, self.flows[i - 1])
        self.optimize()
        return loss
