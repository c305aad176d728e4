"""The fast check at first sight: whether all is right beyond doubt.

For a gradient v of the outputs and a direction u of the inputs, v·J·u is one number: by the rules
it is the sum of (v·J) u over the elements, by differences the slope of v·f along u. No element of
u or v is small, so that no entry of J can hide behind its factor.

f is looked at from three points, each a narrow step away. The three steps add up to nothing, so
every element, and every difference of two, is looked at from both sides: at a kink not all three
slopes are what the rules say. Where they are, up to rounding, there is nothing that wider steps
could add: two numbers computed in such different ways do not agree by chance.

The backward pass runs before that and after: it has to be linear in v, and must not have noticed
that f was called elsewhere. Whatever else is not as it should be, or cannot be told from here, is
left to the closer look, which begins anew and knows names for it.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from .conduct import Backward, BackwardError, overwritten, short, signed
from .numeric import quick_step, rounding
from .problem import Problem, vector
from .row import Row

__all__ = ["DIRECTIONS", "Glance", "glance"]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True

DIRECTIONS = 3
_EPS = float(np.finfo(float).eps)
_TINY = float(np.finfo(float).tiny)
# How far away the points are at least, for numbers around 1, and how large rounding may be beside
# the slopes.
_NARROW = 2.0**-22
_CLEAR = 1e-6
# Roundings of a backward pass, relative to the largest of its gradients.
_ROUNDINGS = 64
# v in the last backward pass: so many times the first, and so many times another.
_MIXED = -1.75, 0.625
# The root mean square of a step's elements, beside the sizes of what they move.
_STEP = 0.75
# Of the last seed so many random numbers a row are kept: most checks of a suite share one, and to
# draw them anew is a tenth of a check.
_KEPT = 4096


@dataclass
class Glance:
    """All is right.

    Attributes:
        backward: the backward pass of the record that was looked at.
        largest: the largest error of a direction, in units of what is allowed.
    """

    backward: Backward
    largest: float


def glance(problem: Problem, rtol: float, seed: int | np.random.Generator) -> Glance | None:
    """What was seen, if all is right; None if it needs a closer look."""
    try:
        record = problem.start()
    except Exception:  # the closer look meets it again, and knows whose mistake it is
        return None
    if not problem.size or problem.eps > _EPS or not any(v.size for v in problem.values):
        return None
    kept = [np.array(out) for out in record.outputs]
    backward, row = Backward(problem, record), Row(problem)
    steps, weights = _random(seed, row.point.size, problem.size)
    try:
        found = [backward(backward.split(w)) for w in weights]
        gradients = np.array([row.joined(g) for g in found])
        if len(row.groups(gradients[0])) > 1 or any(g is not None and short(g) for g in found[0]):
            return None
        with problem.evaluating():
            largest = _largest_error(row, steps, weights, gradients, vector(kept), rtol)
        if not largest <= 1:
            return None
        mix = np.array(_MIXED[: len(weights)])
        error = np.abs(row.joined(backward(backward.split(mix @ weights))) - mix @ gradients)
    except BackwardError:
        return None
    linear = error.max() <= _ROUNDINGS * problem.eps * np.abs(gradients).max()
    untouched = row.joined(found[0]).tobytes() == gradients[0].tobytes()
    if not (linear and untouched) or backward.findings or overwritten(problem, record, kept):
        return None
    return Glance(backward, largest)


def _random(
    seed: int | np.random.Generator, elements: int, outputs: int
) -> tuple[ndarray, ndarray]:
    """The three steps, for elements of size 1, and one or two gradients of the outputs."""
    columns = max(elements, outputs)
    keep = type(seed) is int and columns <= _KEPT
    rows = _kept(seed) if keep else _drawn(np.random.default_rng(seed), columns)
    return rows[:DIRECTIONS, :elements], rows[DIRECTIONS:, :outputs][: min(outputs, 2)]


@functools.lru_cache(1)
def _kept(seed: int) -> ndarray:
    rows = _drawn(np.random.default_rng(seed), _KEPT)
    rows.flags.writeable = False
    return rows


def _drawn(rng: np.random.Generator, columns: int) -> ndarray:
    """Rows of random numbers of both signs: three that add up to nothing, and two others."""
    first, ratio, *others = signed(rng, (4, columns))
    # The second is a half to one times the first, or so much more than it the other way that the
    # third, which makes up for both, is a half to one times it.
    second = first * (ratio - (ratio < 0))
    return np.array([first, second, -first - second, *others])


def _largest_error(
    row: Row,
    steps: ndarray,
    weights: ndarray,
    gradients: ndarray,
    at_point: ndarray,
    rtol: float,
) -> float:
    """The largest difference between v·J·u both ways, in units of what is allowed."""
    eps = row.problem.eps
    scaled = gradients * row.sizes
    typical = _STEP * math.sqrt(np.vecdot(scaled, scaled).min())
    # No weight is larger than 1.
    floor = float(rounding(np.abs(at_point).sum(), eps))
    # As narrow as rounding allows: what f bends on the way grows with the step.
    step = max(2 / _CLEAR * floor / max(typical, _TINY), _NARROW * row.scale)
    if not step <= quick_step(eps) / 8 * row.scale:
        return np.inf
    samples = row.moved(steps * (step * row.sizes))
    if short(samples[0]):
        return np.inf
    slopes = weights @ (samples - at_point).T / step
    # Roundings of the sum over the elements go unmentioned: that can only be too strict.
    return float(np.abs(scaled @ steps.T - slopes).max()) / (floor / step + rtol * typical)
