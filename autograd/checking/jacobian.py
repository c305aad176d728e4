"""The full check: every entry of the Jacobian, one backward pass per output element."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from .compare import Comparison, agrees, compare
from .conduct import Backward
from .numeric import Numeric, jacobian_by_differences
from .problem import Problem

__all__ = ["analytic_jacobian", "full", "numeric_input"]


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
    a = np.zeros((problem.size, values[which].size)) if analytic is None else analytic
    with problem.evaluating():
        return jacobian_by_differences(
            problem.evaluate,
            values,
            which,
            at_point,
            problem.eps,
            lambda numeric: agrees(a, numeric, rtol, problem.eps),
        )


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
