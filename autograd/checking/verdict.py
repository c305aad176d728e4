"""From comparisons to findings: where, how far off, and which mistake it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from . import names
from .compare import Comparison
from .pattern import FIT, Values, recognise
from .problem import Place, Problem, place_of
from .report import Finding

__all__ = ["findings_of"]

# What exchanged rules may be taken for.
_STRUCTURES = {
    names.WRONG_VALUE,
    names.TRANSPOSED,
    names.MISSING_ACCUMULATION,
    names.ONE_TERM,
    names.VARYING_FACTOR,
}


def findings_of(
    problem: Problem, comparison: Comparison, others: Sequence[Comparison] = ()
) -> list[Finding]:
    """The findings about one input, at most one per reason; `others` are about other inputs."""
    found = []
    if comparison.wrong.any():
        found.append(_wrong(problem, comparison, others))
    for mask, verdict, diagnosis in (
        (comparison.kink, names.NOT_DIFFERENTIABLE, names.KINK),
        (comparison.jump, names.CANNOT_TELL, names.DISCONTINUOUS),
        (comparison.outside, names.CANNOT_TELL, names.OUTSIDE_DOMAIN),
        (comparison.noisy, names.CANNOT_TELL, names.NOISY),
    ):
        if mask.any():
            row, column = (int(k) for k in np.argwhere(mask)[0])
            found.append(_undecided(problem, comparison, row, column, verdict, diagnosis))
    return found


def _wrong(problem: Problem, comparison: Comparison, others: Sequence[Comparison]) -> Finding:
    row, column = comparison.worst()
    where, details = _place(problem, comparison, row, column)
    whole = comparison.row is None
    wrong, total = int(comparison.wrong.sum()), comparison.wrong.size
    diagnosis, detail = _diagnosis(problem, comparison, row)
    if diagnosis in _STRUCTURES:
        exchanged = _exchanged(problem, comparison, others)
        diagnosis, detail = exchanged or (diagnosis, detail)
    a, n = details["analytic"], details["numeric"]
    counted = f"; this is the worst of {wrong} wrong among {total} entries" if whole else ""
    return Finding(
        names.FAIL,
        diagnosis,
        f"wrong derivative {where}: analytic {a:.9g}, numeric {n:.9g} ± {details['bar']:.1g}"
        + counted,
        detail=detail,
        **details,
    )


def _diagnosis(problem: Problem, comparison: Comparison, row: int) -> tuple[str, str]:
    if problem.order > 1:
        return names.DETACHED, ""
    if comparison.missing:
        return names.RETURNED_NONE, ""
    if comparison.row is not None:
        # A sample of one row has no shape to look for patterns in.
        return recognise(*_numbers(comparison, slice(None)), (), ())
    sizes = np.cumsum([0, *(int(np.prod(s)) for s in problem.shapes)])
    number = int(np.searchsorted(sizes, row, side="right")) - 1
    rows = slice(int(sizes[number]), int(sizes[number + 1]))
    shape = np.shape(problem.values[comparison.which])
    with problem.evaluating():
        out = problem.evaluate()[rows]
    values = Values(np.asarray(problem.values[comparison.which]), out)
    return recognise(*_numbers(comparison, rows), problem.shapes[number], shape, values)


def _exchanged(
    problem: Problem, comparison: Comparison, others: Sequence[Comparison]
) -> tuple[str, str] | None:
    """Whether this input got the gradient of another one, and that one this one's."""

    def fits(came: Comparison, right: Comparison) -> bool:
        a, n = came.analytic, right.numeric.value
        if a.shape != n.shape or not came.wrong.any():
            return False
        slack = right.allowed + FIT * np.max(np.abs(n), initial=0.0)
        return bool(np.all(np.abs(a - n) <= slack))

    for other in others:
        if other.which != comparison.which and fits(comparison, other) and fits(other, comparison):
            return names.SWAPPED, f"what came is the gradient of {problem.names[other.which]}"
    return None


def _numbers(comparison: Comparison, rows: slice) -> tuple[ndarray, ndarray, ndarray]:
    decided = ~np.isnan(comparison.error[rows])
    numeric = np.where(decided, comparison.numeric.value[rows], np.nan)
    return comparison.analytic[rows], numeric, comparison.allowed[rows]


_REASONS = {
    names.KINK: "the slopes on its two sides are {left:.9g} and {right:.9g}",
    names.DISCONTINUOUS: "f jumps there",
    names.OUTSIDE_DOMAIN: "f is not finite there, or refuses the arguments around it",
    names.NOISY: "analytic {analytic:.9g}, but the differences only give {numeric:.9g} ± {bar:.1g}",
}


def _undecided(
    problem: Problem,
    comparison: Comparison,
    row: int,
    column: int,
    verdict: str,
    diagnosis: str,
) -> Finding:
    where, details = _place(problem, comparison, row, column)
    sides = {
        name: float(getattr(comparison.numeric, name)[row, column]) for name in ("left", "right")
    }
    reason = _REASONS[diagnosis].format(**sides, **details)
    head = "no derivative" if diagnosis == names.KINK else "cannot tell the derivative"
    return Finding(verdict, diagnosis, f"{head} {where}: {reason}", **details)


def _place(
    problem: Problem,
    comparison: Comparison,
    row: int,
    column: int,
) -> tuple[str, dict[str, Any]]:
    """Where an entry of the Jacobian is, in words and as attributes of a finding."""
    place: Place = place_of(problem, comparison.which, *comparison.position(row, column))
    result = f"output {place.output}" if problem.order == 1 else f"gradient {place.output}"
    name = problem.names[place.input]
    text = (
        f"of {result} at index {place.output_index} with respect to {name} at index {place.index}"
    )
    if problem.order > 1:
        text += f" (order {problem.order})"
    details = {
        "order": problem.order,
        "input": name,
        "index": place.index,
        "output_index": (place.output, place.output_index),
        "analytic": float(comparison.analytic[row, column]),
        "numeric": float(comparison.numeric.value[row, column]),
        "bar": float(comparison.numeric.bar[row, column]),
    }
    return text, details
