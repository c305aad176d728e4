"""A graph as text in the DOT language."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .graph import Graph, OpNode, ValueNode

__all__ = ["dot_text"]

# Kinds are told apart by shape as well as by colour (Okabe and Ito's, which the colour-blind can
# tell apart), so that a drawing can be printed.
_STYLES = {
    "parameter": 'shape=box, style=filled, fillcolor="#fbe3bd", color="#e69f00"',
    "input": 'shape=box, style="filled,rounded", fillcolor="#d6ebf8", color="#0072b2"',
    "value": 'shape=box, style="filled,rounded", fillcolor="#ffffff", color="#555555"',
    "result": 'shape=box, style="filled,rounded,bold", fillcolor="#ffffff", color="#555555"',
    "one": 'shape=diamond, style=filled, fillcolor="#ffffff", color="#009e73"',
    "constant": 'shape=plaintext, style="", fontcolor="#555555"',
}
_OP = 'shape=ellipse, style=filled, fillcolor="#eeeeee", color="#555555"'
_RELEASED = 'shape=ellipse, style="filled,dashed", fillcolor="#eeeeee", color="#555555"'

_HEADER = """\
digraph {
  graph [rankdir=LR, ranksep=0.3, nodesep=0.2]
  node [fontname="Helvetica,Arial,sans-serif", fontsize=11, margin="0.1,0.05"]
  edge [arrowsize=0.7, color="#555555"]
"""


def dot_text(graph: Graph) -> str:
    """The whole graph, a line per node and edge, oldest first."""
    lines = [
        f"  {value.id} [label={_quoted(_value_label(value))}, {_STYLES[value.kind]}]"
        for value in graph.values
    ]
    lines += [
        f"  {op.id} [label={_quoted(_op_label(op))}, {_RELEASED if op.released else _OP}]"
        for op in graph.ops
    ]
    lines += [f"  {edge.source} -> {edge.target}" for edge in graph.edges]
    return _HEADER + "\n".join(lines) + "\n}\n"


def _value_label(value: ValueNode) -> str:
    named = f"{value.name} = {value.content}" if value.name else value.content
    lines = [named]
    if value.shape is not None:
        lines.append(f"{value.dtype} {value.shape}")
    if value.gradient is not None:
        lines.append(f"grad {value.gradient}")
    return "\n".join(lines)


def _op_label(op: OpNode) -> str:
    lines = [op.name] + ([op.params] if op.params else [])
    return "\n".join([*lines, "(released)"] if op.released else lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
