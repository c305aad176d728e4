"""Writing in place: `t[...] = v`, `t += v`, and the effect of it on the graph.

A tensor outside any graph is written where it stands, and the write is stamped: a node that still
needs the old value raises in `backward` instead of using the new one.

A write that belongs to a graph never changes memory. It is recorded as a pure op on a *past* of the
tensor, a node that takes over its record and its array; the tensor itself becomes the result. The
tensors that share memory with it (`autograd.views`) follow: all of them move to a copy of the
memory, and those whose elements have changed become the results of recorded writes as well. So
everything recorded before keeps its values, and every later use of every name sees the write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from . import clock, views
from .modes import grad_enabled
from .registry import gathered, unwrap
from .tensor import PAST, RETAIN, Tensor, wrap

__all__ = ["augmented", "overwrite", "write"]

_RECORD = ("requires_grad", "_op", "_x", "_y", "_params", "_kept", "_id", "_code", "_lasti")


def write(tensor: Tensor, index: Any, value: Any) -> None:
    """`tensor[index] = value`, in the tensor's memory or in its record."""
    from .ops import indexing

    value = gathered(value)
    if _is_recorded(tensor, value):
        index = indexing.owned(index)
        place = _place(tensor, index)
        if not (isinstance(value, Tensor) and _is_same_view(tensor, place, value)):
            overwrite(
                tensor,
                lambda past: indexing.setitem(past, _at(past, value, tensor), index=index),
                index,
                place,
            )
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
        value = gathered(value)
        if _is_recorded(tensor, value):
            overwrite(tensor, lambda past: operator(past, _at(past, value, tensor)))
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


def overwrite(
    tensor: Tensor,
    change: Callable[[Tensor], Tensor],
    index: Any = ...,
    place: ndarray | None = None,
) -> None:
    """Let `tensor` become `change(past)`, where its past is the tensor as it was until now.

    The tensors that share memory with it see the write. Nothing has changed if an error is raised.

    Args:
        tensor: the recorded tensor that is written.
        change: the write as a pure function.
        index: the part of `tensor` that changes.
        place: the view `tensor.data[index]`, if there is one: views of other places are spared.
    """
    past = _past(tensor)
    result = change(past)
    _require_same(tensor, result)
    if result.dtype != tensor.dtype:
        result = result.astype(tensor.dtype)
    family = views.relatives(tensor) if tensor.size else []
    numbers: Any = np.arange(tensor.size).reshape(tensor.shape)[index] if family else None
    touched = []
    for other, flows in family:
        if place is not None and not np.may_share_memory(place, other.data):
            continue
        places = views.shared(tensor.data, numbers, other.data)
        if places is not None:
            _require_no_leaf(other)
            touched.append((other, _past(other), places, flows))
    if family:
        views.move(tensor, (other for other, _ in family))
        tensor.data[...] = result.data
    else:
        tensor.data = result.data
    _become(tensor, result, past)
    for other, past, places, flows in touched:
        _become(other, _followed(past, tensor if flows else wrap(tensor.data), places), past)


def _past(tensor: Tensor) -> Tensor:
    """A tensor with the record, the value and the hooks of `tensor`."""
    past = wrap(tensor.data)
    for slot in (*_RECORD, "name"):
        setattr(past, slot, getattr(tensor, slot))
    hooks = tensor._hooks or {}
    past._hooks = {key: hook for key, hook in hooks.items() if key != RETAIN} or None
    if not isinstance(tensor.data, ndarray):
        clock.hand_on(tensor, past)
    return past


def _become(tensor: Tensor, result: Tensor, past: Tensor) -> None:
    """Give `tensor` the record of `result`; nodes recorded until now go on with its `past`."""
    for slot in _RECORD:
        setattr(tensor, slot, getattr(result, slot))
    # Hooks stay with the value that they were registered on; retain_grad is about the name.
    hooks = tensor._hooks or {}
    tensor._hooks = {PAST: past} | {key: hook for key, hook in hooks.items() if key == RETAIN}
    clock.last_write = clock.last_overwrite = clock.tick()


def _followed(past: Tensor, written: Tensor, places: ndarray) -> Tensor:
    """`past` with the elements that it shares with `written`; `places` are from `views.shared`."""
    from .ops import indexing

    mask = places >= 0
    everywhere = bool(mask.all())
    source = np.unravel_index(places if everywhere else places[mask], written.shape)
    values = indexing.getitem(written, source)
    result: Tensor = values if everywhere else indexing.setitem(past, values, index=mask)
    return result


def _at(past: Tensor, value: Any, tensor: Tensor) -> Any:
    """`value`, where `tensor` itself stands for its past: `y *= y`."""
    return past if value is tensor else value


def _place(tensor: Tensor, index: Any) -> ndarray | None:
    """The view `tensor.data[index]`; None if the index makes a copy, or for a number."""
    if not isinstance(tensor.data, ndarray):
        return None
    items = index if isinstance(index, tuple) else (index,)
    # With an Ellipsis behind it, the index of one element gives a view, too.
    try:
        place = tensor.data[index if any(item is ... for item in items) else (*items, ...)]
    except IndexError:
        return None  # the write itself will say where it happened
    return place if np.may_share_memory(place, tensor.data) else None


def _is_same_view(tensor: Tensor, place: ndarray | None, value: Tensor) -> bool:
    """Return True for the second half of `y[i] += v`: the view y[i], written, is y[i] already."""
    return (
        place is not None
        and isinstance(value.data, ndarray)
        and place.shape == value.shape
        and place.strides == value.data.strides
        and place.ctypes.data == value.data.ctypes.data
        and views.together(tensor, value)
    )


def _is_recorded(tensor: Tensor, value: Any) -> bool:
    """Return True if the write belongs to a graph; raise for what no graph can record."""
    if not grad_enabled.get():
        return False
    _require_no_leaf(tensor)
    recorded = tensor.requires_grad or (isinstance(value, Tensor) and value.requires_grad)
    if recorded and isinstance(tensor.data, ndarray) and not tensor.data.flags.writeable:
        raise ValueError(
            f"the result of {tensor._op} is read-only, as NumPy's is: several of its elements may "
            "be one place in memory. Write to a copy()"
        )
    return recorded


def _require_no_leaf(tensor: Tensor) -> None:
    """Raise RuntimeError for a leaf that requires a gradient."""
    if tensor.requires_grad and tensor._op is None:
        raise RuntimeError(
            "a leaf that requires a gradient was to be changed in place"
            + (f" ({tensor.name!r})" if tensor.name else "")
            + ": expected a recorded result, or no_grad(). To update a parameter write it inside "
            "`with no_grad():`; to go on computing write x = x + 1 instead of x += 1"
        )


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
