"""Losses of probabilities of classes: the cross-entropies, and the divergence.

Each is one op whose rule is the closed form of the deck. Deck, parts A and B.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import primitive
from autograd.registry import unwrap
from autograd.tangents import declare, reducing

from .. import kernels
from .activation import log_softmax, softmax
from .loss import (
    Reduction,
    checked_reduction,
    elementwise_loss,
    paired,
    reduced,
    spread,
    with_shape,
)

__all__ = [
    "cross_entropy",
    "cross_entropy_from_probabilities",
    "kl_div",
    "nll_loss",
]

# -- classes -------------------------------------------------------------------------------------


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross-entropy of softmax(input): see `nn.CrossEntropyLoss`.

    Args:
        input: scores of shape (N, C) or (C,).
        target: class indices of shape (N,) or (), integers; or probabilities of input's shape.
        weight: of each class, shape (C,).
        ignore_index: a label that does not count.
        reduction: "mean", "sum" or "none".
        label_smoothing: what part of each target is spread evenly over the classes.

    Raises:
        IndexError: a label outside 0..C-1.
        ValueError: shapes that do not fit; a smoothing outside 0..1.
        TypeError: labels that are not integers.
    """
    checked_reduction(reduction)
    if weight is None and not label_smoothing and _all_count(target, input, ignore_index):
        return _of_labels.apply((input, target), {"reduction": reduction})
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing expects a number in 0..1, got {label_smoothing}")
    input, target = _classified("cross_entropy", input, target)
    weight = _class_weights("cross_entropy", weight, input)
    if target.shape != input.shape:
        labels = unwrap(target)
        target, count = _distribution(input, labels, weight, ignore_index, label_smoothing)
        return _of_probabilities(input, target, reduction=reduction, count=count)
    if label_smoothing:
        target = (1 - label_smoothing) * target + label_smoothing / input.shape[-1]
    if weight is not None:
        target = target * weight
    return _of_probabilities(input, target, reduction=reduction)


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Any:
    """Negative log-likelihood of labels, given log-probabilities: see `nn.NLLLoss`.

    Args:
        input: log-probabilities of shape (N, C) or (C,).
        target: class indices of shape (N,) or (), integers.
        weight, ignore_index, reduction: as for `cross_entropy`.

    Raises: as `cross_entropy`; ValueError for probabilities as target.
    """
    checked_reduction(reduction)
    input, target = _classified("nll_loss", input, target, probabilities=False)
    weight = _class_weights("nll_loss", weight, input)
    target, count = _distribution(input, unwrap(target), weight, ignore_index, 0.0)
    return _of_logarithms(input, target, reduction=reduction, count=count)


def cross_entropy_from_probabilities(
    input: Any, target: Any, *, reduction: Reduction = "mean"
) -> Any:
    """The deck's cross-entropy layer by itself: J = -Σ_k ŷ_k log p_k, to stand on `softmax`.

    Args:
        input: p, probabilities of shape (N, C) or (C,), such as softmax gives.
        target: class indices of shape (N,) or (), integers; or probabilities ŷ of input's shape.
        reduction: "mean" over the samples, "sum" or "none".

    Raises: as `cross_entropy`.

    Backward: dJ/dp_i = -ŷ_i / p_i, which is -1/p_i at the label and 0 elsewhere; through softmax
    that becomes p - ŷ. Where p is 0 at the label the loss is infinite and the gradient behind
    softmax NaN: `cross_entropy` does both in one, and is exact there too. Deck, part B.
    """
    checked_reduction(reduction)
    p, target = _classified("cross_entropy_from_probabilities", input, target)
    if target.shape != p.shape:
        target, _ = _distribution(p, unwrap(target), None, None, 0.0)
    return _of_plain_probabilities(p, target, reduction=reduction)


