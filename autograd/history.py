"""What a tensor was computed from, without recursion: the one walk behind every look at a graph."""

from __future__ import annotations

from collections.abc import Iterable

from .tensor import RELEASED, Tensor

__all__ = ["Needed", "history"]


def history(roots: Iterable[Tensor], since: int = 0, constants: bool = False) -> list[Tensor]:
    """All nodes that the roots were computed from, the roots among them, oldest first.

    Args:
        roots: where to begin.
        since: a node older than this number is listed, but what it came from is not looked at.
        constants: list inputs that require no gradient too.
    """
    found: dict[int, Tensor] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node._id in found:
            continue
        found[node._id] = node
        if node._id >= since and node._op is not None:
            for x in node.inputs:
                if isinstance(x, Tensor) and (constants or x.requires_grad):
                    stack.append(x)
    return [found[number] for number in sorted(found)]


class Needed:
    """Which nodes `gradients` walks: its targets, and those that lead to them."""

    def __init__(self, targets: set[int], roots: Iterable[Tensor]) -> None:
        self.targets = targets
        # Nodes from which the walk goes on: an input is a target or goes on itself.
        passing = self.passing = set[int]()
        # Whether that is the whole graph, and all targets are leaves: what `backward` walks.
        self.everything = True
        # Where a record was released nobody knows what it led to: the walk goes there, and says so,
        # rather than leave a part of a gradient out.
        self.released: list[Tensor] = []
        oldest = min(targets, default=0)
        for node in history(roots, since=oldest):
            if node._op is not None:
                for x in node.inputs:
                    if isinstance(x, Tensor) and (x._id in targets or x._id in passing):
                        passing.add(node._id)
                        break
                if node._x is RELEASED and node._id > oldest:
                    self.released.append(node)
                    passing.add(node._id)
            self.everything &= node._op is None if node._id in targets else node._id in passing

    def leads(self, number: int) -> bool:
        """Whether the node of this number is a target or leads to one."""
        return number in self.targets or number in self.passing
