"""How a backward pass behaves, whatever numbers it gives.

It is linear in the gradient g that comes in; it writes neither into g nor into the inputs; it gives
the same twice, also when f was called elsewhere in between; what it returned stays as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..errors import WrongDtypeError, WrongGradientError, WrongShapeError
from . import names
from .likeness import alike, same, unchanged
from .problem import Problem, Record, last_digits, vector
from .report import Finding

__all__ = [
    "Backward",
    "BackwardError",
    "aliases",
    "behaviour",
    "overwritten",
    "short",
    "signed",
    "steadiness",
    "steady",
    "unsteady",
    "writes_inputs",
]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True

_ROUNDINGS = 64
# How often f is called to tell a drift from chance.
_CALLS = 8


def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> ndarray:
    """Random numbers of both signs, none smaller than a half, none larger than one."""
    result = np.asarray(rng.random(shape))
    result -= 0.5
    result += np.copysign(0.5, result)
    return result


class BackwardError(Exception):
    """The backward pass raised, or cannot be used; `finding` says what it is."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Backward:
    """The backward pass of a record, with an eye on what it does to its arguments.

    It is given read-only gradients: a rule that writes into one is found out at the first write.
    """

    def __init__(self, problem: Problem, record: Record) -> None:
        self.problem, self.record = problem, record
        self.findings: list[Finding] = []
        self.writes = False

    def zeros(self) -> list[ndarray]:
        """A gradient of zeros per output."""
        return [np.zeros(np.shape(o), np.asarray(o).dtype) for o in self.record.outputs]

    def random(self, rng: np.random.Generator) -> list[ndarray]:
        """A gradient per output, no element of it small; of both signs."""
        return [np.asarray(signed(rng, o.shape), o.dtype) for o in self.record.outputs]

    def split(self, row: ndarray) -> list[ndarray]:
        """A gradient per output from the elements of all, in a row."""
        seeds, start = [], 0
        for out in self.record.outputs:
            end = start + out.size
            seeds.append(row[start:end].reshape(out.shape).astype(out.dtype, copy=False))
            start = end
        return seeds

    def __call__(self, seeds: Sequence[ndarray]) -> list[ndarray | None]:
        """The gradient of each input as float64; BackwardError if there is none to be had."""
        try:
            try:
                return self._pulled(seeds)
            except ValueError as error:
                if "read-only" not in str(error) or self.writes:
                    raise
                self.writes = True
                found = self._pulled(seeds)
                if not self.findings:
                    self.findings.append(
                        Finding(
                            names.FAIL,
                            names.WRITES_INPUTS,
                            f"the backward pass of {self.problem.name} writes into an array that "
                            "is not its own: an input, or what forward saved",
                            self.problem.order,
                        )
                    )
                return found
        except WrongGradientError as error:
            raise BackwardError(_misfit(self.problem, error)) from error
        except Exception as error:
            if self.problem.order > 1 and isinstance(error, RuntimeError):
                raise  # asked for more derivatives than there are: an error of use
            raise BackwardError(_raised(self.problem, error)) from error

    def _pulled(self, seeds: Sequence[ndarray]) -> list[ndarray | None]:
        given = [np.array(seed) if seed.ndim else seed[()] for seed in seeds]
        for g in given:
            if g.ndim:
                g.flags.writeable = self.writes
        found = self.record.pull(given)
        if self.writes and not all(map(np.array_equal, given, seeds)) and not self.findings:
            self.findings.append(
                Finding(
                    names.FAIL,
                    names.WRITES_G,
                    f"the backward pass of {self.problem.name} writes into the gradient g that "
                    "it is given",
                    self.problem.order,
                )
            )
        return [None if g is None else np.asarray(g, np.float64) for g in found]


def _misfit(problem: Problem, error: WrongGradientError) -> Finding:
    diagnosis = names.SHAPE_OR_DTYPE
    if isinstance(error, WrongShapeError):
        got, expected = error.got, error.expected
        if len(got) > 1 and got == expected[::-1]:
            diagnosis = names.TRANSPOSED
        elif _broadcasts(expected, got):
            diagnosis = names.MISSING_UNBROADCAST
    elif isinstance(error, WrongDtypeError) and error.got.kind == "O":
        diagnosis = names.RETURNED_NONE
    return Finding(names.FAIL, diagnosis, str(error), problem.order)


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _raised(problem: Problem, error: Exception) -> Finding:
    if isinstance(error, ValueError) and "read-only" in str(error):
        return writes_inputs(problem, error)
    return Finding(
        names.FAIL,
        names.RAISED,
        f"the backward pass of {problem.name} raised {type(error).__name__}: {error}",
        problem.order,
    )


