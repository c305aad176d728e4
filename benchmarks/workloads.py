"""What is measured: the networks with their starting weights and batches, the same for every peer.

Nothing but NumPy is needed here, so that each peer can read it in an environment of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

SEED = 2022
BATCHES = 4


@dataclass(frozen=True)
class Net:
    """A multi-layer perceptron and how it is trained; step k takes batch k modulo `BATCHES`.

    Between two layers stands `activation`: "relu", "sigmoid", or "modern", which is batch
    normalization, PReLU with one learned slope, and dropout. Losses are means: "cross_entropy" of
    the softmax against labels, or "mse" against the input.
    """

    sizes: tuple[int, ...]
    batch: int
    activation: str = "relu"
    loss: str = "cross_entropy"
    optimizer: str = "sgd"
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 0.0
    dropout: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    bn_momentum: float = 0.1
    bn_eps: float = 1e-5

    @property
    def layers(self) -> int:
        return len(self.sizes) - 1

    def weights(self) -> list[np.ndarray]:
        """One matrix (out, in) per layer, uniform in ±1/√in: PyTorch's start."""
        rng = np.random.default_rng(SEED)
        return [
            rng.uniform(-1, 1, (n, m)).astype(np.float32) / np.float32(math.sqrt(m))
            for m, n in zip(self.sizes, self.sizes[1:], strict=False)
        ]

    def biases(self) -> list[np.ndarray]:
        rng = np.random.default_rng(SEED + 1)
        return [
            rng.uniform(-1, 1, n).astype(np.float32) / np.float32(math.sqrt(m))
            for m, n in zip(self.sizes, self.sizes[1:], strict=False)
        ]

    def batches(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Pairs of inputs in 0..1 and int64 labels; with "mse" the target is the input itself."""
        rng = np.random.default_rng(SEED + 2)
        found = []
        for _ in range(BATCHES):
            x = rng.random((self.batch, self.sizes[0]), np.float32)
            labels = rng.integers(0, self.sizes[-1], self.batch)
            found.append((x, x if self.loss == "mse" else labels))
        return found

    def products(self) -> list[tuple[int, int, int]]:
        """(m, k, n) of every product (m, k) @ (k, n) of a step; the data needs no gradient."""
        found = []
        for layer, (m, n) in enumerate(zip(self.sizes, self.sizes[1:], strict=False)):
            found += [(self.batch, m, n), (m, self.batch, n)]
            if layer:
                found.append((self.batch, n, m))
        return found


NETS = {
    "mlp_small": Net((784, 128, 64, 10), batch=32),
    "mlp_slide": Net((1024, 1024, 1024, 10), batch=128, optimizer="adam", lr=1e-3),
    "mlp_modern": Net(
        (1024, 512, 256, 10), batch=128, activation="modern", weight_decay=1e-4, dropout=0.5
    ),
    "autoencoder": Net(
        (784, 1000, 500, 250, 2, 250, 500, 1000, 784),
        batch=128,
        activation="sigmoid",
        loss="mse",
        optimizer="adam",
        lr=1e-3,
    ),
}


def net(name: str, proof: bool = False) -> Net:
    """A net by its name, or one that grows: "depth 64" layers, "batch 512", "width 2048".

    `proof` leaves dropout out, since no two libraries draw the same random zeros.
    """
    kind, _, number = name.partition(" ")
    if not number:
        found = NETS[kind]
    elif kind == "depth":
        found = Net((64,) * int(number) + (10,), batch=128)
    elif kind == "batch":
        found = Net((512, 512, 512, 10), batch=int(number))
    elif kind == "width":
        found = Net((int(number),) * 3 + (10,), batch=128)
    else:
        found = replace(NETS[kind], batch=int(number))
    return replace(found, dropout=0.0) if proof else found


GROWTH = {
    "depth": ("depth 4", "depth 16", "depth 64", "depth 256"),
    "batch": ("batch 32", "batch 128", "batch 512", "batch 2048"),
    "width": ("width 128", "width 256", "width 512", "width 1024", "width 2048"),
}

# -- chains and scalars --------------------------------------------------------------------------


def chain_start() -> tuple[np.ndarray, np.ndarray]:
    """Where a chain of x ← (x b + b) / 2 starts, float64: neither x nor its gradient vanishes.

    Both x and b require a gradient, and what a step gives is that of b.
    """
    return np.full(4, 0.9), np.full(4, 2.0)


@dataclass(frozen=True)
class ScalarNet:
    """An MLP of single numbers: 2-16-16-1, ReLU, hinge loss plus an L2 penalty, plain descent."""

    sizes: tuple[int, ...] = (2, 16, 16, 1)
    points: int = 100
    lr: float = 0.1
    penalty: float = 1e-4

    def weights(self) -> list[list[list[float]]]:
        rng = np.random.default_rng(SEED)
        return [
            (rng.uniform(-1, 1, (n, m)) / math.sqrt(m)).tolist()
            for m, n in zip(self.sizes, self.sizes[1:], strict=False)
        ]

    def biases(self) -> list[list[float]]:
        return [[0.0] * n for n in self.sizes[1:]]

    def data(self) -> tuple[list[list[float]], list[float]]:
        """Two half moons, labels ±1."""
        rng = np.random.default_rng(SEED + 1)
        angle = rng.uniform(0, math.pi, self.points)
        label = np.where(np.arange(self.points) % 2, 1.0, -1.0)
        x = np.stack([np.cos(angle) * label + (label > 0) - 0.5, np.sin(angle) * label], axis=1)
        return (x + rng.normal(0, 0.1, x.shape)).tolist(), label.tolist()


@dataclass(frozen=True)
class Curvature:
    """hvp: the Hessian of an MLP's loss times a vector; tanh, softmax cross-entropy."""

    sizes: tuple[int, ...] = (784, 64, 10)
    batch: int = 64

    def arrays(self) -> dict[str, Any]:
        base = Net(self.sizes, self.batch)
        rng = np.random.default_rng(SEED + 3)
        parameters = [a for pair in zip(base.weights(), base.biases(), strict=True) for a in pair]
        x, labels = base.batches()[0]
        vector = [rng.standard_normal(a.shape).astype(np.float32) for a in parameters]
        return {"parameters": parameters, "vector": vector, "x": x, "labels": labels}


def norm(result: Any) -> float:
    """One number that stands for a result: a loss itself, or the norm of what came."""
    arrays = result if isinstance(result, (list, tuple)) else [result]
    if np.ndim(arrays[0]) == 0:
        return float(arrays[0])
    return math.sqrt(sum(float(np.vdot(a, a)) for a in arrays))
