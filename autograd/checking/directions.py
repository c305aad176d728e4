"""The fast check: random directions, and bisection to the entry that is wrong.

For a gradient v of the outputs and a direction u of the inputs, v·J·u is one number: by the rules
it is the sum of (v·J) u over the elements, by differences the slope of v·f along u. No element of
u or v is small, so that no entry of J can hide behind its factor.

At first f is only looked at from the side: one point a narrow step away along each direction, and
one on the other side along the first, for at a kink the slopes to those two are not both what the
rules say. Where all are, up to rounding, there is nothing that differences could add: two numbers
computed in such different ways do not agree by chance. Where one is not, or rounding is too large
to tell, more points follow.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from .compare import Comparison, compare, vague
from .conduct import Backward, signed
from .numeric import Numeric, careful_slope, quick_slopes, quick_step, rounding
from .problem import Problem, vector

__all__ = ["DIRECTIONS", "Fast", "Hit", "fast"]

DIRECTIONS = 3
_ROUNDINGS = 64
# How far away the points of the first sight are at least, for numbers around 1, and how large their
# rounding may be beside the slopes.
_NARROW = 2.0**-22
_CLEAR = 1e-6
# Inputs whose gradients are of one size share their directions: none hides behind another.
_ONE_SIZE = 1e3
# How many more entries of a row are looked at to name what is wrong with one.
_OTHERS = 7


@dataclass
class Hit:
    """What bisection found.

    Attributes:
        comparison: the entry, and some others of its row.
        wrong: whether the direction that led there was wrong, not only undecided.
        analytic, numeric, bar: v·J·u of that direction.
    """

    comparison: Comparison
    wrong: bool
    analytic: float
    numeric: float
    bar: float


@dataclass
class Fast:
    """The outcome.

    Attributes:
        largest: the largest error of a direction, per input.
        hits: the entries that were found.
        floor: rounding of the differences, per input.
        seeds, gradients: one backward pass, what went in and what came out.
    """

    largest: list[float]
    hits: list[Hit]
    floor: list[float]
    seeds: list[ndarray]
    gradients: list[ndarray | None]


class _Search:
    """The problem with all its inputs as one row of elements."""

    def __init__(self, problem: Problem, backward: Backward, at_point: ndarray, rtol: float):
        self.problem, self.backward, self.rtol = problem, backward, rtol
        self.at_point = at_point
        self.starts = list(itertools.accumulate((v.size for v in problem.values), initial=0))
        self.spans = list(itertools.pairwise(self.starts))
        self.point = vector(problem.values)
        self.missing = [True] * len(problem.values)
        # All elements move at once: what f computes on the way moves further than any of them.
        self.scale = 2.0 ** -round(math.log2(self.point.size) / 4)

    def pull(self, seeds: Sequence[ndarray]) -> ndarray:
        """The gradient of all elements for a gradient of the outputs."""
        return self.joined(self.backward(seeds))

    def joined(self, gradients: Sequence[ndarray | None]) -> ndarray:
        """The gradients of all inputs as one row."""
        parts = []
        for which, g in enumerate(gradients):
            self.missing[which] &= g is None
            parts.append(np.zeros(self.problem.values[which].size) if g is None else g.reshape(-1))
        return np.concatenate(parts)

    def pull_rows(self, weights: ndarray) -> ndarray:
        """As `pull`, for a gradient given as one row."""
        seeds, start = self.backward.zeros(), 0
        for seed in seeds:
            seed.reshape(-1)[...] = weights[start : start + seed.size]
            start += seed.size
        return self.pull(seeds)

    def along(self, direction: ndarray, times: Sequence[float]) -> ndarray:
        """The outputs at the point + t times the direction, for each t: times × outputs."""
        return self.moved(np.multiply.outer(times, direction))

    def moved(self, moves: ndarray) -> ndarray:
        """The outputs at the point + each of `moves`, which become those points."""
        moves += self.point
        parts = [
            moves[:, i:j].reshape(len(moves), *v.shape).astype(v.dtype, copy=False)
            for v, (i, j) in zip(self.problem.values, self.spans, strict=True)
        ]
        evaluate = self.problem.evaluate
        return np.array([evaluate([part[k, ...] for part in parts]) for k in range(len(moves))])

    def directions(self, rng: np.random.Generator, group: list[int]) -> ndarray:
        """Random ones along the inputs of a group, no element of them small."""
        result = signed(rng, (DIRECTIONS, self.point.size))
        result *= np.fmax(np.abs(self.point), 1.0)
        for which, (start, end) in enumerate(self.spans):
            if which not in group:
                result[:, start:end] = 0.0
        return result

    def projected(self, weights: ndarray, direction: ndarray, t: float) -> ndarray:
        """Each of `weights` times f at the point + t times the direction."""
        return weights @ self.along(direction, (t,))[0]  # type: ignore[no-any-return]

    def compared(self, directions: ndarray, weights: ndarray, gradients: ndarray) -> _Lines:
        """v·J·u both ways, for each of `weights` v, with its gradient v·J, and each direction u."""
        step = quick_step(self.problem.eps) * self.scale
        times = (step, -step, step / 2, -step / 2)
        at_point = weights @ self.at_point
        size = np.abs(weights) @ np.abs(self.at_point)
        samples = np.stack([self.along(u, times) @ weights.T for u in directions], axis=-1)
        points = np.array(times)[:, None]
        # The size of one entry: a bar that is narrow beside that finds an entry that is wrong.
        typical = np.sqrt(gradients**2 @ directions.T**2)
        numeric, clear = quick_slopes(
            samples, points, at_point[:, None], self.problem.eps, size[:, None], typical
        )
        for j in np.flatnonzero(~clear.all(axis=0)).tolist():
            line = careful_slope(
                functools.partial(self.projected, weights, directions[j]),
                0.0,
                at_point,
                self.problem.eps,
                size,
            )
            numeric.column(j).put(line)
        # As large as one entry may be wrong, not as their sum: entries are wrong one by one.
        allowed = numeric.bar + self.rtol * typical
        allowed += _ROUNDINGS * self.problem.eps * (np.abs(gradients) @ np.abs(directions.T))
        error = np.abs(gradients @ directions.T - numeric.value)
        error /= np.fmax(allowed, np.finfo(float).tiny)
        error[~np.isfinite(typical)] = np.inf
        return _Lines(numeric, error, numeric.kink & ~numeric.jump, vague(numeric, typical))

    def sight(
        self, directions: ndarray, weights: ndarray, gradients: ndarray
    ) -> tuple[float, float] | None:
        """The largest error and the rounding of differences, if all is right at first sight."""
        directions = np.concatenate((directions, -directions[:1]))
        typical = np.sqrt(gradients**2 @ (directions**2).T)
        floor = rounding(np.abs(weights) @ np.abs(self.at_point), self.problem.eps)[:, None]
        # As narrow as rounding allows: what f bends on the way grows with the step.
        needed = 2 / _CLEAR * float((floor / typical).max())
        step = max(_NARROW * self.scale, needed)
        usual = quick_step(self.problem.eps)
        if not (step <= usual / 8 * self.scale and np.isfinite(typical).all()):
            return None
        samples = weights @ self.moved(directions * step).T
        slopes = (samples - (weights @ self.at_point)[:, None]) / step
        # Roundings of the sum over the elements go unmentioned: that can only be too strict.
        error = np.abs(gradients @ directions.T - slopes) / (floor / step + self.rtol * typical)
        if not (error <= 1).all():
            return None
        return float(error.max()), float(floor.max()) / usual


@dataclass
class _Lines:
    """v·J·u both ways; arrays of gradients × directions.

    Attributes:
        numeric: by differences.
        error: in units of what is allowed.
        kink, unclear: where the differences decide nothing.
    """

    numeric: Numeric
    error: ndarray
    kink: ndarray
    unclear: ndarray

    @property
    def suspicious(self) -> ndarray:
        """Which need a closer look."""
        return self.kink | self.unclear | (self.error > 1)  # type: ignore[no-any-return]

    def badness(self) -> tuple[bool, bool, float]:
        """Of a single line: wrong comes before undecided, and that before right."""
        error, undecided = float(self.error[0, 0]), bool((self.kink | self.unclear)[0, 0])
        return error > 1 and not undecided, undecided, error


def fast(
    problem: Problem, backward: Backward, at_point: ndarray, rtol: float, rng: np.random.Generator
) -> Fast:
    """Compare v·J·u for random directions; where the two ways differ, find the entry."""
    search = _Search(problem, backward, at_point, rtol)
    count = 1 if problem.size == 1 else DIRECTIONS
    seeds = [backward.random(rng) for _ in range(count)]
    pulled = [backward(s) for s in seeds]
    gradients = np.array([search.joined(g) for g in pulled])
    weights = np.array([np.concatenate([s.reshape(-1) for s in seed]) for seed in seeds], float)
    largest, floor = [0.0] * len(problem.values), [0.0] * len(problem.values)
    hits: list[Hit] = []
    with problem.evaluating():
        for group in _groups(search, gradients[0]):
            directions = search.directions(rng, group)
            seen = search.sight(directions, weights, gradients)
            if seen is not None:
                for which in group:
                    largest[which], floor[which] = seen
                continue
            lines = search.compared(directions, weights, gradients)
            for which in group:
                largest[which] = float(lines.error.max())
                floor[which] = float(lines.numeric.floor.max())
            suspicious = lines.suspicious
            if suspicious.any():
                i, j = np.argwhere(suspicious)[0]
                comparison = _find(search, weights[i], gradients[i], directions[j])
                numeric = lines.numeric.column(j)
                hits.append(
                    Hit(
                        comparison,
                        bool(lines.error[i, j] > 1 and not (lines.kink | lines.unclear)[i, j]),
                        float(gradients[i] @ directions[j]),
                        float(numeric.value[i]),
                        float(numeric.bar[i]),
                    )
                )
    return Fast(largest, hits, floor, seeds[0], pulled[0])


def _groups(search: _Search, gradient: ndarray) -> list[list[int]]:
    """The inputs, those together whose gradients are of one size."""
    norms = {}
    for which, value in enumerate(search.problem.values):
        if value.size:
            part = gradient[search.starts[which] : search.starts[which + 1]]
            norms[which] = math.sqrt(float(part @ part) / value.size)
    groups: list[list[int]] = []
    for which in sorted(norms, key=lambda k: -norms[k]):
        alike = groups and norms[which] * _ONE_SIZE > norms[groups[-1][0]]
        if alike and norms[which]:
            groups[-1].append(which)
        else:
            groups.append([which])
    return groups


def _find(search: _Search, weights: ndarray, gradient: ndarray, direction: ndarray) -> Comparison:
    """Halve the block of elements until one is left, then the block of outputs."""
    block = np.flatnonzero(direction)
    while block.size > 1:
        halves = np.array_split(block, 2)
        lines = []
        for half in halves:
            part = np.zeros_like(direction)
            part[half] = direction[half]
            lines.append(search.compared(part[None], weights[None], gradient[None]))
        block = halves[int(lines[1].badness() > lines[0].badness())]
    element = int(block[0])
    known = _column(search, element)
    return _sample(search, _row(search, element, weights, known), element, known)


def _sample(search: _Search, row: int, element: int, known: Numeric) -> Comparison:
    """The entry, whose column is known, and some others of its row: one number names no mistake."""
    which = bisect.bisect_right(search.starts, element) - 1
    unit = np.zeros(search.at_point.size)
    unit[row] = 1
    entries = search.pull_rows(unit)
    alive = np.flatnonzero(entries[search.starts[which] : search.starts[which + 1]])
    others = alive[np.linspace(0, alive.size - 1, min(_OTHERS, alive.size)).astype(int)]
    columns = sorted({element - search.starts[which], *others.tolist()})
    elements = [search.starts[which] + column for column in columns]
    numeric = Numeric.unknown(1, len(columns))
    for k, other in enumerate(elements):
        line = known if other == element else _column(search, other)
        for name in Numeric.__dataclass_fields__:
            getattr(numeric, name)[0, k] = getattr(line, name)[row, 0]
    came = None if search.missing[which] else entries[None, elements]
    comparison = compare(which, came, numeric, search.rtol, search.problem.eps)
    return replace(comparison, row=row, columns=columns)


def _column(search: _Search, element: int) -> Numeric:
    """The derivatives of all outputs by one element, with care."""
    x = float(search.point[element])
    unit = np.zeros_like(search.point)
    unit[element] = 1.0
    line = careful_slope(
        lambda point: search.along(unit, (point - x,))[0], x, search.at_point, search.problem.eps
    )
    result = Numeric.unknown(search.at_point.size, 1)
    result.column(0).put(line)
    return result


def _row(search: _Search, element: int, weights: ndarray, numeric: Numeric) -> int:
    """The output whose derivative by the element is wrong, or has none."""
    undecided = numeric.kink | vague(numeric, 0.0)
    block = np.flatnonzero(~undecided[:, 0])
    if not block.size:
        return int(np.argmax(undecided[:, 0]))

    def error(rows: ndarray) -> float:
        part = np.zeros_like(weights)
        part[rows] = weights[rows]
        slack = np.abs(part) @ np.where(np.isfinite(numeric.bar), numeric.bar, 0)[:, 0]
        came = search.pull_rows(part)[element]
        right = float(part[rows] @ numeric.value[rows, 0])
        distance = abs(float(came) - right) if np.isfinite(came) else np.inf
        return distance / max(float(slack), float(np.finfo(float).tiny))

    if undecided.any() and error(block) < 1:
        return int(np.argmax(undecided[:, 0]))
    while block.size > 1:
        halves = np.array_split(block, 2)
        block = halves[int(error(halves[1]) > error(halves[0]))]
    return int(block[0])
