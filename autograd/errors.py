"""What the engine says when something is wrong: which op, which argument, which line."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from . import clock
from .primitive import Parts
from .registry import unwrap
from .tensor import Tensor


def origin(node: Tensor) -> str:
    """The op of a node, the shapes that met, and the user's line that recorded it."""
    shapes = ", ".join(str(x.shape) if hasattr(x, "shape") else repr(x) for x in node.inputs)
    place = f", recorded at {node.line}" if node.line else ""
    return f"{node._op}({shapes}){place}"


def argument(node: Tensor, x: Any) -> str:
    """Which argument of `node` the input `x` is, by number and, if it has one, by name."""
    position = next((i for i, v in enumerate(node.inputs) if v is x), 0)
    name = getattr(x, "name", None)
    return f"argument {position}" + (f" ({name!r})" if name else "")


class NotFiniteError(FloatingPointError):
    """A rule of `node` made a NaN or an infinity out of finite numbers."""

    def __init__(self, message: str, node: Tensor) -> None:
        super().__init__(message)
        self.node = node


class WrongGradientError(Exception):
    """What a rule returned cannot be the gradient of its input."""

    def __init__(self, message: str, got: Any, expected: Any) -> None:
        super().__init__(message)
        self.got, self.expected = got, expected


class WrongShapeError(WrongGradientError, ValueError):
    """It has another shape than the input: `got` and `expected` are the two shapes."""


class WrongDtypeError(WrongGradientError, TypeError):
    """It has no real dtype; `got` and `expected` are dtypes."""


def first_not_finite(value: Any) -> tuple[int, ...] | None:
    """Index of the first element that is NaN or infinite; None if there is none."""
    for part in value if isinstance(value, (tuple, list)) else (value,):
        array = np.asarray(part)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    return None


def require_finite(node: Tensor, x: Tensor, g: Any, gx: Any) -> None:
    """Raise `NotFiniteError` if the gradient `gx` of `x` is not finite although `g` is."""
    gx, g = (unwrap(v.items if isinstance(v, Parts) else v) for v in (gx, g))
    index = first_not_finite(gx)
    if index is None or first_not_finite(g) is not None:
        return
    value = gx if isinstance(gx, tuple) else np.asarray(gx)[index]
    hint = ""
    if np.shape(g) == np.shape(gx) and not np.any(np.asarray(g)[index]):
        hint = "; the gradient that comes in is 0 there, but 0 times infinity is NaN: a where() "
        hint += "behind it hides nothing"
    raise NotFiniteError(
        f"the derivative with respect to {argument(node, x)} is {value} at index {index}{hint}; "
        f"in the backward pass of {origin(node)}",
        node,
    )


def raise_released(node: Tensor) -> NoReturn:
    """Say that the record of `node` is gone, and how to keep it."""
    raise RuntimeError(
        f"the graph behind this result of {node._op} was released by an earlier backward(): "
        "expected a graph that is still there. Call the first one with "
        "backward(retain_graph=True), or compute the result again"
        + (f". Recorded at {node.line}" if node.line else "")
    )


def check_writes(node: Tensor) -> None:
    """Raise if a value that the rules of `node` read was overwritten after it was recorded.

    The inputs of `node` are then what they were when it was made.
    """
    op, moment = node._op, node._id
    assert op is not None
    inputs = node.inputs
    held: tuple[Any, ...] = (node, *inputs)
    for rule, x in zip(op.reads, inputs, strict=False):
        if op.joint is None and not (isinstance(x, Tensor) and x.requires_grad):
            continue
        for value in held if rule is None else [held[position] for position in rule]:
            if clock.written_after(moment, value):
                _raise_overwritten(node, value)


def _raise_overwritten(node: Tensor, x: Any) -> NoReturn:
    value = "its result" if x is node else argument(node, x)
    line = clock.writer(x)
    raise RuntimeError(
        f"{node._op}: {value}, of shape {np.shape(unwrap(x))}, was changed in place after the op "
        "was recorded, and its derivative needs the value from before. Run backward() before the "
        "write (for a parameter: before optimizer.step()), or write to a copy. "
        + (f"Changed at {line}\n" if line else "")
        + f"In the backward pass of {origin(node)}"
    )
