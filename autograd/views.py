"""Tensors that share memory, so that a write to one of them reaches the others.

NumPy's basic indexing, `reshape`, `.T` and their like give views: other arrays of the same memory.
A recorded write (`autograd.inplace`) replaces the record of the tensor that is written, and it has
to replace the records of all tensors whose elements it changes. This table knows them. It holds
weak references only: a tensor leaves it when its last name goes, a memory with its last array.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from .clock import memory_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["carries", "link", "move", "relatives", "shared"]


class _Family:
    """The tensors of one memory: by id, a reference and whether gradients flow to the tensor."""

    __slots__ = ("limit", "members", "owner")

    def __init__(self, owner: ndarray) -> None:
        key = id(owner)
        self.owner = weakref.ref(owner, lambda _: _families.pop(key, None))
        self.members: dict[int, tuple[weakref.ref[Tensor], bool]] = {}
        self.limit = 8

    def add(self, tensor: Tensor, flows: bool) -> None:
        self.members[id(tensor)] = (weakref.ref(tensor), flows)
        if len(self.members) > self.limit:
            for number, (reference, _) in list(self.members.items()):
                if reference() is None:
                    del self.members[number]
            self.limit = 2 * len(self.members) + 8

    def flows(self, tensor: Tensor) -> bool | None:
        """Whether gradients flow to `tensor`; None for a tensor that is not listed."""
        reference, flows = self.members.get(id(tensor), (None, False))
        return flows if reference is not None and reference() is tensor else None


_families: dict[int, _Family] = {}
_lock = threading.Lock()


def link(view: Tensor, sources: Iterable[Any], flows: bool) -> None:
    """List `view` beside the tensor of `sources` whose memory it shares, if there is one.

    Args:
        view: the result of an op.
        sources: the inputs of the op.
        flows: whether the op was allowed to record: a write then carries gradients across.
    """
    owner = memory_of(view.data)
    for source in sources:
        data = getattr(source, "data", None)
        if isinstance(data, ndarray) and memory_of(data) is owner:
            with _lock:
                family = _families.get(id(owner))
                if family is None:
                    family = _families[id(owner)] = _Family(owner)
                known = family.flows(source)
                if known is None:
                    known = True
                    family.add(source, True)
                family.add(view, known and flows)
            return


def relatives(tensor: Tensor) -> list[tuple[Tensor, bool]]:
    """The other living tensors in the memory of `tensor`, each with whether gradients flow to it.

    They do not flow to the result of `detach()`, nor to a view that was taken under `no_grad`.
    """
    value = tensor.data
    family = _families.get(id(memory_of(value))) if isinstance(value, ndarray) else None
    if family is None:
        return []
    found = []
    for reference, flows in list(family.members.values()):
        other = reference()
        # A new array assigned to `.data` takes a tensor out of its family.
        if other is not None and other is not tensor and memory_of(other.data) is family.owner():
            found.append((other, flows))
    return found


def carries(tensor: Tensor) -> bool:
    """Return True if gradients flow between `tensor` and the tensors whose memory it shares."""
    family = _families.get(id(memory_of(tensor.data)))
    return family is not None and family.flows(tensor) is True


def shared(written: ndarray, changed: ndarray, other: ndarray) -> ndarray | None:
    """For each element of `other` the number of the same element among `changed`, else -1.

    `changed` are numbers of elements, as `written.ravel()` counts them. None if there is no element
    in common.
    """
    if not changed.size or not np.may_share_memory(written, other):
        return None
    changed = changed.ravel()
    places, others = _places(written).ravel()[changed], _places(other)
    first = min(places.min(), others.min())
    numbers = np.full(max(places.max(), others.max()) - first + 1, -1)
    numbers[places - first] = changed
    found: ndarray = numbers[others - first]
    return found if np.any(found >= 0) else None


def _address(array: ndarray) -> int:
    """Where the first element of `array` lies in memory."""
    return array.ctypes.data


def _places(array: ndarray) -> ndarray:
    """Where each element of `array` lies in memory, counted in elements."""
    places = np.array(_address(array))
    for length, stride in zip(array.shape, array.strides, strict=True):
        places = places[..., np.newaxis] + np.arange(length) * stride
    return places // array.itemsize


def move(written: Tensor, others: Iterable[Tensor]) -> None:
    """Copy the memory of `written` and let it and its relatives be the same views of the copy.

    Arrays held elsewhere (by a node recorded earlier, by the user) stay as they are. Gradients flow
    to `written` from now on: it is about to be recorded.
    """
    owner = memory_of(written.data)
    start = _address(owner)
    with _lock:
        family = _families.pop(id(owner))
        copied = owner.ravel("K").copy()
        for tensor in (written, *others):
            value = tensor.data
            offset = _address(value) - start
            tensor.data = ndarray(value.shape, value.dtype, copied, offset, value.strides)
            tensor.data.flags.writeable = value.flags.writeable
        fresh = _families[id(copied)] = _Family(copied)
        fresh.members, fresh.limit = family.members, family.limit
        fresh.add(written, True)
