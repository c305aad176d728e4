"""The careful look at a slope: ladders of steps, from wide to narrow.

D(h) = (f(x + h) - f(x - h)) / 2h has an error in even powers of h. So from D at h, h/r, h/r², ...
Richardson's extrapolation removes one power after the other (Ridders, "Accurate computation of
F'(x) and F'(x) F''(x)", 1982). How much the last two columns of that table disagree says how good
the result is; what rounding does to f, divided by h, says how good it can be.

Each ladder also measures the noise of f, and asks whether the slopes on the two sides are one slope
at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from .numeric import ONE_SLOPE, ROUNDINGS, Numeric, rounding

__all__ = ["careful_slope"]

# Steps of the careful look, none of a ladder being wider: each starts one, and the next is tried
# where the one before gave no clear answer (a kink nearby, the edge of the domain, a fast
# oscillation).
_STEPS = tuple(2.0**-k for k in range(5, 45, 4))
_NEAR = 2.0**-21
# Arguments below this are taken for numbers of their own size, others for numbers around 1.
_SMALL = 2.0**-17
_RUNGS = 4
# Of one step to the next. With 2, whatever has a period that is a part of one step has it in all of
# them, and the slopes agree on a number that has nothing to do with the derivative.
_RATIO = 1.7
_CLEAR = 1e-8
# Places where the scatter of f is looked for, and what projects nine numbers at those onto the
# complement of the quintics: rows of length 1, so that noise of deviation σ stays so.
_NEIGHBOURS = (-3.142, -2.618, -1.932, -1.202, 0.301, 0.835, 1.517, 2.303, 2.916)
_BEYOND_QUINTIC = np.linalg.svd(np.vander(_NEIGHBOURS, 6))[0].T[6:]
# A slope is seen where its bar is at most this part of it; two are the same where they differ by at
# most this part of what they are compared with.
_SEEN = 0.1
_SAME = 0.25


def careful_slope(
    at: Callable[[float], ndarray], x: float, at_point: ndarray, eps: float, size: Any = 0.0
) -> Numeric:
    """The slopes of all outputs along one line, at its argument x.

    Args:
        at: f along the line, a vector.
        at_point: f at x.
        eps: relative rounding of f.
        size: of the numbers that f adds up, where that is more than f itself.
    """
    result, before = Numeric.unknown(at_point.size), Numeric.unknown(at_point.size)
    reach: Any = None
    at_kink = np.zeros(at_point.shape, bool)
    small = 0 < abs(x) < _SMALL
    span, scatter = np.zeros(at_point.shape), _Scatter(at_point.shape)
    for step in _ladders(x, eps):
        ladder = _Ladder(at, x, step, at_point, eps, size, scatter.expected)
        reach = ladder.reach if reach is None else reach
        found = ladder.slopes()
        span = np.where(span > 0, span, np.nan_to_num(found.span))
        scatter.met(ladder.scatter, before, found)
        # Better in relative error too: a ladder wider than the distance to a pole can agree with
        # itself, within a small bar, on a number that has nothing to do with the derivative.
        known, new = result.bar / np.abs(result.value), found.bar / np.abs(found.value)
        clearer = (new < known / 10) | (found.bar < result.bar / 10)
        better = np.isfinite(found.value) & (np.isnan(result.value) | clearer)
        # A kink as near as this is one, for numbers of the size of x: a tie but for rounding. The
        # ladder before has to have seen the same two slopes: what varies fast has others each time.
        near = not small and _NEAR / 16 < step <= _NEAR * max(abs(x), 1.0)
        tie = found.kink & (_change(before, found) <= _SAME * _gap(found)) & near
        better = (better | tie) & ~at_kink
        at_kink |= tie
        before = found
        for name in Numeric.__dataclass_fields__:
            getattr(result, name)[better] = getattr(found, name)[better]
        # Two slopes from afar, and one from here: the kink is elsewhere, or never was one.
        one = ~found.kink & (ladder.largest_gap < _gap(result) / 2) & ~at_kink
        result.left[one] = result.right[one] = np.nan
        if np.all(result.bar <= np.maximum(_CLEAR * np.abs(result.value), 2 * result.floor)):
            break
    else:
        # As near as can be f is still about as far from f(x) as it was at the widest step.
        jump = (ladder.reach > 0.3 * reach) & (ladder.reach > 100 * ladder.floor * ladder.width)
        result.jump[...] = jump & ~(result.bar <= 1e-2 * np.abs(result.value))
    result.span[...] = span
    result.value[~np.isfinite(at_point)] = np.nan
    return result


class _Scatter:
    """The scatter of f that the next ladder has to reckon with.

    What is met beside a slope that can be seen goes on at the next ladder, and where that sees the
    same slope, at all: on narrow steps f climbs as on a staircase, and a few of its treads may look
    like another slope.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.last, self.lasting = np.zeros((2, *shape))

    @property
    def expected(self) -> ndarray:
        """How much, output by output."""
        return np.asarray(np.fmax(self.last, self.lasting))

    def met(self, scatter: ndarray, before: Numeric, found: Numeric) -> None:
        """Take in what a ladder has met, which found these slopes, and the one before those."""
        seen = ~found.kink & (found.bar <= _SEEN * np.abs(found.value))
        same = seen & (np.abs(found.value - before.value) <= found.bar + before.bar)
        last, self.last = self.last, np.where(seen, scatter, 0.0)
        goes_on = np.where(same & (last > 0), np.fmax(last, self.last), 0.0)
        self.lasting = np.fmax(self.lasting, goes_on)


