"""What of a record is drawn when some blocks are closed and runs of equal ones are rolled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .blocks import Block, Item, inside
from .names import from_module
from .record import Record

__all__ = ["Visible"]


class Visible:
    """The visible part of a record.

    A step is visible itself, or a closed block stands for it, or, in a further copy of a block that
    was rolled, the like step of the first copy does.

    Attributes:
        record: the whole.
        blocks: the blocks that are drawn, with the index of the block around each, or None.
        values: keys of the values that are drawn, in the order in which they were made.
        steps: indices of the steps that are drawn.
    """

    def __init__(self, record: Record, items: Sequence[Item]) -> None:
        self.record = record
        self.blocks: list[tuple[Block, int | None]] = []
        count = len(record.steps)
        # For each step: what stands for it, the innermost block around, the closed block it is in.
        self._stands = list(range(count))
        self._around: list[int | None] = [None] * count
        self._closed: list[int | None] = [None] * count
        # Steps of further copies other than the last: their results are drawn as the first copy's.
        self._passed = bytearray(count)
        self._shared: set[int] = set()
        self._place(items, None, None)
        self.steps = [i for i in range(count) if self._stands[i] == i and self._closed[i] is None]
        self._users: dict[int, list[int]] = {}
        self._find_users()
        self._owned = {
            i: from_module(block.call.module)
            for i, (block, _) in enumerate(self.blocks)
            if block.call is not None
        }
        self.roots = tuple(map(self.shown_as, record.roots))
        kept = filter(self._is_shown, {**dict.fromkeys(self.roots), **self._users})
        self.values = sorted(kept, key=self._moment)

    def __len__(self) -> int:
        """How many nodes are drawn."""
        closed = sum(not block.open for block, _ in self.blocks)
        return len(self.values) + len(self.steps) + closed

    def shown_as(self, key: int) -> int:
        """The value that is drawn for this one."""
        maker = self.record.maker.get(key)
        if maker is None or not self._passed[maker]:
            return key
        place = self.record.steps[maker].outputs.index(key)
        return self.record.steps[self._stands[maker]].outputs[place]

    def edges(self) -> Iterator[tuple[tuple[str, int], tuple[str, int], int | None]]:
        """Pairs of nodes, each ("value" | "step" | "block", its key or index), and the argument."""
        shown = set(self.values)
        results: dict[tuple[str, int], list[int]] = {}
        for key in self.values:
            maker = self.record.maker.get(key)
            if maker is not None:
                results.setdefault(self._node(maker), []).append(key)
        seen: set[tuple[tuple[str, int], tuple[str, int]]] = set()
        for index, step in enumerate(self.record.steps):
            if self._stands[index] != index:
                continue
            node = self._node(index)
            for argument, key in enumerate(step.inputs):
                source = ("value", self.shown_as(key))
                if source[1] not in shown or self._made_in(source[1], node):
                    continue
                if node[0] == "step":
                    yield source, node, argument
                elif (source, node) not in seen:
                    seen.add((source, node))
                    yield source, node, None
            for key in results.pop(node, ()):
                yield node, ("value", key), None

    def around_step(self, index: int) -> int | None:
        """Index of the innermost block around a step that is drawn."""
        return self._around[index]

    def around_value(self, key: int) -> int | None:
        """Index of the innermost block around a value that is drawn."""
        maker = self.record.maker.get(key)
        if maker is not None:
            return self._outside(maker)
        users = [self._outside(i) for i in self._users.get(key, ())]
        block = self._common(users)
        while block is not None and not self._belongs(key, block):
            block = self.blocks[block][1]
        return block

    # -- where steps are ----------------------------------------------------------------------

    def _place(self, items: Sequence[Item], around: int | None, closed: int | None) -> None:
        for item in items:
            if not isinstance(item, Block):
                self._around[item], self._closed[item] = around, closed
                continue
            within, shut = around, closed
            if closed is None:
                self.blocks.append((item, around))
                within = len(self.blocks) - 1
                shut = None if item.open else within
            self._place(item.items, within, shut)
            first = list(inside(item.items))
            for number, copy in enumerate(item.copies, 1):
                last = number == len(item.copies)
                for like, index in zip(first, inside(copy), strict=True):
                    self._stands[index] = self._stands[like]
                    self._around[index], self._closed[index] = around, closed
                    self._passed[index] = not last or self._passed[like]
                    self._compare(like, index)

    def _compare(self, like: int, index: int) -> None:
        """Note what the first copy has in common with another, or gets where that is carried on."""
        steps = self.record.steps
        for own, other in zip(steps[like].inputs, steps[index].inputs, strict=True):
            if own == other or other in self.record.maker:
                self._shared.add(own)

    def _node(self, index: int) -> tuple[str, int]:
        """What is drawn for a step: a step or a closed block."""
        index = self._stands[index]
        closed = self._closed[index]
        return ("step", index) if closed is None else ("block", closed)

    def _outside(self, index: int) -> int | None:
        """The innermost open block around what is drawn for a step, or around a result of it."""
        closed = self._closed[index]
        return self._around[index] if closed is None else self.blocks[closed][1]

    def _common(self, blocks: Sequence[int | None]) -> int | None:
        """The innermost block around all of these."""
        paths = [self._path(block) for block in set(blocks)]
        common = None
        for level in zip(*paths, strict=False):
            if len(set(level)) > 1:
                break
            common = level[0]
        return common

    def _path(self, block: int | None) -> list[int]:
        path: list[int] = []
        while block is not None:
            path.append(block)
            block = self.blocks[block][1]
        return path[::-1]

    # -- which values are drawn ---------------------------------------------------------------

    def _find_users(self) -> None:
        for index, step in enumerate(self.record.steps):
            if self._stands[index] == index:
                for key in step.inputs:
                    self._users.setdefault(self.shown_as(key), []).append(index)

    def _is_shown(self, key: int) -> bool:
        if key in self.roots:
            return True
        users = {self._node(index) for index in self._users[key]}
        maker = self.record.maker.get(key)
        if maker is not None:
            return users != {self._node(maker)} or self._node(maker)[0] == "step"
        only = next(iter(users))
        return len(users) > 1 or only[0] == "step" or not self._belongs(key, only[1])

    def _made_in(self, key: int, node: tuple[str, int]) -> bool:
        maker = self.record.maker.get(key)
        return node[0] == "block" and maker is not None and self._node(maker) == node

    def _belongs(self, key: int, block: int) -> bool:
        """Whether a leaf is part of a block, and not something that comes from outside."""
        if key < 0:
            return True
        shape = self.blocks[block][0]
        if shape.kind == "section":
            return True
        if shape.kind == "repeat":
            return key not in self._shared
        assert shape.call is not None
        return key in self._owned[block] or shape.call.first < key < shape.call.last

    def _moment(self, key: int) -> tuple[int, int]:
        """Sorts values by age; a constant comes just before the step that it was given to."""
        if key > 0:
            return key, 1
        return self.record.steps[self._users[key][0]].node._id, key
