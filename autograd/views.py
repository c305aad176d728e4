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

from .clock import hand_on, memory_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["link", "move", "relatives", "shared", "together"]


class _Family:
    """The tensors of one memory: by id, a reference to the tensor and the number of its group.

    Gradients flow inside a group. The result of `detach()`, and a view that is taken under
    `no_grad`, begin a new one.
    """

    __slots__ = ("groups", "limit", "members", "owner")

    def __init__(self, owner: ndarray) -> None:
        key = id(owner)
        self.owner = weakref.ref(owner, lambda _: _families.pop(key, None))
        self.members: dict[int, tuple[weakref.ref[Tensor], int]] = {}
        self.groups = 0
        self.limit = 8

    def add(self, tensor: Tensor, group: int) -> None:
        self.members[id(tensor)] = (weakref.ref(tensor), group)
        if len(self.members) > self.limit:
            for number, (reference, _) in list(self.members.items()):
                if reference() is None:
                    del self.members[number]
            self.limit = 2 * len(self.members) + 8

    def group(self, tensor: Tensor) -> int | None:
        """The group of `tensor`; None for a tensor that is not listed."""
        reference, group = self.members.get(id(tensor), (None, 0))
        return group if reference is not None and reference() is tensor else None


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
                group = family.group(source)
                if group is None:
                    group = family.groups
                    family.add(source, group)
                if not flows:
                    family.groups += 1
                    group = family.groups
                family.add(view, group)
            return


def relatives(tensor: Tensor) -> list[tuple[Tensor, bool]]:
    """The other living tensors in the memory of `tensor`, and whether gradients flow to them."""
    value = tensor.data
    family = _families.get(id(memory_of(value))) if isinstance(value, ndarray) else None
    if family is None:
        return []
    mine = family.group(tensor)
    found = []
    for reference, group in list(family.members.values()):
        other = reference()
        # A new array assigned to `.data` takes a tensor out of its family.
        if other is not None and other is not tensor and memory_of(other.data) is family.owner():
            found.append((other, group == mine))
    return found


def together(tensor: Tensor, other: Tensor) -> bool:
    """Return True if the two share memory, and gradients flow from one to the other."""
    family = _families.get(id(memory_of(tensor.data)))
    return family is not None and family.group(tensor) == family.group(other) is not None


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

    Arrays held elsewhere (by a node recorded earlier, by the user) stay as they are.
    """
    owner = memory_of(written.data)
    start = _address(owner)
    with _lock:
        family = _families.pop(id(owner))
        copied = owner.ravel("K").copy()
        for tensor in (written, *others):
            value = tensor.data
            if not value.size:
                continue  # no place in memory, and its address may lie outside
            offset = _address(value) - start
            tensor.data = ndarray(value.shape, value.dtype, copied, offset, value.strides)
            tensor.data.flags.writeable = value.flags.writeable
        fresh = _families[id(copied)] = _Family(copied)
        fresh.members, fresh.limit, fresh.groups = family.members, family.limit, family.groups
    hand_on(owner, copied)
