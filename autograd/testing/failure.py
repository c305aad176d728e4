"""The failure of an op's battery, and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checking import Report
from .battery import Subject, UnsoundError
from .example import Call, Example

__all__ = ["OpError", "failure", "kind", "nothing", "tell"]


class OpError(AssertionError):
    """An op fails its battery; the message names the check and ends with a program to paste.

    Attributes:
        check: the name of the check: "forward", "gradient", "float32", "layouts", "cycles",
            "shapes", or "nothing checked".
        call: the smallest arguments found that fail.
        report: what `autograd.check` says of them, if the check is "gradient"; else None.
        larger: what it says of a larger example that fails, where that names the mistake otherwise.
        program: Python that fails in the same way when it is pasted.
    """

    def __init__(self, message: str, check: str, call: Call | None = None) -> None:
        super().__init__(message)
        self.check, self.call = check, call
        self.report: Report | None = None
        self.larger: Report | None = None
        self.program = ""


def failure(check: str, failing: Call, error: Exception) -> OpError:
    """The failure of a check at a call, by an exception."""
    words = str(error).strip()
    if not isinstance(error, AssertionError):
        words = f"{type(error).__name__}: {words}"
    made = OpError(f"fails the check {check!r}: {words}", check, failing)
    made.__cause__ = error
    made.report = error.report if isinstance(error, UnsoundError) else None
    return made


def kind(error: OpError) -> tuple[Any, ...]:
    """The check that fails, and how: by numbers, by a shape, by an exception of which type."""
    numbers = error.report is None or error.report.findings[0].analytic is not None
    return error.check, type(error.__cause__), numbers


def tell(found: OpError, subject: Subject, op: Any, by_default: bool) -> None:
    """Write the message: the smallest example, the larger one, what to do, the program."""
    parts = [f"{subject.name} {found.args[0]}"]
    if found.larger is not None:
        finding = found.larger.findings[0]
        shapes = [str(c.shape) for c in found.larger.coverage if c.order == 1]
        parts.append(
            f"For a larger example, inputs of shapes {', '.join(shapes)}, the diagnosis is "
            f"{finding.diagnosis}{f' ({finding.detail})' if finding.detail else ''}: "
            f"{finding.message}; {finding.advice}"
        )
    raised = not isinstance(found.__cause__, AssertionError)
    misshapen = found.report is not None and found.report.findings[0].analytic is None
    if by_default and (raised or misshapen):
        drawn = [np.shape(v) for v in Example(found.call, op).values] if found.call else []
        parts.append(
            f"No inputs were given, so arrays were drawn, here of shapes "
            f"{', '.join(map(str, drawn))}. If the op does not take such shapes, let forward "
            "refuse them with an exception, or say which it takes, such as "
            f"{_suggestion(len(drawn))}"
        )
    found.args = ("\n\n".join([*parts, "To see it again:", found.program]),)


def _suggestion(count: int) -> str:
    one = "arrays((2, 5, 6))"
    return f"inputs={one}" if count < 2 else f"inputs=({', '.join([one] * count)})"


def nothing(name: str, subject: Subject, refused: list[Exception]) -> str:
    """Say why no example told anything."""
    text = f"{name}: nothing checked: no example has a derivative that differences could confirm. "
    if subject.untold:
        return text + f"One of them: {subject.untold[0]}"
    if refused:
        return text + (
            f"It refused {len(refused)} examples, the last one with {type(refused[-1]).__name__}: "
            f"{refused[-1]}. Say which arguments it takes by `inputs`"
        )
    return text + (
        "All examples were empty, or had no floating array; expected float64 arrays among `inputs`"
    )
