"""The edges of a graph looked up by their ends."""

from __future__ import annotations

from .graph import Graph, ValueNode

__all__ = ["Wires"]


class Wires:
    """What leads to what in a graph, by id.

    Attributes:
        values: id -> value node.
        names: id of an op or closed group -> the op's name, or the module's class.
        inputs: id of an op or closed group -> ids of its inputs, in order.
        outputs: likewise, of its results.
        maker: id of a value -> the op or closed group that it comes from.
        users: id of a value -> the ops and closed groups that it goes to.
    """

    def __init__(self, graph: Graph) -> None:
        self.values = {value.id: value for value in graph.values}
        self.names = {op.id: op.name for op in graph.ops}
        self.names |= {group.id: group.label for group in graph.groups if not group.open}
        self.inputs: dict[str, list[str]] = {node: [] for node in self.names}
        self.outputs: dict[str, list[str]] = {node: [] for node in self.names}
        self.maker: dict[str, str] = {}
        self.users: dict[str, list[str]] = {value: [] for value in self.values}
        for edge in graph.edges:
            if edge.source in self.values:
                self.inputs[edge.target].append(edge.source)
                self.users[edge.source].append(edge.target)
            else:
                self.outputs[edge.source].append(edge.target)
                self.maker[edge.target] = edge.source

    def after(self, starts: list[str]) -> list[ValueNode]:
        """All values that depend on those of these ids, in the order of the graph."""
        found: set[str] = set()
        waiting = list(starts)
        while waiting:
            for node in self.users[waiting.pop()]:
                fresh = [v for v in self.outputs[node] if v not in found]
                found.update(fresh)
                waiting += fresh
        return [value for key, value in self.values.items() if key in found]
