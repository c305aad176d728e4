"""The fast check, looking closer: random directions, and bisection to the entry that is wrong.

What is compared is v·J·u, as in `glance`, here with more points along each direction, and for the
inputs in groups, so that small gradients do not hide behind large ones.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from .careful import careful_slope
from .compare import Comparison, compare, vague
from .conduct import Backward, signed
from .glance import DIRECTIONS
from .numeric import Numeric, quick_slopes, quick_step
from .problem import Problem
from .row import Row

__all__ = ["Fast", "Hit", "fast"]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True

_ROUNDINGS = 64
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
        self.row = Row(problem)
        self.missing = [True] * len(problem.values)

    def pull(self, seeds: Sequence[ndarray]) -> ndarray:
        """The gradient of all elements for a gradient of the outputs."""
        return self.joined(self.backward(seeds))

    def joined(self, gradients: Sequence[ndarray | None]) -> ndarray:
        """The gradients of all inputs as one row; notes which inputs have none."""
        for which, g in enumerate(gradients):
            self.missing[which] &= g is None
        return self.row.joined(gradients)

    def along(self, direction: ndarray, times: Sequence[float]) -> ndarray:
        """The outputs at the point + t times the direction, for each t: times × outputs."""
        return self.row.moved(np.multiply.outer(times, direction))

    def directions(self, rng: np.random.Generator, group: list[int]) -> ndarray:
        """Random ones along the inputs of a group, no element of them small."""
        result = signed(rng, (DIRECTIONS, self.row.point.size))
        result *= self.row.sizes
        for which, (start, end) in enumerate(self.row.spans):
            if which not in group:
                result[:, start:end] = 0.0
        return result

    def projected(self, weights: ndarray, direction: ndarray, t: float) -> ndarray:
        """Each of `weights` times f at the point + t times the direction."""
        return weights @ self.along(direction, (t,))[0]  # type: ignore[no-any-return]

    def compared(self, directions: ndarray, weights: ndarray, gradients: ndarray) -> _Lines:
        """v·J·u both ways, for each of `weights` v, with its gradient v·J, and each direction u."""
        step = quick_step(self.problem.eps) * self.row.scale
        times = (step, -step, step / 2, -step / 2)
        at_point = weights @ self.at_point
        size = np.abs(weights) @ self.problem.terms
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
        for group in search.row.groups(gradients[0]):
            directions = search.directions(rng, group)
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
    which = bisect.bisect_right(search.row.starts, element) - 1
    unit = np.zeros(search.at_point.size)
    unit[row] = 1
    entries = search.pull(search.backward.split(unit))
    alive = np.flatnonzero(entries[search.row.starts[which] : search.row.starts[which + 1]])
    others = alive[np.linspace(0, alive.size - 1, min(_OTHERS, alive.size)).astype(int)]
    columns = sorted({element - search.row.starts[which], *others.tolist()})
    elements = [search.row.starts[which] + column for column in columns]
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
    x = float(search.row.point[element])
    unit = np.zeros_like(search.row.point)
    unit[element] = 1.0
    line = careful_slope(
        lambda point: search.along(unit, (point - x,))[0],
        x,
        search.at_point,
        search.problem.eps,
        search.problem.terms,
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
        came = search.pull(search.backward.split(part))[element]
        right = float(part[rows] @ numeric.value[rows, 0])
        distance = abs(float(came) - right) if np.isfinite(came) else np.inf
        return distance / max(float(slack), float(np.finfo(float).tiny))

    # Not a number: what has no derivative, times 0.
    if undecided.any() and not 1 <= error(block) < np.inf:
        return int(np.argmax(undecided[:, 0]))
    while block.size > 1:
        halves = np.array_split(block, 2)
        block = halves[int(error(halves[1]) > error(halves[0]))]
    return int(block[0])
