"""Normalization over some axes; forward leaves z and the statistics behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiled import find
from autograd.kernel import Kernel

from . import sums

__all__ = ["Moments", "normalize", "normalized"]


class Moments(NamedTuple):
    """What normalization computes on the way: z = (x - μ) scale, scale = 1/√(σ² + ε), μ and σ²."""

    z: Any
    scale: Any
    mean: Any
    variance: Any


def normalized(x: Any, *affine: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Moments]:
    """γ (x - μ) / √(σ² + ε) + β with mean and biased variance over `axes`, and the steps to it."""
    compiled = _compiled(x, affine, axes, eps)
    if compiled is not None:
        return compiled
    count = _count(x, axes)
    mean = _sum(x, axes) / count
    z = x - mean
    out = z * z
    variance = _sum(out, axes) / count
    scale = 1 / np.sqrt(variance + eps)
    z *= scale
    moments = Moments(z, scale, mean, variance)
    if not affine:
        return z, moments
    gamma, *beta = affine
    out = np.multiply(z, gamma, out=out if gamma.dtype is out.dtype else None)
    if beta:
        out = np.add(out, beta[0], out=out if beta[0].dtype is out.dtype else None)
    return out, moments


def _backward(
    needs: Sequence[bool],
    g: Any,
    own: bool,
    out: Any,
    moments: Moments,
    x: Any,
    *affine: Any,
    axes: tuple[int, ...],
    eps: float,
) -> tuple[Any, ...]:
    z, scale = moments.z, moments.scale
    compiled = _compiled_backward(g, moments, affine, axes)
    if compiled is not None:
        return compiled
    products = g * z
    count = _count(x, axes)
    if not affine or _one_each(affine[0], scale):
        # γ is a factor of whole sums: those for γ and β are also the means that dJ/dx is made of,
        # which leaves 7 passes of 11.
        dots = _sum(products, axes)
        total = _sum(g, axes)
        of_affine = [s.reshape(a.shape) for s, a in zip((dots, total), affine, strict=False)]
        dx, factor = g, scale * affine[0] if affine else scale
    else:
        of_affine = [_shared(v, a.shape) for v, a in zip((products, g), affine, strict=False)]
        dx = np.multiply(g, affine[0], out=g if own else None)
        own, factor = True, scale
        dots = _sum(np.multiply(dx, z, out=products), axes)
        total = _sum(dx, axes)
    if not needs[0]:
        return None, *of_affine
    np.multiply(z, dots / count, out=products)
    dx = np.subtract(dx, products, out=dx if own else None)
    dx -= total / count
    dx *= factor
    return dx, *of_affine


def _sum(values: Any, axes: tuple[int, ...]) -> Any:
    """The sum over `axes`, in a shape that broadcasts against `values`."""
    if axes == (0,) and values.dtype.kind == "f":
        return sums.of_rows(values)
    return np.add.reduce(values, axis=axes, keepdims=True)


def _compiled(
    x: Any, affine: tuple[Any, ...], axes: tuple[int, ...], eps: float
) -> tuple[Any, Moments] | None:
    """Normalization of columns with γ and β by a compiled loop, or None."""
    loop = find("nn.loops.normalize", x, *affine) if _by_columns(x, affine, axes) else None
    if loop is None:
        return None
    z, out = np.empty_like(x), np.empty_like(x)
    mean, variance, scale = np.empty((3, x.shape[1]), x.dtype)
    gamma, beta = affine
    loop(x, gamma.ravel(), beta.ravel(), eps, z, out, mean, variance, scale)
    return out, Moments(z, scale, mean, variance)


def _compiled_backward(
    g: Any, moments: Moments, affine: tuple[Any, ...], axes: tuple[int, ...]
) -> tuple[Any, ...] | None:
    if not _by_columns(g, affine, axes):
        return None
    z, scale, gamma = moments.z, moments.scale, affine[0]
    loop = find("nn.loops.normalize_gradient", g, z, scale, gamma)
    if loop is None:
        return None
    dx = np.empty_like(g)
    dgamma, dbeta = np.empty((2, g.shape[1]), g.dtype)
    loop(g, z, scale.ravel(), gamma.ravel(), dx, dgamma, dbeta)
    return dx, dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


def _by_columns(x: Any, affine: tuple[Any, ...], axes: tuple[int, ...]) -> bool:
    """Whether each column of a matrix has its own μ, σ², γ and β."""
    if axes != (0,) or x.ndim != 2 or len(affine) != 2:
        return False
    return bool(affine[0].size == affine[1].size == x.shape[1])


def _one_each(gamma: Any, scale: Any) -> bool:
    """Whether all that shares one element of `scale` shares one of γ, and the other way round."""
    return bool(gamma.size == scale.size and gamma.shape == scale.shape[-gamma.ndim :])


def _shared(values: Any, shape: tuple[int, ...]) -> Any:
    """`values` summed over the leading axes that a parameter of `shape` does not have."""
    lead = values.ndim - len(shape)
    return np.add.reduce(values, axis=tuple(range(lead)))


def _count(x: Any, axes: tuple[int, ...]) -> int:
    """How many values a mean is of; 1 instead of 0: of nothing it is taken as 0."""
    count: int = len(x) if axes == (0,) else math.prod(x.shape[axis] for axis in axes)
    return max(count, 1)


normalize = Kernel(normalized, _backward)
