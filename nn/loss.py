"""Losses: what a network's output is compared by."""

from __future__ import annotations

from typing import Any

from . import functional
from .functional import Reduction, checked_reduction
from .module import Module

__all__ = ["CrossEntropyLoss", "MSELoss"]


class _Loss(Module):
    """A loss with a reduction over its samples (or elements)."""

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__()
        self.reduction = checked_reduction(reduction)

    def extra_repr(self) -> str:
        """The reduction."""
        return f"reduction={self.reduction!r}"


class CrossEntropyLoss(_Loss):
    """Softmax and cross-entropy in one: J = −Σ_k ŷ_k log p_k with p = softmax(y).

    Args:
        reduction: "mean" over the batch (the deck's J = 1/N Σ J⁽ⁱ⁾), "sum", or "none".

    Shape:
        input y (N, C) or (C,): scores before the softmax ("logits"). target: class indices (N,)
        or (), of an integer dtype, or probabilities ŷ of the input's shape. Output (), or with
        "none" (N,) or ().

    Backward, for one sample of class i: dJ/dy_i = −(1 − p_i), dJ/dy_j = p_j for j ≠ i; that is
    p − ŷ. Over a batch, its average.

    Raises:
        IndexError: a label outside 0..C−1.
        ValueError: shapes that do not fit. TypeError: labels that are not integers.

    Deck, part B (softmax layer, cross-entropy layer, "both together").
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of scores `input` for the classes or probabilities `target`."""
        return functional.cross_entropy(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """Mean of squared differences, J = 1/n Σ (z − ẑ)² over all n elements.

    Args:
        reduction: "mean", "sum", or "none" (the squares themselves).

    Shape:
        input and target of one shape; output (), or with "none" that shape.

    Backward: dJ/dz = 2 (z − ẑ) / n.

    Raises:
        ValueError: the shapes differ, as (N, 1) and (N,) do: they would broadcast to (N, N).

    Deck, part C, up to its factor: the deck's L2 loss is 1/(2N) Σ (z − ẑ)².
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` for the values `target`."""
        return functional.mse_loss(input, target, reduction=self.reduction)
