"""The updates of optimizers as compiled loops: one walk through memory instead of ten.

Loaded by `autograd.compiled` and never imported otherwise. Each function does what `update` of its
class does with NumPy, which stays the definition. All arrays are flat, of one length and dtype; `p`
and the state are changed, and d = sign · g + decay · p is the direction of ascent.

rest = 1 − beta comes along with beta, since 1 − 0.999 in single precision is wrong by 5 in 100,000.
"""

from __future__ import annotations

import math
from typing import Any

from autograd.compiled import loop

__all__ = ["adadelta", "adagrad", "adam", "adamax", "nadam", "rmsprop", "sgd"]


@loop("x1", "x1", "x1", "x", "x", "x", "x", "x", "x")
def sgd(
    p: Any,
    g: Any,
    v: Any,
    sign: Any,
    decay: Any,
    lr: Any,
    momentum: Any,
    kept: Any,
    nesterov: Any,
) -> None:
    """Set v ← momentum · v + kept · d and p ← p − lr · v.

    With nesterov ≠ 0, p ← p − lr · (d + momentum · v).
    """
    for i in range(p.size):
        d = sign * g[i]
        if decay:
            d += decay * p[i]
        ahead = momentum * v[i] + kept * d
        v[i] = ahead
        if nesterov:
            ahead = d + momentum * ahead
        p[i] -= lr * ahead


@loop("x1", "x1", "x1", "x1", "x", "x", "x", "x", "x", "x", "x", "x", "x")
def adam(
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    sign: Any,
    decay: Any,
    shrink: Any,
    rate: Any,
    eps: Any,
    beta1: Any,
    rest1: Any,
    beta2: Any,
    rest2: Any,
) -> None:
    """Adam, and p ← shrink · p first; `rate` and `eps` hold the corrections of the bias."""
    for i in range(p.size):
        d = sign * g[i]
        if decay:
            d += decay * p[i]
        first = beta1 * m[i] + rest1 * d
        second = beta2 * v[i] + rest2 * d * d
        m[i], v[i] = first, second
        p[i] = shrink * p[i] - rate * first / (math.sqrt(second) + eps)


@loop("x1", "x1", "x1", "x1", "x", "x", "x", "x", "x", "x", "x", "x", "x", "x")
def nadam(
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    sign: Any,
    decay: Any,
    shrink: Any,
    of_m: Any,
    of_d: Any,
    eps: Any,
    beta1: Any,
    rest1: Any,
    beta2: Any,
    rest2: Any,
) -> None:
    """NAdam, whose numerator is of_m · m + of_d · d; all else as for `adam`."""
    for i in range(p.size):
        d = sign * g[i]
        if decay:
            d += decay * p[i]
        first = beta1 * m[i] + rest1 * d
        second = beta2 * v[i] + rest2 * d * d
        m[i], v[i] = first, second
        p[i] = shrink * p[i] - (of_m * first + of_d * d) / (math.sqrt(second) + eps)


@loop("x1", "x1", "x1", "x1", "x", "x", "x", "x", "x", "x", "x")
def adamax(
    p: Any,
    g: Any,
    m: Any,
    u: Any,
    sign: Any,
    decay: Any,
    rate: Any,
    eps: Any,
    beta1: Any,
    rest1: Any,
    beta2: Any,
) -> None:
    """Adamax: m as in Adam, u ← max(beta2 · u, |d| + eps), p ← p − rate · m / u."""
    for i in range(p.size):
        d = sign * g[i]
        if decay:
            d += decay * p[i]
        first = beta1 * m[i] + rest1 * d
        old, new = beta2 * u[i], abs(d) + eps
        # Not a number, old or new, has to stay one.
        largest = new if old <= new else old if old > new else old + new
        m[i], u[i] = first, largest
        p[i] -= rate * first / largest


@loop("x1", "x1", "x1", "x", "x", "x", "x", "x", "x")
def rmsprop(
    p: Any,
    g: Any,
    v: Any,
    sign: Any,
    decay: Any,
    lr: Any,
    eps: Any,
    alpha: Any,
    rest: Any,
) -> None:
    """RMSprop without momentum, not centered: v ← alpha · v + rest · d²."""
    for i in range(p.size):
        d = sign * g[i]
        if decay:
            d += decay * p[i]
        square = alpha * v[i] + rest * d * d
        v[i] = square
        p[i] -= lr * d / (math.sqrt(square) + eps)


@loop("x1", "x1", "x1", "x", "x", "x", "x")
def adagrad(p: Any, g: Any, total: Any, sign: Any, decay: Any, lr: Any, eps: Any) -> None:
    """Adagrad: the sum of squares grows by d²."""
    for i in range(p.size):
        d = sign * g[i]
        if decay:
            d += decay * p[i]
        square = total[i] + d * d
        total[i] = square
        p[i] -= lr * d / (math.sqrt(square) + eps)


@loop("x1", "x1", "x1", "x1", "x", "x", "x", "x", "x", "x")
def adadelta(
    p: Any,
    g: Any,
    v: Any,
    u: Any,
    sign: Any,
    decay: Any,
    lr: Any,
    eps: Any,
    rho: Any,
    rest: Any,
) -> None:
    """Adadelta: the change is d √(u + eps) / √(v + eps), u the average of its squares."""
    for i in range(p.size):
        d = sign * g[i]
        if decay:
            d += decay * p[i]
        square = rho * v[i] + rest * d * d
        change = d * (math.sqrt(u[i] + eps) / math.sqrt(square + eps))
        v[i] = square
        u[i] = rho * u[i] + rest * change * change
        p[i] -= lr * change
