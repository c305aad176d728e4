"""One clock numbers the nodes of every graph and every write into memory that a graph may need.

A node's number is larger than those of its inputs, so descending numbers are a topological order.
A write gets a number too: memory written *after* a node was recorded is younger than the node, and
a rule of that node must not read it. Stamps belong to the memory, not to the tensor, so a write is
seen through every view of it.
"""

from __future__ import annotations

import weakref
from itertools import count
from typing import TYPE_CHECKING, Any

from numpy import ndarray

if TYPE_CHECKING:
    from .tensor import Tensor

tick = count(1).__next__

# The latest write anywhere. A node younger than it needs no further look, which makes the whole
# check one comparison of integers in the loop of `backward`.
last_write = 0
# The latest that was recorded, so that there is a tensor which is no longer what nodes before it
# were computed from.
last_overwrite = 0

# By the id of a memory: a reference, whose end ends the entry, and the latest write into it.
_stamps: dict[int, list[Any]] = {}


def stamp(*tensors: Tensor) -> None:
    """Note that the library has just changed the values of `tensors` in place."""
    global last_write
    last_write = tick()
    for tensor in tensors:
        owner = _memory(tensor)
        known = _stamps.get(id(owner))
        if known is None:
            _stamps[id(owner)] = [_reference(owner), last_write]
        else:
            known[1] = last_write


def _reference(owner: Any) -> weakref.ref[Any]:
    """A reference that takes the stamp along when its memory goes."""
    key = id(owner)
    return weakref.ref(owner, lambda _: _stamps.pop(key, None))


def written_after(moment: int, holder: Any) -> bool:
    """Whether the memory of a tensor or an array was stamped after `moment`."""
    known = _stamps.get(id(_memory(holder)))
    return known is not None and known[1] > moment


def _memory(holder: Any) -> Any:
    """What a write changes: the array at the bottom of the views, or the tensor of a scalar."""
    value = holder if isinstance(holder, ndarray) else getattr(holder, "data", None)
    if not isinstance(value, ndarray):
        return holder
    while isinstance(value.base, ndarray):
        value = value.base
    return value
