"""Losses: forward leaves behind what the closed form of backward is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy import ndarray

from autograd.compiled import find
from autograd.kernel import Kernel

from . import sums

__all__ = ["cross_entropy", "half_squared_error", "squared_error"]


@lru_cache(maxsize=64)
def _starts(rows: int, classes: int) -> Any:
    """Where the rows of a matrix begin in its memory, as NumPy counts them: 0, C, 2C, ..."""
    starts = np.arange(0, rows * classes, classes)
    starts.flags.writeable = False
    return starts


def _cross_entropy(x: Any, labels: Any, reduction: str = "mean") -> tuple[Any, Any] | None:
    if not (type(x) is ndarray and type(labels) is ndarray and x.ndim == 2 and x.size):
        return None
    if x.dtype.kind != "f" or not x.flags.c_contiguous:
        return None
    # One index into the memory takes NumPy half as long as a pair of row and column.
    chosen = _starts(*x.shape) + labels.astype(np.intp, copy=False)
    loop = find("nn.loops.cross_entropy", x) if _suits_loops(x, labels, reduction) else None
    if loop is not None:
        loss = x.dtype.type(loop(x, labels, p := np.empty_like(x)))
        return _each(loss, labels.size, reduction), (p, None, chosen)
    shifted = x - np.maximum.reduce(x, axis=1, keepdims=True)
    picked = shifted.ravel()[chosen]
    e = np.exp(shifted, out=shifted)
    of_exponentials = sums.of_columns(e)
    losses = np.log(of_exponentials)
    losses -= picked
    kept = e, of_exponentials, chosen
    if reduction == "none":
        return losses, kept
    return _each(sums.of_rows(losses), labels.size, reduction), kept


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
    e, of_exponentials, chosen = kept
    each = _each(g, labels.size, reduction)
    loop = find("nn.loops.cross_entropy_gradient", e) if of_exponentials is None else None
    if loop is not None:
        loop(e, labels, each, dx := np.empty_like(e))
        return dx, None
    dx = e * (each if of_exponentials is None else (each / of_exponentials)[:, np.newaxis])
    dx.ravel()[chosen] -= each
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
