"""Analytic against numeric, entry by entry, within the numeric error bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

from .numeric import Numeric

__all__ = ["Comparison", "agrees", "allowance", "compare", "vague"]

# Roundings of the analytic derivative, relative to the largest of its output's derivatives.
_ROUNDINGS = 64
# A bar wider than this, relative to that, decides nothing.
_VAGUE = 1e-2
# ... unless it is narrow beside the slopes around the point, where this one may well be 0.
_SPAN = 1e-6


@dataclass
class Comparison:
    """The derivatives with respect to one input, both ways; arrays of outputs × elements.

    Attributes:
        which: the number of the input.
        missing: whether the backward pass gave None.
        error: how far the two are apart, in units of what is allowed: above 1 is wrong. NaN where
            the differences decide nothing.
        allowed: the numeric bar and the roundings of the analytic derivative.
        row, columns: where in the Jacobian this is, when it is a part of one row; else None.
        kink, jump, outside, noisy: where the differences decide nothing, and why.
    """

    which: int
    analytic: ndarray
    numeric: Numeric
    missing: bool
    error: ndarray
    allowed: ndarray
    kink: ndarray
    jump: ndarray
    outside: ndarray
    noisy: ndarray
    row: int | None = None
    columns: list[int] | None = None

    @property
    def wrong(self) -> ndarray:
        """Which entries are wrong."""
        return self.error > 1

    def position(self, row: int, column: int) -> tuple[int, int]:
        """Row and column in the Jacobian of an entry of this."""
        if self.row is None or self.columns is None:
            return row, column
        return self.row, self.columns[column]

    def worst(self) -> tuple[int, int]:
        """Row and column of the largest error; of about equally bad ones the first."""
        score = np.where(self.wrong, self.error, 0.0)
        row, column = np.unravel_index(int(np.argmax(score >= score.max() / 2)), score.shape)
        return int(row), int(column)


def allowance(analytic: ndarray, numeric: Numeric, rtol: float, eps: float) -> ndarray:
    """How far the two may be apart."""
    size = np.fmax(np.abs(analytic), np.abs(numeric.value))
    bar = np.where(np.isfinite(numeric.bar), numeric.bar, 0.0)
    return bar + rtol * size + _ROUNDINGS * eps * _scale(analytic)  # type: ignore[no-any-return]


def agrees(analytic: ndarray, numeric: Numeric, rtol: float, eps: float) -> Any:
    """Whether the two are no further apart than is allowed, entry by entry."""
    with np.errstate(all="ignore"):
        return np.abs(analytic - numeric.value) <= allowance(analytic, numeric, rtol, eps)


def compare(
    which: int, analytic: ndarray | None, numeric: Numeric, rtol: float, eps: float
) -> Comparison:
    """Compare the derivatives with respect to input number `which`; None counts as 0."""
    missing = analytic is None
    a = np.zeros_like(numeric.value) if analytic is None else analytic
    finite = np.isfinite(a)
    with np.errstate(all="ignore"):
        allowed = allowance(a, numeric, rtol, eps)
        error = np.abs(a - numeric.value) / np.fmax(allowed, np.finfo(float).tiny)
        # Not a number in only one of the two is as wrong as can be.
        error = np.where(finite, error, np.inf)
        kink, jump = numeric.kink & ~numeric.jump, numeric.jump
        outside = ~np.isfinite(numeric.value)
        size = np.fmax(np.where(finite, np.abs(a), 0.0), _scale(a))
        noisy = vague(numeric, size) & ~(kink | jump | outside)
        undecided = kink | jump | outside | noisy
        # A slope of infinity, as that of sqrt at 0, times the g = 0 of the other outputs.
        undecided |= ~finite & undecided.any(axis=0)
        error = np.where(undecided, np.nan, error)
    return Comparison(which, a, numeric, missing, error, allowed, kink, jump, outside, noisy)


def vague(numeric: Numeric, size: Any) -> Any:
    """Where the differences decide nothing about derivatives of this size."""
    enough = np.fmax(_VAGUE * np.fmax(np.abs(numeric.value), size), _SPAN * numeric.span)
    wide = numeric.bar > np.fmax(enough, 4 * numeric.floor)
    return wide | numeric.jump | ~np.isfinite(numeric.value)


def _scale(analytic: ndarray) -> ndarray:
    """The largest derivative of each output, as a column."""
    finite = np.isfinite(analytic)
    return np.max(np.abs(analytic), axis=1, initial=0.0, where=finite, keepdims=True)  # type: ignore[no-any-return]
