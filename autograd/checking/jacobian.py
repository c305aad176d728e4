"""The full check: every entry of the Jacobian, one backward pass per output element.

Elements whose derivatives are all large beside the rounding of f get a glance first: two points a
narrow step away. Where the slope between them is what the rules say, and the slopes to either side
are one slope, there is nothing that wider steps could add.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from .compare import Comparison, agrees, compare
from .conduct import Backward
from .differences import jacobian_by_differences, sampled
from .numeric import ONE_SLOPE, Numeric, rounding
from .problem import Problem

__all__ = ["analytic_jacobian", "full", "numeric_input"]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True

# The step of a glance, for numbers around 1. Nearer than this a kink is one at the point.
_NARROW = 2.0**-20
# How large rounding may be beside a derivative that a glance can settle.
_CLEAR = 1e-6


def full(problem: Problem, backward: Backward, at_point: ndarray, rtol: float) -> list[Comparison]:
    """Both Jacobians with respect to every input that has elements, compared."""
    analytic = analytic_jacobian(problem, backward)
    results = []
    for which, (a, x) in enumerate(zip(analytic, problem.values, strict=True)):
        if not x.size:
            continue
        numeric = numeric_input(problem, which, a, at_point, rtol)
        results.append(compare(which, a, numeric, rtol, problem.eps))
    return results


def numeric_input(
    problem: Problem, which: int, analytic: ndarray | None, at_point: ndarray, rtol: float
) -> Numeric:
    """The numeric Jacobian of one input, with more care where it is not the analytic one."""
    values = [np.array(v, order="C") for v in problem.values]
    size = values[which].size
    a = np.zeros((problem.size, size)) if analytic is None else analytic
    result = Numeric.unknown(problem.size, size)
    with problem.evaluating():
        rest = _glanced(problem, values, which, a, at_point, rtol, result)
        if rest.size:
            found = jacobian_by_differences(
                problem.evaluate,
                values,
                which,
                rest,
                at_point,
                problem.eps,
                problem.terms,
                lambda numeric: agrees(a[:, rest], numeric, rtol, problem.eps),
            )
            result.put(found, np.s_[:, rest])
    return result


def _glanced(
    problem: Problem,
    values: list[ndarray],
    which: int,
    analytic: ndarray,
    at_point: ndarray,
    rtol: float,
    result: Numeric,
) -> ndarray:
    """Fill in the elements that a glance settles; returns the others."""
    widths = _NARROW * np.fmax(np.abs(values[which].reshape(-1)), 1.0)
    floor = rounding(problem.terms, problem.eps)[:, None] / widths
    size = np.abs(analytic)
    some = np.flatnonzero((floor <= _CLEAR * size).all(axis=0))
    steps = (_NARROW, -_NARROW)
    (up, down), points = sampled(problem.evaluate, values, which, some, steps, at_point.size)
    width = points[0] - points[1]
    value, size, bar = (up - down) / width, size[:, some], floor[:, some]
    # Both conditions fail where anything is not a number.
    right = np.abs(value - analytic[:, some]) <= bar + rtol * size
    bend = np.abs(up + down - 2 * at_point[:, None]) * (2 / width)
    right &= bend <= np.fmax(ONE_SLOPE * size, 2 * bar)
    settled = right.all(axis=0)
    nan, no = np.full_like(value, np.nan), np.zeros_like(right)
    span = np.abs(up - at_point[:, None]) * (2 / width)
    found = Numeric(value, bar, bar, span, nan, nan, no)
    result.put(found.column(settled), np.s_[:, some[settled]])
    return np.setdiff1d(np.arange(widths.size), some[settled], assume_unique=True)


def analytic_jacobian(problem: Problem, backward: Backward) -> list[ndarray | None]:
    """One matrix per input, outputs × elements; None if every backward pass gave None."""
    results: list[ndarray | None] = [None] * len(problem.values)
    row = 0
    for number, shape in enumerate(problem.shapes):
        for element in range(int(np.prod(shape))):
            seeds = backward.zeros()
            seeds[number].reshape(-1)[element] = 1
            for which, g in enumerate(backward(seeds)):
                if g is None:
                    continue
                matrix = results[which]
                if matrix is None:
                    matrix = results[which] = np.zeros((problem.size, g.size))
                matrix[row] = g.reshape(-1)
            row += 1
    return results
