"""Mistakes that are told by the structure of the Jacobian: masks, scans, lost terms, factors."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from . import names
from .view import FIT, Pattern, Shape, View
from .words import factor_in_words

__all__ = ["backwards", "inverted", "one_term", "only_the_diagonal", "unmasked", "varying"]

# A smaller block than this has too few entries to show a structure.
_ENOUGH = 3
# Singular values that are this much smaller than the first one are rounding.
_RANK = 1e-5


def inverted(view: View) -> Pattern | None:
    """Something comes back exactly where nothing should: a mask taken for its complement."""
    if view.input != view.output or view.a.shape[0] < 2:
        return None
    a, right = np.abs(view.a) > view.slack, view.alive
    if (a | right)[~view.diagonal].any() or (a & right).any():
        return None
    if not (a.any() and right.any() and (a | right)[view.diagonal].all()):
        return None
    return names.INVERTED_MASK, "nothing comes back where something should, and the reverse"


def unmasked(view: View) -> Pattern | None:
    """Something comes back for every element of the output that does not depend on the input."""
    alive = view.alive.any(axis=1)
    came = np.any(np.abs(view.a) > view.slack, axis=1)
    if alive.all() or not alive.any() or not came[~alive].all():
        return None
    if len(view.output) > 1:
        rows, columns = np.indices(view.output[-2:])
        for words, part in (("upper", columns > rows), ("lower", columns < rows)):
            if np.array_equal(~alive, np.broadcast_to(part, view.output).reshape(-1)):
                return names.MISSING_MASK, f"in the {words} triangle of the output"
    if not view.wrong[alive].any():
        return names.MISSING_MASK, f"{np.count_nonzero(~alive)} elements of the output are constant"
    return None


def backwards(view: View) -> Pattern | None:
    """A scan along an axis that runs the same way in the rule as in forward."""
    if view.input != view.output:
        return None
    came = np.abs(view.a) > view.slack
    for axis, length in enumerate(view.input):
        if length < _ENOUGH:
            continue
        place = np.arange(length).reshape([-1 if k == axis else 1 for k in range(len(view.input))])
        index = np.broadcast_to(place, view.input).reshape(-1)
        before, after = index[None, :] < index[:, None], index[None, :] > index[:, None]
        for these, those in ((before, after), (after, before)):
            forward = view.alive[these].any() and not view.alive[those].any()
            if forward and came[those].any() and not came[these].any():
                return names.BACKWARDS, f"along axis {axis}"
    return None


def only_the_diagonal(view: View) -> Pattern | None:
    """Each element was taken to depend on its own one alone."""
    if view.input != view.output or view.a.shape[0] < _ENOUGH:
        return None
    diagonal = view.diagonal
    if np.any(np.abs(view.a)[~diagonal] > view.slack[~diagonal]):
        return None
    if not view.fits(view.n, diagonal) or not view.alive[diagonal].any():
        return None
    return names.MISSING_ACCUMULATION, "only the diagonal of the Jacobian"


# -- one term ------------------------------------------------------------------------------------


def one_term(view: View) -> Pattern | None:
    """The error is of rank one along the last axis: a term through something that all share.

    Of a mean, a variance, a norm or a sum of exponentials s(x) the Jacobian has the term
    (dy/ds)(ds/dx), a column times a row. Its row, ds/dx, tells which.
    """
    blocks = list(_blocks(view))
    if not blocks:
        return None
    words = {_through(error, x, out) for error, _, _, x, out in blocks}
    told = words.pop() if len(words) == 1 else ""
    through = f"the term through {told}" if told else "a term through what all elements share"
    factors = [_off_diagonal(a, n) for _, a, n, _, _ in blocks]
    factor = factors[0]
    if factor is None or not np.allclose(np.array(factors, float), factor, FIT, 0):
        return names.ONE_TERM, through
    in_words = factor_in_words(factor, view.output, view.input)
    times = f"{factor:.6g} times what it should be" + (f", {in_words}" if in_words else "")
    return names.ONE_TERM, f"{through} is {times if abs(factor) > FIT else 'lost'}"


def _blocks(view: View) -> Iterator[tuple[ndarray, ndarray, ndarray, ndarray, ndarray]]:
    """For each sample that is wrong: the error, both Jacobians, input and output.

    Samples lie along all axes but the last one. None, unless every error is of rank one and the
    samples do not depend on each other.
    """
    shape = view.input
    if shape != view.output or not shape or shape[-1] < _ENOUGH or not view.values.x.size:
        return
    length, count = shape[-1], math.prod(shape[:-1])
    error = (view.a - view.n).reshape(count, length, count, length)
    known = [m.reshape(count, length, count, length) for m in (view.a, view.n, view.slack)]
    x, out = (v.reshape(count, length) for v in (view.values.x, view.values.out))
    apart = np.abs(error) > known[2]
    apart[np.arange(count), :, np.arange(count), :] = False
    if apart.any():
        return
    found = []
    for k in range(count):
        part = error[k, :, k, :]
        if np.all(np.abs(part) <= known[2][k, :, k, :]):
            continue
        columns, sizes, rows = np.linalg.svd(part)
        if min(map(_support, (columns[:, 0], rows[0]))) < _ENOUGH:
            return  # a few entries, not a term
        right = np.linalg.svd(known[1][k, :, k, :], compute_uv=False)
        if sizes[1] > _RANK * sizes[0] or right[1] <= _RANK * right[0]:
            return
        found.append((part, known[0][k, :, k, :], known[1][k, :, k, :], x[k], out[k]))
    yield from found


def _support(vector: ndarray) -> int:
    return int(np.count_nonzero(np.abs(vector) > _RANK * np.max(np.abs(vector))))


def _through(error: ndarray, x: ndarray, out: ndarray) -> str:
    """What the row of an error of rank one is the gradient of; empty if it is nothing known."""
    row = np.linalg.svd(error)[2][0]
    centred = x - x.mean()
    for words, gradient in (
        ("the mean or the sum", np.ones_like(x)),
        ("the sum of squares or the norm", x),
        ("the variance", centred),
        ("the sum of the exponentials", out),
    ):
        size = float(np.linalg.norm(gradient))
        if size and abs(abs(float(row @ gradient)) / size - 1) < FIT:
            return words
    return ""


def _off_diagonal(a: ndarray, n: ndarray) -> float | None:
    """The factor between two matrices off their diagonals, if it is one."""
    off = ~np.eye(len(a), dtype=bool)
    alive = np.abs(n[off]) > FIT * np.max(np.abs(n))
    if not alive.any():
        return None
    ratios = a[off][alive] / n[off][alive]
    factor = float(ratios[0])
    return factor if np.all(np.abs(ratios - factor) <= FIT * max(abs(factor), 1.0)) else None


# -- factors that vary ---------------------------------------------------------------------------


def varying(view: View) -> Pattern | None:
    """What came is right but for a factor that differs from element to element."""
    alive = view.alive
    dead = np.abs(view.a) <= view.slack + FIT * np.max(np.abs(view.a))
    if np.count_nonzero(alive) < _ENOUGH or not dead[~alive].all():
        return None
    named = _named_factor(view)
    if named:
        return names.VARYING_FACTOR, named
    if view.permutes:
        return None  # each number is some multiple of any other
    with np.errstate(all="ignore"):
        ratios = np.where(alive, view.a / view.n, np.nan)
    for what, table in (("output", ratios), ("input", ratios.T)):
        several = np.count_nonzero(~np.isnan(table), axis=1)
        table = table[several > 0]
        if several.max() < 2:
            continue
        first = np.nanmean(table, axis=1)
        if np.nanmax(np.abs(table - first[:, None]) / np.fmax(np.abs(first), FIT)[:, None]) <= FIT:
            return names.VARYING_FACTOR, _told(first, what)
    return None


def _told(factors: ndarray, what: str) -> str:
    whole, parts = np.round(factors), np.round(1 / factors)
    each = f"for each element of the {what}"
    if np.all(np.abs(factors - whole) <= FIT * np.abs(factors)):
        kinds = ", ".join(f"{n:.0f}" for n in np.unique(whole)[:5])
        return f"counts {each}, {kinds}: a division by them is lost"
    if np.all(np.abs(1 / factors - parts) <= FIT * np.abs(parts)):
        kinds = ", ".join(f"1/{n:.0f}" for n in np.unique(parts)[:5])
        return f"{kinds} {each}: a division by counts too many"
    return f"another one {each}, from {factors.min():.6g} to {factors.max():.6g}"


def _named_factor(view: View) -> str:
    """The factor as an expression of the input and the output, if it is one of the usual."""
    shape: Shape = view.a.shape
    x, out = view.values.x.reshape(-1), view.values.out.reshape(-1)
    if (out.size, x.size) != shape:
        return ""
    with np.errstate(all="ignore"):
        rows, columns = out[:, None] + np.zeros(shape), x[None, :] + np.zeros(shape)
        for words, factor in (
            ("1/x: one factor of x is lost", 1 / columns),
            ("x: one factor of x too many", columns),
            ("1/x²: two factors of x are lost", 1 / columns**2),
            ("x/out: x stands where the result belongs", columns / rows),
            ("out/x: the result stands where x belongs", rows / columns),
            ("1/out: one factor of the result is lost", 1 / rows),
            ("out: one factor of the result too many", rows),
            ("exp(out): a division by the sum of the exponentials is lost", np.exp(rows)),
        ):
            candidate = np.where(view.alive, factor * view.n, 0.0)
            varied = np.ptp(factor[view.alive]) > _RANK * np.max(np.abs(factor[view.alive]))
            if varied and np.isfinite(candidate).all() and view.fits(candidate):
                return words
    return ""
