"""Losses of probabilities of classes: the cross-entropies.

Each is one op whose rule is the closed form of the deck. Deck, parts A and B.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.registry import unwrap
from autograd.source import warn
from autograd.tangents import declare, reducing

from .. import kernels
from .activation import log_softmax, softmax
from .loss import (
    Reduction,
    checked_reduction,
    reduced,
    spread,
    with_shape,
)

__all__ = [
    "cross_entropy",
    "cross_entropy_from_probabilities",
    "nll_loss",
]


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
        input: scores of shape (N, C), (N, C, d1, ..., dk) or (C,).
        target: class indices of shape (N,), (N, d1, ..., dk) or (), integers; or probabilities of
            input's shape.
        weight: of each class, shape (C,).
        ignore_index: a label that does not count.
        reduction: "mean", "sum" or "none".
        label_smoothing: what part of each target is spread evenly over the classes.

    Warns: the input is the result of `softmax`, which is applied here.

    Raises:
        IndexError: a label outside 0..C-1.
        ValueError: shapes that do not fit; a smoothing outside 0..1.
        TypeError: labels that are not integers.
    """
    checked_reduction(reduction)
    if isinstance(input, Tensor) and input._op is softmax:
        warn(
            "cross_entropy expects scores and applies softmax itself, got the result of softmax: "
            "applied twice, it keeps the loss from falling. Leave the softmax out, or take "
            "cross_entropy_from_probabilities"
        )
    if weight is None and not label_smoothing and _all_count(target, input, ignore_index):
        return _of_labels.apply((input, target), {"reduction": reduction})
    if np.ndim(input) > 2:
        options = {"ignore_index": ignore_index, "label_smoothing": label_smoothing}
        return _each_place(cross_entropy, input, target, reduction, weight=weight, **options)
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
        input: log-probabilities of shape (N, C), (N, C, d1, ..., dk) or (C,).
        target: class indices of shape (N,), (N, d1, ..., dk) or (), integers.
        weight, ignore_index, reduction: as for `cross_entropy`.

    Raises: as `cross_entropy`; ValueError for probabilities as target.
    """
    checked_reduction(reduction)
    if np.ndim(input) > 2:
        options = {"weight": weight, "ignore_index": ignore_index}
        return _each_place(nll_loss, input, target, reduction, **options)
    input, target = _classified("nll_loss", input, target, probabilities=False)
    weight = _class_weights("nll_loss", weight, input)
    target, count = _distribution(input, unwrap(target), weight, ignore_index, 0.0)
    return _of_logarithms(input, target, reduction=reduction, count=count)


def cross_entropy_from_probabilities(
    input: Any, target: Any, *, reduction: Reduction = "mean"
) -> Any:
    """The deck's cross-entropy layer by itself: J = -Σ_k ŷ_k log p_k, to stand on `softmax`.

    Args:
        input: p, probabilities of shape (N, C), (N, C, d1, ..., dk) or (C,), such as softmax gives.
        target: class indices of shape (N,), (N, d1, ..., dk) or (), integers; or probabilities ŷ
            of input's shape.
        reduction: "mean" over the samples, "sum" or "none".

    Raises: as `cross_entropy`.

    Backward: dJ/dp_i = -ŷ_i / p_i, which is -1/p_i at the label and 0 elsewhere; through softmax
    that becomes p - ŷ. Where p is 0 at the label the loss is infinite and the gradient behind
    softmax NaN: `cross_entropy` does both in one, and is exact there too. Deck, part B.
    """
    checked_reduction(reduction)
    if np.ndim(input) > 2:
        return _each_place(cross_entropy_from_probabilities, input, target, reduction)
    p, target = _classified("cross_entropy_from_probabilities", input, target)
    if target.shape != p.shape:
        target, _ = _distribution(p, unwrap(target), None, None, 0.0)
    return _of_plain_probabilities(p, target, reduction=reduction)


def _each_place(
    loss: Callable[..., Any], input: Any, target: Any, reduction: Reduction, **options: Any
) -> Any:
    """A loss of (N, C, d1, ..., dk): as of N d1 ... dk samples, and "none" in their shape."""
    input, target = _classified(loss.__name__, input, target, loss is not nll_loss)
    places = (input.shape[0], *input.shape[2:])
    if target.shape == places:
        _check_labels(unwrap(target), input.shape[1], options.get("ignore_index"))
        target = np.reshape(target, -1)
    else:
        target = _in_rows(target)
    losses = loss(_in_rows(input), target, reduction=reduction, **options)
    return np.reshape(losses, places) if reduction == "none" else losses


def _in_rows(x: Any) -> Any:
    """(N, C, d1, ..., dk) as (N d1 ... dk, C)."""
    rows = math.prod((x.shape[0], *x.shape[2:]))
    return np.reshape(np.moveaxis(x, 1, -1), (rows, x.shape[1]))


def _classified(loss: str, input: Any, target: Any, probabilities: bool = True) -> tuple[Any, Any]:
    """Scores and a target that fits: labels, or probabilities where allowed."""
    input, target = with_shape(input), with_shape(target)
    scores = input.shape
    places = (*scores[:1], *scores[2:]) if len(scores) > 1 else ()
    fitting = (scores, places) if probabilities else (places,)
    if not scores or target.shape not in fitting:
        choice = "labels of shape (N,)" + " or probabilities of shape (N, C)" * probabilities
        raise ValueError(
            f"{loss} expects scores of shape (N, C) with {choice}, or one sample without N, or "
            f"more axes behind these; got {scores} and {target.shape}"
            + _advice(scores, target.shape)
        )
    kind = target.dtype.kind
    if target.shape == scores and kind != "f":
        raise TypeError(
            f"{loss} takes a target of the input's shape for probabilities: expected a "
            f"floating dtype, got {target.dtype}; write target.astype(float), or pass class "
            f"indices of shape {places}"
        )
    if target.shape != scores and kind not in "iu":
        raise TypeError(
            f"{loss} expects integers as labels, got dtype {target.dtype}; write target.astype(int)"
        )
    return input, target


def _advice(scores: tuple[int, ...], target: tuple[int, ...]) -> str:
    if len(scores) > 2 and target == scores[:-1]:
        return (
            f"; the classes are axis 1: write input.reshape(-1, {scores[-1]}) and "
            "target.reshape(-1), or np.moveaxis(input, -1, 1)"
        )
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
    _check_labels(labels, x.shape[-1], ignore_index)
    valid = np.asarray(labels != ignore_index)
    known = np.where(valid, labels, 0)
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


def _check_labels(labels: Any, classes: int, ignore_index: int | None = None) -> None:
    if not labels.size or 0 <= labels.min() <= labels.max() < classes:
        return
    wrong = ((labels < 0) | (labels >= classes)) & (labels != ignore_index)
    if np.any(wrong):
        first = tuple(map(int, np.argwhere(wrong)[0]))
        place = f"target[{', '.join(map(str, first))}]" if first else "the target"
        raise IndexError(
            f"label {labels[first]} is out of range for {classes} classes: expected 0 to "
            f"{classes - 1}; it is {place}"
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
