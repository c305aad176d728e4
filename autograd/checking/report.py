"""What a check found: findings, each about one entry of one derivative, and their report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy import ndarray

from . import names

__all__ = ["Coverage", "Finding", "Report"]

Index = tuple[int, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or that could not be checked.

    Attributes:
        verdict: "fail", "non-differentiable", "cannot tell" or "nothing checked".
        diagnosis: which of the named mistakes (the keys of `autograd.checking.ADVICE`) it is.
        message: one sentence: where, what was expected, what came.
        advice: what to look at.
        order: which derivative, 1 for the gradient.
        input: the name of the input, such as "input 0" or "parameter 'weight'"; None if it is not
            about one.
        index: the index of the worst element of that input.
        output_index: (number of the output, index in it).
        analytic, numeric, bar: the two derivatives there, and the error bar of the second.
        detail: more about the diagnosis, such as which factor.
        variation: the way in which the inputs were changed unasked; empty for the inputs as given.
        shapes: of all inputs, where the variation changed them.
    """

    verdict: str
    diagnosis: str
    message: str
    order: int = 1
    input: str | None = None
    index: Index | None = None
    output_index: tuple[int, Index] | None = None
    analytic: float | None = None
    numeric: float | None = None
    bar: float | None = None
    detail: str = ""
    variation: str = ""
    shapes: tuple[Index, ...] = ()

    @property
    def advice(self) -> str:
        """What to look at."""
        return names.ADVICE[self.diagnosis]

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.message}. Diagnosis: {self.diagnosis}{detail}; {self.advice}"

    def to_dict(self) -> dict[str, Any]:
        """All of it as strings, numbers, lists and None, for machines (JSON takes it)."""
        output = self.output_index
        return {
            "verdict": self.verdict,
            "diagnosis": self.diagnosis,
            "detail": self.detail,
            "message": self.message,
            "advice": self.advice,
            "order": self.order,
            "input": self.input,
            "index": None if self.index is None else list(self.index),
            "output": None if output is None else output[0],
            "output_index": None if output is None else list(output[1]),
            "analytic": _number(self.analytic),
            "numeric": _number(self.numeric),
            "bar": _number(self.bar),
            "variation": self.variation,
            "shapes": [list(shape) for shape in self.shapes],
        }


@dataclass(frozen=True)
class Coverage:
    """What was compared of one input, and how well it agreed.

    Attributes:
        order: which derivative.
        input: its name.
        shape: its shape.
        entries: how many entries of the Jacobian (in fast mode: directions) were compared.
        error: for each element of the input the largest error of its derivatives, in units of
            what is allowed there: above 1 is wrong, NaN undecided. None in fast mode, which looks
            at sums.
        largest: the largest of these; in fast mode of the directions.
    """

    order: int
    input: str
    shape: tuple[int, ...]
    entries: int
    largest: float
    error: ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as strings, numbers and lists; what is not finite is None."""
        error = None if self.error is None else [_number(e) for e in self.error.reshape(-1)]
        return {
            "order": self.order,
            "input": self.input,
            "shape": list(self.shape),
            "entries": self.entries,
            "largest": _number(self.largest),
            "error": error,
        }


@dataclass(frozen=True, repr=False)
class Report:
    """The result of `check`. It is true if and only if the verdict is "pass".

    Attributes:
        name: of what was checked.
        order, speed: as they were asked for.
        findings: what is wrong or undecided, worst first; empty for a pass.
        coverage: what was compared, per order and input.
        variations: the ways in which the inputs were changed unasked, and f accepted them.
        notes: what a reader should know and what decides nothing.
        evaluations: how often f was called for the numeric derivatives.
        beyond: what is wrong for inputs of other shapes, tried unasked; it decides nothing. With
            `variations=True` these are among the findings.

    `print(report)` shows it in a terminal, a notebook shows a table with a picture of the error,
    `to_dict()` is for machines.
    """

    name: str
    order: int
    speed: str
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    variations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evaluations: int = 0
    beyond: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst verdict of the findings: "fail", "non-differentiable", ..., or "pass"."""
        return min((f.verdict for f in self.findings), key=names.VERDICTS.index, default=names.PASS)

    @property
    def diagnosis(self) -> str | None:
        """That of the worst finding; None for a pass."""
        return self.findings[0].diagnosis if self.findings else None

    def __bool__(self) -> bool:
        return self.verdict == names.PASS

    def __repr__(self) -> str:
        diagnosis = f", {self.diagnosis}" if self.diagnosis else ""
        where = " at these inputs" if self and self.beyond else ""
        return f"<Report {self.name}: {self.verdict}{where}{diagnosis}>"

    def __str__(self) -> str:
        from .text import as_text, in_colour

        return as_text(self, in_colour())

    def _repr_html_(self) -> str:
        from .html import as_html

        return as_html(self)

    def to_dict(self) -> dict[str, Any]:
        """All of it as strings, numbers, lists and None, for machines (JSON takes it)."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "order": self.order,
            "speed": self.speed,
            "findings": [f.to_dict() for f in self.findings],
            "coverage": [c.to_dict() for c in self.coverage],
            "variations": list(self.variations),
            "notes": list(self.notes),
            "evaluations": self.evaluations,
            "beyond": [f.to_dict() for f in self.beyond],
        }


def _number(value: Any) -> float | None:
    """A float, or None for what JSON has no number for."""
    return None if value is None or not math.isfinite(value) else float(value)
