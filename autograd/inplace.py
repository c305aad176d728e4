"""Writing in place: `t[...] = v`, `t += v`, and what becomes of the graph.

A tensor outside any graph is written where it stands, and the write is stamped, so that a node
that still needs the old value says so in `backward` instead of using the new one.

A tensor inside a graph is never overwritten. The write is recorded as a pure op on a *past* of the
tensor, which takes over its record; the tensor itself becomes the result. So everything recorded
before keeps its values, and the tensor's later uses see the write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from . import clock
from .modes import grad_enabled
from .registry import unwrap
from .tensor import PAST, RETAIN, Tensor, wrap

__all__ = ["augmented", "overwrite", "write"]

_RECORD = ("requires_grad", "_op", "_x", "_y", "_params", "_kept", "_id", "_code", "_lasti")


def write(tensor: Tensor, index: Any, value: Any) -> None:
    """`tensor[index] = value`, in the tensor's memory or in its record."""
    from .ops import indexing

    if _is_recorded(tensor, value):
        overwrite(tensor, lambda past: indexing.setitem(past, value, index=indexing.owned(index)))
    elif isinstance(tensor.data, ndarray):
        tensor.data[unwrap(index)] = unwrap(value)
        clock.stamp(tensor)
    else:
        scalar = np.array(tensor.data)
        scalar[unwrap(index)] = unwrap(value)
        tensor.data = scalar[()]
        clock.stamp(tensor)


def augmented(operator: Callable[[Any, Any], Any]) -> Callable[[Tensor, Any], Tensor]:
    """The in-place operator method (`+=`) for the operator (`+`)."""

    def method(tensor: Tensor, value: Any) -> Tensor:
        if _is_recorded(tensor, value):
            _require_same(tensor, operator(tensor.data, unwrap(value)))
            overwrite(tensor, lambda past: operator(past, value))
        else:
            result = operator(tensor.data, unwrap(value))
            _require_same(tensor, result)
            if isinstance(tensor.data, ndarray):
                tensor.data[...] = result
            else:
                tensor.data = result
            clock.stamp(tensor)
        return tensor

    return method


def overwrite(tensor: Tensor, change: Callable[[Tensor], Tensor]) -> None:
    """Let `tensor` become `change(its past)`, where its past stands for what it was until now.

    A write into a slice of another recorded tensor reaches that tensor too, as in NumPy; into any
    other view of one it raises.
    """
    op, inputs, index = tensor._op, tensor.inputs, tensor.params.get("index")
    whole = next((x for x in inputs if isinstance(x, Tensor)), None)
    is_view = whole is not None and np.may_share_memory(whole.data, tensor.data)
    if is_view and str(op) != "getitem":
        raise RuntimeError(
            f"a write into the result of {op}, a view of another tensor, would not reach that "
            "tensor: expected a tensor with memory of its own. Write to the original tensor, or "
            "to a copy()"
        )
    past = wrap(tensor.data)
    for slot in (*_RECORD, "name"):
        setattr(past, slot, getattr(tensor, slot))
    hooks = tensor._hooks or {}
    past._hooks = {key: hook for key, hook in hooks.items() if key != RETAIN} or None
    result = change(past)
    if result.dtype != tensor.dtype:
        result = result.astype(tensor.dtype)
    for slot in (*_RECORD, "data"):
        setattr(tensor, slot, getattr(result, slot))
    # Hooks stay with the value that they were registered on; retain_grad is about the name.
    tensor._hooks = {PAST: past} | {key: hook for key, hook in hooks.items() if key == RETAIN}
    clock.last_write = clock.last_overwrite = clock.tick()
    if is_view and whole is not None:
        write(whole, index, tensor)


def _is_recorded(tensor: Tensor, value: Any) -> bool:
    """Whether the write belongs to a graph; raises for a leaf whose gradient is asked for."""
    if not grad_enabled.get():
        return False
    if tensor.requires_grad and tensor._op is None:
        raise RuntimeError(
            "a leaf that requires a gradient was to be changed in place"
            + (f" ({tensor.name!r})" if tensor.name else "")
            + ": expected a recorded result, or no_grad(). To update a parameter write it inside "
            "`with no_grad():`; to go on computing write x = x + 1 instead of x += 1"
        )
    return tensor.requires_grad or (isinstance(value, Tensor) and value.requires_grad)


def _require_same(tensor: Tensor, result: Any) -> None:
    """A write cannot change the shape, nor turn integers into fractions."""
    if result.shape != tensor.shape:
        raise ValueError(
            f"in-place result of shape {result.shape} does not fit a tensor of shape "
            f"{tensor.shape}; write t = t + v instead of t += v to get a new tensor"
        )
    if not np.can_cast(result.dtype, tensor.dtype, casting="same_kind"):
        raise TypeError(
            f"in-place result of dtype {result.dtype} does not fit a tensor of dtype "
            f"{tensor.dtype}; write t = t + v instead of t += v, or convert with astype first"
        )
