"""One clock numbers the nodes of every graph and every write into memory that a graph may need.

A node's number is larger than those of its inputs, so descending numbers are a topological order.
A write gets a number too: memory written *after* a node was recorded is younger than the node, and
a rule of that node must not read it. Stamps belong to the memory, not to the tensor, so a write is
seen through every view of it.
"""

from __future__ import annotations

import weakref
from itertools import count
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy import ndarray

from .source import Line, caller, locate

if TYPE_CHECKING:
    from .tensor import Tensor

tick = count(1).__next__

# The latest write anywhere. A node younger than it needs no further look, which makes the whole
# check one comparison of integers in the loop of `backward`.
last_write = 0
# The latest that was recorded, so that there is a tensor which is no longer what nodes before it
# were computed from.
last_overwrite = 0


class _Write(NamedTuple):
    """A write in place: its number, and the code and instruction of the user that wrote."""

    number: int
    code: CodeType
    offset: int


# id(memory) -> [weak reference whose callback removes the entry, the latest write into it].
_stamps: dict[int, list[Any]] = {}


def stamp(*tensors: Tensor) -> None:
    """Note that the library has just changed the values of `tensors` in place."""
    global last_write
    last_write = tick()
    frame = caller()
    write = _Write(last_write, frame.f_code, frame.f_lasti)
    for tensor in tensors:
        owner = memory_of(tensor)
        known = _stamps.get(id(owner))
        if known is None:
            _stamps[id(owner)] = [_reference(owner), write]
        else:
            known[1] = write


def _reference(owner: Any) -> weakref.ref[Any]:
    """A reference that takes the stamp along when its memory goes."""
    key = id(owner)
    return weakref.ref(owner, lambda _: _stamps.pop(key, None))


def written_after(moment: int, holder: Any) -> bool:
    """Return True if the memory of a tensor or an array was stamped after `moment`."""
    known = _stamps.get(id(memory_of(holder)))
    return known is not None and known[1].number > moment


def hand_on(old: Any, new: Any) -> None:
    """Let the memory `new`, or the tensor of a number, count as written when `old` was."""
    known = _stamps.get(id(old))
    if known is not None:
        _stamps[id(new)] = [_reference(new), known[1]]


def writer(holder: Any) -> Line | None:
    """The user's line of the latest write into the memory of `holder`; None if there was none."""
    known = _stamps.get(id(memory_of(holder)))
    return None if known is None else locate(known[1].code, known[1].offset)


def memory_of(holder: Any) -> Any:
    """The array at the bottom of the views of a tensor or an array; the tensor of a scalar."""
    value = holder if isinstance(holder, ndarray) else getattr(holder, "data", None)
    if not isinstance(value, ndarray):
        return holder
    while (base := value.base) is not None:
        if not isinstance(base, ndarray):
            base = getattr(base, "base", None)  # as_strided puts an object of its own between
            if not isinstance(base, ndarray):
                break
        value = base
    return value
