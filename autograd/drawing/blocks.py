"""Steps in boxes: which calls of modules they lie in, and what of that is drawn open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..calls import Call
from .names import is_module
from .record import Record

__all__ = [
    "Block",
    "Item",
    "blocks_of",
    "close",
    "close_innermost",
    "depth_of",
    "inside",
    "sections",
]


@dataclass
class Block:
    """Consecutive steps in a box.

    Attributes:
        kind: as of a `Group`.
        items: what is inside, in order: indices of steps, and blocks.
        name, path, label: as of a `Group`.
        call: the call of the module.
        copies: for a "repeat", the items of each further block that equals the first.
        open: whether the inside is drawn.
    """

    kind: Literal["module", "repeat", "section"]
    items: list[Item] = field(default_factory=list)
    name: str = ""
    path: str = ""
    label: str = ""
    call: Call | None = None
    copies: list[list[Item]] = field(default_factory=list)
    open: bool = True


Item = int | Block


def inside(items: Sequence[Item]) -> Iterator[int]:
    """All steps in `items`, those of copies too, in order."""
    for item in items:
        if isinstance(item, Block):
            yield from inside(item.items)
            for copy in item.copies:
                yield from inside(copy)
        else:
            yield item


def blocks_of(record: Record, calls: Sequence[Call]) -> list[Item]:
    """The steps of `record` in a block for each call they lie in; calls that made none vanish."""
    top: list[Item] = []
    open_: list[Block] = []
    waiting = [call for call in calls if call.last][::-1]
    for index, step in enumerate(record.steps):
        number = step.node._id
        while waiting and waiting[-1].first < number:
            call = waiting.pop()
            if call.last > number:
                _leave(open_, call.first)
                block = Block("module", label=type(call.module).__name__, call=call)
                block.name, block.path = _called(call, open_)
                (open_[-1].items if open_ else top).append(block)
                open_.append(block)
        _leave(open_, number)
        (open_[-1].items if open_ else top).append(index)
    return top


def _leave(open_: list[Block], number: int) -> None:
    while open_ and open_[-1].call is not None and open_[-1].call.last < number:
        open_.pop()


def _called(call: Call, around: Sequence[Block]) -> tuple[str, str]:
    """Name in the parent and whole path of the module that is called."""
    for block in reversed(around):
        assert block.call is not None
        owner = block.call.module
        for path, module in owner.named_modules() if is_module(owner) else ():
            if module is call.module and path:
                return path, f"{block.path}.{path}" if block.path else path
    return "", ""


def depth_of(items: Sequence[Item]) -> int:
    """How many modules lie around the innermost step."""
    return max(
        (
            (item.kind == "module") + depth_of(item.items)
            for item in items
            if isinstance(item, Block)
        ),
        default=0,
    )


def close(items: Sequence[Item], depth: int | None, names: Collection[str], level: int = 0) -> None:
    """Close the modules that lie in `depth` others, and those with one of these names.

    A name is that of the module in its parent, its path, or its class. A depth of None closes none.
    """
    for item in items:
        if isinstance(item, Block):
            module = item.kind == "module"
            named = module and not {item.name, item.path, item.label}.isdisjoint(names)
            item.open = not (module and depth is not None and level >= depth) and not named
            close(item.items, depth, names, level + module)


def close_innermost(items: Sequence[Item]) -> None:
    """Close the modules that have no modules inside."""
    for item in items:
        if isinstance(item, Block):
            item.open = any(isinstance(inner, Block) for inner in item.items)
            close_innermost(item.items)


def sections(items: Sequence[Item], count: int) -> list[Item]:
    """`items` in at most `count` closed blocks of about the same size."""
    size = -(-len(items) // count)
    return [
        Block("section", list(items[start : start + size]), open=False)
        for start in range(0, len(items), size)
    ]
