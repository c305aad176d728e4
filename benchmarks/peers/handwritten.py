"""The limit: every workload written out by hand in NumPy, or in plain Python for single numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from peers.handwritten_net import Array, Mlp
from workloads import Curvature, ScalarNet, chain_start, net, norm

LIBRARY = "numpy"


def train(name: str, proof: bool) -> Callable[[], Any]:
    return Mlp(net(name, proof)).step


def forward(name: str, proof: bool) -> Callable[[], Any]:
    model = Mlp(net(name))
    x, _ = model.problem.batches()[0]
    return lambda: model.forward(x)


def products(name: str, proof: bool) -> Callable[[], Any]:
    """The step's matrix products and nothing else, in the layouts that the step has them in."""
    rng = np.random.default_rng(0)
    work: list[Any] = []
    problem = net(name)
    for layer, (m, n) in enumerate(zip(problem.sizes, problem.sizes[1:], strict=False)):
        x, g = (rng.random((problem.batch, k), np.float32) for k in (m, n))
        w = rng.random((m, n), np.float32)
        work += [(x, w, np.empty_like(g)), (x.T, g, np.empty_like(w))]
        if layer:
            work.append((g, w.T, np.empty_like(x)))

    def step() -> None:
        for a, b, out in work:
            np.matmul(a, b, out)

    return step


def scalars(name: str, proof: bool) -> Callable[[], Any]:
    """Plain Python numbers; an activation that is 0 is left out on the way forward and back."""
    problem = ScalarNet()
    weights, biases = problem.weights(), problem.biases()
    inputs, labels = problem.data()

    def step() -> float:
        dws = [[[0.0] * len(row) for row in w] for w in weights]
        dbs = [[0.0] * len(b) for b in biases]
        total = 0.0
        for x, label in zip(inputs, labels, strict=True):
            acts = [x]
            for w, b in zip(weights[:-1], biases[:-1], strict=True):
                x = [
                    s if (s := sum([p * q for p, q in zip(row, x, strict=True)], c)) > 0 else 0.0
                    for row, c in zip(w, b, strict=True)
                ]
                acts.append(x)
            score = sum([p * q for p, q in zip(weights[-1][0], x, strict=True)], biases[-1][0])
            margin = 1 - label * score
            if margin <= 0:
                continue
            total += margin
            flow = [-label / problem.points]
            for w, dw, db, a in zip(weights[::-1], dws[::-1], dbs[::-1], acts[::-1], strict=True):
                below = [0.0] * len(a)
                for i, g in enumerate(flow):
                    if g:
                        db[i] += g
                        dw[i] = [d + g * v for d, v in zip(dw[i], a, strict=True)]
                        below = [f + g * p for f, p in zip(below, w[i], strict=True)]
                flow = [f if v > 0 else 0.0 for f, v in zip(below, a, strict=True)]
        squares = 0.0
        rows = [(w, dw) for w, dw in zip(weights, dws, strict=True)]
        for values, grads in [pair for w, dw in rows for pair in zip(w, dw, strict=True)] + list(
            zip(biases, dbs, strict=True)
        ):
            squares += sum([p * p for p in values])
            values[:] = [
                p - problem.lr * (d + 2 * problem.penalty * p)
                for p, d in zip(values, grads, strict=True)
            ]
        return total / problem.points + problem.penalty * squares

    return step


def chain(name: str, proof: bool) -> Callable[[], Any]:
    """Forward and backward of (x b + b) / 2, with the values that backward needs kept in a list."""
    ops = int(name.partition(" ")[2])
    x0, b = chain_start()
    half = np.array(0.5)

    def step() -> Array:
        x, kept = x0, []
        for _ in range(ops // 3):
            kept.append(x)
            x = (x * b + b) * half
        g, db = np.ones(4), np.zeros(4)
        for x in reversed(kept):
            g = g * half
            db += g
            db += g * x
            g = g * b
        return db

    return step


def hvp(name: str, proof: bool) -> Callable[[], Any]:
    """R-operator by hand (Pearlmutter 1994): a tangent beside each value, forward and backward."""
    data = Curvature().arrays()
    (w1, b1, w2, b2), (v1, c1, v2, c2) = data["parameters"], data["vector"]
    x, labels = data["x"], data["labels"]
    n = np.float32(1 / len(x))
    rows = np.arange(len(x))
    w1t, w2t, v1t, v2t = (np.ascontiguousarray(a.T) for a in (w1, w2, v1, v2))

    def step() -> list[Array]:
        h = np.tanh(x @ w1t + b1)
        slope = 1 - h * h
        dz = x @ v1t + c1
        dh = slope * dz
        y = h @ w2t + b2
        dy = dh @ w2t + h @ v2t + c2
        p = np.exp(y - y.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        dg = p * (dy - (p * dy).sum(axis=1, keepdims=True)) * n
        p[rows, labels] -= 1
        g = p * n
        gh, dgh = g @ w2t.T, dg @ w2t.T + g @ v2t.T
        dgz = dgh * slope - 2 * gh * h * dh
        return [dgz.T @ x, dgz.sum(axis=0), dg.T @ h + g.T @ dh, dg.sum(axis=0)]

    return step


number = norm
WORKLOADS = {
    "train": train,
    "forward": forward,
    "products": products,
    "scalars": scalars,
    "chain": chain,
    "hvp": hvp,
}
