"""Activations along an axis, as modules: the softmax and its kin, and the gated linear unit."""

from __future__ import annotations

from typing import Any

from . import functional
from .module import Module

__all__ = [
    "GLU",
    "LogSoftmax",
    "Softmax",
    "Softmin",
]


class _AlongAxis(Module):
    """An activation that mixes what lies along one axis."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class Softmax(_AlongAxis):
    """p_k = exp(y_k) / Σ_i exp(y_i) along an axis: C scores become C probabilities.

    Args:
        dim: the axis along which the probabilities add up to 1.

    Shape: any; the output has the input's.

    Backward: dp_i/dy_j = p_i (1 − p_j) if i = j, else −p_i p_j; so dJ/dy_i =
    dJ/dp_i p_i (1 − p_i) − Σ_{j≠i} dJ/dp_j p_j p_i. With `cross_entropy_from_probabilities` on
    top that is p − ŷ; `CrossEntropyLoss` does both in one and stays exact far out.

    Deck, part B.
    """

    def forward(self, y: Any) -> Any:
        """The probabilities."""
        return functional.softmax(y, dim=self.dim)


class LogSoftmax(_AlongAxis):
    """log p_k = y_k − log Σ_i exp(y_i) along an axis; under `NLLLoss` it is a cross-entropy.

    Args:
        dim: the axis along which the probabilities add up to 1.

    Shape: any; the output has the input's.

    Backward: dJ/dy = dJ/d(log p) − p Σ dJ/d(log p).
    """

    def forward(self, y: Any) -> Any:
        """Logarithms of the probabilities."""
        return functional.log_softmax(y, dim=self.dim)


class Softmin(_AlongAxis):
    """p_k = exp(−y_k) / Σ_i exp(−y_i) along an axis: the softmax of −y.

    Args:
        dim: the axis along which the results add up to 1.

    Shape: any; the output has the input's.

    Backward: that of `Softmax`, with the sign changed.
    """

    def forward(self, y: Any) -> Any:
        """The softmax of -y."""
        return functional.softmin(y, dim=self.dim)


class GLU(_AlongAxis):
    """y = a σ(b), a and b the halves of the input along an axis: one half gates the other.

    Args:
        dim: the axis.

    Shape: (..., 2n, ...), with 2n along the axis; output (..., n, ...).

    Raises:
        ValueError: an odd number along the axis.

    Backward: dJ/da = dJ/dy σ(b), dJ/db = dJ/dy a σ(b) (1 − σ(b)). Source: Dauphin et al.,
    "Language Modeling with Gated Convolutional Networks", 2017.
    """

    def forward(self, x: Any) -> Any:
        """The first half of x times the sigmoid of the second."""
        return functional.glu(x, dim=self.dim)
