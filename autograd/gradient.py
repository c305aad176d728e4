"""What a gradient must be: the shape and dtype of its tensor, in memory of its own."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy import ndarray

from . import expect
from .errors import WrongDtypeError, WrongShapeError, argument
from .primitive import Parts
from .registry import unwrap
from .tensor import Tensor, wrap


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which an array of `shape` was broadcast; array or tensor."""
    if g.shape == shape:
        return g
    lead = g.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + i for i, n in enumerate(shape) if n == 1 and g.shape[lead + i] != 1
    )
    return np.reshape(np.sum(g, axis=axes), shape)


def fitted(gx: Any, x: Tensor, node: Tensor) -> Any:
    """`gx` with the shape and dtype of `x`: un-broadcast if elementwise, an error otherwise."""
    if isinstance(gx, Parts):
        return gx
    op = node._op
    assert op is not None
    if not isinstance(gx, (Tensor, ndarray, np.generic)):
        gx = np.asarray(gx)
    if gx.dtype.kind not in "fiub" or x.dtype.kind != "f":
        raise WrongDtypeError(
            f"{op}: the rule for {argument(node, x)} of dtype {x.dtype} returned dtype "
            f"{gx.dtype}, expected a real array for a floating input; a rule without a "
            "derivative is declared as None",
            gx.dtype,
            x.dtype,
        )
    if gx.shape != x.shape and op.elementwise:
        with contextlib.suppress(ValueError):  # the message below says it better
            full = np.broadcast_shapes(gx.shape, node.shape)
            gx = unbroadcast(np.broadcast_to(gx, full), x.shape)
    if gx.shape != x.shape:
        raise WrongShapeError(
            f"{op}: the rule for {argument(node, x)} returned a gradient of shape {gx.shape}, "
            f"expected {x.shape}, the shape of that input"
            + ("" if op.elementwise else "; elementwise=True makes the engine undo broadcasting"),
            gx.shape,
            x.shape,
        )
    if gx.dtype != x.dtype:
        gx = gx.astype(x.dtype)
    return gx[()] if isinstance(gx, ndarray) and not gx.ndim else gx


def seeds_of(tensors: Any, gradients: Any, create_graph: bool) -> list[tuple[Tensor, Any]]:
    """Pairs of a tensor and the gradient that enters the graph there, checked."""
    if isinstance(tensors, Tensor):
        tensors = [tensors]
        # One tensor may come with its gradient, or with a sequence of that one gradient.
        if not (isinstance(gradients, (list, tuple)) and len(gradients) == 1):
            gradients = [gradients]
    else:
        tensors = expect.items("backward", "tensors", tensors)
        gradients = [None] * len(tensors) if gradients is None else gradients
    if len(tensors) != len(gradients):
        raise ValueError(
            f"expected one gradient per tensor, got {len(gradients)} for {len(tensors)} tensors"
        )
    pairs = []
    for tensor, gradient in zip(tensors, gradients, strict=True):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"backward starts from tensors, got {type(tensor).__name__}")
        if not tensor.requires_grad:
            raise RuntimeError(
                "backward() expects a result that requires a gradient, got one that does not: "
                "neither it nor anything it was computed from has requires_grad=True, or it was "
                "computed under no_grad() or detached"
            )
        if gradient is None:
            value = tensor.data
            if value.size != 1:
                raise RuntimeError(
                    f"backward() without a gradient expects a scalar, got shape {tensor.shape}; "
                    "pass gradient=dJ/d(this), or reduce it first, as in t.sum().backward()"
                )
            gradient = np.ones_like(value) if value.ndim else value.dtype.type(1)
            pairs.append((tensor, wrap(gradient) if create_graph else gradient))
        else:
            pairs.append(
                (tensor, checked_gradient(tensor, gradient, create_graph, "the gradient passed in"))
            )
    return pairs


def checked_gradient(tensor: Tensor, gradient: Any, create_graph: bool, what: str) -> Any:
    """`gradient` as the walk takes it, after a look at its shape and dtype."""
    if isinstance(gradient, (int, float)) and not isinstance(gradient, np.generic):
        gradient = tensor.dtype.type(gradient)
    if not isinstance(gradient, (Tensor, ndarray, np.generic)):
        gradient = np.asarray(gradient)
    if gradient.shape != tensor.shape:
        raise ValueError(f"{what} has shape {gradient.shape}, expected {tensor.shape}")
    if gradient.dtype != tensor.dtype:
        raise TypeError(
            f"{what} has dtype {gradient.dtype}, expected {tensor.dtype}; convert it with "
            f"astype({str(tensor.dtype)!r})"
        )
    if create_graph:
        return gradient if isinstance(gradient, Tensor) else wrap(gradient)
    value = unwrap(gradient)
    return value[()] if isinstance(value, ndarray) and not value.ndim else value


def updated(leaf: Tensor, g: Any, owned: bool, create_graph: bool) -> Tensor:
    """What `.grad` of `leaf` becomes: a gradient of its own, added to what was there."""
    if create_graph:
        copied: Tensor = g.copy() if leaf.grad is None else leaf.grad + g
        return copied
    if leaf.grad is None:
        return wrap(g if owned else own_copy(g))
    return wrap(unwrap(leaf.grad) + g)


def own_copy(g: Any) -> Any:
    """`g` in memory of its own."""
    return np.array(g) if isinstance(g, ndarray) else g


def is_fresh(gx: ndarray, g: Any, node: Tensor) -> bool:
    """Whether a rule has just made `gx`, so that nobody else can hold it."""
    if gx.base is not None or gx is g or gx is node.data:
        return False
    for x in node.inputs:  # noqa: SIM110 - once for every leaf: a generator doubles the time
        if gx is x or (isinstance(x, Tensor) and gx is x.data):
            return False
    return True
