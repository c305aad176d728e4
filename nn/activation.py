"""Activations: the non-linearities between fully-connected layers, as modules."""

from __future__ import annotations

from typing import Any

from . import functional
from .module import Module

__all__ = ["ReLU", "Sigmoid", "Tanh"]


class ReLU(Module):
    """y = max(0, z), elementwise; dJ/dz = dJ/dy where z > 0, else 0 (also at 0).

    Shape: any; the output has the input's. Deck, part C.
    """

    def forward(self, z: Any) -> Any:
        """max(0, z)."""
        return functional.relu(z)


class Sigmoid(Module):
    """y = σ(z) = 1 / (1 + e^(−z)), elementwise; dJ/dz = dJ/dy · σ(z) (1 − σ(z)).

    Shape: any; the output has the input's. Deck, part C.
    """

    def forward(self, z: Any) -> Any:
        """1 / (1 + e^(-z))."""
        return functional.sigmoid(z)


class Tanh(Module):
    """y = tanh z, elementwise; dJ/dz = dJ/dy · (1 − tanh² z).

    Shape: any; the output has the input's. Deck, part C.
    """

    def forward(self, z: Any) -> Any:
        """Hyperbolic tangent of z."""
        return functional.tanh(z)
