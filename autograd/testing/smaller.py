"""Making a failing call smaller than hypothesis can: parts of its arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .example import Call, Example

__all__ = ["smallest"]


def smallest(failing: Call, fails: Callable[[Call], bool], op: Any = None) -> Call:
    """`failing`, cut down for as long as it `fails`.

    Hypothesis draws an array as a shape and a seed, so to it the numbers of a smaller array are
    other ones. Here the one that matters is kept: of an axis, in all arrays that have it with the
    same length, one place; and leading axes of length 1 go, and others that have it in all arrays.
    """
    found = failing
    while True:
        example = Example(found, op)
        for change in _changes([np.shape(value) for value in example.values]):
            part = example.mapped(change)
            call = Call(part.args, part.params)
            if fails(call):
                found = call
                break
        else:
            return found


def _changes(shapes: list[tuple[int, ...]]) -> Iterator[Callable[[Any], Any]]:
    """Cuts of arrays of these `shapes`, each of which makes at least one of them smaller."""
    for ndim in sorted({len(shape) for shape in shapes if shape[:1] == (1,)}, reverse=True):
        yield _led(ndim)
    for axis in range(-max(map(len, shapes), default=0), 0):
        lengths = {shape[axis] for shape in shapes if len(shape) >= -axis}
        if lengths == {1}:
            yield _without(axis)
        for n in sorted(lengths - {0, 1}):
            for place in range(n):
                yield _cut(axis, n, place)
            # Two places, where one is not enough.
            if n > 2:
                yield _cut(axis, n, 0, 2)


def _led(ndim: int) -> Callable[[Any], Any]:
    return lambda x: x[0] if np.ndim(x) == ndim and len(x) == 1 else x


def _without(axis: int) -> Callable[[Any], Any]:
    return lambda x: x if np.ndim(x) < -axis else np.take(x, 0, axis)


def _cut(axis: int, n: int, place: int, count: int = 1) -> Callable[[Any], Any]:
    def cut(x: Any) -> Any:
        if np.ndim(x) < -axis or x.shape[axis] != n:
            return x
        return np.take(x, range(place, place + count), axis)

    return cut
