"""The record behind some tensors as a list of steps, oldest first: the skeleton of a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..history import history
from ..primitive import Bundle, pick
from ..tensor import Tensor

__all__ = ["Record", "Step"]


class Step(NamedTuple):
    """One op: the node that holds its record, and the keys of its inputs and results."""

    node: Tensor
    inputs: tuple[int, ...]
    outputs: list[int]


class Record:
    """Every step that the roots were computed by, found without recursion.

    Attributes:
        steps: in the order in which they ran.
        values: key -> the tensor, or the plain value as it was given. A tensor's key is its
            number; each use of a plain value has a negative key of its own.
        maker: key -> index of the step it came out of; leaves and constants have none.
        roots: keys of where the drawing starts.
    """

    def __init__(self, roots: Sequence[Tensor]) -> None:
        self.steps: list[Step] = []
        self.values: dict[int, Any] = {}
        self.maker: dict[int, int] = {}
        self.roots = tuple(dict.fromkeys(root._id for root in roots))
        bundles: dict[int, int] = {}
        for node in history(roots, constants=True):
            key = node._id
            if isinstance(node, Bundle):
                # The op of a node with several results makes them all; each is picked from it.
                bundles[key] = self._step(node, [])
                continue
            self.values[key] = node
            if node.op is pick and node.inputs:
                self.maker[key] = bundles[node.inputs[0]._id]
                self.steps[self.maker[key]].outputs.append(key)
            elif node.op is not None:
                self.maker[key] = self._step(node, [key])

    def _step(self, node: Tensor, outputs: list[int]) -> int:
        keys = []
        for x in node.inputs:
            if isinstance(x, Tensor):
                keys.append(x._id)
            else:
                keys.append(-len(self.values) - 1)
                self.values[keys[-1]] = x
        self.steps.append(Step(node, tuple(keys), outputs))
        return len(self.steps) - 1
