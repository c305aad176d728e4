"""Losses of yes or no: binary cross-entropy, of probabilities and of scores. Deck, part A."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.registry import unwrap

from .activation import logsigmoid, sigmoid
from .loss import Reduction, checked_reduction, elementwise_loss, paired

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits"]

# PyTorch's floor of a logarithm: a certain and wrong answer costs 100, not infinity.
_LEAST_LOG = -100
# ... and of the p (1 - p) that its gradient is divided by.
_LEAST_VARIANCE = 1e-12


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, *, reduction: Reduction = "mean"
) -> Any:
    """J = -ŷ log p - (1 - ŷ) log(1 - p) of probabilities p: see `nn.BCELoss`.

    Args:
        input: p, of any shape, within 0..1.
        target: ŷ of the same shape, within 0..1.
        weight: factor of each element, of a shape that broadcasts to the input's.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: shapes that do not fit; an input outside 0..1.
    """
    input, target = paired("binary_cross_entropy", input, target)
    p = unwrap(input)
    if p.size and not (np.min(p) >= 0 and np.max(p) <= 1):
        raise ValueError(
            "binary_cross_entropy expects probabilities between 0 and 1, got values from "
            f"{np.min(p)} to {np.max(p)}; put a sigmoid below it, or pass scores to "
            "binary_cross_entropy_with_logits"
        )
    weight = _rescaling("binary_cross_entropy", "weight", weight, input)
    return _bce(input, target, reduction=checked_reduction(reduction), weight=weight)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    reduction: Reduction = "mean",
    pos_weight: Any = None,
) -> Any:
    """Sigmoid and binary cross-entropy in one: see `nn.BCEWithLogitsLoss`.

    Args:
        input: scores of any shape.
        target: ŷ of the same shape, within 0..1.
        weight: factor of each element, of a shape that broadcasts to the input's.
        reduction: "mean", "sum" or "none".
        pos_weight: factor of the part with ŷ, likewise.

    Raises:
        ValueError: shapes that do not fit.
    """
    name = "binary_cross_entropy_with_logits"
    input, target = paired(name, input, target)
    weight = _rescaling(name, "weight", weight, input)
    positive = _rescaling(name, "pos_weight", pos_weight, input)
    return _bce_of_scores(
        input, target, reduction=checked_reduction(reduction), weight=weight, positive=positive
    )


def _rescaling(loss: str, name: str, value: Any, input: Any) -> Any:
    """A factor per element as an array of the input's dtype, or 1 for None."""
    if value is None:
        return 1
    factor = np.asarray(unwrap(value), dtype=input.dtype)
    try:
        fits = np.broadcast_shapes(factor.shape, input.shape) == input.shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"{loss} expects a {name} that broadcasts to the input's shape {input.shape}, got "
            f"shape {factor.shape}"
        )
    return factor


def _floored_log(p: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(p), _LEAST_LOG)


def _binary_cross_entropy(p: Any, t: Any, *, weight: Any) -> Any:
    return -weight * (t * _floored_log(p) + (1 - t) * _floored_log(1 - p))


def _binary_cross_entropy_with_logits(x: Any, t: Any, *, weight: Any, positive: Any) -> Any:
    return -weight * (positive * t * logsigmoid(x) + (1 - t) * logsigmoid(-x))


_bce = elementwise_loss(
    _binary_cross_entropy,
    lambda p, t, *, weight: weight * (p - t) / np.maximum(p * (1 - p), _LEAST_VARIANCE),
    lambda p, t, *, weight: weight * (_floored_log(1 - p) - _floored_log(p)),
)
_bce_of_scores = elementwise_loss(
    _binary_cross_entropy_with_logits,
    # With a positive weight of 1 this is p - ŷ.
    lambda x, t, *, weight, positive: weight * ((1 - t) * sigmoid(x) - positive * t * sigmoid(-x)),
    lambda x, t, *, weight, positive: weight * (logsigmoid(-x) - positive * logsigmoid(x)),
)
