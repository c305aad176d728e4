"""The graph up to the op that raised, from nothing but the traceback.

A traceback holds the frames of the calls that were under way, and these hold the op and what it was
given. So an error needs to carry nothing for a drawing, and nothing outlives the traceback.
"""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
import traceback
from collections.abc import Iterator
from itertools import pairwise
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from .. import anomaly, operators
from ..primitive import Primitive
from ..source import is_library
from ..tensor import Tensor
from ..tree import leaves
from .build import build, plain_value
from .graph import Edge, Failure, Graph, OpNode
from .names import from_frame, from_module, is_module, variables

__all__ = ["graph_of_error"]

_LINE, _LINES = 44, 5


class _Failed(NamedTuple):
    """What was called: its name and what it was given."""

    name: str
    inputs: tuple[Any, ...]


def graph_of_error(error: BaseException, **options: Any) -> Graph:
    """The graph behind what the failing op was given, with that op at its end.

    Raises: ValueError for an error that nothing of the library raised, or whose traceback is gone.
    """
    chain = list(_chain(error))
    failed = next(filter(None, map(_op_in, chain)), None) or _check_in(chain[0])
    if failed is None:
        raise ValueError(
            "draw expects an error that an operation on tensors or a module raised, with its "
            f"traceback, got {type(error).__name__}: {error}; draw it where it is caught, as in "
            "except ValueError as error: draw(error)"
        )
    frames = [frame for part in chain for frame in part]
    names: dict[int, str] = {}
    for frame in frames:
        if not is_library(frame.f_code.co_filename):
            names = {**from_frame(frame), **names}
    modules = [variables(frame)["self"] for frame in frames if _is_module_call(frame)]
    if modules:
        names = {**names, **from_module(modules[0])}
    tensors = [x for x in failed.inputs if isinstance(x, Tensor)]
    graph = build(tensors, grads=False, names=names, **options)
    failure = Failure("failed", _message(error), _place(modules))
    return _with_failure(graph, failed, tensors, names, failure)


def _chain(error: BaseException) -> Iterator[list[FrameType]]:
    """The frames of the traceback, outermost first; likewise those of what it was raised for."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield [frame for frame, _ in traceback.walk_tb(current.__traceback__)]
        current = current.__cause__ or current.__context__


def _op_in(frames: list[FrameType]) -> _Failed | None:
    """The innermost op that was running; None if there is none."""
    for frame in reversed(frames):
        code, given = frame.f_code, variables(frame)
        if code is anomaly.look.__code__:
            return _Failed(given["op"].name, tuple(given["args"]))
        if code is inspect.unwrap(Primitive.run).__code__ and "inputs" in given:
            return _Failed(given["self"].name, tuple(given["inputs"]))
        if code.co_filename == operators.__file__ and "op" in given and "x" in given:
            pair = (given["x"], given["y"]) if "y" in given else (given["x"],)
            swapped = given.get("swapped", False)
            return _Failed(given["op"].name, pair[::-1] if swapped else pair)
    return None


def _check_in(frames: list[FrameType]) -> _Failed | None:
    """The layer or function of the library that refused what it was given, before any op ran."""
    if not frames or not is_library(frames[-1].f_code.co_filename):
        return None
    calls = [frame for frame in frames if _is_module_call(frame)]
    entered = [
        below
        for above, below in pairwise(frames)
        if not is_library(above.f_code.co_filename) and is_library(below.f_code.co_filename)
    ]
    arguments: list[Any] = []
    name = entered[-1].f_code.co_name if entered else frames[-1].f_code.co_name
    if calls:
        given = variables(calls[-1])
        name = type(given["self"]).__name__
        arguments = leaves([given["args"], given["kwargs"]])
    # What met are the tensors that the function which raised was looking at, rather than those
    # that the layer was called with.
    held = {id(x): x for x in leaves(variables(frames[-1])) if isinstance(x, Tensor)}
    made = [x for x in held.values() if not any(x is y for y in arguments)]
    arrays = [x for x in arguments if isinstance(x, (Tensor, np.ndarray))]
    return _Failed(name, tuple(made or arrays))


def _is_module_call(frame: FrameType) -> bool:
    given = variables(frame)
    called = frame.f_code.co_name == "__call__" and {"self", "args", "kwargs"} <= given.keys()
    return called and is_module(given["self"])


def _place(modules: list[Any]) -> str:
    """The path of the innermost module that was running, and its class."""
    if not modules:
        return ""
    paths = {id(module): path for path, module in modules[0].named_modules()}
    path = paths.get(id(modules[-1]), "")
    label = type(modules[-1]).__name__
    return f"{path}: {label}" if path else label


def _message(error: BaseException) -> str:
    lines = textwrap.wrap(f"{type(error).__name__}: {error}", _LINE)
    return "\n".join(lines if len(lines) <= _LINES else [*lines[:_LINES], "…"])


def _with_failure(
    graph: Graph,
    failed: _Failed,
    tensors: list[Tensor],
    names: dict[int, str],
    failure: Failure,
) -> Graph:
    ids = dict(zip(dict.fromkeys(x._id for x in tensors), graph.roots, strict=True))
    values = [
        dataclasses.replace(value, kind="value") if value.kind == "result" else value
        for value in graph.values
    ]
    op = OpNode(failure.op, failed.name)
    edges = list(graph.edges)
    for argument, x in enumerate(failed.inputs):
        if isinstance(x, Tensor):
            source = ids[x._id]
        else:
            source = f"given{argument}"
            values.append(plain_value(source, x, names))
        edges.append(Edge(source, op.id, argument))
    return dataclasses.replace(
        graph,
        values=tuple(values),
        ops=(*graph.ops, op),
        edges=tuple(edges),
        roots=(),
        failure=failure,
    )
