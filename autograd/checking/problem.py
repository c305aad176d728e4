"""What is checked, made uniform: named floating arrays in, arrays out, gradients back."""

from __future__ import annotations

import contextlib
import copy
import functools
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy import ndarray

from ..modes import enable_grad, set_grad_enabled
from .freeze import Frozen

__all__ = [
    "Place",
    "Problem",
    "Record",
    "chosen_positions",
    "last_digits",
    "place_of",
    "unravel",
    "vector",
]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True

Index = tuple[int, ...]
# An odd number: what is multiplied by it has all its digits.
_NEARBY = 1.2345678e-3
# How often the last digits are changed, by how many roundings, and what is too large a number to
# have been added up, beside the arguments and the result.
_PROBES = 8
_FEW = 4
_LARGE = 1e6
# From a gradient per output to a gradient per input; None where none came back.
Pull = Callable[[Sequence[Any]], "list[ndarray | None]"]


@dataclass
class Record:
    """One evaluation that can be differentiated.

    Attributes:
        inputs: the very arrays that f was given.
        outputs: the very arrays that it returned.
        pull: the backward pass.
    """

    inputs: list[Any]
    outputs: list[Any]
    pull: Pull


class Problem:
    """A function of named arrays, and its gradient.

    A subclass says how to evaluate and how to record; everything else in this package asks here.

    Attributes:
        name: of the function.
        names: how messages call each input.
        values: the point, one floating array per input.
        shapes, size: of the outputs, and how many elements those have; known once `start` has run.
        eps: relative rounding of the outputs and gradients.
        frozen: the random numbers and buffers that f uses; the same for every evaluation.
        order: which derivative the gradient of this problem is.
        evaluations: how often f was evaluated.
    """

    records = False  # whether evaluating it needs a record (a derivative does)

    def __init__(self, name: str, names: list[str], values: list[ndarray], frozen: Frozen) -> None:
        self.name, self.names, self.values, self.frozen = name, names, values, frozen
        self.shapes: list[tuple[int, ...]] = []
        self.size = 0
        self.eps = float(np.finfo(float).eps)
        self.order = 1
        self.evaluations = 0

    # -- what a subclass says -----------------------------------------------------------------

    def results(self, values: list[ndarray]) -> list[Any]:
        """The outputs at `values`."""
        raise NotImplementedError

    def recorded(self, values: list[ndarray]) -> Record:
        """The outputs at `values`, with the way back."""
        raise NotImplementedError

    # -- what the others ask ------------------------------------------------------------------

    @property
    def inputs(self) -> int:
        """How many of the values are inputs, not parameters."""
        return len(self.values)

    def elsewhere(self, inputs: list[ndarray]) -> Self:
        """The same problem at other inputs, of other shapes perhaps; still to be started."""
        other = copy.copy(self)
        other.values = inputs + self.values[len(inputs) :]
        vars(other).pop("terms", None)
        return other

    @functools.cached_property
    def terms(self) -> ndarray:
        """How large the numbers are that each output adds up, where that is more than the output.

        The last digits of the arguments tell: what they change is rounding of those numbers, at
        least. Too large a change is none of that, but a jump.
        """
        rng = np.random.default_rng(0)
        change = np.zeros(self.size)
        with self.evaluating():
            at_point = self.evaluate()
            for _ in range(_PROBES):
                values = last_digits(self.values, self.eps, rng)
                change = np.fmax(change, np.abs(self.evaluate(values) - at_point))
        largest = max((np.max(np.abs(v), initial=1.0) for v in self.values), default=1.0)
        known = change <= _LARGE * self.eps * np.fmax(np.abs(at_point), largest)
        return np.asarray(np.fmax(np.abs(at_point), np.where(known, change / self.eps, 0.0)))

    def nearby(self) -> list[ndarray]:
        """A point of no importance, close to that which is checked."""
        return [np.asarray(v * (1 + _NEARBY)) for v in self.values]

    def record(self, values: list[ndarray] | None = None) -> Record:
        """Record f on these very arrays, or on copies of the point. Its exceptions go through."""
        self.frozen.restore()
        with enable_grad():
            return self.recorded([v.copy() for v in self.values] if values is None else values)

    def start(self) -> Record:
        """The first record, from which the problem learns shapes and dtypes."""
        record = self.record()
        self.shapes = [np.shape(out) for out in record.outputs]
        self.size = sum(math.prod(shape) for shape in self.shapes)
        kinds = {x.dtype for x in (*record.outputs, *self.values)}
        self.eps = max(float(np.finfo(kind).eps) for kind in kinds)
        return record

    def again(self, record: Record) -> ndarray:
        """All outputs at the point, evaluated once more after they were recorded."""
        with self.evaluating():
            return self.evaluate()

    def evaluate(self, values: list[ndarray] | None = None) -> ndarray:
        """All outputs as one vector of float64, here or at `values`; NaN where f refuses those."""
        if values is None:
            values = [v.copy() for v in self.values]
        self.evaluations += 1
        self.frozen.restore()
        try:
            result = vector(self.results(values))
        except Exception:
            return np.full(self.size, np.nan)
        return result if result.size == self.size else np.full(self.size, np.nan)

    def evaluating(self) -> set_grad_enabled:
        """The mode in which `evaluate` is called; entering it each time would cost more."""
        return set_grad_enabled(self.records)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings: a check goes to the edges of f's domain and beyond."""
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        yield


def vector(arrays: Sequence[Any]) -> ndarray:
    """All elements of `arrays` in a row, as float64."""
    if len(arrays) == 1:
        only = arrays[0]
        if type(only) is np.float64:
            return np.array((only,))
        return np.array(only, dtype=np.float64).reshape(-1)
    parts = [np.asarray(a, dtype=np.float64).reshape(-1) for a in arrays]
    return np.concatenate(parts) if parts else np.zeros(0)


def chosen_positions(wrt: int | Sequence[int] | None, count: int) -> set[int]:
    """Which of `count` arguments are checked; negative positions count from the end."""
    if wrt is None:
        return set(range(count))
    positions: list[Any] = [wrt] if isinstance(wrt, int) else list(wrt)
    if not positions or not all(isinstance(k, int) and -count <= k < count for k in positions):
        raise ValueError(
            f"check expects wrt to be positions among {count} arguments, from 0 on, got {wrt!r}"
        )
    return {k % count for k in positions}


def last_digits(values: Sequence[ndarray], eps: float, rng: np.random.Generator) -> list[ndarray]:
    """`values`, changed by a few times the relative rounding `eps`."""
    digits = [_FEW * eps * rng.uniform(-1, 1, v.shape) for v in values]
    return [np.asarray(v * (1 + d), v.dtype) for v, d in zip(values, digits, strict=True)]


@dataclass(frozen=True)
class Place:
    """Where an entry of a Jacobian is: the input and its index, the output and its index."""

    input: int
    index: Index
    output: int
    output_index: Index


def place_of(problem: Problem, which: int, row: int, column: int) -> Place:
    """The place of entry (row, column) of the Jacobian with respect to input `which`."""
    number = 0
    sizes = [math.prod(shape) for shape in problem.shapes]
    while row >= sizes[number]:
        row -= sizes[number]
        number += 1
    index = unravel(column, np.shape(problem.values[which]))
    return Place(which, index, number, unravel(row, problem.shapes[number]))


def unravel(position: int, shape: tuple[int, ...]) -> Index:
    """The index of the element at `position` of a flattened array."""
    return tuple(int(k) for k in np.unravel_index(position, shape))
