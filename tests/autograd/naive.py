"""A reference engine that shares no idea with ours: forward mode with dense Jacobians.

Every value carries d(value)/d(leaf) for each leaf, as a matrix, from the moment it is made. Slow,
short, and obviously the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Naive:
    """A value and its Jacobians with respect to leaves, keyed by leaf number."""

    def __init__(self, value: Any, jacobians: dict[int, Any] | None = None) -> None:
        self.value = np.array(value, dtype=float)
        self.jacobians = jacobians or {}

    @classmethod
    def leaf(cls, value: Any, number: int) -> Naive:
        return cls(value, {number: np.eye(np.size(value))})

    def linear(self, function: Callable[[Any], Any]) -> Naive:
        """A linear map of the value: applied to each column of the Jacobians as well."""
        columns = {
            number: np.stack(
                [function(c.reshape(self.value.shape)).ravel() for c in jacobian.T], axis=1
            ).reshape(-1, jacobian.shape[1])
            for number, jacobian in self.jacobians.items()
        }
        return Naive(function(self.value), columns)

    def scaled(self, factor: Any, value: Any) -> Naive:
        """An elementwise function with this value and this derivative."""
        slope = np.broadcast_to(factor, self.value.shape).reshape(-1, 1)
        return Naive(value, {n: slope * j for n, j in self.jacobians.items()})

    def plus(self, other: Naive) -> Naive:
        """Elementwise sum of equal shapes: Jacobians add."""
        numbers = self.jacobians.keys() | other.jacobians.keys()
        total = {
            n: self.jacobians.get(n, 0) + other.jacobians.get(n, 0)  # type: ignore[operator]
            for n in numbers
        }
        return Naive(self.value + other.value, total)

    def broadcast(self, shape: tuple[int, ...]) -> Naive:
        return self.linear(lambda v: np.broadcast_to(v, shape))


def binary(x: Naive, y: Naive, value: Callable[[Any, Any], Any], dx: Any, dy: Any) -> Naive:
    """Elementwise f(x, y) with partial derivatives dx and dy, after broadcasting."""
    shape = np.broadcast_shapes(x.value.shape, y.value.shape)
    a, b = x.broadcast(shape), y.broadcast(shape)
    left = a.scaled(dx(a.value, b.value), value(a.value, b.value))
    right = b.scaled(dy(a.value, b.value), np.zeros(shape))
    return left.plus(right)
