"""A report as text for a terminal."""

from __future__ import annotations

import os
import sys
import textwrap

from . import names
from .report import Finding, Report

__all__ = ["as_text", "in_colour"]

_WIDTH = 96
_COLOURS = {names.PASS: "32", names.FAIL: "31"}  # green, red; the others are yellow


def as_text(report: Report, colour: bool = False) -> str:
    """The report in lines of at most 96 characters; with `colour` its verdicts are painted."""
    verdict = _painted(report.verdict, colour)
    where = " at your inputs" if report and report.beyond else ""
    lines = [f"{verdict}{where}: {report.name}, {_extent(report)}"]
    for finding in report.findings:
        lines += ["", *_finding(finding, colour)]
    if report.beyond:
        lines += ["", *textwrap.wrap(names.BEYOND, _WIDTH)]
        for finding in report.beyond:
            lines += [f"  {finding.diagnosis}{_detail(finding)}", *_wrapped(finding.message)]
    for note in report.notes:
        lines += textwrap.wrap(f"note: {note}", _WIDTH, subsequent_indent="      ")
    return "\n".join(lines)


def in_colour() -> bool:
    """Whether what is printed goes to a terminal that shows colour, and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _extent(report: Report) -> str:
    entries = sum(c.entries for c in report.coverage)
    unit = "entries" if report.speed == "full" else "directions"
    orders = f" up to order {report.order}" if report.order > 1 else ""
    largest = max((c.largest for c in report.coverage), default=0.0)
    tried = f"; also tried: {', '.join(report.variations)}" if report.variations else ""
    error = f", largest error {largest:.1g} of what is allowed" if entries else ""
    return f"{entries} {unit} compared{orders}{error}{tried}"


def _finding(finding: Finding, colour: bool) -> list[str]:
    head = f"  {_painted(finding.verdict, colour)}: {finding.diagnosis}{_detail(finding)}"
    return [
        head,
        *_wrapped(finding.message),
        *_wrapped(finding.advice),
    ]


def _detail(finding: Finding) -> str:
    return f" ({finding.detail})" if finding.detail else ""


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def _painted(verdict: str, colour: bool) -> str:
    return f"\033[1;{_COLOURS.get(verdict, '33')}m{verdict}\033[0m" if colour else verdict