class _Ladder:
    """f at x ± h, x ± h/r, x ± h/r², ...: the slopes to be had from those."""

    def __init__(
        self,
        at: Callable[[float], ndarray],
        x: float,
        step: float,
        at_point: ndarray,
        eps: float,
        size: Any,
        scatter: ndarray,
    ) -> None:
        self.at_point, self.x = at_point, x
        self.above, self.below, self.up, self.down = [], [], [], []
        self.width = step / 8
        for rung in range(_RUNGS):
            h = self.width * _RATIO ** (_RUNGS - 1 - rung)
            self.above.append(x + h)
            self.below.append(x - h)
            self.up.append(at(x + h))
            self.down.append(at(x - h))
        largest = np.fmax(np.abs(at_point), size)
        for sample in (*self.up, *self.down):
            largest = np.fmax(largest, np.abs(sample))
        self.floor = rounding(largest, eps) / self.width
        self.scatter = _noise(at, x, step * 2.0**-8)
        noise = ROUNDINGS * np.fmax(self.scatter, scatter)
        self.noise = np.fmax(self.floor, noise / self.width)
        self.reach = np.fmax(np.abs(self.up[-1] - at_point), np.abs(self.down[-1] - at_point))

    def slopes(self) -> Numeric:
        """What the ladder says; from one side only where f is not finite on the other."""
        rungs = range(_RUNGS)
        both = [(self.up[k] - self.down[k]) / (self.above[k] - self.below[k]) for k in rungs]
        right = [(self.up[k] - self.at_point) / (self.above[k] - self.x) for k in rungs]
        left = [(self.at_point - self.down[k]) / (self.x - self.below[k]) for k in rungs]
        value, bar = self._extrapolated(both, _RATIO**2)
        value_right, bar_right = self._extrapolated(right, _RATIO)
        value_left, bar_left = self._extrapolated(left, _RATIO)
        gap, size = np.abs(value_right - value_left), np.abs(value_right) + np.abs(value_left)
        bars = 4 * (bar_left + bar_right)
        kink = gap > np.fmax(bars, ONE_SLOPE * size)
        self.largest_gap = np.where(np.isfinite(gap), gap + bars, np.inf)
        for one_sided, its_bar in ((value_right, bar_right), (value_left, bar_left)):
            only = ~np.isfinite(value) & np.isfinite(one_sided)
            value, bar = np.where(only, one_sided, value), np.where(only, its_bar, bar)
        return Numeric(
            value,
            bar,
            self.floor,
            np.fmax(np.abs(right[0]), np.abs(left[0])),
            np.where(kink, value_left, np.nan),
            np.where(kink, value_right, np.nan),
            np.zeros(value.shape, bool),
        )

    def _extrapolated(self, slopes: list[ndarray], base: float) -> tuple[ndarray, ndarray]:
        """The limit of slopes whose error has powers of h that each rung divides by `base`."""
        rows: list[list[ndarray]] = []
        for slope in slopes:
            row = [slope]
            for order, coarse in enumerate(rows[-1] if rows else [], 1):
                row.append(row[-1] + (row[-1] - coarse) / (base**order - 1))
            rows.append(row)
        estimate = np.full_like(slopes[0], np.nan)
        error = np.full_like(estimate, np.inf)
        for previous, row in itertools.pairwise(rows):
            for order in range(1, len(row)):
                spread = np.fmax(
                    np.abs(row[order] - row[order - 1]), np.abs(row[order] - previous[order - 1])
                )
                spread = np.where(np.isfinite(row[order]), 2 * spread + self.noise, np.inf)
                estimate = np.where(spread < error, row[order], estimate)
                error = np.fmin(spread, error)
        # What a smaller step changes shrinks with it. Of a function with jumps, two slopes may
        # agree by chance, and the next be another.
        changes = np.abs(np.diff(slopes, axis=0))
        grown = np.max(np.diff(changes, axis=0), axis=0) - self.noise
        return estimate, error + np.where(grown > 0, grown, 0.0)


def _ladders(x: float, eps: float) -> list[float]:
    """The step that starts each ladder, none so narrow that x + h is x."""
    scale = max(abs(x), 1.0)
    steps = [scale * step for step in _STEPS if step >= 2**7 * eps]
    if 0 < abs(x) < _SMALL:
        steps += [abs(x) * step for step in _STEPS[:2]]
    return steps


def _noise(at: Callable[[float], ndarray], x: float, step: float) -> Any:
    """The scatter of f around x, beyond what a smooth function does; 0 where f is not finite.

    It is what a quintic leaves of f at nine neighbours, after Moré and Wild, "Estimating
    computational noise", 2011, who take fourth differences: a smooth f leaves next to nothing at a
    small step. Distances with a common measure would miss what has that period.
    """
    rest = _BEYOND_QUINTIC @ np.stack([at(x + place * step) for place in _NEIGHBOURS])
    return np.nan_to_num(np.sqrt(np.mean(rest**2, axis=0)), nan=0.0, posinf=0.0)


def _gap(slopes: Numeric) -> ndarray:
    """How far apart the slopes on the two sides of a kink are; NaN where there is none."""
    return np.asarray(np.abs(slopes.right - slopes.left))


def _change(before: Numeric, after: Numeric) -> ndarray:
    """How much the slopes on the two sides of a kink have changed; NaN where there was none."""
    return np.abs(before.left - after.left) + np.abs(before.right - after.right)  # type: ignore[no-any-return]
