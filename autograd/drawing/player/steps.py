"""The steps of the player: forward, value by value; backward, edge by edge."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ..graph import Edge, OpNode
from ..notation import operand
from ..numbers import Numbers
from .words import Words, is_number, text

__all__ = ["edges", "steps"]

Step = dict[str, Any]


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
    listed = ", ".join([*told, *rest][:8]) + (", …" if len(given) > 8 else "")
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
    value = words.values[node]
    said = [words.names[node], words.formula(op)]
    if value.value is None:
        return " = ".join(said)
    numbers = words.calculation(op) if is_number(value.value) else None
    if numbers is not None and numbers != said[-1]:
        said.append(numbers)
    told = text(value.value)
    return " = ".join(said) + _told(told)


def _backward(words: Words) -> list[Step]:
    found: list[Step] = []
    for root in words.graph.roots:
        if words.values[root].gradient is not None:
            said = f"{words.gradient(root)} = 1"
            found.append({"kind": "seed", "nodes": [root], "say": said, "gradients": [root]})
    arrived: dict[str, list[Numbers]] = defaultdict(list)
    for op in reversed(words.graph.ops):
        for edge in words.arguments[op.id]:
            if edge.contribution is None or edge.source not in words.names:
                continue
            x = edge.source
            arrived[x].append(edge.contribution)
            alone = words.shares[x] == 1
            found.append(
                {
                    "kind": "share",
                    "nodes": [x],
                    "edge": _key(op, edge),
                    "say": _share(words, op, edge, alone),
                    "gradients": [x] if alone else [],
                }
            )
            if not alone and len(arrived[x]) == words.shares[x]:
                said = _sum(words, x, arrived[x])
                found.append({"kind": "sum", "nodes": [x], "say": said, "gradients": [x]})
    return found


def _share(words: Words, op: OpNode, edge: Edge, alone: bool) -> str:
    """dJ/du = dJ/dv · dv/du = 3 · 1 = 3; a contribution among several is only added."""
    assert edge.contribution is not None
    target = words.gradient(edge.source)
    start = f"{target} = " if alone else f"{target} gets "
    told = text(edge.contribution)
    product = _product(words, op, edge)
    if product is not None:
        if words.is_root(words.node[op.id]):
            return f"{start}{told}" if alone else f"{start}{words.local(op, edge)} = {told}"
        outer = words.gradient(words.node[op.id])
        return f"{start}{outer} · {words.local(op, edge)} = {product}"
    computed = words.rule(op, edge).partition(";")[0]
    return start + computed + _told(told)


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
    target = words.gradient(value)
    if gradient is not None and all(map(is_number, shares)) and len(shares) <= 8:
        first, *others = map(_bare, shares)
        return " = ".join([target, " + ".join([first, *map(operand, others)]), _bare(gradient)])
    told = "" if gradient is None else text(gradient)
    said = f"{target} is the sum of its {len(shares)} contributions"
    return said + _told(told)


def _told(value: str) -> str:
    return f", of {value}" if value.startswith("shape") else f" = {value}"


def _bare(number: Numbers) -> str:
    """The only number in it, without the brackets of its axes."""
    return number.text.strip("[]")


def _key(op: OpNode, edge: Edge) -> str:
    return f"{op.id}-{edge.argument}"
