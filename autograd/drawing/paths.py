"""The paths of the chain rule between two nodes: counted, and followed one by one.

There may be astronomically many, so they are counted without being followed, and what the ones
that are not followed add up to comes from one backward pass. Nothing recurses; no `.grad` is
written, no hook runs, nothing is kept or released.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from .. import clock
from ..engine import edges
from ..errors import check_writes, origin, raise_released
from ..history import Needed
from ..primitive import pick
from ..tensor import Tensor

__all__ = ["Link", "Path", "Paths", "maker"]

T = TypeVar("T")

# So many factors are kept at each end of a long path.
_END = 6


@dataclass(frozen=True, slots=True)
class Link:
    """One factor of the chain rule: how the result `node` depends on its input `x`.

    Attributes:
        node: the result.
        position: which input of its op `x` is.
        x: the input.
        share: what comes to dJ/dx over here: dJ/dnode times the local derivative.
    """

    node: Tensor
    position: int
    x: Tensor
    share: Any

    def local(self) -> float | None:
        """The local derivative dnode/dx where both are single numbers, else None."""
        if self.node.size != 1 or self.x.size != 1:
            return None
        one = np.ones_like(self.node.data)[()]
        same = (link for link in links(self.node, one, None) if link.position == self.position)
        return float(np.reshape(next(same).share, ()))


@dataclass(frozen=True, slots=True)
class Path:
    """A way from J back to x.

    Attributes:
        links: its factors, from J on; of a long path its two ends.
        skipped: how many factors between those ends are left out.
        product: what it adds to dJ/dx.
    """

    links: tuple[Link, ...]
    skipped: int
    product: Any

    @staticmethod
    def along(way: list[Link], product: Any) -> Path:
        """The path of the factors `way`."""
        if len(way) <= 2 * _END:
            return Path(tuple(way), 0, product)
        return Path((*way[:_END], *way[-_END:]), len(way) - 2 * _END, product)


class Paths:
    """The ways from `J` back to `x`.

    Args:
        J: a tensor of one element.
        x: what it is differentiated with respect to.
        limit: so many paths are followed.

    Attributes:
        count: how many there are.
        shown: the first ones, inputs of an op in their order.
        rest: the sum of the products of all others; None if there are none.

    Raises: RuntimeError when the graph was released, or a value that a rule reads overwritten.
    """

    def __init__(self, J: Tensor, x: Tensor, limit: int) -> None:
        self._x = x
        self._needed = Needed({x._id}, [J])
        for node in self._needed.released:
            raise_released(node)
        self.shown: list[Path] = []
        self.rest: Any = None
        self.count = self._counted(J)
        if self.count:
            self._follow(J, limit)

    def _counted(self, J: Tensor) -> int:
        """The number of paths, handed down from J as a gradient is: only the front is kept."""
        counts = _down([(J, 1)], lambda node, n: [(y, n) for y in self._leading_inputs(node)])
        return next((n for node, n in counts if node is self._x), 0)

    def _leading_inputs(self, node: Tensor) -> list[Tensor]:
        inputs = maker(node).inputs
        return [y for y in inputs if isinstance(y, Tensor) and self._needed.leads(y._id)]

    def _links(self, node: Tensor, g: Any) -> list[Link]:
        return [] if node is self._x else links(node, g, self._needed)

    def _follow(self, J: Tensor, limit: int) -> None:
        way: list[Link] = []
        open_: list[list[Link]] = []
        node, g = J, np.ones_like(J.data)[()]
        while True:
            if node is self._x:
                self.shown.append(Path.along(way, g))
            open_.append(self._links(node, g)[::-1])
            while open_ and not open_[-1]:
                open_.pop()
                if way:
                    way.pop()
            if not open_ or len(self.shown) == limit:
                break
            way.append(open_[-1].pop())
            node, g = way[-1].x, way[-1].share
        # What is still open is the beginning of every other path.
        seeds = [(link.x, link.share) for branches in open_ for link in branches]
        onward = _down(seeds, lambda y, gy: [(link.x, link.share) for link in self._links(y, gy)])
        self.rest = next((gx for y, gx in onward if y is self._x), None)


def links(node: Tensor, g: Any, needed: Needed | None) -> list[Link]:
    """What the op of `node` hands on when dJ/dnode is `g`; only to inputs that are `needed`."""
    source = maker(node)
    if source is not node:
        ((_, _, g),) = edges(node, g, False, None)  # `pick` puts it in its place among the results
    if clock.last_write > source._id:
        check_writes(source)
    try:
        with np.errstate(all="ignore"):
            handed = edges(source, g, False, needed)
    except Exception as error:
        error.add_note(f"in the backward pass of {origin(source)}")
        raise
    found = []
    for position, x in enumerate(source.inputs):
        if handed and handed[-1][0] is x:
            found.append(Link(node, position, x, handed.pop()[2]))
    return found


def maker(node: Tensor) -> Tensor:
    """The node whose op made `node`: itself, or what it is one of several results of."""
    source: Tensor = node.inputs[0] if node.op is pick else node
    return source


def _down(
    seeds: Iterable[tuple[Tensor, T]],
    onward: Callable[[Tensor, T], Iterable[tuple[Tensor, T]]],
) -> Iterator[tuple[Tensor, T]]:
    """Nodes with the sum of what has come to them, newest first.

    `onward(node, sum)` says what comes from a node to its inputs. Once a node has been given, its
    sum is forgotten.
    """
    sums: dict[int, tuple[Tensor, Any]] = {}
    waiting: list[int] = []

    def arrive(pairs: Iterable[tuple[Tensor, T]]) -> None:
        for node, value in pairs:
            if node._id in sums:
                value = sums[node._id][1] + value
            else:
                heapq.heappush(waiting, -node._id)
            sums[node._id] = node, value

    arrive(seeds)
    while waiting:
        node, value = sums.pop(-heapq.heappop(waiting))
        yield node, value
        arrive(onward(node, value))
