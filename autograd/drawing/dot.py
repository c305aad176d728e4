"""A graph as text in the DOT language: a box for each value, an ellipse for each op."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator

from .graph import Edge, Graph, Group, OpNode, ValueNode
from .markup import FONT, coloured, label, legend_row, quoted, small, written
from .palette import (
    ACCENT,
    FAILED,
    INK,
    KINDS,
    LINE,
    MODULE,
    MUTED,
    OP,
    PAPER,
    RED,
    RELEASED,
)
from .player.words import Words, spoken

__all__ = ["dot_text"]

_HEADER = f"""\
digraph "Computational graph" {{
  graph [rankdir=LR, ranksep=0.35, nodesep=0.22, bgcolor="{PAPER}", color="{LINE}", \
{FONT}, fontsize=11, fontcolor="{INK}"]
  node [{FONT}, fontsize=12, fontcolor="{INK}", margin="0.12,0.06"]
  edge [{FONT}, fontsize=10, fontcolor="{ACCENT}", \
arrowsize=0.7, color="{LINE}"]
"""
_SYMBOLS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "negative": "−",
    "matmul": "@",
}


def dot_text(graph: Graph) -> str:
    """The whole graph: boxes with what is in them, the edges, the legend."""
    legend = legend_row(_kinds(graph)) if graph.legend else ()
    return _HEADER + "\n".join([*_Writer(graph).lines(), *legend]) + "\n}\n"


def _kinds(graph: Graph) -> set[str]:
    kinds: set[str] = {value.kind for value in graph.values}
    kinds |= {"op"} if len(graph.ops) > (graph.failure is not None) else set()
    kinds |= {"failed"} if graph.failure is not None else set()
    kinds |= {"module"} if any(not group.open for group in graph.groups) else set()
    return kinds | ({"gradient"} if graph.differentiated is not None else set())


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._words = Words(graph)
        self._values = {value.id: value for value in graph.values}
        self._ops = {op.id: op for op in graph.ops}
        self._groups = {group.id: group for group in graph.groups}
        # A result of each op, where there is only one: what its gradient comes in by.
        self._results = {
            edge.source: edge.target for edge in graph.edges if edge.source in self._ops
        }
        self._inside: dict[str | None, list[str]] = {}
        for value in graph.values:
            self._put(value.group, f"{value.id} [{self._value(value)}]")
        for op in graph.ops:
            self._put(op.group, f"{op.id} [{self._op(op)}]")
        for group in graph.groups:
            if not group.open:
                self._put(group.parent, f"{group.id} [{label(_group_lines(group))}, {MODULE}]")

    def _put(self, group: str | None, line: str) -> None:
        self._inside.setdefault(group, []).append(line)

    def lines(self) -> Iterator[str]:
        """All nodes, in their boxes, and then all edges."""
        yield from self._box(None, "  ")
        for edge in self._graph.edges:
            yield from self._edge(edge)

    def _box(self, around: str | None, indent: str) -> Iterator[str]:
        for line in self._inside.get(around, ()):
            yield indent + line
        for group in self._graph.groups:
            if group.open and group.parent == around:
                style = "rounded,dashed" if group.kind == "repeat" else "rounded"
                title = label([", ".join(_group_lines(group))])
                look = f"{title}; labeljust=r; style={quoted(style)}"
                yield f"{indent}subgraph cluster_{group.id} {{ {look}"
                yield from self._box(group.id, indent + "  ")
                yield indent + "}"

    # -- nodes --------------------------------------------------------------------------------

    def _value(self, value: ValueNode) -> str:
        # Inside the box of its module a parameter is called by the rest of its path.
        name = value.name
        if name is None and self._graph.view != "forward":
            # The rules on the edges speak of it.
            name = self._words.names.get(value.id)
        prefix = f"{self._groups[value.group].path}." if value.group in self._groups else ""
        if name is not None and len(prefix) > 1 and prefix in name:
            name = name[name.index(prefix) + len(prefix) :]
        lines = []
        if self._graph.view != "backward" or value.value is None:
            lines.append(_named(name, value.content))
            if value.value is not None:
                facts = f"{value.dtype} {value.shape} {value.value.histogram}"
                lines.append(small(facts.rstrip(), MUTED))
        elif name is not None:
            lines.append(f"<B>{html.escape(name)}</B>")
        lines += self._gradient(name, value)
        return f"{written(lines)}, {KINDS[value.kind]}"

    def _gradient(self, name: str | None, value: ValueNode) -> Iterator[str]:
        title = f"d{self._graph.differentiated}/d{name}" if name else "gradient"
        if value.gradient is not None:
            bars = value.gradient.histogram
            line = coloured(f"{title} = {value.gradient.text}", ACCENT)
            yield f"{line} {small(bars, ACCENT)}" if bars else line
        elif value.missing is not None:
            yield small(f"{title} {value.missing}", MUTED)

    def _op(self, op: OpNode) -> str:
        symbol = _SYMBOLS.get(op.name, op.name) if op.ours else op.name
        lines = [symbol, op.params] if op.params else [symbol]
        failure = self._graph.failure
        if failure is not None and failure.op == op.id:
            where = [f"in {failure.place}"] if failure.place else []
            return f"{label(['✗ ' + op.name, *where, failure.message])}, {FAILED}"
        if op.released:
            return f"{label([*lines, '(released)'])}, {RELEASED}"
        return f"{label(lines)}, {OP}, tooltip={quoted(op.name)}"

    # -- edges --------------------------------------------------------------------------------

    def _edge(self, edge: Edge) -> Iterator[str]:
        view = self._graph.view
        failure = self._graph.failure
        ends = f"{edge.source} -> {edge.target}"
        if failure is not None and edge.target == failure.op:
            shape = self._values[edge.source].shape
            text = "" if shape is None else str(shape)
            yield f'  {ends} [label="{text}", color="{RED}", fontcolor="{RED}", penwidth=2]'
            return
        # What comes from outside stands before the box that it goes into, not above it.
        long = "minlen=2" if self._enters(edge) else ""
        if view == "forward" or view == "both":
            yield f"  {ends} [{long}]" if long else f"  {ends}"
        if view == "forward":
            return
        flow = self._flow(edge)
        attributes = ["dir=back", f'color="{ACCENT}"', "style=dashed"]
        if not self._flows(edge):
            attributes = ["arrowhead=none", "style=dotted"]
        attributes += [f"label={quoted(flow)}"] * bool(flow)
        attributes += ["constraint=false"] if view == "both" else [long] * bool(long)
        if view == "backward" or self._flows(edge):
            yield f"  {ends} [{', '.join(attributes)}]"

    def _enters(self, edge: Edge) -> bool:
        value, op = self._values.get(edge.source), self._ops.get(edge.target)
        return value is not None and op is not None and value.group != op.group

    def _flows(self, edge: Edge) -> bool:
        """Whether a gradient goes back along the edge."""
        if edge.argument is not None:
            return edge.contribution is not None
        end = self._values.get(edge.target) or self._values.get(edge.source)
        return end is not None and end.gradient is not None

    def _flow(self, edge: Edge) -> str:
        """What the op's rule computes for this input, as a formula and in numbers."""
        if edge.argument is None or edge.contribution is None:
            return ""
        op = self._ops[edge.target]
        rule = op.rules[edge.argument] if edge.argument < len(op.rules) else None
        lines = [] if rule is None else [_wrapped(spoken(self._words.rule(op, edge)))]
        share = edge.contribution
        result = self._values.get(self._results.get(edge.target, ""))
        local = None if edge.local is None or edge.local.shape else edge.local
        if local is not None and result is not None and result.gradient is not None:
            lines.append(f"{result.gradient.text} · {local.text} = {share.text}")
        elif share != self._values[edge.source].gradient:
            # One of several contributions; a single one is the gradient at the end of the edge.
            lines.append(share.text)
        return "\n".join(lines)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 36))


def _group_lines(group: Group) -> list[str]:
    if group.kind == "repeat":
        return [f"×{group.count:,}: equal blocks, the first is shown"]
    if group.kind == "section":
        return [f"{group.ops:,} operations"]
    title = f"{group.name}: {group.label}" if group.name else group.label
    lines = [title, " ".join(map(str, group.shapes))]
    if group.parameters:
        lines.append(f"{group.parameters:,} parameters")
    return [line for line in lines if line]


def _named(name: str | None, content: str) -> str:
    text = html.escape(content)
    return text if name is None else f"<B>{html.escape(name)}</B> = {text}"
