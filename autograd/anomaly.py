"""Anomaly detection in the forward pass: a look at each result, and the words for a bad one.

An operator on numbers takes less time than a look at its result, and even the question of whether
to look would be felt. So the ways in are exchanged for watched ones while somebody is inside
`detect_anomaly`, and put back afterwards; until then nothing is there that could cost.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy import ndarray

from . import engine, methods, protocol
from .errors import NotFiniteError, first_not_finite, origin
from .modes import anomaly
from .ops import elementwise
from .primitive import Bundle, Primitive
from .registry import registry, unwrap
from .source import caller
from .tensor import Tensor, wrap

__all__ = ["bad_value", "look", "remedy", "watching"]

_LOG = "needs x > 0: write np.log(np.where(x > 0, x, 1)), or np.log(np.maximum(x, eps))"
_REMEDIES = {
    "log": f"log {_LOG}",
    "log2": f"log2 {_LOG}",
    "log10": f"log10 {_LOG}",
    "log1p": "log1p needs x > -1: write np.log1p(np.where(x > -1, x, 0))",
    "sqrt": "sqrt needs x > 0, as its slope at 0 is infinite: write np.sqrt(x + eps), or "
    "np.where inside it",
    "divide": "the denominator is 0: write x / np.where(y == 0, 1, y), or y + eps",
    "reciprocal": "the denominator is 0: write 1 / np.where(y == 0, 1, y), or y + eps",
    "power": "a negative base with a fractional exponent, or 0 to a negative one: guard the base",
    "exp": "exp overflows: subtract the maximum first, or use autograd.ops.logsumexp",
    "arcsin": "arcsin needs -1 < x < 1: clip its argument",
    "arccos": "arccos needs -1 < x < 1: clip its argument",
}


def bad_value(node: Tensor, index: tuple[int, ...]) -> str:
    """The op of `node`, its line, its value at `index` and its inputs there, and the remedy."""
    results = node.data if isinstance(node.data, tuple) else (node.data,)
    broken = next(np.asarray(x) for x in results if first_not_finite(x) is not None)
    given = _at(node, index, broken.shape)
    return f"The value of {origin(node)}\nis {broken[index]} at index {index}{given}.{remedy(node)}"


def remedy(node: Tensor) -> str:
    """The usual remedy for the op of `node`, on a line of its own; empty where there is none."""
    found = _REMEDIES.get(str(node.op)) if node.op is not None and node.op.ours else None
    return f"\nWhat to do: {found}." if found else ""


def _at(node: Tensor, index: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """The inputs where the result has `index`; whole ones if the op is not elementwise."""
    assert node.op is not None
    values = [np.asarray(unwrap(x)) for x in node.inputs]
    if node.op.elementwise:
        values = [np.broadcast_to(value, shape)[index] for value in values]
    found = [str(v) if v.ndim == 0 else f"an array of shape {v.shape}" for v in values]
    return (", where its inputs are " if node.op.elementwise else "; its inputs are ") + ", ".join(
        found
    )


# -- the watch -----------------------------------------------------------------------------------

_lock = threading.Lock()
_inside = 0
# A rule may divide by 0 where its `where` leaves the quotient out: only its result counts, and
# backward looks at that.
_in_rule: ContextVar[bool] = ContextVar("in_rule", default=False)


@contextlib.contextmanager
def watching() -> Iterator[None]:
    """Raise NotFiniteError at the first op in here, forward or backward, that breaks a number."""
    global _inside
    with _lock:
        _inside += 1
        if _inside == 1:
            _exchange(1)
    token = anomaly.set(True)
    try:
        yield
    finally:
        anomaly.reset(token)
        with _lock:
            _inside -= 1
            if _inside == 0:
                _exchange(0)


def _exchange(way: int) -> None:
    """Set the usual ways in (0), or the watched ones (1)."""
    for holder, name, functions in _ways():
        setattr(holder, name, functions[way])
    for ufunc, short in _short_ways().items():
        protocol.fast[ufunc] = short[way]


@functools.cache
def _ways() -> list[tuple[Any, str, tuple[Any, Any]]]:
    """Triples (class or module, attribute, (usual function, watched function))."""
    ways: list[tuple[Any, str, tuple[Any, Any]]] = [
        (Primitive, "run", (Primitive.run, _watched_run(Primitive.run))),
        (Primitive, "__call__", (Primitive.__call__, _watched_call(Primitive.__call__))),
        (engine, "edges", (engine.edges, _unwatched(engine.edges))),
    ]
    for name, op in {**methods.BINARY, "pow": elementwise.power}.items():
        for swapped in (False, True):
            dunder = f"__r{name}__" if swapped else f"__{name}__"
            usual = getattr(Tensor, dunder)
            ways.append((Tensor, dunder, (usual, _watched_operator(op, usual, swapped))))
        usual = getattr(Tensor, f"__i{name}__")
        ways.append((Tensor, f"__i{name}__", (usual, _watched_write(op, usual))))
    return ways


@functools.cache
def _short_ways() -> dict[np.ufunc, tuple[Any, Any]]:
    """The usual and the watched short way of each elementwise function."""
    return {
        ufunc: (usual, _watched_operator(registry[ufunc], usual))
        for ufunc, usual in protocol.fast.items()
    }


def _watched_run(run: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(run)
    def watched(self: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        out = run(self, args, params)
        look(self, args, params, out[0])
        return out

    return watched


def _watched_call(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def watched(self: Primitive, *args: Any, **params: Any) -> Any:
        out = call(self, *args, **params)
        # Every other call goes through `run`, with its arguments in their places.
        if self.short is not None and not params:
            look(self, args, params, out)
        return out

    return watched


def _watched_operator(op: Any, usual: Callable[..., Any], swapped: bool = False) -> Any:
    @functools.wraps(usual)
    def watched(*args: Any) -> Any:
        out = usual(*args)
        look(op, args[::-1] if swapped else args, {}, out)
        return out

    return watched


def _watched_write(op: Primitive, usual: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(usual)
    def watched(tensor: Tensor, value: Any) -> Any:
        before = np.array(tensor.data)[()]
        out = usual(tensor, value)
        look(op, (before, value), {}, out)
        return out

    return watched


def _unwatched(edges: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(edges)
    def unwatched(*args: Any) -> Any:
        token = _in_rule.set(True)
        try:
            return edges(*args)
        finally:
            _in_rule.reset(token)

    return unwatched


def look(op: Primitive, args: Sequence[Any], params: dict[str, Any], out: Any) -> None:
    """Raise if `out` holds a NaN made of numbers, or an infinity made of finite numbers."""
    results = out if isinstance(out, tuple) else (out,)
    if not all(isinstance(x, Tensor) for x in results) or not anomaly.get() or _in_rule.get():
        return
    data = tuple(x.data for x in results)
    index = first_not_finite(data)
    if index is None:
        return
    given = list(_numbers([*args, *params.values()]))
    harmless = np.isnan if any(np.isnan(x).any() for x in data if x.dtype.kind == "f") else _odd
    if any(harmless(x).any() for x in given):
        return
    node = _node(op, args, data if isinstance(out, tuple) else data[0])
    raise NotFiniteError(bad_value(node, index), node)


def _odd(x: Any) -> Any:
    return ~np.isfinite(x)


def _numbers(values: Sequence[Any]) -> Iterator[Any]:
    """The floating arrays and numbers among `values`, and in the lists and tuples there."""
    for value in values:
        value = value.data if isinstance(value, Tensor) else value
        if isinstance(value, (list, tuple)):
            yield from _numbers(value)
        elif isinstance(value, float) or (
            isinstance(value, (ndarray, np.generic)) and value.dtype.kind == "f"
        ):
            yield value


def _node(op: Primitive, args: Sequence[Any], data: Any) -> Tensor:
    """The record of a call, also of one that was not recorded, for the words of an error."""
    node: Tensor = Bundle.of(data) if isinstance(data, tuple) else wrap(data)
    node._op = op
    if op.arity == 1:
        (node._x,) = args
    elif op.arity == 2:
        node._x, node._y = args
    else:
        node._x = tuple(args)
    frame = caller()
    node._code, node._lasti = frame.f_code, frame.f_lasti
    return node
