"""Losses: forward leaves behind what the closed form of backward is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.compiled import find
from autograd.kernel import Kernel, constant

__all__ = ["cross_entropy", "half_squared_error", "squared_error"]


def _cross_entropy(x: Any, labels: Any, reduction: str = "mean") -> tuple[Any, Any] | None:
    if not (type(x) is ndarray and type(labels) is ndarray and x.ndim == 2 and x.size):
        return None
    if x.dtype.kind != "f":
        return None
    chosen = np.arange(labels.size), labels
    loop = find("nn.loops.cross_entropy", x) if _suits_loops(x, labels, reduction) else None
    if loop is not None:
        total = x.dtype.type(loop(x, labels, p := np.empty_like(x)))
        return _each(total, labels.size, reduction), (p, constant(1.0, x.dtype), chosen)
    shifted = x - np.maximum.reduce(x, axis=1, keepdims=True)
    losses = -shifted[chosen]
    e = np.exp(shifted, out=shifted)
    sums = np.add.reduce(e, axis=1, keepdims=True)
    losses += np.log(sums)[:, 0]
    if reduction == "none":
        return losses, (e, sums, chosen)
    total = np.add.reduce(losses)
    return total / labels.size if reduction == "mean" else total, (e, sums, chosen)


def _cross_entropy_backward(
    needs: Sequence[bool],
    g: Any,
    own: bool,
    out: Any,
    kept: Any,
    x: Any,
    labels: Any,
    *,
    reduction: str = "mean",
) -> tuple[Any, None]:
    e, sums, chosen = kept
    loop = find("nn.loops.cross_entropy_gradient", e) if not sums.ndim else None
    if loop is not None:
        loop(e, labels, _each(g, labels.size, reduction), dx := np.empty_like(e))
        return dx, None
    dx = e / sums
    dx[chosen] -= 1
    dx *= g[:, np.newaxis] if reduction == "none" else _each(g, labels.size, reduction)
    return dx, None


def _suits_loops(x: Any, labels: Any, reduction: str) -> bool:
    """Whether a compiled loop may read these labels, and is faster: its exp is not vectorized.

    With 10 classes it takes 5 us for 128 samples, NumPy 17 us; from 8k scores on NumPy is faster.
    """
    return bool(
        reduction != "none"
        and x.size <= 8192
        and labels.dtype == np.int64
        and labels.flags.carray
        and labels.shape == x.shape[:1]
    )


def _each(g: Any, count: int, reduction: str) -> Any:
    """dJ/d(each of `count` losses), given g = dJ/d(their mean or sum)."""
    return g / count if reduction == "mean" else g


def _squares(divisor: Callable[[Any, bool], int]) -> Kernel:
    """Σ d² / divisor and its gradient 2 d / divisor for d = x - target, which is kept.

    `divisor` depends on x and on whether the reduction is a mean. The sum of squares as a product
    of vectors takes 13 us, half as much as squaring and adding.
    """

    def forward(x: Any, target: Any, reduction: str = "mean") -> tuple[Any, Any] | None:
        if not (type(x) is ndarray and type(target) is ndarray and x.dtype is target.dtype):
            return None
        if x.dtype.kind != "f" or reduction == "none":
            return None
        d = x - target
        flat = d.ravel("K")
        return flat.dot(flat) / divisor(x, reduction == "mean"), d

    def backward(
        needs: Sequence[bool],
        g: Any,
        own: bool,
        out: Any,
        d: Any,
        x: Any,
        target: Any,
        *,
        reduction: str = "mean",
    ) -> tuple[Any, Any]:
        factor = 2 * g / divisor(x, reduction == "mean")
        return d * factor if needs[0] else None, d * -factor if needs[1] else None

    return Kernel(forward, backward)


cross_entropy = Kernel(_cross_entropy, _cross_entropy_backward)
squared_error = _squares(lambda x, mean: x.size if mean else 1)
half_squared_error = _squares(lambda x, mean: 2 * len(x) if mean else 2)
