"""Losses. Each is one op whose rule is the closed form of the deck."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeGuard

import numpy as np

from autograd import Tensor, primitive
from autograd.registry import unwrap

from .activation import log_softmax, softmax

__all__ = ["Reduction", "checked_reduction", "cross_entropy", "mse_loss"]

Reduction = Literal["mean", "sum", "none"]


def checked_reduction(reduction: Any) -> Reduction:
    """`reduction` if it is one, else ValueError."""
    if not _is_reduction(reduction):
        raise ValueError(f"reduction expects 'mean', 'sum' or 'none', got {reduction!r}")
    return reduction


def _is_reduction(reduction: Any) -> TypeGuard[Reduction]:
    return reduction in ("mean", "sum", "none")


def _reduced(losses: Any, reduction: Reduction) -> Any:
    """`losses` themselves, their sum or their mean."""
    if reduction == "none":
        return losses
    total = np.add.reduce(losses, axis=None)
    return total / np.size(losses) if reduction == "mean" else total


def _spread(g: Any, count: int, reduction: Reduction) -> Any:
    """dJ/d(each of `count` losses), given g = dJ/d(their reduction)."""
    return g / count if reduction == "mean" else g


def _with_shape(value: Any) -> Any:
    """`value` itself if it is an array or a tensor, else an array of it."""
    return value if isinstance(value, (Tensor, np.ndarray, np.generic)) else np.asarray(value)


# -- cross-entropy -------------------------------------------------------------------------------


def cross_entropy(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """Cross-entropy of softmax(input): see `nn.CrossEntropyLoss`.

    Args:
        input: scores of shape (N, C) or (C,).
        target: class indices of shape (N,) or (), integers; or probabilities of input's shape.
        reduction: "mean", "sum" or "none".

    Raises:
        IndexError: a label outside 0..C-1.
        ValueError: shapes that do not fit. TypeError: labels that are not integers.
    """
    checked_reduction(reduction)
    input, target = _with_shape(input), _with_shape(target)
    scores = input.shape
    if len(scores) not in (1, 2) or target.shape not in (scores, scores[:-1]):
        raise ValueError(
            "cross_entropy expects scores of shape (N, C) with labels of shape (N,) or "
            f"probabilities of shape (N, C), or one sample without N; got {scores} and "
            f"{target.shape}" + _advice(scores, target.shape)
        )
    if target.shape == scores:
        if target.dtype.kind != "f":
            raise TypeError(
                "cross_entropy takes a target of the input's shape for probabilities: expected a "
                f"floating dtype, got {target.dtype}; write target.astype(float), or pass class "
                f"indices of shape {scores[:-1]}"
            )
        return _of_probabilities(input, target, reduction=reduction)
    if target.dtype.kind not in "iu":
        raise TypeError(
            f"cross_entropy expects integers as labels, got dtype {target.dtype}; "
            "write target.astype(int)"
        )
    return _of_labels(input, target, reduction=reduction)


def _advice(scores: tuple[int, ...], target: tuple[int, ...]) -> str:
    if len(scores) > 2:
        return f"; write input.reshape(-1, {scores[-1]}) and target.reshape(-1)"
    if target == (*scores[:-1], 1):
        return "; write target.reshape(-1)"
    return ""


def _from_labels(x: Any, labels: Any, *, reduction: Reduction = "mean") -> Any:
    classes = x.shape[-1]
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)].flat[0]
        raise IndexError(
            f"label {wrong} is out of range for {classes} classes: expected 0 to {classes - 1}"
        )
    picked = log_softmax(x)[_at(labels)]
    return _reduced(-picked, reduction)


def _from_probabilities(x: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    return _reduced(-np.sum(target * log_softmax(x), axis=-1), reduction)


def _at(labels: Any) -> Any:
    """Index of each sample's label in scores of shape (N, C) or (C,)."""
    return (np.arange(labels.size), labels) if labels.ndim else labels


def _one_hot(labels: Any, x: Any) -> Any:
    """Probabilities ŷ of the shape of `x`: 1 at the label, 0 elsewhere."""
    y = np.zeros(x.shape, x.dtype)
    y[_at(unwrap(labels))] = 1
    return y


def _each(g: Any, x: Any, reduction: Reduction) -> Any:
    """dJ/d(loss of each sample), to be multiplied with scores `x` of shape (N, C) or (C,)."""
    if reduction == "none":
        return g[..., np.newaxis]
    return _spread(g, math.prod(x.shape[:-1]), reduction)


def _wrt_scores(g: Any, x: Any, target: Any, reduction: Reduction) -> Any:
    """dJ/dy = p Σ ŷ - ŷ, that is p - ŷ where the ŷ of a sample add up to 1."""
    return (softmax(x) * np.sum(target, axis=-1, keepdims=True) - target) * _each(g, x, reduction)


_of_labels = primitive(
    _from_labels,
    lambda g, out, x, labels, *, reduction="mean": (
        (softmax(x) - _one_hot(labels, x)) * _each(g, x, reduction)
    ),
    None,
    name="cross_entropy",
)
_of_probabilities = primitive(
    _from_probabilities,
    lambda g, out, x, target, *, reduction="mean": _wrt_scores(g, x, target, reduction),
    lambda g, out, x, target, *, reduction="mean": -log_softmax(x) * _each(g, x, reduction),
    name="cross_entropy",
)

# -- squared error -------------------------------------------------------------------------------


def mse_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """Mean, sum, or array of (input - target)²: see `nn.MSELoss`.

    Raises:
        ValueError: `input` and `target` differ in shape.
    """
    input, target = _with_shape(input), _with_shape(target)
    same_shape("mse_loss", input, target)
    return _squared_error(input, target, reduction=checked_reduction(reduction))


def same_shape(loss: str, input: Any, target: Any) -> None:
    """Raise ValueError unless the two have one shape: a loss must not broadcast silently."""
    ours, theirs = input.shape, target.shape
    if ours == theirs:
        return
    fix = (
        f"write target.reshape({ours}), or input.reshape({theirs})"
        if math.prod(ours) == math.prod(theirs)
        else "each output needs a target of its own"
    )
    raise ValueError(
        f"{loss} expects input and target of one shape, got {ours} and {theirs}; they are not "
        f"broadcast against each other: {fix}"
    )


def _from_values(x: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    d = x - target
    if reduction == "none":
        return d * d
    flat = np.ravel(d, "K")
    total = np.dot(flat, flat)
    return total / d.size if reduction == "mean" else total


def _difference(g: Any, x: Any, target: Any, reduction: Reduction) -> Any:
    return _spread(2 * g, x.size, reduction) * (x - target)


_squared_error = primitive(
    _from_values,
    lambda g, out, x, t, *, reduction="mean": _difference(g, x, t, reduction),
    lambda g, out, x, t, *, reduction="mean": _difference(-g, x, t, reduction),
    name="mse_loss",
)
