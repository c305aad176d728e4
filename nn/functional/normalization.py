"""Batch and layer normalization: subtract the mean, divide by the deviation, scale and shift.

Both are one op: the axes over which mean and variance are taken make the difference. Deck, part C.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor, expect, primitive
from autograd.clock import stamp
from autograd.engine import unbroadcast
from autograd.registry import unwrap

from .. import kernels
from .loss import with_shape

__all__ = ["batch_norm", "layer_norm"]


def batch_norm(
    input: Any,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalize each channel over the batch: see `nn.BatchNorm1d`.

    Args:
        input: shape (N, C, ...), such as (N, C), (N, C, L) or (N, C, H, W).
        running_mean, running_var: running estimates, shape (C,), or None. In training they are
            changed in place, x <- (1 - m) x + m x̂ with the batch's x̂ (the unbiased variance);
            otherwise they are what is normalized with.
        weight, bias: γ and β of shape (C,), or None.
        training: use the statistics of this batch.
        momentum: m.
        eps: ε, added to the variance under the root.

    Returns: shape of the input.

    Raises:
        ValueError: shapes that do not fit; a single value per channel in training; no statistics.
    """
    input = with_shape(input)
    _check_channels(input, running_mean, running_var, weight, bias)
    row = (input.shape[1],) + (1,) * (input.ndim - 2)
    affine = _affine(weight, bias, row)
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError(
                "batch_norm without training needs running_mean and running_var, got None; pass "
                "them, or training=True for the statistics of the batch"
            )
        return _given(
            input, np.reshape(running_mean, row), np.reshape(running_var, row), affine, eps
        )
    count = input.size // input.shape[1] if input.shape[1] else 0
    if count == 1:
        raise ValueError(
            "batch normalization in training expects more than one value per channel, got an "
            f"input of shape {input.shape}: its variance would be 0. Use a larger batch "
            "(drop_last=True leaves out a short one), or eval mode"
        )
    axes = (0, *range(2, input.ndim))
    out, kept = _normalized.run((input, *affine), {"axes": axes, "eps": eps})
    if count:
        mean, variance = (kept.mean, kept.variance) if kept else _moments(unwrap(input), axes)
        unbiased = variance * (count / (count - 1))
        for running, batch in ((running_mean, mean), (running_var, unbiased)):
            if running is not None:
                running.data[...] = (1 - momentum) * running.data + momentum * batch.ravel()
        stamp(*(r for r in (running_mean, running_var) if r is not None))
    return out


def layer_norm(
    input: Any,
    normalized_shape: Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    """Normalize each sample over its last axes: see `nn.LayerNorm`.

    Args:
        input: shape (..., *normalized_shape).
        normalized_shape: lengths of the axes to normalize over.
        weight, bias: γ and β of that shape, or None.
        eps: ε, added to the variance under the root.

    Returns: shape of the input.

    Raises:
        ValueError: shapes that do not fit.
    """
    shape = tuple(expect.items("layer_norm", "normalized_shape", normalized_shape))
    if not shape or np.shape(input)[-len(shape) :] != shape:
        raise ValueError(
            f"expected an input of shape (..., {', '.join(map(str, shape))}), got "
            f"{np.shape(input)}; layer normalization is over the last axes"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and np.shape(value) != shape:
            raise ValueError(f"layer_norm expects a {name} of shape {shape}, got {np.shape(value)}")
    axes = tuple(range(-len(shape), 0))
    return _normalized(input, *_affine(weight, bias, shape), axes=axes, eps=eps)


def _check_channels(input: Any, *vectors: Any) -> None:
    if input.ndim < 2:
        raise ValueError(
            f"batch_norm expects an input of shape (N, C, ...), got {input.shape}; one sample is "
            "x[np.newaxis]"
        )
    names = ("running_mean", "running_var", "weight", "bias")
    for name, vector in zip(names, vectors, strict=True):
        if vector is not None and vector.shape != (input.shape[1],):
            raise ValueError(
                f"expected an input with {np.size(vector)} channels on axis 1, the length of "
                f"{name}, got shape {input.shape}"
            )


def _affine(weight: Any, bias: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """γ and β in a shape that broadcasts against the input; nothing where there is neither."""
    if weight is None and bias is None:
        return ()
    if weight is None:
        weight = np.ones(bias.shape, bias.dtype)
    given = (weight,) if bias is None else (weight, bias)
    return tuple(v if v.shape == shape else np.reshape(v, shape) for v in given)


def _given(x: Any, mean: Any, variance: Any, affine: tuple[Any, ...], eps: float) -> Any:
    """γ (x - μ) / √(σ² + ε) + β with statistics that do not depend on x."""
    scale = 1 / np.sqrt(variance + eps)
    out = (x - mean) * (scale * affine[0] if affine else scale)
    return out + affine[1] if len(affine) > 1 else out


# -- the op --------------------------------------------------------------------------------------


def _forward(x: Any, *affine: Any, axes: tuple[int, ...], eps: float) -> Any:
    """γ (x - μ) / √(σ² + ε) + β with mean and biased variance over `axes`."""
    mean, variance = _moments(x, axes)
    z = (x - mean) / np.sqrt(variance + eps)
    if not affine:
        return z
    weight, *bias = affine
    return weight * z + bias[0] if bias else weight * z


def _moments(x: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Mean and biased variance over `axes`, in a shape that broadcasts against x."""
    mean = _mean(x, axes)
    return mean, _mean((x - mean) ** 2, axes)


def _mean(values: Any, axes: tuple[int, ...]) -> Any:
    """Of nothing the mean is taken as 0, without a warning: there is nothing to normalize."""
    count = max(math.prod(values.shape[axis] for axis in axes), 1)
    return np.sum(values, axis=axes, keepdims=True) / count


def _rule(
    needs: Sequence[bool],
    g: Any,
    out: Any,
    x: Any,
    *affine: Any,
    axes: tuple[int, ...],
    eps: float,
) -> Any:
    """With z = (x - μ)/s, s = √(σ² + ε), h = γ dJ/dy: dJ/dx = (h - mean(h) - z mean(h z)) / s.

    dJ/dγ = Σ z dJ/dy and dJ/dβ = Σ dJ/dy, over all that share the γ and the β.
    """
    centered = x - _mean(x, axes)
    scale = 1 / np.sqrt(_mean(centered * centered, axes) + eps)
    z = centered * scale
    h = g * affine[0] if affine else g
    dx = (h - _mean(h, axes) - z * _mean(h * z, axes)) * scale if needs[0] else None
    weight = unbroadcast(g * z, affine[0].shape) if affine and needs[1] else None
    bias = unbroadcast(g, affine[1].shape) if len(affine) > 1 and needs[2] else None
    return (dx, weight, bias)[: 1 + len(affine)]


_normalized = primitive(_forward, joint=_rule, name="normalize")
_normalized.kernel = kernels.normalize
