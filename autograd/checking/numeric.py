"""The derivative by differences, with an error bar of its own.

D(h) = (f(x + h) - f(x - h)) / 2h has an error in even powers of h. So from D at h, h/2, h/4, ...
Richardson's extrapolation removes one power after the other (Ridders, "Accurate computation of
F'(x) and F'(x) F''(x)", 1982). How much the last two columns of that table disagree says how good
the result is; what rounding does to f, divided by h, says how good it can be.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

__all__ = ["Numeric", "numeric_jacobian"]

# Widest steps, in units of max(|x|, 1) and then of |x|: each starts one ladder, and the next is
# tried where the one before gave no clear answer (a kink nearby, the edge of the domain, a fast
# oscillation).
_STEPS = (2.0**-5, 2.0**-9, 2.0**-13, 2.0**-17)
_RUNGS = 4
_CLEAR = 1e-8
# f is computed with a few roundings, not with one.
_ROUNDINGS = 8


@dataclass(frozen=True)
class Numeric:
    """A numeric Jacobian, outputs × inputs.

    Attributes:
        value: the estimates; NaN where f is not finite around the point.
        bar: how far each may be from the truth.
        floor: the part of the bar that is rounding of f, which no method gets below.
    """

    value: ndarray
    bar: ndarray
    floor: ndarray


def numeric_jacobian(
    f: Callable[[list[ndarray]], ndarray], inputs: Sequence[ndarray], which: int
) -> Numeric:
    """The Jacobian of f with respect to the elements of `inputs[which]`, by differences.

    Args:
        f: takes the list of arrays and returns a vector of float64.
        inputs: float64 arrays; they are not written to.
        which: the one to differentiate with respect to.

    There are at least eight evaluations of f for each element.
    """
    values = [np.array(x, order="C") for x in inputs]
    flat = values[which].reshape(-1)
    size = f(values).size
    value = np.full((size, flat.size), np.nan)
    bar = np.full((size, flat.size), np.inf)
    floor = np.full((size, flat.size), np.inf)
    for j in range(flat.size):
        with np.errstate(all="ignore"):
            value[:, j], bar[:, j], floor[:, j] = _column(f, values, flat, j)
    return Numeric(value, bar, floor)


def _column(
    f: Callable[[list[ndarray]], ndarray], values: list[ndarray], flat: ndarray, j: int
) -> tuple[ndarray, ndarray, ndarray]:
    """The derivative of all outputs by `flat[j]`, an element of one of the `values`."""
    x = float(flat[j])

    def at(point: float) -> ndarray:
        flat[j] = point
        return f(values)

    value, bar, floor = (np.full_like(at(x), start) for start in (np.nan, np.inf, np.inf))
    for step in _ladders(x):
        estimate, error, rounding = _ladder(at, x, step)
        # Better in relative error too: a ladder wider than the distance to a pole can agree with
        # itself, within a small bar, on a number that has nothing to do with the derivative.
        known, found = bar / np.abs(value), error / np.abs(estimate)
        clearer = (found < known / 10) | (error < bar / 10)
        better = np.isfinite(estimate) & (np.isnan(value) | clearer)
        value[better], bar[better], floor[better] = (
            estimate[better],
            error[better],
            rounding[better],
        )
        if np.all(bar <= np.maximum(_CLEAR * np.abs(value), 2 * floor)):
            break
    flat[j] = x
    return value, bar, floor


def _ladders(x: float) -> list[float]:
    """The widest step of each ladder, none so narrow that x + h is x."""
    scale = max(abs(x), 1.0)
    steps = [scale * step for step in _STEPS]
    if 0 < abs(x) < _STEPS[-1]:
        steps += [abs(x) * step for step in _STEPS[:2]]
    return steps


def _ladder(at: Callable[[float], ndarray], x: float, step: float) -> tuple[Any, Any, Any]:
    """The best estimate of the derivative from steps h, h/2, ...; its error; its rounding."""
    rows: list[list[ndarray]] = []
    largest: Any = 0.0
    for rung in range(_RUNGS):
        h = step / 2**rung
        above, below = x + h, x - h
        up, down = at(above), at(below)
        largest = np.fmax(largest, np.fmax(np.abs(up), np.abs(down)))
        row = [(up - down) / (above - below)]
        for order, coarse in enumerate(rows[-1] if rows else [], 1):
            row.append(row[-1] + (row[-1] - coarse) / (4**order - 1))
        rows.append(row)
    rounding = _ROUNDINGS * np.finfo(float).eps * largest / (step / 2 ** (_RUNGS - 1))
    estimate = np.full_like(rows[0][0], np.nan)
    error = np.full_like(estimate, np.inf)
    for previous, row in itertools.pairwise(rows):
        for order in range(1, len(row)):
            spread = np.fmax(
                np.abs(row[order] - row[order - 1]), np.abs(row[order] - previous[order - 1])
            )
            spread = np.where(np.isfinite(row[order]), spread + rounding, np.inf)
            estimate = np.where(spread < error, row[order], estimate)
            error = np.fmin(spread, error)
    return estimate, error, rounding
