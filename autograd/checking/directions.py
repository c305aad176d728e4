"""The fast check: random directions, and bisection to the entry that is wrong.

For a gradient v of the outputs and a direction u of the inputs, v·J·u is one number: by the rules
it is the sum of (v·J) u over the elements, by differences the slope of v·f along u. No element of
u or v is small, so that no entry of J can hide behind its factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

from .compare import Comparison, compare
from .conduct import Backward, signed
from .numeric import Numeric, careful_slope, quick_slopes, quick_step
from .problem import Problem

__all__ = ["Fast", "Hit", "fast"]

_DIRECTIONS = 3
_ROUNDINGS = 64
_VAGUE = 1e-2
# Inputs whose gradients are of one size share their directions: none hides behind another.
_ONE_SIZE = 1e3


@dataclass
class Hit:
    """What bisection found: an entry of the Jacobian, compared."""

    which: int
    row: int
    column: int
    comparison: Comparison


@dataclass
class Fast:
    """The outcome: how large the errors were, per input, and the entries that were found."""

    largest: list[float]
    hits: list[Hit]
    floor: list[float]


class _Search:
    """The problem with all its inputs as one row of elements."""

    def __init__(self, problem: Problem, backward: Backward, at_point: ndarray, rtol: float):
        self.problem, self.backward, self.rtol = problem, backward, rtol
        self.at_point = at_point
        self.values = [np.array(v, order="C") for v in problem.values]
        self.starts = np.cumsum([0, *(v.size for v in self.values)])
        self.point = np.concatenate([v.reshape(-1) for v in self.values]).astype(np.float64)
        self.seeds: list[ndarray] = []
        self.rows: list[ndarray] = []
        self.missing = [True] * len(self.values)

    def pull(self, seeds: Sequence[ndarray]) -> ndarray:
        """The gradient of all elements for a gradient of the outputs."""
        parts = []
        for which, g in enumerate(self.backward(seeds)):
            self.missing[which] &= g is None
            parts.append(np.zeros(self.values[which].size) if g is None else g.reshape(-1))
        return np.concatenate(parts)

    def pull_rows(self, weights: ndarray) -> ndarray:
        """As `pull`, for a gradient given as one row."""
        seeds, start = self.backward.zeros(), 0
        for seed in seeds:
            seed.reshape(-1)[...] = weights[start : start + seed.size]
            start += seed.size
        return self.pull(seeds)

    def at(self, direction: ndarray, t: float) -> ndarray:
        """f at the point + t times the direction."""
        moved = self.point + t * direction
        for which, value in enumerate(self.values):
            value.reshape(-1)[...] = moved[self.starts[which] : self.starts[which + 1]]
        return self.problem.evaluate(self.values)

    def slopes(self, directions: ndarray, weights: ndarray, gradients: ndarray) -> Numeric:
        """The slopes of each of `weights` times f along each direction.

        `gradients` are those of each of the `weights`.
        """
        # All elements move at once: what f computes on the way moves further than any of them.
        step = quick_step(self.problem.eps) * 2.0 ** -round(np.log2(self.point.size) / 4)
        times = (step, -step, step / 2, -step / 2)
        at_point = weights @ self.at_point
        size = np.abs(weights) @ np.abs(self.at_point)
        samples = np.array(
            [[weights @ self.at(u, t) for u in directions] for t in times]
        ).transpose(0, 2, 1)
        # The size of one entry: a bar that is narrow beside that finds an entry that is wrong.
        typical = np.sqrt(gradients**2 @ directions.T**2)
        points = np.repeat(np.array(times)[:, None], len(directions), axis=1)
        result, clear = quick_slopes(
            samples, points, at_point[:, None], self.problem.eps, size[:, None], typical
        )
        for j in np.flatnonzero(~clear.all(axis=0)):
            line = careful_slope(
                lambda t, u=directions[j]: weights @ self.at(u, t),
                0.0,
                at_point,
                self.problem.eps,
                size,
            )
            result.column(int(j)).put(line)
        return result

    def compared(self, direction: ndarray, weights: ndarray, gradient: ndarray) -> _Line:
        """One direction against one gradient."""
        numeric = self.slopes(direction[None], weights[None], gradient[None])
        return _Line.of(numeric, 0, 0, gradient * direction, self.rtol, self.problem.eps)


@dataclass
class _Line:
    """v·J·u both ways."""

    error: float
    kink: bool
    unclear: bool
    floor: float

    @staticmethod
    def of(numeric: Numeric, i: int, j: int, terms: ndarray, rtol: float, eps: float) -> _Line:
        value, bar, floor = (float(x[i, j]) for x in (numeric.value, numeric.bar, numeric.floor))
        size = float(np.sum(np.abs(terms)))
        # As large as one entry may be wrong, not as their sum: entries are wrong one by one.
        typical = float(np.sqrt(np.sum(terms**2)))
        allowed = bar + rtol * typical + _ROUNDINGS * eps * size
        error = abs(float(np.sum(terms)) - value) / max(allowed, float(np.finfo(float).tiny))
        kink = bool(numeric.kink[i, j]) and not numeric.jump[i, j]
        scale = max(abs(value), typical)
        unclear = not np.isfinite(value) or bool(numeric.jump[i, j])
        unclear |= bar > max(_VAGUE * scale, 1e-6 * float(numeric.span[i, j]), 4 * floor)
        if not np.isfinite(size):
            error = np.inf
        return _Line(error, kink, unclear, floor)

    @property
    def suspicious(self) -> bool:
        return self.kink or self.unclear or self.error > 1


def fast(
    problem: Problem, backward: Backward, at_point: ndarray, rtol: float, rng: np.random.Generator
) -> Fast:
    """Compare v·J·u for random directions; where the two ways differ, find the entry."""
    search = _Search(problem, backward, at_point, rtol)
    count = 1 if problem.size == 1 else _DIRECTIONS
    seeds = [backward.random(rng) for _ in range(count)]
    gradients = [search.pull(s) for s in seeds]
    weights = np.array([np.concatenate([s.reshape(-1) for s in seed]) for seed in seeds], float)
    largest, floor = [0.0] * len(search.values), [0.0] * len(search.values)
    hits: list[Hit] = []
    with problem.evaluating():
        for group in _groups(search, gradients[0]):
            mask = np.zeros(search.point.size, bool)
            for which in group:
                mask[search.starts[which] : search.starts[which + 1]] = True
            directions = np.array([_direction(rng, search.point, mask) for _ in range(_DIRECTIONS)])
            numeric = search.slopes(directions, weights, np.array(gradients))
            bad = None
            for i, gradient in enumerate(gradients):
                for j, direction in enumerate(directions):
                    line = _Line.of(numeric, i, j, gradient * direction, rtol, problem.eps)
                    for which in group:
                        largest[which] = max(largest[which], line.error)
                        floor[which] = max(floor[which], line.floor)
                    if line.suspicious and bad is None:
                        bad = (i, j)
            if bad is not None:
                i, j = bad
                hits.append(_find(search, weights[i], gradients[i], directions[j]))
    return Fast(largest, hits, floor)


def _groups(search: _Search, gradient: ndarray) -> list[list[int]]:
    """The inputs, those together whose gradients are of one size."""
    norms = {}
    for which, value in enumerate(search.values):
        if value.size:
            part = gradient[search.starts[which] : search.starts[which + 1]]
            norms[which] = float(np.sqrt(np.mean(part**2)))
    groups: list[list[int]] = []
    for which in sorted(norms, key=lambda k: -norms[k]):
        alike = groups and norms[which] * _ONE_SIZE > norms[groups[-1][0]]
        if alike and norms[which]:
            groups[-1].append(which)
        else:
            groups.append([which])
    return groups


def _direction(rng: np.random.Generator, point: ndarray, mask: ndarray) -> ndarray:
    """A direction whose every element is between a half and one and a half, either way."""
    return np.where(mask, signed(rng, point.shape) * np.fmax(np.abs(point), 1.0), 0.0)


def _find(search: _Search, weights: ndarray, gradient: ndarray, direction: ndarray) -> Hit:
    """Halve the block of elements until one is left, then the block of outputs."""
    block = np.flatnonzero(direction)
    while block.size > 1:
        halves = np.array_split(block, 2)
        lines = []
        for half in halves:
            part = np.zeros_like(direction)
            part[half] = direction[half]
            lines.append(search.compared(part, weights, gradient))
        block = halves[int(_badness(lines[1]) > _badness(lines[0]))]
    element = int(block[0])
    which = int(np.searchsorted(search.starts, element, side="right")) - 1
    column = element - int(search.starts[which])
    numeric = _column(search, element)
    row = _row(search, element, weights, numeric)
    unit = np.zeros_like(weights)
    unit[row] = 1
    analytic = np.full((search.at_point.size, 1), np.nan)
    analytic[row, 0] = search.pull_rows(unit)[element]
    one = Numeric(*(getattr(numeric, n)[row : row + 1] for n in Numeric.__dataclass_fields__))
    comparison = compare(
        which,
        None if search.missing[which] else analytic[row : row + 1],
        one,
        search.rtol,
        search.problem.eps,
    )
    return Hit(which, row, column, comparison)


def _badness(line: _Line) -> tuple[bool, bool, float]:
    wrong = line.error > 1 and not line.unclear and not line.kink
    return wrong, line.kink or line.unclear, line.error


def _column(search: _Search, element: int) -> Numeric:
    """The derivatives of all outputs by one element, with care."""
    x = float(search.point[element])
    unit = np.zeros_like(search.point)
    unit[element] = 1.0
    line = careful_slope(
        lambda point: search.at(unit, point - x), x, search.at_point, search.problem.eps
    )
    result = Numeric.unknown(search.at_point.size, 1)
    result.column(0).put(line)
    return result


def _row(search: _Search, element: int, weights: ndarray, numeric: Numeric) -> int:
    """The output whose derivative by the element is wrong, or has none."""
    undecided = numeric.kink | numeric.jump | ~np.isfinite(numeric.value)
    undecided |= numeric.bar > np.fmax(
        _VAGUE * np.abs(numeric.value), np.fmax(1e-6 * numeric.span, 4 * numeric.floor)
    )
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

