"""How an operation is written: `a + u`, `x @ W`, `exp(x)`; numbers and names in a formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

__all__ = ["WRITTEN_OUT", "call", "content", "labels", "number", "operand", "plain", "short"]

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
# Arrays of up to this many elements are written out, larger ones as min, mean and max.
WRITTEN_OUT = 6


def call(op: str, arguments: Sequence[str], params: Mapping[str, Any]) -> str:
    """The op applied to `arguments`, as one writes it: `a + u`, `x²`, `sum(x, axis=0)`."""
    if op == "power" and len(arguments) == 2 and arguments[1].isdigit():
        return arguments[0] + arguments[1].translate(_SUPERSCRIPTS)
    if op == "power":
        return "{} ^ {}".format(*arguments)
    if op == "linear" and len(arguments) in (2, 3):
        return " + ".join([f"{arguments[0]} @ {arguments[1]}ᵀ", *arguments[2:]])
    if op == "getitem":
        return f"{arguments[0]}[{short(params.get('index'))}]"
    pattern = _BETWEEN.get(op)
    if pattern is not None and pattern.count("{}") == len(arguments) and not params:
        return pattern.format(*arguments)
    given = [*arguments, *(f"{key}={short(value)}" for key, value in params.items())]
    return f"{op}({', '.join(given)})"


def number(value: Any, digits: int = 5) -> str:
    """A number with so many significant digits; integers and booleans as they are."""
    kind = np.asarray(value).dtype.kind
    return f"{value:.{digits}g}" if kind == "f" else str(value)


def plain(value: Any) -> str:
    """A number or array that is no tensor, as an operand."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim):
        value = value.item()
    return operand(number(value) if isinstance(value, float) else short(value))


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
        uses[name or stem] += 1
        label = name if name and uses[name] == 1 else None
        while label is None:
            label = f"{name}_{uses[name]}" if name else f"{stem}{uses[stem]}"
            if label in taken:
                uses[name or stem] += 1
                label = None
        taken.add(label)
        names[key] = label
    return names


def operand(text: str) -> str:
    """A number inside a product or a sum: a negative one in parentheses."""
    return f"({text})" if text.startswith("-") else text


def content(value: Any) -> str:
    """A number, a few of them, or the shape with min, mean and max."""
    array = np.asarray(value)
    if array.size <= WRITTEN_OUT:
        text = np.array2string(array, separator=", ", formatter={"all": number})
        return " ".join(text.split())
    numbers = array.astype(np.float64)
    with np.errstate(all="ignore"):
        low, mean, high = (number(f(numbers)) for f in (np.min, np.mean, np.max))
    return f"{array.shape}: min {low}, mean {mean}, max {high}"


def short(value: Any) -> str:
    """A parameter in a few characters."""
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    if isinstance(value, slice):
        parts = ["" if v is None else str(v) for v in (value.start, value.stop, value.step)]
        return ":".join(parts if value.step is not None else parts[:2])
    if value is Ellipsis:
        return "..."
    if isinstance(value, tuple) and any(isinstance(v, (slice, np.ndarray)) for v in value):
        return ", ".join(map(short, value))
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
