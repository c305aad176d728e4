"""Everything the page shows, as JSON takes it."""

from __future__ import annotations

from typing import Any

from ..graph import Graph, OpNode, ValueNode
from ..numbers import Numbers
from .grid import encoded
from .steps import edges, steps
from .words import Words, text

__all__ = ["content"]

# So many cells all heat maps have together, and each at least and at most: it keeps the file small.
_CELLS, _LEAST, _MOST = 50_000, 64, 1024
# A longer formula is cut in the picture; the details have it whole.
_WIDTH = 40


def content(graph: Graph) -> dict[str, Any]:
    """The nodes, the arrows between them, the modules around them, and the steps in words."""
    words = Words(graph)
    arrays = [n for v in graph.values for n in (v.value, v.gradient) if n is not None]
    cells = min(_MOST, max(_LEAST, _CELLS // max(1, sum(n.grid.size > 1 for n in arrays))))
    nodes = [_value(words, value, cells) for value in graph.values if words.shown(value)]
    nodes += [_several(words, op) for op in graph.ops if words.node[op.id] == op.id]
    groups = [
        {
            "id": group.id,
            "name": group.name or group.path or group.label,
            "label": group.label,
            "parent": group.parent,
            "about": _about_group(group.shapes, group.parameters),
        }
        for group in graph.groups
    ]
    return {
        "J": words.J,
        "nodes": nodes,
        "edges": edges(words),
        "groups": groups,
        "steps": steps(words),
    }


def _value(words: Words, value: ValueNode, cells: int) -> dict[str, Any]:
    node: dict[str, Any] = {
        "id": value.id,
        "name": words.names[value.id],
        "short": words.short(value.id, value.group),
        "kind": value.kind,
        "group": value.group,
        "value": {"text": value.content} if value.value is None else _numbers(value.value, cells),
    }
    if value.gradient is not None:
        node["gradient"] = _numbers(value.gradient, cells)
    elif value.missing:
        node["missing"] = value.missing
    op = words.maker.get(value.id)
    if op is not None:
        node |= {"formula": words.formula(op), **_op(words, op)}
    made = "" if op is None else f" = {words.label(op)}"
    node["label"] = _cut(node["short"] + made)
    return node


def _several(words: Words, op: OpNode) -> dict[str, Any]:
    """The node of an op with several results, or with none because it failed."""
    failed = words.failed(op)
    return {
        "id": op.id,
        "name": words.several(op) if failed else op.name,
        "label": _cut(words.label(op)),
        "kind": "failed" if failed else "several",
        "group": op.group,
        "formula": words.formula(op),
        **_op(words, op),
    }


def _op(words: Words, op: OpNode) -> dict[str, Any]:
    rules = [
        {
            "of": f"⟨d{words.J or 'J'}⁄d{words.names[edge.source]}⟩",
            "is": words.rule(op, edge),
            "source": op.rules[edge.argument or 0],
        }
        for edge in words.arguments[op.id]
        if edge.source in words.names
        and (edge.argument or 0) < len(op.rules)
        and op.rules[edge.argument or 0] is not None
        and (edge.contribution is not None or not words.J)
    ]
    found: dict[str, Any] = {"op": op.name, "rules": rules}
    if op.source:
        found["line"] = op.source
    return found


def _cut(label: str) -> str:
    return label if len(label) <= _WIDTH else label[: _WIDTH - 1] + "…"


def _numbers(numbers: Numbers, cells: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "text": text(numbers),
        "all": numbers.text,
        "shape": str(numbers.shape),
        "dtype": numbers.dtype,
    }
    grid = encoded(numbers, cells)
    return found if grid is None else found | {"grid": grid}


def _about_group(shapes: tuple[tuple[int, ...], ...], parameters: int) -> str:
    parts = [f"out {', '.join(map(str, shapes))}"] if shapes else []
    if parameters:
        parts.append(f"{parameters:,} parameters")
    return ", ".join(parts)
