"""Lengths of vectors, angles and distances between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.expect import integer

from .loss import with_shape

__all__ = ["cosine_similarity", "normalize", "pairwise_distance"]


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Divide vectors by their p-norm, x / max(‖x‖_p, ε), so that each has length 1.

    Args:
        input: vectors along axis `dim`.
        p: of the norm: (Σ |x_i|^p)^(1/p), the largest |x_i| for infinity.
        dim: the axis.
        eps: ε, the least length to divide by.

    Returns: shape of the input. A vector of zeros stays one; its derivative there is 1/ε.

    Raises:
        AxisError: the input has no such axis.
    """
    input, dim = with_shape(input), integer("normalize", "dim", dim)
    return input / _length(input, p, dim, eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Cosine of the angle between vectors, x1 · x2 / (‖x1‖ ‖x2‖): see `nn.CosineSimilarity`.

    Args:
        x1, x2: vectors along axis `dim`, of shapes that broadcast against each other.
        dim: the axis, counted in the common shape.
        eps: ε, the least length to divide by.

    Returns: the common shape without that axis.

    Raises:
        ValueError: the shapes do not broadcast. AxisError: there is no such axis.
    """
    first, second = np.shape(x1), np.shape(x2)
    try:
        shape = np.broadcast_shapes(first, second)
    except ValueError:
        raise ValueError(
            "cosine_similarity expects vectors of shapes that broadcast against each other, got "
            f"{first} and {second}"
        ) from None
    dim = normalize_axis_index(integer("cosine_similarity", "dim", dim), len(shape))
    x1, x2 = (x if np.shape(x) == shape else np.broadcast_to(x, shape) for x in (x1, x2))
    unit1, unit2 = (with_shape(x) / _length(x, 2, dim, eps) for x in (x1, x2))
    return np.sum(unit1 * unit2, axis=dim)


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Any:
    """Distance of each x1 from its x2, ‖x1 - x2 + ε‖_p: see `nn.PairwiseDistance`.

    Args:
        x1, x2: vectors along the last axis, of shapes that broadcast against each other.
        p: of the norm.
        eps: ε, added to each difference, so that the norm has a derivative where x1 = x2.
        keepdim: keep the last axis, with length 1.

    Returns: the common shape without the last axis.

    Raises:
        ValueError: the shapes do not broadcast. AxisError: both are 0-d.
    """
    x1, x2 = with_shape(x1), with_shape(x2)
    return np.linalg.norm(np.subtract(x1, x2) + eps, ord=p, axis=-1, keepdims=keepdim)


def _length(x: Any, p: float, dim: int, eps: float) -> Any:
    """The p-norm along an axis, which stays; at least ε."""
    return np.maximum(np.linalg.norm(x, ord=p, axis=dim, keepdims=True), eps)
