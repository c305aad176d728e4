"""The derivative by differences, element by element of an input.

A line through the point is first looked at quickly, and where that does not settle it, with care.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .careful import careful_slope
from .numeric import Numeric, quick_slopes, quick_step

__all__ = ["jacobian_by_differences", "numeric_jacobian", "sampled"]

_EPS = float(np.finfo(float).eps)


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
        return jacobian_by_differences(f, values, which, elements, f(values), _EPS, 0.0, None)


def jacobian_by_differences(
    f: Callable[[list[ndarray]], ndarray],
    values: list[ndarray],
    which: int,
    elements: ndarray,
    at_point: ndarray,
    eps: float,
    size: Any,
    expected: Callable[[Numeric], ndarray] | None,
) -> Numeric:
    """As `numeric_jacobian`, on arrays that it moves and puts back, and of some elements only.

    Args:
        at_point: f there.
        eps: relative rounding of what f computes.
        size: of the numbers that each output adds up, where that is more than the output.
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
    result, clear = quick_slopes(samples, points, at_point[:, None], eps, np.reshape(size, (-1, 1)))
    if expected is not None:
        clear &= expected(result)
    for number in np.flatnonzero(~clear.all(axis=0)).tolist():
        j = int(elements[number])
        x = float(flat[j])
        line = careful_slope(functools.partial(at, j, x), x, at_point, eps, size)
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
