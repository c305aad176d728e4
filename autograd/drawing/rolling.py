"""Equal consecutive blocks become one with a count: twelve layers alike, a loop unrolled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tensor import Tensor
from .blocks import Block, Item, inside
from .numbers import short
from .record import Record

__all__ = ["Rolling"]

# Fewer than three in a row are shown as they are.
_FEWEST = 3
# The longest pattern looked for, and how many comparisons are spent on it.
_LONGEST, _COMPARISONS = 64, 10_000_000


class Rolling:
    """Looks for runs in the blocks of a record.

    Two steps are alike when op, parameters, shapes and dtypes are; two blocks are when their steps
    are and are wired alike: inside the block, to the block before, to the same older value, or to
    leaves of their own. The contents of leaves do not count.

    Args:
        record: the steps.
        bare: whether steps outside of modules are rolled as well.
    """

    def __init__(self, record: Record, bare: bool) -> None:
        self._record = record
        self._bare = bare
        self._kinds: dict[Any, int] = {}

    def rolled(self, items: Sequence[Item]) -> list[Item]:
        """`items` with each run in a block of its own, at every level."""
        for item in items:
            if isinstance(item, Block):
                item.items = self.rolled(item.items)
        result: list[Item] = []
        done = 0
        for start, length, count in self._runs(items):
            result += items[done:start]
            copies = [
                list(items[start + k * length : start + (k + 1) * length]) for k in range(count)
            ]
            result.append(Block("repeat", copies[0], copies=copies[1:]))
            done = start + length * count
        return result + list(items[done:])

    def _runs(self, items: Sequence[Item]) -> Iterator[tuple[int, int, int]]:
        """Start, length of the pattern and number of times of each run, from left to right."""
        if len(items) < _FEWEST:
            return
        kinds = np.array([self._kind(item) for item in items])
        longest = min(_LONGEST, len(items) // _FEWEST, max(1, _COMPARISONS // len(items)))
        covered = np.array([_covered(kinds, length) for length in range(1, longest + 1)])
        done = 0
        for start in np.flatnonzero(covered.any(axis=0)).tolist():
            if start < done:
                continue
            # Of patterns that cover the same the shortest comes first, and is enough.
            for length in (np.argsort(-covered[:, start], kind="stable") + 1).tolist():
                count = int(covered[length - 1, start]) // length
                pattern = items[start : start + length]
                if count < _FEWEST:
                    break
                if not (self._bare or _has_block(pattern)):
                    continue
                count = self._wired_alike(pattern, count)
                if count >= _FEWEST:
                    yield start, length, count
                    done = start + length * count
                    break

    def _kind(self, item: Item) -> int:
        """A number that is the same for items that are alike."""
        parts: Any
        if isinstance(item, Block):
            parts = (item.kind, item.label, len(item.copies), *map(self._kind, item.items))
        else:
            node, inputs, outputs = self._record.steps[item]
            params = node._params or {}
            given = tuple((name, short(value)) for name, value in params.items())
            looks = tuple(_look(self._record.values[key]) for key in (*inputs, *outputs))
            parts = (str(node.op), given, len(inputs), looks)
        return self._kinds.setdefault(parts, len(self._kinds))

    def _wired_alike(self, pattern: Sequence[Item], count: int) -> int:
        """How many of the `count` blocks from `pattern` on are wired as the second one is."""
        steps = list(inside(pattern))
        first, size = steps[0], len(steps)
        model = self._wires(first + size, size)
        if not self._begins(first, size, model):
            return 1
        for k in range(2, count):
            if self._wires(first + k * size, size) != model:
                return k
        return count

    def _wires(self, first: int, size: int) -> list[tuple[int, ...]]:
        """Where each input of the `size` steps from `first` on comes from, seen from there."""
        record = self._record
        wires: list[tuple[int, ...]] = []
        for step in record.steps[first : first + size]:
            for key in step.inputs:
                maker = record.maker.get(key)
                if maker is None:
                    wires.append((_LEAF,))
                elif maker >= first - size:
                    place = record.steps[maker].outputs.index(key)
                    wires.append((_INSIDE if maker >= first else _BEFORE, maker - first, place))
                else:
                    wires.append((_OLDER, key))
        return wires

    def _begins(self, first: int, size: int, model: list[tuple[int, ...]]) -> bool:
        """Whether the block at `first` can be the one before the one that `model` describes."""
        steps = self._record.steps[first : first + size]
        keys = (key for step in steps for key in step.inputs)
        for key, own, wire in zip(keys, self._wires(first, size), model, strict=True):
            if wire[0] == _BEFORE:
                # What the others get from the block before, the first one gets from anywhere.
                if own[0] == _INSIDE:
                    return False
            elif wire[0] == _OLDER:
                if key != wire[1]:
                    return False
            elif own != wire:
                return False
        return True


_LEAF, _INSIDE, _BEFORE, _OLDER = range(4)


def _covered(kinds: NDArray[np.int_], length: int) -> NDArray[np.int32]:
    """For each start, how many items the run of a pattern of this length covers; 0 if too few."""
    differs = np.append(kinds[length:] != kinds[:-length], True)
    ends = np.flatnonzero(differs)
    starts = np.arange(len(kinds))
    reach = np.zeros(len(kinds), dtype=np.int32)
    within = starts < len(differs)
    reach[within] = ends[np.searchsorted(ends, starts[within])] - starts[within]
    count = reach // length + 1
    return np.where(count >= _FEWEST, count * length, 0)


def _has_block(items: Sequence[Item]) -> bool:
    return any(isinstance(item, Block) for item in items)


def _look(value: Any) -> tuple[Any, ...]:
    """What of a value has to be the same in equal blocks."""
    # Whether a tensor was computed or given is a matter of wires: the first block gets its input
    # from outside.
    if isinstance(value, Tensor):
        return (value.shape, value.dtype)
    return (type(value), getattr(value, "shape", None))
