"""Symmetric matrices: an op that reads one triangle is checked along symmetric directions.

`cholesky` computes with the lower triangle of its matrix, and its gradient is spread over both: it
is the derivative along symmetric changes. Differences of single elements see neither. So f is
checked as a function of the symmetric part of its input, (A + Aᵀ)/2: the change of one element then
changes its mirror image too, and both derivatives are those along symmetric directions.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..history import history
from ..modes import enable_grad
from ..tensor import Tensor
from .tensors import TensorProblem

__all__ = ["symmetrized"]

# A @ A.T is symmetric but for roundings.
_ROUNDINGS = 1e-12


def symmetrized(problem: TensorProblem) -> tuple[TensorProblem | None, list[str]]:
    """The problem along symmetric directions, and what a reader should know of it.

    None if no input is a symmetric matrix that an op with symmetric arguments depends on. An input
    that is not symmetric and goes into such an op as it is gets a note.
    """
    try:
        inputs, direct, reader = _read(problem)
    except Exception:
        return None, []  # f raises, or writes into its inputs: that is found already
    values = problem.values
    chosen = [k for k in inputs if _is_symmetric(values[k])]
    names = [problem.names[k] for k in direct if k not in chosen]
    notes = [
        f"{reader} reads one triangle of {name}, which is not symmetric: pass a symmetric matrix, "
        "or write (a + a.mT) / 2 in f"
        for name in names
    ]
    if not chosen:
        return None, notes
    other = problem.elsewhere([v.copy() for v in values[: problem.inputs]])
    other.symmetric = chosen
    for k in chosen:
        other.values[k] = (values[k] + values[k].mT) / 2
    told = ", ".join(problem.names[k] for k in chosen)
    note = f"{told}: checked along symmetric directions: {reader} reads a symmetric matrix"
    return other, [note, *notes]


def _read(problem: TensorProblem) -> tuple[list[int], list[int], str]:
    """The inputs that an op with symmetric arguments depends on, those that it is given as they
    are, and the name of the op.
    """
    problem.frozen.restore()
    with enable_grad():
        variables, outputs = problem.build([v.copy() for v in problem.values])
    read: list[Tensor] = []
    readers: list[str] = []
    for node in history(outputs):
        for position in node._op.symmetric if node._op is not None else ():
            x = node.inputs[position]
            if isinstance(x, Tensor) and x.requires_grad:
                read.append(x)
                readers.append(str(node._op))
    before = {x._id for x in history(read)}
    given = {x._id for x in read}
    inputs = variables[: problem.inputs]
    return (
        [k for k, v in enumerate(inputs) if v._id in before],
        [k for k, v in enumerate(inputs) if v._id in given],
        ", ".join(dict.fromkeys(readers)),
    )


def _is_symmetric(value: ndarray) -> bool:
    if value.ndim < 2 or value.shape[-1] != value.shape[-2] or not value.size:
        return False
    return bool(np.allclose(value, value.mT, 0, _ROUNDINGS * np.max(np.abs(value))))
