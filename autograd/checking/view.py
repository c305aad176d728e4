"""Two Jacobians side by side, and what every look at them asks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy import ndarray

__all__ = ["FIT", "Pattern", "Shape", "Values", "View"]

Shape = tuple[int, ...]
# A diagnosis, and more about it.
Pattern = tuple[str, str]

# Agreement of a whole pattern, relative: coarser than a verdict, a pattern has many entries.
FIT = 1e-5


@dataclass
class Values:
    """The numbers at which the Jacobian was taken, where they are known.

    Attributes:
        x: the input.
        out: the output.
    """

    x: ndarray = field(default_factory=lambda: np.zeros(0))
    out: ndarray = field(default_factory=lambda: np.zeros(0))


class View:
    """The two Jacobians and what the tests below ask of them."""

    def __init__(
        self,
        a: ndarray,
        n: ndarray,
        allowed: ndarray,
        output: Shape,
        input: Shape,
        values: Values | None = None,
    ) -> None:
        self.values = Values() if values is None else values
        self.a, self.n, self.output, self.input = a, n, output, input
        self.slack = 10 * np.where(np.isfinite(allowed), allowed, 0.0)
        self.wrong = np.abs(a - n) > np.where(np.isfinite(allowed), allowed, np.inf)
        # Entries whose derivative is more than rounding.
        self.alive = np.abs(n) > 10 * self.slack

    @property
    def permutes(self) -> bool:
        """Whether each element of the output is one of the input, and no two the same."""
        return all(bool(np.all(self.alive.sum(axis=axis) <= 1)) for axis in (0, 1))

    def fits(self, candidate: ndarray, where: ndarray | None = None) -> bool:
        """Whether what came is `candidate`, everywhere or where it is asked."""
        slack = self.slack + FIT * np.fmax(np.abs(candidate), np.abs(self.a))
        close = np.abs(self.a - candidate) <= slack
        return bool(close.all() if where is None else close[where].all())

    @property
    def diagonal(self) -> ndarray:
        """Where an element of the output meets the same element of the input."""
        return np.eye(*self.a.shape, dtype=bool)
