"""Which layer made which nodes: calls are noted while somebody watches.

A node's number comes from a clock that only goes forward, so all nodes made during a call lie
between the numbers at its begin and its end. Noting those two says for every node which calls it
belongs to, and costs a node nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from . import clock
from .tree import leaves

__all__ = ["Call", "watched", "watching"]


class Call:
    """One call of a layer.

    Attributes:
        module: the layer.
        first, last: every node made during the call has a number between them; `last` is 0 while
            the call runs, and stays so when it raises.
        shapes: of the tensors and arrays that came out.
    """

    __slots__ = ("first", "last", "module", "shapes")

    def __init__(self, module: Any) -> None:
        self.module = module
        self.first = clock.tick()
        self.last = 0
        self.shapes: tuple[tuple[int, ...], ...] = ()

    def end(self, output: Any) -> None:
        """Note that the call is over, and what came out of it."""
        self.last = clock.tick()
        self.shapes = tuple(x.shape for x in leaves(output) if hasattr(x, "shape"))


# Where calls are noted; None when nobody watches. Belongs to the thread or asynchronous task.
watching: ContextVar[list[Call] | None] = ContextVar("watching", default=None)


@contextlib.contextmanager
def watched() -> Iterator[list[Call]]:
    """A block during which the calls of layers are noted in the list that it gives."""
    calls: list[Call] = []
    token = watching.set(calls)
    try:
        yield calls
    finally:
        watching.reset(token)
