"""What `nn.kernels` does in several passes over memory, as compiled loops of one or two.

Loaded by `autograd.compiled` and never imported otherwise. NumPy's way stays the definition, and
each loop gives its numbers: masks are factors here as there, so that infinities and NaN agree.
"""

from __future__ import annotations

import math
from typing import Any

from autograd.compiled import loop

__all__ = [
    "cross_entropy",
    "cross_entropy_gradient",
    "masked",
    "normalize",
    "normalize_gradient",
    "prelu",
    "prelu_gradient",
    "relu",
    "relu_gradient",
    "sigmoid_gradient",
]


@loop("x1", "x1")
def relu(x: Any, out: Any) -> None:
    """Write x, and 0 where x < 0."""
    zero = x.dtype.type(0)
    for i in range(x.size):
        out[i] = zero if x[i] < zero else x[i]


@loop("x1", "x1", "x1")
def relu_gradient(g: Any, y: Any, dx: Any) -> None:
    """Write g where y > 0, else 0."""
    one, zero = g.dtype.type(1), g.dtype.type(0)
    for i in range(g.size):
        dx[i] = g[i] * (one if y[i] > zero else zero)


@loop("x1", "x1", "x1")
def sigmoid_gradient(g: Any, y: Any, dx: Any) -> None:
    """Write g y (1 − y)."""
    one = g.dtype.type(1)
    for i in range(g.size):
        dx[i] = g[i] * y[i] * (one - y[i])


@loop("x1", "x1", "x")
def prelu(x: Any, out: Any, slope: Any) -> None:
    """Write x, times the slope where x < 0."""
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for i in range(x.size):
        out[i] = x[i] * (slope if x[i] < zero else one)


@loop("x1", "x1", "x1", "x")
def prelu_gradient(g: Any, x: Any, dx: Any, slope: Any) -> Any:
    """Write dJ/dx; returns dJ/dα = Σ g x over the x < 0."""
    one, zero = x.dtype.type(1), x.dtype.type(0)
    total = zero
    for i in range(x.size):
        below = g[i] * (one if x[i] < zero else zero)
        total += below * x[i]
        dx[i] = (g[i] - below) + below * slope
    return total


@loop("x1", "x1", "b1", "x")
def masked(x: Any, out: Any, keep: Any, scale: Any) -> None:
    """Write x · scale where it is kept, x · 0 elsewhere."""
    zero = x.dtype.type(0)
    for i in range(x.size):
        out[i] = x[i] * (scale if keep[i] else zero)


@loop("x2", "x1", "x1", "x", "x2", "x2", "x1", "x1", "x1")
def normalize(
    x: Any,
    gamma: Any,
    beta: Any,
    eps: Any,
    z: Any,
    out: Any,
    mean: Any,
    variance: Any,
    scale: Any,
) -> None:
    """Write μ and σ² of each column, scale = 1/√(σ² + ε), z = (x − μ) scale, and γ z + β."""
    rows, columns = x.shape
    n, one = x.dtype.type(rows), x.dtype.type(1)
    mean[:] = 0
    variance[:] = 0
    for i in range(rows):
        for j in range(columns):
            mean[j] += x[i, j]
    for j in range(columns):
        mean[j] /= n
    for i in range(rows):
        for j in range(columns):
            d = x[i, j] - mean[j]
            z[i, j] = d
            variance[j] += d * d
    for j in range(columns):
        variance[j] /= n
        scale[j] = one / math.sqrt(variance[j] + eps)
    for i in range(rows):
        for j in range(columns):
            d = z[i, j] * scale[j]
            z[i, j] = d
            out[i, j] = d * gamma[j] + beta[j]


@loop("x2", "x2", "x1", "x1", "x2", "x1", "x1")
def normalize_gradient(
    g: Any, z: Any, scale: Any, gamma: Any, dx: Any, dgamma: Any, dbeta: Any
) -> None:
    """Write dJ/dγ = Σ g z, dJ/dβ = Σ g, dJ/dx = γ scale (g − dJ/dβ / n − z dJ/dγ / n)."""
    rows, columns = g.shape
    n = g.dtype.type(rows)
    dgamma[:] = 0
    dbeta[:] = 0
    for i in range(rows):
        for j in range(columns):
            dgamma[j] += g[i, j] * z[i, j]
            dbeta[j] += g[i, j]
    for i in range(rows):
        for j in range(columns):
            centred = g[i, j] - dbeta[j] / n - z[i, j] * (dgamma[j] / n)
            dx[i, j] = centred * (gamma[j] * scale[j])


@loop("x2", "i1", "x2")
def cross_entropy(x: Any, labels: Any, p: Any) -> Any:
    """Write p = softmax(x) of each row; returns the sum of −log p at the labels."""
    rows, columns = x.shape
    total = x.dtype.type(0)
    for i in range(rows):
        largest = x[i, 0]
        for j in range(1, columns):
            largest = max(largest, x[i, j])
        mass = x.dtype.type(0)
        for j in range(columns):
            p[i, j] = math.exp(x[i, j] - largest)
            mass += p[i, j]
        for j in range(columns):
            p[i, j] /= mass
        total += math.log(mass) - (x[i, labels[i]] - largest)
    return total


@loop("x2", "i1", "x", "x2")
def cross_entropy_gradient(p: Any, labels: Any, factor: Any, dx: Any) -> None:
    """Write (p − ŷ) · factor, where ŷ is 1 at the label and 0 elsewhere."""
    rows, columns = p.shape
    for i in range(rows):
        for j in range(columns):
            dx[i, j] = p[i, j] * factor
        dx[i, labels[i]] -= factor
