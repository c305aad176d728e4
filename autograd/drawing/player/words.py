"""What everything in a graph is called, and its formulas: `v = a + u = 5 + 6 = 11`.

A derivative stands in the texts as ⟨dJ⁄dx⟩, which the page sets as a fraction.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter, defaultdict

from ..graph import Edge, Graph, OpNode, ValueNode
from ..mathematics import mathematics
from ..notation import call, labels, operand
from ..numbers import WRITTEN_OUT, Numbers

__all__ = ["Words", "is_number", "spoken", "text"]

# A longer formula stands in the picture without the op's parameters.
_WIDTH = 28


class Words:
    """Names and formulas of the nodes of `graph`.

    Attributes:
        J: what is differentiated, "" when nothing is.
        values: id -> value.
        paths: id of a module -> its path.
        arguments: id of an op -> the edges to its inputs, in order.
        node: id of an op -> id of its node: an op with one result is one node with it.
        maker: id of a node -> the op that made it.
        shares: id of a value -> how many contributions its gradient is the sum of.
        names: id of a node -> what it is called.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.J = graph.differentiated or ""
        self.values = {value.id: value for value in graph.values}
        self.paths = {group.id: group.path for group in graph.groups}
        self.arguments: dict[str, list[Edge]] = defaultdict(list)
        self.results: dict[str, list[str]] = defaultdict(list)
        for edge in graph.edges:
            if edge.argument is None:
                self.results[edge.source].append(edge.target)
            else:
                self.arguments[edge.target].append(edge)
        for edges in self.arguments.values():
            edges.sort(key=lambda edge: edge.argument or 0)
        self.node = {
            op.id: results[0] if len(results := self.results[op.id]) == 1 else op.id
            for op in graph.ops
        }
        self.maker = {self.node[op.id]: op for op in graph.ops}
        self.shares = Counter(edge.source for edge in graph.edges if edge.contribution is not None)
        # What is differentiated begins with a 1 of its own.
        self.shares.update(root for root in graph.roots if self.values[root].gradient is not None)
        self.names: dict[str, str] = labels(map(self._label, filter(self.shown, graph.values)))

    def _label(self, value: ValueNode) -> tuple[str, str | None, str]:
        if value.name is None and self.graph.roots == (value.id,) and self.J:
            return value.id, self.J, ""
        return value.id, value.name, "t" if value.kind in ("value", "result") else "x"

    def shown(self, value: ValueNode) -> bool:
        """Whether it is a node: a plain number stands in the formulas only."""
        return value.kind != "constant" or (value.value is not None and not is_number(value.value))

    def called(self, value: str) -> str:
        """The name of a value; a plain number itself."""
        return self.names.get(value) or operand(_brief(self.values[value].content))

    def short(self, value: str, group: str | None) -> str:
        """The name as it is inside a module: weight for model.0.weight."""
        path = self.paths.get(group or "", "")
        return self.called(value).removeprefix(f"{path}." if path else "")

    def formula(self, op: OpNode) -> str:
        """The op with the names of its inputs: a + u."""
        return call(op.name, [self.called(e.source) for e in self.arguments[op.id]], op.params)

    def label(self, op: OpNode) -> str:
        """The formula for the picture: names as they are inside the module, few parameters."""
        inputs = [self.short(edge.source, op.group) for edge in self.arguments[op.id]]
        written = call(op.name, inputs, op.params)
        return (
            written if len(written) <= _WIDTH or op.name == "getitem" else call(op.name, inputs, "")
        )

    def calculation(self, op: OpNode) -> str | None:
        """The op with their numbers: 5 + 6. None unless all of them are single numbers."""
        values = [self.values[edge.source] for edge in self.arguments[op.id]]
        if not all(v.value is not None and is_number(v.value) for v in values if self.shown(v)):
            return None
        return call(op.name, [operand(_brief(value.content)) for value in values], op.params)

    def several(self, op: OpNode) -> str:
        """The formula of an op with several results, q, r = split(x); what one that failed says."""
        if self.failed(op):
            message = self.graph.failure.message if self.graph.failure else ""
            return f"{self.formula(op)} fails: {' '.join(message.split())}"
        results = ", ".join(self.names[value] for value in self.results[op.id])
        return f"{results} = {self.formula(op)}"

    def failed(self, op: OpNode) -> bool:
        """Whether it is the op that raised."""
        return self.graph.failure is not None and self.graph.failure.op == op.id

    # -- derivatives --------------------------------------------------------------------------

    def gradient(self, value: str) -> str:
        """dJ/d(value)."""
        return f"⟨d{self.J}⁄d{self.names[value]}⟩"

    def local(self, op: OpNode, edge: Edge) -> str:
        """d(result)/d(input), with ∂ where the input has an influence on J by other ways too."""
        d = "∂" if self.shares[edge.source] > 1 else "d"
        result = self.names.get(self.node[op.id], op.name)
        return f"⟨{d}{result}⁄{d}{self.names[edge.source]}⟩"

    def is_root(self, value: str) -> bool:
        """Whether it is J, so that its gradient is the 1 that everything begins with."""
        return self.graph.roots == (value,)

    def rule(self, op: OpNode, edge: Edge) -> str:
        """What the rule for this input computes, in mathematics."""
        position = edge.argument or 0
        own = op.rules[position] if position < len(op.rules) else None
        result = self.node[op.id]
        g = f"⟨d{self.J or 'J'}⁄d{self.names.get(result, op.name)}⟩"
        inputs = [self.called(argument.source) for argument in self.arguments[op.id]]
        operands = [g, self.names.get(result, "out"), *inputs]
        places = [result, *(argument.source for argument in self.arguments[op.id])]
        shapes = [self._shape(place) for place in places]
        return mathematics(
            op.name if op.ours else "",
            own or "",
            position,
            operands,
            op.arguments,
            shapes=None if result == op.id else [shapes[0], *shapes],
            params=op.params,
            elementwise=op.elementwise,
            local=self.local(op, edge),
        )

    def _shape(self, value: str) -> tuple[int, ...]:
        """The shape of a value; () of a plain number, and of several results."""
        return (self.values[value].shape if value in self.values else None) or ()


def _brief(content: str) -> str:
    """A float of the program, such as 0.30000000000000004 or 3.0, with five digits."""
    if not content.lstrip("-").isdigit():
        with contextlib.suppress(ValueError):
            return f"{float(content):.5g}"
    return content


def spoken(text: str) -> str:
    """A text with its derivatives as they are read aloud: dJ/dx for ⟨dJ⁄dx⟩."""
    return text.translate({ord("⟨"): "", ord("⟩"): "", ord("⁄"): "/"})


def is_number(value: Numbers) -> bool:
    """Whether it is a single number."""
    return value.grid.size == 1


def text(value: Numbers) -> str:
    """A single number or a few; the shape of a larger array."""
    if math.prod(value.shape) <= WRITTEN_OUT:
        return " ".join(value.text.split())
    return f"shape {value.shape}"
