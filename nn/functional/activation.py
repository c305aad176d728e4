"""Activations and their derivatives, each of the result alone: nothing else need be kept.

g is dJ/dy, `out` is y. Deck, part C; softmax: part B.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import primitive
from autograd.ops.elementwise import tanh

__all__ = ["log_softmax", "relu", "sigmoid", "softmax", "tanh"]


def _relu(x: Any) -> Any:
    """max(0, x), elementwise; its derivative at 0 is 0."""
    return np.maximum(x, 0)


def _sigmoid(x: Any) -> Any:
    """1 / (1 + e^(-x)), elementwise; without a warning for any x."""
    # The overflow of e^(-x) to infinity is the right limit on the way to 1 / inf = 0.
    with np.errstate(over="ignore", under="ignore"):
        return 1 / (1 + np.exp(-x))


def _softmax(x: Any, dim: int = -1) -> Any:
    """p_k = exp(x_k) / Σ_i exp(x_i) along axis `dim`; all -inf gives NaN.

    Subtracting the maximum changes nothing in exact arithmetic, and keeps exp from overflowing.
    """
    p = np.exp(x - _largest("softmax", x, dim))
    p /= np.add.reduce(p, axis=dim, keepdims=True)
    return p


def _log_softmax(x: Any, dim: int = -1) -> Any:
    """Logarithm of softmax: x_k - log Σ_i exp(x_i) along axis `dim`; all -inf gives NaN."""
    shifted = x - _largest("log_softmax", x, dim)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=dim, keepdims=True))


def _largest(op: str, x: Any, dim: int) -> Any:
    if not np.ndim(x):
        raise ValueError(f"{op} expects at least one axis, got a 0-d value")
    return np.maximum.reduce(x, axis=dim, keepdims=True)


relu = primitive(_relu, lambda g, out, x: g * (out > 0), elementwise=True, name="relu")
sigmoid = primitive(
    _sigmoid, lambda g, out, x: g * out * (1 - out), elementwise=True, name="sigmoid"
)
softmax = primitive(
    _softmax,
    lambda g, out, x, *, dim=-1: out * (g - np.sum(g * out, axis=dim, keepdims=True)),
    name="softmax",
)
log_softmax = primitive(
    _log_softmax,
    lambda g, out, x, *, dim=-1: g - np.exp(out) * np.sum(g, axis=dim, keepdims=True),
    name="log_softmax",
)
