"""dJ/d(every node) by a pass of its own: for looking, not for learning.

The rules are those of `backward`, and so are the numbers. But no `.grad` is written, nothing is
kept or released, and no hook is called: hooks are the user's code, and looking shall have no
effect. Where the pass cannot go on it says why, and what lies behind is "not computed".
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from .. import clock
from ..engine import edges
from ..errors import check_writes
from ..gradient import seeds_of
from ..modes import anomaly, no_grad
from ..primitive import Bundle, Parts
from ..registry import unwrap
from ..tensor import RELEASED, Tensor
from .numbers import Numbers, numbers

__all__ = ["Gradients"]

_RELEASED = "not computed: released by backward(); keep the graph with retain_graph=True"


class Gradients:
    """The derivatives of the sum of `roots`, described as they become complete.

    Args:
        roots: tensors of one element each, which require a gradient.
        shown: the numbers of the nodes to be described; the others only pass theirs on.

    Attributes:
        of: number of a node -> dJ/d(it).
        contributions: (number of an op's node, position of an input) -> what the rule adds there.
        locals: likewise, the derivative of the op's result, where that is a single number.
        stopped: number of an op's node -> why the pass ended there.

    Raises: RuntimeError for a root of several elements, or without a gradient.
    """

    def __init__(self, roots: Sequence[Tensor], shown: Container[int]) -> None:
        self.of: dict[int, Numbers] = {}
        self.contributions: dict[tuple[int, int], Numbers] = {}
        self.locals: dict[tuple[int, int], Numbers] = {}
        self.stopped: dict[int, str] = {}
        self._shown = shown
        self._pending: dict[int, tuple[Tensor, Any]] = {}
        for root, seed in seeds_of(list(roots), None, False):
            self._add(root, seed)
        token = anomaly.set(False)
        try:
            with no_grad(), np.errstate(all="ignore"):
                self._walk()
        finally:
            anomaly.reset(token)

    def _add(self, node: Tensor, g: Any) -> None:
        known = self._pending.get(node._id)
        self._pending[node._id] = (node, g if known is None else known[1] + g)

    def _walk(self) -> None:
        # Every node is younger than its inputs: the largest number is complete.
        waiting = [-number for number in self._pending]
        heapify(waiting)
        while waiting:
            number = -heappop(waiting)
            node, g = self._pending.pop(number)
            if number in self._shown and not isinstance(g, Parts):
                self.of[number] = numbers(unwrap(g))
            if node.op is None:
                continue
            try:
                found = self._through(node, g)
            except Exception as error:
                self.stopped[number] = f"not computed: {str(error).partition('. ')[0]}"
                continue
            for x, gx in found:
                if x._id not in self._pending:
                    heappush(waiting, -x._id)
                self._add(x, gx)

    def _through(self, node: Tensor, g: Any) -> list[tuple[Tensor, Any]]:
        """What the rules of `node` make of `g`: pairs of an input and its share."""
        if node._x is RELEASED:
            self.stopped[node._id] = _RELEASED
            return []
        if clock.last_write > node._id:
            check_writes(node)
        found = edges(node, g, False, None)[::-1]
        if node._id in self._shown:
            self._note(self.contributions, node, found)
            if not isinstance(node, Bundle) and node.size == 1:
                one = np.ones_like(node.data)[()] if node.ndim else node.dtype.type(1)
                self._note(self.locals, node, edges(node, one, False, None)[::-1])
        return [(x, gx) for x, _, gx in found]

    def _note(self, where: dict[tuple[int, int], Numbers], node: Tensor, found: Any) -> None:
        rest = iter(enumerate(node.inputs))
        for x, _, gx in found:
            position = next((i for i, given in rest if given is x), None)
            if position is not None:
                where[node._id, position] = numbers(unwrap(gx))
