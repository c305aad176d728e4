"""Losses of values against values, and what all losses share: reductions, shapes, dtypes.

Each is one op whose rule is the closed form of the deck: d = z − ẑ is input − target, g is
dJ/d(what the loss gives).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeGuard

import numpy as np

from autograd import Primitive, Tensor, primitive
from autograd.tangents import declare, reducing

from .. import kernels

__all__ = [
    "Reduction",
    "checked_reduction",
    "half_mse_loss",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "smooth_l1_loss",
]

Reduction = Literal["mean", "sum", "none"]


def checked_reduction(reduction: Any) -> Reduction:
    """`reduction` if it is one, else ValueError."""
    if not _is_reduction(reduction):
        raise ValueError(f"reduction expects 'mean', 'sum' or 'none', got {reduction!r}")
    return reduction


def _is_reduction(reduction: Any) -> TypeGuard[Reduction]:
    return reduction in ("mean", "sum", "none")


def reduced(losses: Any, reduction: Reduction, count: Any = None) -> Any:
    """`losses` themselves, their sum, or their sum over `count` (None: their number)."""
    if reduction == "none":
        return losses
    total = np.add.reduce(losses, axis=None)
    return total / (np.size(losses) if count is None else count) if reduction == "mean" else total


def spread(g: Any, count: Any, reduction: Reduction) -> Any:
    """dJ/d(each of `count` losses), given g = dJ/d(their reduction)."""
    return g / count if reduction == "mean" else g


def with_shape(value: Any) -> Any:
    """Return `value` as it is if it has a shape, else an array of it; TypeError for no numbers."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"expected a tensor, an array or numbers as input or target, got {value!r:.60}"
        )
    return array


def paired(loss: str, input: Any, target: Any) -> tuple[Any, Any]:
    """Input and target of one shape; integers and booleans as target take the input's dtype.

    Raises ValueError where the shapes differ.
    """
    input, target = with_shape(input), with_shape(target)
    same_shape(loss, input, target)
    if target.dtype.kind in "iub" and input.dtype.kind == "f":
        target = target.astype(input.dtype)
    return input, target


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


def elementwise_loss(
    each: Callable[..., Any], wrt_input: Callable[..., Any], wrt_target: Callable[..., Any]
) -> Primitive:
    """The op of a loss that is a reduction of `each(x, target, **options)`.

    `wrt_input` and `wrt_target` are the derivatives of `each`, with the same arguments; the
    reduction's part of the chain rule is here. The op is called after `each`.
    """

    def forward(x: Any, t: Any, *, reduction: Reduction = "mean", **options: Any) -> Any:
        return reduced(each(x, t, **options), reduction)

    op = primitive(
        forward,
        lambda g, out, x, t, *, reduction="mean", **options: (
            spread(g, x.size, reduction) * wrt_input(x, t, **options)
        ),
        lambda g, out, x, t, *, reduction="mean", **options: (
            spread(g, x.size, reduction) * wrt_target(x, t, **options)
        ),
        name=each.__name__.strip("_"),
    )
    declare(reducing, op)
    return op


# -- squared error -------------------------------------------------------------------------------


def mse_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """Mean, sum, or array of (input - target)²: see `nn.MSELoss`.

    Raises:
        ValueError: `input` and `target` differ in shape.
    """
    input, target = paired("mse_loss", input, target)
    return _squared_error(input, target, reduction=checked_reduction(reduction))


def half_mse_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """The deck's L2 loss, J = 1/(2N) Σ (input - target)², N samples: see `nn.HalfMSELoss`.

    Raises:
        ValueError: `input` and `target` differ in shape.
    """
    input, target = paired("half_mse_loss", input, target)
    return _half_squared_error(input, target, reduction=checked_reduction(reduction))


