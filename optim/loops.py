"""The updates of optimizers as compiled loops: one walk through memory instead of ten.

Loaded by `autograd.compiled` and never imported otherwise. Each function does what `update` of its
class does with NumPy, which stays the definition. All arrays are flat, of one length and dtype.
"""

from __future__ import annotations

import math
from typing import Any

from autograd.compiled import loop

__all__ = ["adam", "sgd"]


@loop("x1", "x1", "x1", "x", "x", "x", "x", "x", "b")
def sgd(
    p: Any,
    g: Any,
    v: Any,
    lr: Any,
    momentum: Any,
    kept: Any,
    decay: Any,
    sign: Any,
    nesterov: Any,
) -> None:
    """V ← momentum · v + kept · d with d = sign · g + decay · p, then p ← p − lr · v.

    With nesterov p ← p − lr · (d + momentum · v).
    """
    for i in range(p.size):
        d = sign * g[i] + decay * p[i]
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
    rate: Any,
    beta1: Any,
    rest1: Any,
    beta2: Any,
    rest2: Any,
    eps: Any,
    decay: Any,
    shrink: Any,
    sign: Any,
) -> None:
    """One step of Adam, p ← shrink · p first; `rate` and `eps` hold the corrections of the bias.

    rest = 1 − beta comes along, since 1 − 0.999 in single precision is wrong by 5 in 100,000.
    """
    for i in range(p.size):
        d = sign * g[i] + decay * p[i]
        first = beta1 * m[i] + rest1 * d
        second = beta2 * v[i] + rest2 * d * d
        m[i], v[i] = first, second
        p[i] = shrink * p[i] - rate * first / (math.sqrt(second) + eps)
