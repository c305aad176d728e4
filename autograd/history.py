"""What a tensor was computed from, without recursion: the one walk behind every look at a graph."""

from __future__ import annotations

from collections.abc import Iterable

from .tensor import Tensor

__all__ = ["history"]


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
