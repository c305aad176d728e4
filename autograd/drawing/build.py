"""From a record to the graph that is drawn: what is visible, what it is called, what it holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..calls import Call
from ..tensor import RELEASED, Tensor
from .blocks import Item, blocks_of, close, close_innermost, depth_of, inside, sections
from .gradients import Gradients
from .graph import READABLE, Edge, Graph, Group, Kind, OpNode, ValueNode
from .names import parameter_count
from .numbers import numbers, short
from .record import Record
from .rolling import Rolling
from .rules import rule_arguments, rule_texts
from .visible import Visible

__all__ = ["build", "plain_value"]

# Names that say that what holds nothing but ones is the constant input whose weight is the bias.
_ONE = ("x0", "x_0", "x₀", "one", "ones")

# Parameters that every call of an op has: not told where they change nothing.
_UNTOLD: Mapping[str, Mapping[str, Any]] = {
    "reshape": {"order": "C"},
    "binary_cross_entropy_with_logits": {"weight": 1, "positive": 1},
    "binary_cross_entropy": {"weight": 1},
}


def build(
    roots: Sequence[Tensor],
    *,
    grads: bool,
    calls: Sequence[Call] = (),
    inputs: Sequence[Tensor] = (),
    names: Mapping[int, str] | None = None,
    depth: int | None = None,
    collapse: Sequence[str] = (),
    fold: bool | None = None,
    innermost: bool = True,
) -> Graph:
    """The graph behind `roots`; see `draw` for the arguments.

    Args:
        calls: of modules, as they were noted while the roots were computed.
        inputs: tensors that are drawn as inputs although they may require a gradient.
        names: number of a tensor -> what it is called, if it has no name of its own.
        innermost: whether modules without modules inside may be open.
    """
    record = Record(roots)
    large = len(record.steps) + len(record.values) > READABLE
    items = blocks_of(record, calls)
    if fold is not False:
        items = Rolling(record, bare=fold or large).rolled(items)
    close(items, depth, collapse)
    if not innermost:
        close_innermost(items)
    view = Visible(record, items)
    if large and depth is None and fold is not False:
        view = _readable(record, items, view, collapse)
    return _Description(view, roots, grads, inputs, names or {}).graph()


def _readable(record: Record, items: list[Item], view: Visible, collapse: Sequence[str]) -> Visible:
    """The most open view of a large record that can still be read."""
    for depth in range(depth_of(items) - 1, -1, -1):
        if len(view) <= READABLE:
            return view
        close(items, depth, collapse)
        view = Visible(record, items)
    count = READABLE // 4
    while len(view) > READABLE and count:
        view = Visible(record, sections(items, count))
        count //= 2
    return view


def plain_value(key: str, value: Any, names: Mapping[int, str]) -> ValueNode:
    """The node of a plain number or array: a constant, or an input where a variable holds it."""
    array = isinstance(value, (np.ndarray, np.generic))
    held = numbers(value) if array else None
    name = names.get(-id(value)) if isinstance(value, np.ndarray) else None
    kind: Kind = "constant" if name is None else "input"
    return ValueNode(key, kind, name, held, short(value) if held is None else held.text)


class _Description:
    """Puts into words what is visible."""

    def __init__(
        self,
        view: Visible,
        roots: Sequence[Tensor],
        grads: bool,
        inputs: Sequence[Tensor],
        names: Mapping[int, str],
    ) -> None:
        self._view = view
        self._record = view.record
        self._inputs = {tensor._id for tensor in inputs}
        self._names = names
        self._roots = roots
        self._values = {key: f"v{i}" for i, key in enumerate(view.values)}
        self._steps = {index: f"op{i}" for i, index in enumerate(view.steps)}
        self._groups = [f"g{i}" for i in range(len(view.blocks))]
        shown = {*view.values, *(self._record.steps[i].node._id for i in view.steps)}
        self._gradients = Gradients(roots, shown) if grads else None
        self._stopped = self._reasons()

    def graph(self) -> Graph:
        """The description."""
        values = tuple(self._value(key) for key in self._view.values)
        roots = tuple(self._values[key] for key in self._view.roots)
        asked = None
        if self._gradients is not None:
            names = [node.name for node in values if node.id in roots]
            asked = (names[0] if len(names) == 1 else None) or "J"
        return Graph(
            values,
            tuple(self._op(index) for index in self._view.steps),
            tuple(self._edges()),
            tuple(self._group(i) for i in range(len(self._groups))),
            roots,
            asked,
        )

    def _value(self, key: int) -> ValueNode:
        value = self._record.values[key]
        group = self._in_group(self._view.around_value(key))
        if not isinstance(value, Tensor):
            plain = plain_value(self._values[key], value, self._names)
            return dataclasses.replace(plain, group=group)
        name = value.name or self._names.get(key)
        gradient = missing = None
        if self._gradients is not None and value.requires_grad:
            gradient = self._gradients.of.get(key)
            if gradient is None:
                missing = self._stopped.get(key, "not computed: no gradient flows here")
        held = numbers(value.data)
        kind = self._kind(key, value, name)
        return ValueNode(self._values[key], kind, name, held, held.text, gradient, missing, group)

    def _kind(self, key: int, value: Tensor, name: str | None) -> Kind:
        if value.op is not None:
            return "result" if key in self._view.roots else "value"
        if value.requires_grad and key not in self._inputs:
            return "parameter"
        is_one = name in _ONE and value.size > 0 and bool(np.all(value.data == 1))
        return "one" if is_one else "input"

    def _reasons(self) -> dict[int, str]:
        """Why the pass did not come to the inputs of the steps at which it stopped."""
        stopped = {} if self._gradients is None else self._gradients.stopped
        steps = (step for step in self._record.steps if step.node._id in stopped)
        return {key: stopped[step.node._id] for step in steps for key in step.inputs}

    def _op(self, index: int) -> OpNode:
        node = self._record.steps[index].node
        assert node.op is not None
        untold = _UNTOLD.get(str(node.op), {}) if node.op.ours else {}
        told = {
            key: value
            for key, value in node.params.items()
            if key not in untold or np.ndim(value) or value != untold[key]
        }
        params = ", ".join(f"{key}={short(value)}" for key, value in told.items())
        return OpNode(
            self._steps[index],
            str(node.op),
            params,
            node._x is RELEASED,
            node.line.text if node.line else None,
            rule_texts(node.op, len(node.inputs)),
            self._in_group(self._view.around_step(index)),
            rule_arguments(node.op),
            node.op.elementwise,
            node.op.ours,
        )

    def _edges(self) -> Sequence[Edge]:
        found = []
        for source, target, argument in self._view.edges():
            share = local = None
            if argument is not None and self._gradients is not None:
                place = (self._record.steps[target[1]].node._id, argument)
                share = self._gradients.contributions.get(place)
                local = self._gradients.locals.get(place)
            found.append(Edge(self._id(source), self._id(target), argument, share, local))
        return found

    def _id(self, node: tuple[str, int]) -> str:
        kind, key = node
        if kind == "block":
            return self._groups[key]
        return self._values[key] if kind == "value" else self._steps[key]

    def _in_group(self, block: int | None) -> str | None:
        return None if block is None else self._groups[block]

    def _group(self, index: int) -> Group:
        block, around = self._view.blocks[index]
        module = None if block.call is None else block.call.module
        return Group(
            self._groups[index],
            block.kind,
            block.name,
            block.path,
            block.label,
            () if block.call is None else block.call.shapes,
            0 if module is None else parameter_count(module),
            sum(1 for _ in inside(block.items)),
            len(block.copies) + 1,
            block.open,
            self._in_group(around),
        )
