"""The divergence of one distribution from another."""

from __future__ import annotations

from typing import Any

import numpy as np

from .loss import elementwise_loss, paired

__all__ = ["kl_div"]


def kl_div(
    input: Any,
    target: Any,
    *,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """ŷ (log ŷ - x), the divergence of ŷ from e^x: see `nn.KLDivLoss`.

    Args:
        input: x, log-probabilities of any shape.
        target: ŷ, probabilities of the same shape; with `log_target` their logarithms.
        reduction: "mean" over all elements, "batchmean" over the samples (the divergence as it is
            defined), "sum" or "none".
        log_target: whether the target is given as logarithms.

    Raises:
        ValueError: `input` and `target` differ in shape.
    """
    input, target = paired("kl_div", input, target)
    checked_divergence_reduction(reduction)
    op = _kl_of_logarithms if log_target else _kl
    if reduction == "batchmean":
        return op(input, target, reduction="sum") / (input.shape[0] if input.ndim else 1)
    return op(input, target, reduction=reduction)


def checked_divergence_reduction(reduction: str) -> str:
    """`reduction` if it is one of `kl_div`, else ValueError."""
    if reduction not in ("mean", "batchmean", "sum", "none"):
        raise ValueError(
            f"reduction expects 'mean', 'batchmean', 'sum' or 'none', got {reduction!r}"
        )
    return reduction


def _kl_div(x: Any, t: Any) -> Any:
    # 0 log 0 = 0: a class without probability costs nothing.
    with np.errstate(invalid="ignore"):
        return np.where(t == 0, 0, t * (np.log(np.where(t > 0, t, 1)) - x))


def _kl_div_of_logarithms(x: Any, t: Any) -> Any:
    return np.exp(t) * (t - x)


_kl = elementwise_loss(_kl_div, lambda x, t: -t, lambda x, t: np.log(t) + 1 - x)
_kl_of_logarithms = elementwise_loss(
    _kl_div_of_logarithms, lambda x, t: -np.exp(t), lambda x, t: np.exp(t) * (t + 1 - x)
)
