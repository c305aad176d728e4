"""Forward mode: a tangent for each node of a record, pushed from the variables to the result.

An op that has a `tangent` takes part: `op.tangent(tangents, out, *inputs, **params)` gives the
tangent of `out`, where `tangents` holds one per input, None for an input that has none. Like a rule
it is written with operators and NumPy functions, so that it records itself and can be
differentiated. Most ops need none of their own: it follows from what kind of op it is.

Only ops whose rules are known to be derivatives have one. The backward of a `Function` may be
anything, such as a gradient clipped on its way, and that has no counterpart forward.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import clock
from .modes import anomaly
from .primitive import Primitive
from .registry import unwrap
from .tensor import RELEASED, Tensor

__all__ = ["declare", "linear", "multilinear", "push", "reducing", "symmetric", "takes_part"]

Tangent = Callable[..., Any]


def symmetric(op: Primitive) -> Tangent:
    """Of an op with symmetric Jacobians, as an elementwise one: its rules serve both ways."""

    def tangent(tangents: Sequence[Any], out: Any, *inputs: Any, **params: Any) -> Any:
        return _sum(
            rule(_like(t, out), out, *inputs, **params)
            for rule, t in zip(op.rules, tangents, strict=True)
            if t is not None
        )

    return tangent


def linear(op: Primitive) -> Tangent:
    """Of an op linear in all inputs together: the op itself."""

    def tangent(tangents: Sequence[Any], out: Any, *inputs: Any, **params: Any) -> Any:
        given = zip(tangents, inputs, strict=True)
        return op(*(np.zeros_like(unwrap(x)) if t is None else t for t, x in given), **params)

    return tangent


def multilinear(op: Primitive) -> Tangent:
    """Of an op linear in each input: the op itself, with one input after the other replaced."""

    def tangent(tangents: Sequence[Any], out: Any, *inputs: Any, **params: Any) -> Any:
        return _sum(
            op(*inputs[:i], t, *inputs[i + 1 :], **params)
            for i, t in enumerate(tangents)
            if t is not None
        )

    return tangent


def reducing(op: Primitive) -> Tangent:
    """Of a loss: each result depends on the elements along the axes that `out` lacks at the end."""

    def tangent(tangents: Sequence[Any], out: Any, *inputs: Any, **params: Any) -> Any:
        one = np.ones_like(out.data)[()]
        slope = _sum(
            rule(one, out, *inputs, **params) * t
            for rule, t in zip(op.rules, tangents, strict=True)
            if t is not None
        )
        axes = tuple(range(out.ndim, slope.ndim))
        return np.sum(slope, axis=axes) if axes else slope

    return tangent


def declare(kind: Callable[[Primitive], Tangent], *ops: Primitive) -> None:
    """Let all of `ops` have the tangent that ops of this kind have."""
    for op in ops:
        op.tangent = kind(op)


def takes_part(nodes: Iterable[Tensor], born: int) -> bool:
    """Whether tangents can be pushed through `nodes`, recorded since the clock showed `born`.

    Hooks change gradients on their way back, anomaly detection looks at those, and writes in place
    and records that are no longer there are watched for there.
    """
    return (
        clock.last_write < born
        and not anomaly.get()
        and all(
            node._hooks is None
            and (node._op is None or (node._op.tangent is not None and node._x is not RELEASED))
            for node in nodes
        )
    )


def push(nodes: Iterable[Tensor], tangents: dict[int, Any]) -> None:
    """Add the tangents of `nodes`, oldest first, to those in `tangents`, by number.

    A node that has one keeps it, and a node that depends on nothing that has one gets none.
    """
    with np.errstate(all="ignore"):
        for node in nodes:
            if node._op is None or node._id in tangents:
                continue
            inputs = node.inputs
            given = [tangents.get(x._id) if isinstance(x, Tensor) else None for x in inputs]
            if any(t is not None for t in given):
                assert node._op.tangent is not None
                t = node._op.tangent(given, node, *inputs, **(node._params or {}))
                tangents[node._id] = _like(t, node)


def _sum(terms: Iterable[Any]) -> Any:
    return functools.reduce(operator.add, terms)


def _like(t: Any, out: Any) -> Any:
    """`t` in the shape and dtype of `out`: that of an operand may have less of both."""
    if t.shape != out.shape:
        t = np.broadcast_to(t, out.shape)
    return t if t.dtype == out.dtype else t.astype(out.dtype)