def writes_inputs(problem: Problem, error: ValueError) -> Finding:
    """The finding of an attempt to write into a read-only array."""
    return Finding(
        names.FAIL,
        names.WRITES_INPUTS,
        f"{problem.name} writes into an array that it was given: {error}",
        problem.order,
    )


def aliases(problem: Problem, record: Record) -> list[str]:
    """Which results share memory with an input or with each other: no mistake, but to be known."""
    notes = []
    outputs = [(f"output {k}", out) for k, out in enumerate(record.outputs)]
    inputs = list(zip(problem.names, record.inputs, strict=True))
    for k, (name, out) in enumerate(outputs):
        for other, x in [*inputs, *outputs[:k]] if isinstance(out, ndarray) else ():
            if np.may_share_memory(out, x):
                notes.append(f"{name} shares memory with {other}: a write into one is in both")
    return notes


def behaviour(
    problem: Problem,
    backward: Backward,
    rng: np.random.Generator,
    rtol: float,
    rounding: Callable[[Sequence[ndarray]], Sequence[Any]],
    first: Sequence[ndarray],
    from_first: Sequence[ndarray | None],
) -> list[Finding]:
    """What is wrong with the backward pass as a function of g.

    Args:
        rounding: for a gradient per output, how much of each input's gradient may be rounding.
        first, from_first: gradients of the outputs, and what came back for them.
    """
    several = problem.size > 1
    second = backward.random(rng) if several else first
    a, b = (-1.75, 0.625) if several else (-1.75, 0.0)
    mixed = [np.asarray(a * s + b * t, s.dtype) for s, t in zip(first, second, strict=True)]
    kept = [None if g is None else g.copy() for g in from_first]
    from_second = backward(second) if several else from_first
    from_mixed = backward(mixed)
    if not all(g is None or unchanged(g, k) for g, k in zip(from_first, kept, strict=True)):
        return [_overwritten(problem, "the gradient that it returned")]
    findings = []
    sizes = [np.asarray(np.abs(s) + np.abs(t)) for s, t in zip(first, second, strict=True)]
    slack = functools.cache(lambda: rounding(sizes))
    for which, (p, q, r) in enumerate(zip(from_first, from_second, from_mixed, strict=True)):
        if p is None or q is None or r is None or not p.size:
            continue
        expected = a * p + b * q if b else a * p
        error = np.abs(r - expected)
        if error.max() <= _ROUNDINGS * problem.eps * max(p.max(), -p.min()):
            continue
        size = np.asarray(np.abs(a * p) + np.abs(b * q))
        size[~np.isfinite(size)] = 0.0
        largest = np.max(size, initial=0.0)
        allowed = rtol * size + _ROUNDINGS * problem.eps * largest + slack()[which]
        error = np.where(np.isfinite(expected) & np.isfinite(r), error, 0.0)
        if not np.any(error > allowed):
            continue
        changing = steadiness(problem, backward, first, kept)
        if changing:
            return changing
        # Terms that cancel leave rounding, of which what the last digits of g change is a part.
        others = (backward(last_digits(mixed, problem.eps, rng))[which] for _ in range(_CALLS))
        changes = [np.abs(o - r) for o in others if o is not None]
        noise = np.max(changes, initial=0.0, where=np.isfinite(changes))
        if not np.any(error > allowed + noise):
            continue
        index = tuple(int(k) for k in np.unravel_index(int(np.argmax(error - allowed)), r.shape))
        ignored = np.any(p) and np.allclose(p, q, 1e-12, 0) and np.allclose(p, r, 1e-12, 0)
        findings.append(
            Finding(
                names.FAIL,
                names.IGNORES_G if ignored else names.NONLINEAR,
                f"the backward pass to {problem.names[which]} at index {index} is not linear in "
                f"the gradient that comes in: for a g that is {a:g} times one"
                + (f" and {b:g} times another" if b else "")
                + f" it gives {r[index]:.9g}, expected {expected[index]:.9g}, the same "
                "combination of what it gives for those"
                + (": it gives the same for every g" if ignored else ""),
                problem.order,
                problem.names[which],
                index,
                analytic=float(r[index]),
                numeric=float(expected[index]),
            )
        )
    return findings + _float32(problem, from_first, slack)


