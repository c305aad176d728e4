"""The derivative by differences, with an error bar of its own.

D(h) = (f(x + h) - f(x - h)) / 2h has an error in even powers of h. So from D at h, h/2, h/4, ...
Richardson's extrapolation removes one power after the other (Ridders, "Accurate computation of
F'(x) and F'(x) F''(x)", 1982). How much the last two columns of that table disagree says how good
the result is; what rounding does to f, divided by h, says how good it can be.

A line through the point is first looked at quickly, with two steps. Where those do not settle it,
a careful look takes ladders of steps, from wide to narrow, measures the noise of f, and asks
whether the slopes on the two sides are one slope at all.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

__all__ = [
    "ONE_SLOPE",
    "Numeric",
    "careful_slope",
    "jacobian_by_differences",
    "numeric_jacobian",
    "quick_slopes",
    "quick_step",
    "rounding",
    "sampled",
]

_EPS = float(np.finfo(float).eps)
_TINY = float(np.finfo(float).tiny)
# Widest steps of the careful look: each starts one ladder, and the next is tried where the one
# before gave no clear answer (a kink nearby, the edge of the domain, a fast oscillation).
_STEPS = tuple(2.0**-k for k in range(5, 45, 4))
_NEAR = 2.0**-21
# Arguments below this are taken for numbers of their own size, others for numbers around 1.
_SMALL = 2.0**-17
_RUNGS = 4
_CLEAR = 1e-8
_CLEAR_QUICKLY = 1e-6
# f is computed with a few roundings, not with one.
_ROUNDINGS = 8
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


def numeric_jacobian(
    f: Callable[[list[ndarray]], ndarray], inputs: Sequence[ndarray], which: int
) -> Numeric:
    """The Jacobian of f with respect to the elements of `inputs[which]`, by differences.

    Args:
        f: takes the list of arrays and returns a vector of float64.
        inputs: float64 arrays; they are not written to.
        which: the one to differentiate with respect to.

    There are at least four evaluations of f for each element.
    """
    values = [np.array(x, order="C") for x in inputs]
    elements = np.arange(values[which].size)
    with np.errstate(all="ignore"):
        return jacobian_by_differences(f, values, which, elements, f(values), _EPS, None)


def jacobian_by_differences(
    f: Callable[[list[ndarray]], ndarray],
    values: list[ndarray],
    which: int,
    elements: ndarray,
    at_point: ndarray,
    eps: float,
    expected: Callable[[Numeric], ndarray] | None,
) -> Numeric:
    """As `numeric_jacobian`, on arrays that it moves and puts back, and of some elements only.

    Args:
        at_point: f there.
        eps: relative rounding of what f computes.
        expected: says of quick results, entry by entry, whether they are what was expected: what
            is not gets a careful look too.
    """
    flat = values[which].reshape(-1)

    def at(j: int, x: float, point: float) -> ndarray:
        flat[j] = point
        result = f(values)
        flat[j] = x
        return result

    step = quick_step(eps)
    steps = (step, -step, step / 2, -step / 2)
    samples, points = sampled(f, values, which, elements, steps, at_point.size)
    result, clear = quick_slopes(samples, points, at_point[:, None], eps)
    if expected is not None:
        clear &= expected(result)
    for number in np.flatnonzero(~clear.all(axis=0)).tolist():
        j = int(elements[number])
        x = float(flat[j])
        line = careful_slope(functools.partial(at, j, x), x, at_point, eps)
        result.column(number).put(line)
    return result


def sampled(
    f: Callable[[list[ndarray]], ndarray],
    values: list[ndarray],
    which: int,
    elements: ndarray,
    steps: Sequence[float],
    outputs: int,
) -> tuple[ndarray, ndarray]:
    """Evaluate f with some elements of `values[which]` moved, one at a time, by each of the steps.

    The steps are for numbers around 1; larger ones are moved further in proportion.

    Returns: the results, of shape (steps, outputs, elements), and the arguments to which they
    belong, (steps, elements).
    """
    flat = values[which].reshape(-1)
    assert np.shares_memory(flat, values[which]) or not flat.size
    starts = flat[elements]
    points = starts + np.multiply.outer(steps, np.fmax(np.abs(starts.astype(float)), 1.0))
    points = points.astype(flat.dtype)
    results = np.empty((len(elements), len(steps), outputs))
    rows = zip(elements.tolist(), starts.tolist(), points.T.tolist(), results, strict=True)
    for j, x, moved, row in rows:
        for k, point in enumerate(moved):
            flat[j] = point
            row[k] = f(values)
        flat[j] = x
    return results.transpose(1, 2, 0), points


def rounding(largest: ndarray, eps: float) -> Any:
    """What rounding may have done to values of f, of which the largest is given."""
    return _ROUNDINGS * np.fmax(eps * largest, _TINY)


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


def careful_slope(
    at: Callable[[float], ndarray], x: float, at_point: ndarray, eps: float, size: Any = 0.0
) -> Numeric:
    """The slopes of all outputs along one line, at its argument x; arguments as elsewhere."""
    result = Numeric.unknown(at_point.size)
    reach: Any = None
    at_kink = np.zeros(at_point.shape, bool)
    small = 0 < abs(x) < _SMALL
    span = np.zeros(at_point.shape)
    for step in _ladders(x, eps):
        ladder = _Ladder(at, x, step, at_point, eps, size)
        reach = ladder.reach if reach is None else reach
        found = ladder.slopes()
        span = np.where(span > 0, span, np.nan_to_num(found.span))
        # Better in relative error too: a ladder wider than the distance to a pole can agree with
        # itself, within a small bar, on a number that has nothing to do with the derivative.
        known, new = result.bar / np.abs(result.value), found.bar / np.abs(found.value)
        clearer = (new < known / 10) | (found.bar < result.bar / 10)
        better = np.isfinite(found.value) & (np.isnan(result.value) | clearer)
        # A kink as near as this is one, for numbers of the size of x: a tie but for rounding.
        tie = found.kink & (not small and _NEAR / 16 < step <= _NEAR * max(abs(x), 1.0))
        better = (better | tie) & ~at_kink
        at_kink |= tie
        for name in Numeric.__dataclass_fields__:
            getattr(result, name)[better] = getattr(found, name)[better]
        if np.all(result.bar <= np.maximum(_CLEAR * np.abs(result.value), 2 * result.floor)):
            break
    else:
        # As near as can be f is still about as far from f(x) as it was at the widest step.
        jump = (ladder.reach > 0.3 * reach) & (ladder.reach > 100 * ladder.floor * ladder.width)
        result.jump[...] = jump & ~(result.bar <= 1e-2 * np.abs(result.value))
    result.span[...] = span
    return result


class _Ladder:
    """f at x ± h, x ± h/2, x ± h/4, ...: the slopes to be had from those."""

    def __init__(
        self,
        at: Callable[[float], ndarray],
        x: float,
        step: float,
        at_point: ndarray,
        eps: float,
        size: Any,
    ) -> None:
        self.at_point, self.x = at_point, x
        self.above, self.below, self.up, self.down = [], [], [], []
        for rung in range(_RUNGS):
            h = step / 2**rung
            self.above.append(x + h)
            self.below.append(x - h)
            self.up.append(at(x + h))
            self.down.append(at(x - h))
        largest = np.fmax(np.abs(at_point), size)
        for sample in (*self.up, *self.down):
            largest = np.fmax(largest, np.abs(sample))
        self.width = step / 2 ** (_RUNGS - 1)
        self.floor = rounding(largest, eps) / self.width
        noise = _noise(at, x, step * 2.0**-8)
        self.noise = np.fmax(self.floor, _ROUNDINGS * noise / self.width)
        self.reach = np.fmax(np.abs(self.up[-1] - at_point), np.abs(self.down[-1] - at_point))

    def slopes(self) -> Numeric:
        """What the ladder says; from one side only where f is not finite on the other."""
        rungs = range(_RUNGS)
        both = [(self.up[k] - self.down[k]) / (self.above[k] - self.below[k]) for k in rungs]
        right = [(self.up[k] - self.at_point) / (self.above[k] - self.x) for k in rungs]
        left = [(self.at_point - self.down[k]) / (self.x - self.below[k]) for k in rungs]
        value, bar = self._extrapolated(both, 4)
        value_right, bar_right = self._extrapolated(right, 2)
        value_left, bar_left = self._extrapolated(left, 2)
        gap, size = np.abs(value_right - value_left), np.abs(value_right) + np.abs(value_left)
        kink = gap > np.fmax(4 * (bar_left + bar_right), ONE_SLOPE * size)
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

    def _extrapolated(self, slopes: list[ndarray], base: int) -> tuple[ndarray, ndarray]:
        """The limit of slopes whose error has powers of h that each halving divides by `base`."""
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
                spread = np.where(np.isfinite(row[order]), spread + self.noise, np.inf)
                estimate = np.where(spread < error, row[order], estimate)
                error = np.fmin(spread, error)
        return estimate, error


def _ladders(x: float, eps: float) -> list[float]:
    """The widest step of each ladder, none so narrow that x + h is x."""
    scale = max(abs(x), 1.0)
    steps = [scale * step for step in _STEPS if step >= 2**7 * eps]
    if 0 < abs(x) < _SMALL:
        steps += [abs(x) * step for step in _STEPS[:2]]
    return steps


def _noise(at: Callable[[float], ndarray], x: float, step: float) -> Any:
    """The scatter of f around x, beyond what a smooth function does.

    From the fourth differences of seven neighbours (Moré and Wild, "Estimating computational
    noise", 2011): a smooth f has next to none at a small step, and independent noise of deviation
    σ has a variance of 70 σ² in each. 0 where f is not finite.
    """
    fourth = np.diff(np.stack([at(x + k * step) for k in range(-3, 4)]), 4, axis=0)
    return np.nan_to_num(np.sqrt(np.mean(fourth**2, axis=0) / 70), nan=0.0, posinf=0.0)
