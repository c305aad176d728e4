"""A report as a table for a notebook, with a picture of where the error is."""

from __future__ import annotations

import html
import math

import numpy as np
from numpy import ndarray

from . import names
from .report import Coverage, Finding, Report

__all__ = ["as_html"]

_COLOURS = {names.PASS: "#1a7f37", names.FAIL: "#cf222e"}
_UNDECIDED = "#9a6700"
# A picture of more cells than this along an axis shows the largest error of each block of them.
_CELLS = 48
_CELL = 10


def as_html(report: Report) -> str:
    """Verdict, findings and, per input, the error as a heat map, in one `<div>`."""
    where = " at your inputs" if report and report.beyond else ""
    parts = [
        '<div style="font-family: sans-serif; line-height: 1.4">',
        f"<p>{_verdict(report.verdict)} <b>{html.escape(report.name)}</b>{where}</p>",
    ]
    if report.findings:
        parts.append(_table(report.findings))
    if report.beyond:
        parts += [f"<p>{html.escape(names.BEYOND)}</p>", _table(report.beyond, unasked=True)]
    parts += [_map(c) for c in report.coverage if c.error is not None and c.error.size]
    parts += [f"<p><i>{html.escape(note)}</i></p>" for note in report.notes]
    return "".join([*parts, "</div>"])


def _verdict(verdict: str) -> str:
    colour = _COLOURS.get(verdict, _UNDECIDED)
    return f'<b style="color: {colour}">{verdict}</b>'


def _table(findings: tuple[Finding, ...], unasked: bool = False) -> str:
    head = "".join(
        f'<th style="text-align: left; padding: 2px 10px 2px 0">{name}</th>'
        for name in ("", "where", "analytic", "numeric", "diagnosis", "message", "what to look at")
    )
    rows = "".join(_row(f, unasked) for f in findings)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(finding: Finding, unasked: bool) -> str:
    where = [finding.input or ""]
    if finding.index is not None:
        where[0] += f" at {finding.index}"
    if finding.output_index is not None:
        number, index = finding.output_index
        where.append(f"of output {number} at {index}")
    if finding.order > 1:
        where.append(f"order {finding.order}")
    if finding.variation:
        where.append(f"with {finding.variation}")
    if finding.shapes:
        where.append(f"shapes {', '.join(map(str, finding.shapes))}")
    bar = "" if finding.bar is None else f" ± {finding.bar:.1g}"
    detail = f" ({finding.detail})" if finding.detail else ""
    cells = [
        "" if unasked else _verdict(finding.verdict),
        "<br>".join(html.escape(line) for line in where if line),
        "" if finding.analytic is None else f"{finding.analytic:.9g}",
        "" if finding.numeric is None else f"{finding.numeric:.9g}{bar}",
        html.escape(finding.diagnosis + detail),
        html.escape(finding.message),
        html.escape(finding.advice),
    ]
    style = (
        'style="text-align: left; vertical-align: top; max-width: 30em; padding: 2px 10px 2px 0"'
    )
    return "<tr>" + "".join(f"<td {style}>{c}</td>" for c in cells) + "</tr>"


def _map(coverage: Coverage) -> str:
    """Squares in the order of the input, coloured by the error; pointing at one tells it."""
    assert coverage.error is not None
    error = coverage.error.reshape(-1, coverage.error.shape[-1] if coverage.error.ndim else 1)
    error, down, across = _reduced(error)
    squares = []
    for (i, j), value in np.ndenumerate(error):
        words = "undecided" if np.isnan(value) else f"{value:.2g} of what is allowed"
        squares.append(
            f'<rect x="{j * _CELL}" y="{i * _CELL}" width="{_CELL - 1}" height="{_CELL - 1}" '
            f'fill="{_colour(float(value))}"><title>[{i * down}, {j * across}]: {words}</title>'
            "</rect>"
        )
    height, width = (_CELL * n for n in error.shape)
    order = f", order {coverage.order}" if coverage.order > 1 else ""
    return (
        f"<p>error of {html.escape(coverage.input)}{order}, shape {coverage.shape}, at most "
        f"{coverage.largest:.2g} of what is allowed<br>"
        f'<svg width="{width}" height="{height}" role="img">{"".join(squares)}</svg></p>'
    )


def _reduced(error: ndarray) -> tuple[ndarray, int, int]:
    """The largest error of each block, and how many rows and columns a block has."""
    steps = [max(1, -(-n // _CELLS)) for n in error.shape]
    for axis, step in enumerate(steps):
        starts = np.arange(0, error.shape[axis], step)
        worst = np.fmax.reduceat(error, starts, axis=axis)
        # Wrong comes before undecided, and that before right.
        error = np.where(worst > 1, worst, np.maximum.reduceat(error, starts, axis=axis))
    return error, steps[0], steps[1]


def _colour(error: float) -> str:
    """Green up to what is allowed, then red; yellow where it is not known."""
    if math.isnan(error):
        return "hsl(45, 90%, 60%)"
    if not error > 1:
        return f"hsl(140, 45%, {92 - 12 * max(error, 0.0):.0f}%)"
    depth = min(math.log10(error), 6.0) if math.isfinite(error) else 6.0
    return f"hsl(0, 75%, {75 - 6 * depth:.0f}%)"