def _from_values(x: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    d = x - target
    return d * d if reduction == "none" else spread(_dot(d), d.size, reduction)


def _half_from_values(x: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    d = x - target
    return d * d / 2 if reduction == "none" else spread(_dot(d) / 2, _samples(d), reduction)


def _dot(d: Any) -> Any:
    flat = np.ravel(d, "K")
    return np.dot(flat, flat)


def _samples(x: Any) -> int:
    """N, the length of the first axis; a lone number is one sample."""
    return int(x.shape[0]) if x.ndim else 1


def _difference(g: Any, x: Any, target: Any, reduction: Reduction) -> Any:
    return spread(2 * g, x.size, reduction) * (x - target)


def _half_difference(g: Any, x: Any, target: Any, reduction: Reduction) -> Any:
    return spread(g, _samples(x), reduction) * (x - target)


_squared_error = primitive(
    _from_values,
    lambda g, out, x, t, *, reduction="mean": _difference(g, x, t, reduction),
    lambda g, out, x, t, *, reduction="mean": _difference(-g, x, t, reduction),
    name="mse_loss",
)
_half_squared_error = primitive(
    _half_from_values,
    lambda g, out, x, t, *, reduction="mean": _half_difference(g, x, t, reduction),
    lambda g, out, x, t, *, reduction="mean": _half_difference(-g, x, t, reduction),
    name="half_mse_loss",
)
_squared_error.kernel = kernels.squared_error
_half_squared_error.kernel = kernels.half_squared_error
declare(reducing, _squared_error, _half_squared_error)

# -- absolute error, and mixtures ----------------------------------------------------------------


def l1_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """Mean, sum, or array of |input - target|: see `nn.L1Loss`.

    Raises:
        ValueError: `input` and `target` differ in shape.
    """
    input, target = paired("l1_loss", input, target)
    return _l1(input, target, reduction=checked_reduction(reduction))


def smooth_l1_loss(
    input: Any, target: Any, *, reduction: Reduction = "mean", beta: float = 1.0
) -> Any:
    """d²/(2β) where |d| < β, |d| - β/2 elsewhere: see `nn.SmoothL1Loss`.

    Raises:
        ValueError: `input` and `target` differ in shape; beta < 0.
    """
    if checked_beta(beta) == 0:
        return l1_loss(input, target, reduction=reduction)
    input, target = paired("smooth_l1_loss", input, target)
    return _smooth_l1(input, target, reduction=checked_reduction(reduction), beta=beta)


def huber_loss(
    input: Any, target: Any, *, reduction: Reduction = "mean", delta: float = 1.0
) -> Any:
    """d²/2 where |d| <= δ, δ (|d| - δ/2) elsewhere: see `nn.HuberLoss`.

    Raises:
        ValueError: `input` and `target` differ in shape; delta <= 0.
    """
    input, target = paired("huber_loss", input, target)
    return _huber(input, target, reduction=checked_reduction(reduction), delta=checked_delta(delta))


def checked_beta(beta: float) -> float:
    """`beta` if it is one of the smooth L1 loss, else ValueError."""
    if not beta >= 0:
        raise ValueError(f"the smooth L1 loss expects beta >= 0, got {beta}")
    return beta


def checked_delta(delta: float) -> float:
    """`delta` if it is one of the Huber loss, else ValueError."""
    if not delta > 0:
        raise ValueError(f"the Huber loss expects delta > 0, got {delta}")
    return delta


def _l1_loss(x: Any, t: Any) -> Any:
    return np.abs(x - t)


def _smooth_l1_loss(x: Any, t: Any, *, beta: float) -> Any:
    return _huber_loss(x, t, delta=beta) / beta


def _huber_loss(x: Any, t: Any, *, delta: float) -> Any:
    # With m = min(|d|, δ) both branches are m (|d| - m/2).
    size = np.abs(x - t)
    m = np.minimum(size, delta)
    return m * (size - m / 2)


_l1 = elementwise_loss(_l1_loss, lambda x, t: np.sign(x - t), lambda x, t: np.sign(t - x))
_smooth_l1 = elementwise_loss(
    _smooth_l1_loss,
    lambda x, t, *, beta: np.clip((x - t) / beta, -1, 1),
    lambda x, t, *, beta: np.clip((t - x) / beta, -1, 1),
)
_huber = elementwise_loss(
    _huber_loss,
    lambda x, t, *, delta: np.clip(x - t, -delta, delta),
    lambda x, t, *, delta: np.clip(t - x, -delta, delta),
)
