"""Slopes from differences, each with an error bar of its own, and the quick way to them: two steps.

What those do not settle gets the look of `careful_slope`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

__all__ = ["ONE_SLOPE", "ROUNDINGS", "Numeric", "quick_slopes", "quick_step", "rounding"]

_TINY = float(np.finfo(float).tiny)
_CLEAR_QUICKLY = 1e-6
# f is computed with a few roundings, not with one.
ROUNDINGS = 8
# Slopes on the two sides that differ by less than this part of them are one slope.
ONE_SLOPE = 1e-5


@dataclass(frozen=True)
class Numeric:
    """Numeric derivatives; each attribute an array of outputs × inputs (or × lines).

    Attributes:
        value: the estimates; NaN where f is not finite around the point.
        bar: how far each may be from the truth.
        floor: the part of the bar that is rounding of f, which no method gets below.
        span: the slope of the widest step, which tells the size of slopes around here.
        left, right: the slopes on either side, where there are two of them; NaN elsewhere.
        jump: whether f jumps at the point.
    """

    value: ndarray
    bar: ndarray
    floor: ndarray
    span: ndarray
    left: ndarray
    right: ndarray
    jump: ndarray

    @staticmethod
    def unknown(*shape: int) -> Numeric:
        """All of it still to be found."""
        nan, inf = np.nan, np.inf
        start = (nan, inf, inf, 0.0, nan, nan)
        value, bar, floor, span, left, right = (np.full(shape, x) for x in start)
        return Numeric(value, bar, floor, span, left, right, np.zeros(shape, bool))

    @property
    def kink(self) -> ndarray:
        """Whether the slopes on the two sides differ."""
        return ~np.isnan(self.left)  # type: ignore[no-any-return]

    def column(self, j: int) -> Numeric:
        """The derivatives by input (along line) number j; writing into it writes here."""
        return Numeric(*(getattr(self, name)[..., j] for name in self.__dataclass_fields__))

    def put(self, other: Numeric, where: Any = ...) -> None:
        """Overwrite all of it, or the part that `where` selects, with `other`."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[where] = getattr(other, name)


def rounding(largest: ndarray, eps: float) -> Any:
    """What rounding may have done to values of f, of which the largest is given."""
    return ROUNDINGS * np.fmax(eps * largest, _TINY)


@functools.cache
def quick_step(eps: float) -> float:
    """The wider of two steps, relative to the argument, at which both kinds of error are small."""
    return float(2.0 ** -int(-np.log2(eps) / 4.3))


def quick_slopes(
    samples: ndarray,
    points: ndarray,
    at_point: ndarray,
    eps: float,
    size: Any = 0.0,
    typical: Any = 0.0,
) -> tuple[Numeric, ndarray]:
    """Slopes from four samples of each line, and whether that settles them.

    Args:
        samples: f at x + h, x - h, x + h/2, x - h/2: shape (4, outputs, lines).
        points: those arguments, shape (4, lines).
        at_point: f at x, to be broadcast against (outputs, lines).
        eps: relative rounding of f.
        size: of the numbers that f adds up, where that is more than f itself.
        typical: of the slopes, where what counts is more than the slope itself.
    """
    wide, narrow = points[0] - points[1], points[2] - points[3]
    coarse, fine = (samples[0] - samples[1]) / wide, (samples[2] - samples[3]) / narrow
    value = fine + (fine - coarse) / 3
    largest = np.fmax(np.fmax(np.abs(samples).max(axis=0), np.abs(at_point)), size)
    floor = rounding(largest, eps) / narrow
    bar = np.abs(value - fine) + floor
    # The second differences are h f'' where f is smooth: extrapolated to h = 0, they are what the
    # slope changes at the point.
    bend = (samples[0] + samples[1] - 2 * at_point) * (2 / wide)
    bend = 2 * ((samples[2] + samples[3] - 2 * at_point) * (2 / narrow)) - bend
    steep = np.fmax(np.abs(value), typical)
    smooth = np.abs(bend) <= np.fmax(ONE_SLOPE * (steep + np.abs(bend)), 16 * floor)
    clear = np.isfinite(value) & smooth & (bar <= np.fmax(_CLEAR_QUICKLY * steep, 2 * floor))
    span = np.abs(samples[0] - at_point) * (2 / wide)
    left, right = np.full((2, *value.shape), np.nan)
    return Numeric(value, bar, floor, span, left, right, np.zeros(value.shape, bool)), clear
