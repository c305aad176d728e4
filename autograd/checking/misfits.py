"""Shapes that may not fit: f raises for Tensors exactly where it raises for arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy import ndarray

from ..modes import no_grad
from . import names
from .report import Finding
from .tensors import TensorProblem

__all__ = ["misfits"]


def misfits(problem: TensorProblem) -> list[Finding]:
    """Where arrays and Tensors of the same odd shapes do not fare alike.

    Only for a function that takes arrays as well: NumPy then says what is right.
    """
    findings = []
    for k, values in _odd(problem):
        arrays, tensors = _fate(problem, values, False), _fate(problem, values, True)
        if arrays == tensors:
            continue
        shapes = tuple(v.shape for v in values[: problem.inputs])
        told = ", ".join(map(str, shapes))
        findings.append(
            Finding(
                names.FAIL,
                names.SHAPE_OR_DTYPE,
                f"for inputs of shapes {told} {problem.name} {_told(tensors)} with Tensors, and "
                f"{_told(arrays)} with arrays",
                input=problem.names[k],
                shapes=shapes,
            )
        )
    return findings


def _odd(problem: TensorProblem) -> Iterator[tuple[int, list[ndarray]]]:
    """Each input in turn with one element more along its last axis, and with one axis more."""
    for k in range(problem.inputs):
        x = problem.values[k]
        for odd in (np.concatenate([x, x[..., :1]], axis=-1) if x.ndim else None, np.stack([x, x])):
            if odd is not None:
                yield k, [odd if i == k else v for i, v in enumerate(problem.values)]


def _fate(problem: TensorProblem, values: list[ndarray], as_tensors: bool) -> list[Any] | None:
    """The shapes and dtypes of the outputs; None if f raises."""
    problem.frozen.restore()
    try:
        with no_grad():
            results = (
                [out.data for out in problem.build([v.copy() for v in values])[1]]
                if as_tensors
                else problem.outputs_of_arrays([v.copy() for v in values])
            )
    except Exception:
        return None
    return [(np.shape(r), np.asarray(r).dtype) for r in results]


def _told(fate: list[Any] | None) -> str:
    if fate is None:
        return "raises"
    return "returns " + ", ".join(f"{dtype}{shape}" for shape, dtype in fate)
