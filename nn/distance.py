"""Angles and distances between vectors, as modules."""

from __future__ import annotations

from typing import Any

from . import functional
from .module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """y = x1 · x2 / (max(‖x1‖, ε) max(‖x2‖, ε)), the cosine of the angle between two vectors.

    Args:
        dim: the axis along which the vectors lie.
        eps: ε, the least length to divide by.

    Shape: two inputs that broadcast to one shape; output that shape without the axis.

    Raises:
        ValueError: the shapes do not broadcast. AxisError: there is no such axis.

    Backward: with unit vectors u1 and u2, dJ/dx1 = dJ/dy (u2 − y u1) / ‖x1‖, and likewise for x2.
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Any, x2: Any) -> Any:
        """The cosines."""
        return functional.cosine_similarity(x1, x2, dim=self.dim, eps=self.eps)

    def extra_repr(self) -> str:
        """The axis and ε."""
        return f"dim={self.dim}, eps={self.eps}"


class PairwiseDistance(Module):
    """y = ‖x1 − x2 + ε‖_p, the distance between two vectors.

    Args:
        p: of the norm, (Σ |d_i|^p)^(1/p).
        eps: ε, added to each difference, so that there is a derivative where x1 = x2.
        keepdim: keep the last axis, with length 1.

    Shape: inputs (..., n) that broadcast to one shape; output (...), or (..., 1).

    Raises:
        ValueError: the shapes do not broadcast.

    Backward: with d = x1 − x2 + ε, dJ/dx1_i = dJ/dy sign(d_i) (|d_i|/y)^(p−1), dJ/dx2 = −dJ/dx1.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        """The distances."""
        return functional.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)

    def extra_repr(self) -> str:
        """The p, ε and the axis."""
        return f"p={self.norm}, eps={self.eps}, keepdim={self.keepdim}"