def _classified(loss: str, input: Any, target: Any, probabilities: bool = True) -> tuple[Any, Any]:
    """Scores (N, C) or (C,) and a target that fits: labels, or probabilities where allowed."""
    input, target = with_shape(input), with_shape(target)
    scores = input.shape
    fitting = (scores, scores[:-1]) if probabilities else (scores[:-1],)
    if len(scores) not in (1, 2) or target.shape not in fitting:
        choice = "labels of shape (N,)" + " or probabilities of shape (N, C)" * probabilities
        raise ValueError(
            f"{loss} expects scores of shape (N, C) with {choice}, or one sample without N; "
            f"got {scores} and {target.shape}" + _advice(scores, target.shape)
        )
    kind = target.dtype.kind
    if target.shape == scores and kind != "f":
        raise TypeError(
            f"{loss} takes a target of the input's shape for probabilities: expected a "
            f"floating dtype, got {target.dtype}; write target.astype(float), or pass class "
            f"indices of shape {scores[:-1]}"
        )
    if target.shape != scores and kind not in "iu":
        raise TypeError(
            f"{loss} expects integers as labels, got dtype {target.dtype}; write target.astype(int)"
        )
    return input, target


def _advice(scores: tuple[int, ...], target: tuple[int, ...]) -> str:
    if len(scores) > 2:
        return f"; write input.reshape(-1, {scores[-1]}) and target.reshape(-1)"
    if target == (*scores[:-1], 1):
        return "; write target.reshape(-1)"
    return ""


def _class_weights(loss: str, weight: Any, input: Any) -> Any:
    """The weights as an array of the input's dtype and of shape (C,), or None."""
    if weight is None:
        return None
    values = np.asarray(unwrap(weight), dtype=input.dtype)
    if values.shape != input.shape[-1:]:
        raise ValueError(
            f"{loss} expects one weight per class, shape {input.shape[-1:]}, got {values.shape}"
        )
    return values


def _distribution(
    x: Any, labels: Any, weight: Any, ignore_index: int | None, smoothing: float
) -> tuple[Any, Any]:
    """Labels as weighted probabilities ŷ of the shape of x, and what a mean is to divide by.

    A sample whose label is ignored has no probability at all, and does not count.
    """
    valid = np.asarray(labels != ignore_index)
    known = np.where(valid, labels, 0)
    _check_labels(known[valid], x.shape[-1])
    y = _one_hot(known, x)
    weights = np.ones(x.shape[-1], x.dtype) if weight is None else weight
    count = np.sum(weights[known] * valid)
    if smoothing:
        y = (1 - smoothing) * y + smoothing / x.shape[-1]
    return y * weights * valid[..., np.newaxis], count


# Integers in the machine's own byte order -> the same bits without a sign.
_UNSIGNED = {np.dtype(f"{sign}{n}"): np.dtype(f"u{n}") for n in (1, 2, 4, 8) for sign in "iu"}


def _all_count(labels: Any, x: Any, ignore_index: int) -> bool:
    """Whether these are labels of the scores `x`, and none of them the one to be ignored."""
    labels, x = unwrap(labels), unwrap(x)
    if not (isinstance(labels, (np.ndarray, np.integer)) and type(x) is np.ndarray):
        return False
    if x.ndim not in (1, 2) or labels.shape != x.shape[:-1]:
        return False
    classes, unsigned = x.shape[-1], _UNSIGNED.get(labels.dtype)
    if unsigned is None:
        return False
    # Negative numbers are the largest when taken for unsigned ones: one look in place of two.
    if labels.size and np.maximum.reduce(labels.view(unsigned), axis=None) >= classes:
        return False
    return not (0 <= ignore_index < classes and np.any(labels == ignore_index))


def _check_labels(labels: Any, classes: int) -> None:
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)].flat[0]
        raise IndexError(
            f"label {wrong} is out of range for {classes} classes: expected 0 to {classes - 1}"
        )


def _from_labels(x: Any, labels: Any, *, reduction: Reduction = "mean") -> Any:
    _check_labels(labels, x.shape[-1])
    picked = log_softmax(x)[_at(labels)]
    return reduced(-picked, reduction)


