"""What is tried unasked: the same values in other memory, and other shapes, where f takes them.

In another memory layout, and as one tensor instead of several equal ones, f has known gradients:
those it has anyway. With other shapes it is a new function, which gets a fast check of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy import ndarray

from ..engine import gradients
from . import names
from .conduct import Backward, BackwardError
from .likeness import alike
from .misfits import misfits
from .numeric import rounding
from .pattern import recognise
from .problem import Problem, Record, unravel
from .report import Finding
from .tensors import TensorProblem, variable

__all__ = ["OTHER_SHAPES", "tried"]

#: Those in which f gets inputs of shapes that nobody has promised.
OTHER_SHAPES = frozenset({"0-d", "size 0", "broadcast", "odd shapes"})

_ROUNDINGS = 1e-9

LAYOUTS: dict[str, Callable[[ndarray], ndarray]] = {
    "Fortran order": lambda x: np.array(x, order="F"),
    "negative strides": lambda x: np.flip(np.flip(x).copy()),
    "not contiguous": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
}

Shapes = tuple[tuple[int, ...], ...]
# Takes a problem of changed inputs; gives the findings of a fast check of it.
Checked = Callable[[Problem], "list[Finding]"]


def tried(
    problem: Problem, rng: np.random.Generator, checked: Checked
) -> tuple[list[str], list[Finding]]:
    """The variations that f accepted, and what is wrong with them."""
    names_, findings = [], []
    for name, shapes, found in _all(problem, rng, checked):
        names_.append(name)
        told = f"{name}, inputs of shapes {', '.join(map(str, shapes))}" if shapes else name
        findings += [
            replace(f, variation=name, message=f"{told}: {f.message}", shapes=f.shapes or shapes)
            for f in found
        ]
    return list(dict.fromkeys(names_)), findings


def _all(
    problem: Problem, rng: np.random.Generator, checked: Checked
) -> Iterator[tuple[str, Shapes, list[Finding]]]:
    """Each variation, the shapes of the inputs if those are others, and what is wrong."""
    expected = _gradient(problem)
    if expected is None:
        return
    for name, layout in LAYOUTS.items():
        values = [layout(v) if v.ndim else v.copy() for v in problem.values]
        if all(a.strides == b.strides for a, b in zip(values, problem.values, strict=True)):
            continue
        try:
            found = _gradient(problem, values)
        except BackwardError as error:
            yield name, (), [error.finding]
            continue
        if found is not None:
            yield name, (), _different(problem, found, expected)
    if isinstance(problem, TensorProblem):
        for name, found_twice in _twice(problem, rng):
            yield name, (), found_twice
    for name, values in _shapes(problem):
        other = problem.elsewhere(values)
        try:
            other.start()
        except Exception:
            continue  # f does not take these
        yield name, tuple(v.shape for v in values), checked(other)
    if isinstance(problem, TensorProblem) and problem.direct:
        yield "odd shapes", (), misfits(problem)


def _gradient(
    problem: Problem, values: list[ndarray] | None = None
) -> tuple[list[Any], list[ndarray | None]] | None:
    """The outputs and one backward pass at `values`; None if f does not take them."""
    try:
        record = problem.record(values)
    except Exception:
        return None
    if [np.shape(out) for out in record.outputs] != problem.shapes:
        return None
    backward = Backward(problem, record)
    return record.outputs, backward(backward.random(np.random.default_rng(0)))


def _different(
    problem: Problem,
    found: tuple[list[Any], list[ndarray | None]],
    expected: tuple[list[Any], list[ndarray | None]],
) -> list[Finding]:
    """What differs between two evaluations of the same values."""
    starts = np.cumsum([0, *(right.size for right in expected[0])])
    for k, (got, right) in enumerate(zip(found[0], expected[0], strict=True)):
        terms = problem.terms[starts[k] : starts[k + 1]].reshape(right.shape)
        if not alike(got, right, _rtol(problem), terms):
            return [
                Finding(
                    names.FAIL,
                    names.WRONG_VALUE,
                    f"output {k} has other values than for the inputs as they were given",
                )
            ]
    findings = []
    for which, (got, right) in enumerate(zip(found[1], expected[1], strict=True)):
        if right is None or got is None:
            continue
        scale = float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right)))
        size = np.fmax(np.abs(problem.values[which]), 1.0)
        allowed = _rtol(problem) * scale + rounding(np.sum(problem.terms), problem.eps) / size
        both = np.isfinite(got) & np.isfinite(right)
        error = np.where(both, np.abs(got - right), 0.0)
        if np.all(error <= allowed):
            continue
        position = int(np.argmax(error))
        diagnosis, detail = recognise(
            got.reshape(1, -1), right.reshape(1, -1), allowed.reshape(1, -1), (), right.shape
        )
        index = unravel(position, right.shape)
        findings.append(
            Finding(
                names.FAIL,
                diagnosis,
                f"the gradient of {problem.names[which]} at index {index} is {got[index]:.9g}, "
                f"and {right[index]:.9g} for the inputs as they were given",
                input=problem.names[which],
                index=index,
                analytic=float(got[index]),
                numeric=float(right[index]),
                bar=float(allowed[index]),
                detail=detail,
            )
        )
    return findings


def _rtol(problem: Problem) -> float:
    return max(_ROUNDINGS, 1e3 * problem.eps)


def _twice(problem: TensorProblem, rng: np.random.Generator) -> Iterator[tuple[str, list[Finding]]]:
    """The same tensor for two inputs: its gradient is the sum of theirs."""
    shapes = [v.shape for v in problem.values[: problem.inputs]]
    pairs = itertools.combinations(range(len(shapes)), 2)
    pair = next((p for p in pairs if shapes[p[0]] == shapes[p[1]] and 0 not in shapes[p[0]]), None)
    if pair is None:
        return
    i, j = pair
    values = [v.copy() for v in problem.values]
    values[j] = values[i].copy()
    try:
        record = problem.record(values)
        shared = [variable(v.copy()) for v in values[: problem.inputs]]
        shared[j] = shared[i]
        problem.frozen.restore()
        outputs = problem.outputs_of(problem.call(shared))
    except Exception:
        return
    try:
        backward = Backward(problem, record)
        seeds = backward.random(rng)
        apart = backward(seeds)
        live = [k for k, out in enumerate(outputs) if out.requires_grad]

        def pull(seeds: Any) -> list[ndarray | None]:
            found = gradients([outputs[k] for k in live], [shared[i]], [seeds[k] for k in live])
            return [None if g is None else np.asarray(g.data) for g in found]

        together = Backward(problem, Record([], [o.data for o in outputs], pull))(seeds)
    except BackwardError as error:
        yield "same tensor twice", [error.finding]
        return
    parts = [g for g in (apart[i], apart[j]) if g is not None]
    if not parts or together[0] is None or not all(np.isfinite(p).all() for p in parts):
        return
    right, got = sum(parts[1:], parts[0]), together[0]
    allowed = _rtol(problem) * sum(np.max(np.abs(p), initial=0.0) for p in parts)
    distance = np.abs(got - right)
    findings = []
    if not np.all(distance <= allowed):
        index = unravel(int(np.argmax(distance)), right.shape)
        findings.append(
            Finding(
                names.FAIL,
                names.MISSING_ACCUMULATION,
                f"with one tensor for both {problem.names[i]} and {problem.names[j]} its gradient "
                f"at index {index} is {got[index]:.9g}, expected {right[index]:.9g}, the sum of "
                "those of the two",
                input=problem.names[i],
                index=index,
                analytic=float(got[index]),
                numeric=float(right[index]),
            )
        )
    yield "same tensor twice", findings


def _shapes(problem: Problem) -> Iterator[tuple[str, list[ndarray]]]:
    """Inputs of other shapes that a function may take."""
    values = problem.values[: problem.inputs]
    if any(v.ndim for v in values):
        yield "0-d", [np.array(v.reshape(-1)[0]) if v.size else v for v in values]
        yield "size 0", [v[:0] if v.ndim else v for v in values]
    arrays = [k for k, v in enumerate(values) if v.ndim]
    if len(values) < 2:
        return
    for k in arrays:
        if values[k].shape[0] > 1:
            yield "broadcast", [v[:1] if i == k else v for i, v in enumerate(values)]
        if values[k].ndim > 1 and len(values[k]):
            yield "broadcast", [v[0] if i == k else v for i, v in enumerate(values)]
