"""Which of the usual mistakes turns the right derivative into the one that came."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy import ndarray

from . import names
from .structure import backwards, inverted, one_term, only_the_diagonal, unmasked, varying
from .view import FIT, Pattern, Shape, Values, View
from .words import factor_in_words

__all__ = ["FIT", "Pattern", "Values", "recognise"]

# Errors below this part of the derivative are a matter of precision, unless they are one factor.
_PRECISE = 1e-3


def recognise(
    analytic: ndarray,
    numeric: ndarray,
    allowed: ndarray,
    output: Shape,
    input: Shape,
    values: Values | None = None,
) -> Pattern:
    """Name the mistake in a Jacobian, given as (elements of output) × (elements of input).

    Args:
        analytic: what came; finite.
        numeric: what is right; NaN where that is not known.
        allowed: how far apart they may be.
        output, input: the shapes of the two.
        values: the numbers there, which a factor may turn out to be.
    """
    if not np.isfinite(analytic).all():
        return names.WRONG_VALUE, "not finite"
    known = np.isfinite(numeric)
    right = np.where(known, numeric, analytic)
    view = View(analytic, right, allowed, output, input, values)
    return next(found for test in _TESTS for found in [test(view)] if found is not None)


def _none_right(view: View) -> Pattern | None:
    if not view.a.any() and view.wrong[view.alive].all():
        return names.SCALE_FACTOR, "0: nothing comes back"
    return None


def _precision(view: View) -> Pattern | None:
    part = np.abs(view.a - view.n)[view.wrong] / np.abs(view.n)[view.wrong]
    if part.max() > _PRECISE or _common_factor(view) is not None:
        return None
    return names.PRECISION, f"right to {part.max():.0e} of it"


def _sign(view: View) -> Pattern | None:
    if view.fits(-view.n, view.wrong):
        return names.WRONG_SIGN, ""
    return None


def _scale(view: View) -> Pattern | None:
    factor = _common_factor(view)
    if factor is None:
        return None
    words = factor_in_words(factor, view.output, view.input)
    if view.a.size == 1 and not words:
        return None  # one number alone is always some multiple of another
    return names.SCALE_FACTOR, f"{factor:.6g}" + (f": {words}" if words else "")


def _common_factor(view: View) -> float | None:
    """The factor between what came and what is right, if it is one wherever it is wrong."""
    where = view.wrong & view.alive
    if not where.any() or not view.fits(view.n, view.wrong & ~view.alive):
        return None
    weights = np.abs(view.n[where])
    ratios = view.a[where] / view.n[where]
    factor = float(ratios[int(np.argmax(weights))])
    spread = np.abs(ratios - factor) <= view.slack[where] / weights + FIT * abs(factor)
    # The deviation from 1 must be one number too, not the same size of noise.
    spread &= np.abs(ratios - factor) <= 0.1 * abs(factor - 1)
    return factor if spread.all() and factor else None


def _transposed(view: View) -> Pattern | None:
    def swapped(shape: Shape) -> ndarray | None:
        if len(shape) < 2 or shape[-1] != shape[-2] or shape[-1] < 2:
            return None
        return np.swapaxes(np.arange(math.prod(shape)).reshape(shape), -1, -2).reshape(-1)

    columns, rows = swapped(view.input), swapped(view.output)
    candidates = [
        view.n[:, columns] if columns is not None else None,
        view.n[rows] if rows is not None else None,
        # The transpose of a permutation is another one: those are told by where things went.
        view.n.T if view.n.shape[0] == view.n.shape[1] > 1 and not view.permutes else None,
    ]
    if any(c is not None and view.fits(c) for c in candidates) or _transposed_inside(view):
        return names.TRANSPOSED, ""
    return None


def _transposed_inside(view: View) -> bool:
    """Whether it is D Mᵀ where D M is right, D any diagonal: a matrix before a nonlinearity.

    D drops out of the products of an entry with its mirror image.
    """
    a, n = view.a, view.n
    if a.shape[0] != a.shape[1] or a.shape[0] < 3 or view.permutes:
        return False
    mirrored = np.array_equal(np.abs(a) > 10 * view.slack, view.alive.T)
    diagonal = np.abs(np.diag(a) - np.diag(n)) <= np.diag(view.slack) + FIT * np.abs(np.diag(n))
    size = np.abs(n * n.T)
    products = np.abs(a * a.T - n * n.T) <= FIT * size + view.slack.max() * np.max(np.abs(n))
    return bool(mirrored and diagonal.all() and products.all())


def _moved(view: View) -> Pattern | None:
    """The right numbers one or two places off, or the other way round."""
    for what, shape in (("input", view.input), ("output", view.output)):
        for words, order, inside in _moves(shape):
            candidate = view.n[:, order] if what == "input" else view.n[order]
            where = np.broadcast_to(inside if what == "input" else inside[:, None], view.a.shape)
            if view.fits(candidate, where) and view.wrong[where].any():
                return names.OFF_BY_INDEX, f"{words} of the {what}"
    return None


def _moves(shape: Shape) -> Iterator[tuple[str, ndarray, ndarray]]:
    """Pairs of a reordering of an array, in words and as positions, and where it is no wrapping."""
    positions = np.arange(math.prod(shape)).reshape(shape)
    everywhere = np.ones(shape, bool)
    for axis, length in enumerate(shape):
        if length < 2:
            continue
        yield (
            f"reversed along axis {axis}",
            np.flip(positions, axis).reshape(-1),
            everywhere.reshape(-1),
        )
        for shift in (1, -1, 2, -2):
            if length > 2 * abs(shift):
                along = np.arange(length).reshape(
                    [-1 if k == axis else 1 for k in range(len(shape))]
                )
                inside = (along >= shift) & (along < length + shift) & everywhere
                order = np.roll(positions, shift, axis)
                yield f"moved by {shift} along axis {axis}", order.reshape(-1), inside.reshape(-1)


def _dropped(view: View) -> Pattern | None:
    """Some entries lost, wholly or in part, the others right."""
    where = view.wrong
    parts = view.a[where] / np.where(view.n[where], view.n[where], np.nan)
    counts = np.round(1 / np.where(parts > 0.1, parts, 1.0))
    slack = FIT + view.slack[where] / np.abs(view.n[where])
    is_part = (np.abs(parts) <= slack) | ((counts >= 2) & (np.abs(parts - 1 / counts) <= slack))
    if not is_part.all() or not (np.abs(parts) <= slack).any():
        return None
    lost = (where & (np.abs(view.a) <= view.slack)) | ~view.alive
    columns = where.any(axis=0)
    if lost[:, columns].all():
        return names.OFF_BY_INDEX, f"{columns.sum()} of {columns.size} elements get nothing"
    if view.input != view.output and _broadcasts(view.input, view.output):
        return names.MISSING_UNBROADCAST, "only a part of the broadcast copies is counted"
    return names.MISSING_ACCUMULATION, "only a part of the ways to the output is counted"


def _broadcasts(shape: Shape, to: Shape) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _elsewhere(view: View) -> Pattern | None:
    """The right numbers in wrong places."""
    for axis in (0, 1):
        came, right = np.sort(view.a, axis=axis), np.sort(view.n, axis=axis)
        slack = FIT * np.abs(right) + view.slack.max(axis=axis, keepdims=True)
        if view.a.shape[axis] > 1 and np.all(np.abs(came - right) <= slack):
            return names.OFF_BY_INDEX, "the right numbers in other places"
    return None


def _slice(view: View) -> Pattern | None:
    """Only the first or last along an axis is wrong."""
    for what, shape, wrong in (
        ("input", view.input, view.wrong.any(axis=0)),
        ("output", view.output, view.wrong.any(axis=1)),
    ):
        for axis, length in enumerate(shape):
            hit = np.flatnonzero(
                wrong.reshape(shape).any(axis=tuple(k for k in range(len(shape)) if k != axis))
            )
            if length > 2 and hit.size == 1 and hit[0] in (0, length - 1):
                place = "first" if hit[0] == 0 else "last"
                return names.OFF_BY_INDEX, f"the {place} along axis {axis} of the {what}"
    return None


def _fallback(view: View) -> Pattern:
    return names.WRONG_VALUE, ""


_TESTS: tuple[Callable[[View], Pattern | None], ...] = (
    _none_right,
    _precision,
    _sign,
    _scale,
    inverted,
    backwards,
    _transposed,
    _moved,
    only_the_diagonal,
    _dropped,
    _elsewhere,
    _slice,
    unmasked,
    one_term,
    varying,
    _fallback,
)