def _from_probabilities(
    x: Any, target: Any, *, reduction: Reduction = "mean", count: Any = None
) -> Any:
    return _from_logarithms(log_softmax(x), target, reduction=reduction, count=count)


def _from_logarithms(
    logs: Any, target: Any, *, reduction: Reduction = "mean", count: Any = None
) -> Any:
    # A class that has no probability costs nothing, also where its logarithm is -inf.
    with np.errstate(invalid="ignore"):
        terms = np.where(target == 0, 0, target * logs)
    return reduced(-np.sum(terms, axis=-1), reduction, count)


def _from_plain_probabilities(p: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    with np.errstate(divide="ignore"):
        logs = np.log(p)
    return _from_logarithms(logs, target, reduction=reduction)


def _at(labels: Any) -> Any:
    """Index of each sample's label in scores of shape (N, C) or (C,)."""
    return (np.arange(labels.size), labels) if labels.ndim else labels


def _one_hot(labels: Any, x: Any) -> Any:
    """Probabilities ŷ of the shape of `x`: 1 at the label, 0 elsewhere."""
    y = np.zeros(x.shape, x.dtype)
    y[_at(unwrap(labels))] = 1
    return y


def _each(g: Any, x: Any, reduction: Reduction, count: Any = None) -> Any:
    """dJ/d(loss of each sample), to be multiplied with scores `x` of shape (N, C) or (C,)."""
    if reduction == "none":
        return g[..., np.newaxis]
    return spread(g, math.prod(x.shape[:-1]) if count is None else count, reduction)


def _wrt_scores(x: Any, target: Any) -> Any:
    """dJ/dy = p Σ ŷ - ŷ, that is p - ŷ where the ŷ of a sample add up to 1."""
    return softmax(x) * np.sum(target, axis=-1, keepdims=True) - target


_of_labels = primitive(
    _from_labels,
    lambda g, out, x, labels, *, reduction="mean": (
        (softmax(x) - _one_hot(labels, x)) * _each(g, x, reduction)
    ),
    None,
    name="cross_entropy",
)
_of_labels.kernel = kernels.cross_entropy
_of_probabilities = primitive(
    _from_probabilities,
    lambda g, out, x, target, *, reduction="mean", count=None: (
        _wrt_scores(x, target) * _each(g, x, reduction, count)
    ),
    lambda g, out, x, target, *, reduction="mean", count=None: (
        -log_softmax(x) * _each(g, x, reduction, count)
    ),
    name="cross_entropy",
)
_of_logarithms = primitive(
    _from_logarithms,
    lambda g, out, x, target, *, reduction="mean", count=None: (
        -target * _each(g, x, reduction, count)
    ),
    None,
    name="nll_loss",
)
_of_plain_probabilities = primitive(
    _from_plain_probabilities,
    lambda g, out, p, target, *, reduction="mean": (
        # 0 / 0 would be NaN where a class has no probability on either side.
        -target / np.where(target == 0, 1, p) * _each(g, p, reduction)
    ),
    lambda g, out, p, target, *, reduction="mean": -np.log(p) * _each(g, p, reduction),
    name="cross_entropy_from_probabilities",
)
# What the loss of labels grows by along t: the mean of Σ p t - t_label. As two ops
# it takes 59 us for 64 x 10, as the five operators of `reducing` 88 us.
_along = primitive(
    lambda p, t, labels, *, reduction: reduced(
        np.add.reduce(p * t, axis=-1) - t[_at(labels)], reduction
    ),
    lambda g, out, p, t, labels, *, reduction: t * _each(g, p, reduction),
    lambda g, out, p, t, labels, *, reduction: (p - _one_hot(labels, p)) * _each(g, p, reduction),
    None,
    name="cross_entropy_slope",
)
_of_labels.tangent = lambda tangents, out, x, labels, *, reduction="mean": _along(
    softmax(x), tangents[0], labels, reduction=reduction
)
declare(reducing, _along, _of_probabilities, _of_logarithms, _of_plain_probabilities)

# -- divergence ----------------------------------------------------------------------------------


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
