"""The steps of the player: forward, value by value; backward, edge by edge."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from ..graph import Edge, OpNode
from ..notation import operand
from ..numbers import Numbers, numbers
from .words import Words, is_number, text

__all__ = ["edges", "steps"]

Step = dict[str, Any]

# So many contributions are written out in a sum, and so many values that are given.
_SUMMED = _LISTED = 8


def edges(words: Words) -> list[dict[str, Any]]:
    """The arrows, from an input to the node that uses it; `share` is what flows back over it."""
    found = []
    for op in words.graph.ops:
        target = words.node[op.id]
        for edge in words.arguments[op.id]:
            if edge.source not in words.names:
                continue
            arrow: dict[str, Any] = {"id": _key(op, edge), "from": edge.source, "to": target}
            if edge.contribution is not None:
                share = edge.contribution
                told = text(share) if is_number(share) else str(share.shape)
                arrow["share"] = _product(words, op, edge) or told
            found.append(arrow)
        if target == op.id:
            found += [
                {"id": f"{op.id}-{value}", "from": op.id, "to": value}
                for value in words.results[op.id]
            ]
    return found


def steps(words: Words) -> list[Step]:
    """What happens, in its order, each step with what is said about it."""
    found = list(_forward(words))
    failure, done = words.graph.failure, "Every value is computed"
    if failure is not None:
        return found
    if any(value.gradient is not None for value in words.graph.values):
        found += _backward(words)
        done += f", and every derivative of {words.J}: each once"
    return [*found, {"kind": "end", "say": f"{done}."}]


def _forward(words: Words) -> list[Step]:
    given = [v for v in words.graph.values if v.id in words.names and v.id not in words.maker]
    made = {value for op in words.graph.ops for value in words.results[op.id]}
    given = [value for value in given if value.id not in made]
    told = [
        f"{words.names[v.id]} = {v.content}" for v in given if v.value is None or is_number(v.value)
    ]
    rest = [words.names[v.id] for v in given if v.value is not None and not is_number(v.value)]
    listed = ", ".join([*told, *rest][:_LISTED]) + (", …" if len(given) > _LISTED else "")
    found: list[Step] = [
        {
            "kind": "inputs",
            "nodes": [value.id for value in given],
            "say": f"Given: {listed}" if given else "Nothing is given",
        }
    ]
    for op in words.graph.ops:
        node = words.node[op.id]
        if node == op.id:
            nodes, said = [node, *words.results[op.id]], words.several(op)
        else:
            nodes, said = [node], _computed(words, op, node)
        found.append({"kind": "forward", "nodes": nodes, "say": said})
    return found


def _computed(words: Words, op: OpNode, node: str) -> str:
    value = words.values[node].value
    assert value is not None
    said = [words.names[node], words.formula(op)]
    calculation = words.calculation(op) if is_number(value) else None
    if calculation is not None and calculation != said[-1]:
        said.append(calculation)
    return " = ".join(said) + _told(value)


def _backward(words: Words) -> list[Step]:
    found: list[Step] = []
    arrived: dict[str, list[Numbers]] = defaultdict(list)

    def arrive(x: str, share: Numbers, step: Step) -> None:
        """A step with which `share` comes to dJ/dx, and the sum when it is the last one."""
        arrived[x].append(share)
        alone = words.shares[x] == 1
        found.append({**step, "nodes": [x], "gradients": [x] if alone else []})
        if not alone and len(arrived[x]) == words.shares[x]:
            said = _sum(words, x, arrived[x])
            found.append({"kind": "sum", "nodes": [x], "say": said, "gradients": [x]})

    for root in words.graph.roots:
        if words.values[root].gradient is not None:
            is_ = "=" if words.shares[root] == 1 else "gets"
            said = f"{words.gradient(root)} {is_} 1"
            arrive(root, numbers(np.float64(1)), {"kind": "seed", "say": said})
    for op in reversed(words.graph.ops):
        for edge in words.arguments[op.id]:
            if edge.contribution is not None:
                said = _share(words, op, edge)
                step = {"kind": "share", "edge": _key(op, edge), "say": said}
                arrive(edge.source, edge.contribution, step)
    return found


def _share(words: Words, op: OpNode, edge: Edge) -> str:
    """dJ/du = dJ/dv · dv/du = 3 · 1 = 3; a contribution among several is only added."""
    assert edge.contribution is not None
    alone = words.shares[edge.source] == 1
    start = f"{words.gradient(edge.source)} {'=' if alone else 'gets'} "
    product = _product(words, op, edge)
    if product is not None:
        if words.is_root(words.node[op.id]):
            return start + ("" if alone else f"{words.local(op, edge)} = ") + product
        outer = words.gradient(words.node[op.id])
        return f"{start}{outer} · {words.local(op, edge)} = {product}"
    return start + words.rule(op, edge).partition(";")[0] + _told(edge.contribution)


def _product(words: Words, op: OpNode, edge: Edge) -> str | None:
    """The incoming gradient times the local derivative: 3 · 1 = 3; None between arrays."""
    share, local = edge.contribution, edge.local
    result = words.values.get(words.node[op.id])
    if share is None or local is None or result is None or result.gradient is None:
        return None
    if not (is_number(share) and is_number(local) and is_number(result.gradient)):
        return None
    g, slope, product = (_bare(n) for n in (result.gradient, local, share))
    return product if words.is_root(result.id) else f"{g} · {operand(slope)} = {product}"


def _sum(words: Words, value: str, shares: list[Numbers]) -> str:
    gradient = words.values[value].gradient
    assert gradient is not None
    target = words.gradient(value)
    if is_number(gradient) and len(shares) <= _SUMMED:
        first, *others = map(_bare, shares)
        return " = ".join([target, " + ".join([first, *map(operand, others)]), _bare(gradient)])
    return f"{target} is the sum of its {len(shares)} contributions{_told(gradient)}"


def _told(value: Numbers) -> str:
    told = text(value)
    return f", of {told}" if told.startswith("shape") else f" = {told}"


def _bare(number: Numbers) -> str:
    """The only number in it, without the brackets of its axes."""
    return number.text.strip("[]")


def _key(op: OpNode, edge: Edge) -> str:
    return f"{op.id}-{edge.argument}"
