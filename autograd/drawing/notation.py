"""How an operation is written: `a + u`, `x @ W`, `exp(x)`, and what the values are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from .numbers import numbers, short

__all__ = ["call", "labels", "operand", "plain"]

K = TypeVar("K", bound=Hashable)

_BETWEEN = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} · {}",
    "divide": "{} / {}",
    "matmul": "{} @ {}",
    "negative": "-{}",
    "transpose": "{}ᵀ",
    "matrix_transpose": "{}ᵀ",
    "reciprocal": "1 / {}",
    "square": "{}²",
    "sqrt": "√{}",
    "absolute": "|{}|",
}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def call(op: str, arguments: Sequence[str], params: str) -> str:
    """The op applied to `arguments`, as one writes it: `a + u`, `x²`, `sum(x, axis=0)`."""
    if op == "power" and len(arguments) == 2 and arguments[1].isdigit():
        return arguments[0] + arguments[1].translate(_SUPERSCRIPTS)
    if op == "power":
        return "{} ^ {}".format(*arguments)
    if op == "linear" and len(arguments) in (2, 3):
        return " + ".join([f"{arguments[0]} @ {arguments[1]}ᵀ", *arguments[2:]])
    if op == "getitem":
        return f"{arguments[0]}[{params.removeprefix('index=')}]"
    pattern = _BETWEEN.get(op)
    if pattern is not None and pattern.count("{}") == len(arguments) and not params:
        return pattern.format(*arguments)
    return f"{op}({', '.join([*arguments, params] if params else arguments)})"


def plain(value: Any) -> str:
    """A number or array that is no tensor, as an operand."""
    return operand(numbers(value).text if np.ndim(value) == 0 else short(value))


def labels(nodes: Iterable[tuple[K, str | None, str]]) -> dict[K, str]:
    """A name for each of (key, name, stem), no name twice.

    Without a name a node is called by its stem and a number, t1, t2, …; a name that is taken
    already gets a number too, h, h_2, ….
    """
    nodes = list(nodes)
    taken = {name for _, name, _ in nodes if name is not None}
    names: dict[K, str] = {}
    uses: Counter[str] = Counter()
    for key, name, stem in nodes:
        pattern = f"{stem}{{}}" if name is None else f"{name}_{{}}"
        uses[pattern] += 1
        label = name if uses[pattern] == 1 else None
        while label is None or (label != name and label in taken):
            label = pattern.format(uses[pattern])
            uses[pattern] += label in taken
        taken.add(label)
        names[key] = label
    return names


def operand(text: str) -> str:
    """A number inside a product or a sum: a negative one in parentheses."""
    return f"({text})" if text.startswith("-") else text