def _float32(
    problem: Problem, gradients: Sequence[ndarray | None], rounding: Callable[[], Sequence[Any]]
) -> list[Finding]:
    """Whether gradients of float64 inputs went through float32: their numbers are that short."""
    if problem.eps > np.finfo(float).eps:
        return []
    findings = []
    for which, g in enumerate(gradients):
        if g is None or not short(g):
            continue
        if np.count_nonzero(g) < 3 or not np.isfinite(g).all():
            continue
        if np.all(np.abs(g) <= 1e3 * rounding()[which]):
            continue  # what is left where terms cancel has few digits
        if not short(g, np.float16):
            index = tuple(int(k) for k in np.argwhere(g)[0])
            findings.append(
                Finding(
                    names.FAIL,
                    names.PRECISION,
                    f"the gradient of {problem.names[which]}, a float64 input, has the digits of "
                    "a float32",
                    problem.order,
                    problem.names[which],
                    index,
                    analytic=float(g[index]),
                    detail="float32",
                )
            )
    return findings


def steadiness(
    problem: Problem, backward: Backward, seeds: Sequence[ndarray], known: Sequence[Any]
) -> list[Finding]:
    """Whether the backward pass gives again what it gave for `seeds`, and what a fresh one does."""
    again = [backward(seeds) for _ in range(4)]
    if not all(same(again[0], g) for g in again[1:]):
        return [
            Finding(
                names.FAIL,
                names.STATEFUL if _steps_alike(again) else names.NONDETERMINISTIC,
                f"the backward pass of {problem.name} gave different gradients for the same g",
                problem.order,
            )
        ]
    fresh = Backward(problem, problem.record())
    at_once = fresh(seeds)
    with problem.evaluating():
        problem.evaluate(problem.nearby())
    if not (same(at_once, known, 1e-9) and same(at_once, fresh(seeds), 1e-9)):
        return [
            Finding(
                names.FAIL,
                names.STATEFUL,
                f"the backward pass of {problem.name} gives the gradient of the latest call of f, "
                "not of the call that it belongs to",
                problem.order,
            )
        ]
    return []


def short(x: ndarray, kind: type[np.floating] = np.float32) -> bool:
    """Whether these numbers have no more digits than that dtype: mostly the first one denies it."""
    first = x.item(0) if x.size else 0.0
    # As Python's numbers: NumPy would round the second to the dtype of the first.
    if float(kind(first)) != first:
        return False
    return bool((x.astype(kind) == x).all())


def steady(problem: Problem, record: Record, at_point: ndarray) -> bool:
    """Whether f gives for the same inputs what it gave when it was recorded."""
    return alike(vector(record.outputs), at_point, 16 * problem.eps)


def unsteady(problem: Problem) -> list[Finding]:
    """Of which kind it is that f gives two results for the same inputs."""
    results = [problem.evaluate() for _ in range(_CALLS)]
    steps = np.diff([np.nansum(r) for r in results])
    drifts = bool(np.all(steps > 0) or np.all(steps < 0))
    return [
        Finding(
            names.CANNOT_TELL,
            names.STATEFUL if drifts else names.NONDETERMINISTIC,
            "f gave two different results for the same inputs; expected a deterministic function",
            problem.order,
        )
    ]


def overwritten(problem: Problem, record: Record, kept: Sequence[ndarray]) -> list[Finding]:
    """Whether the inputs, or the results, of a record have changed since."""
    findings = []
    for name, x, value in zip(problem.names, record.inputs, problem.values, strict=True):
        # A gradient of an output is recorded in the dtype of that output.
        if not unchanged(x, np.asarray(value, x.dtype)):
            findings.append(
                Finding(
                    names.FAIL,
                    names.WRITES_INPUTS,
                    f"{problem.name} has written into {name}",
                    problem.order,
                    name,
                )
            )
    if not all(map(unchanged, record.outputs, kept)):
        findings.append(_overwritten(problem, "the result of an earlier call"))
    return findings


def _overwritten(problem: Problem, what: str) -> Finding:
    return Finding(
        names.FAIL,
        names.STATEFUL,
        f"{problem.name} overwrites {what} at the next call: it hands out an array that it keeps",
        problem.order,
    )


def _steps_alike(results: Sequence[Sequence[ndarray | None]]) -> bool:
    """Whether results of the same call move by the same step each time, as a count does."""
    sums = [sum(float(np.sum(g)) for g in gradients if g is not None) for gradients in results]
    steps = np.diff(sums)
    return bool(steps[0]) and bool(np.allclose(steps, steps[0], 1e-6))
