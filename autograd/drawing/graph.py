"""From a record to a graph that can be drawn: nodes in the order in which they were computed."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..history import history
from ..primitive import Bundle, pick
from ..tensor import RELEASED, Tensor
from .render import available, render

__all__ = ["Graph", "OpNode", "ValueNode", "draw"]

# Above this many nodes a picture is not laid out unasked: it takes minutes and cannot be read.
_READABLE = 500
# Arrays of up to this many elements are written out, larger ones as min, mean and max.
_WRITTEN_OUT = 6


@dataclass(frozen=True)
class ValueNode:
    """A value in the graph.

    Attributes:
        id: its name in the DOT text.
        kind: "parameter" (a leaf that requires a gradient), "input" (a tensor that does not),
            "value" (computed), or "constant" (a plain number or array).
        name: the tensor's name, or None.
        shape, dtype: of the value; None for a constant that is not a number or an array.
        content: the value, or min, mean and max of a larger one.
        gradient: the same for its `.grad`, or None if there is none.
    """

    id: str
    kind: str
    name: str | None
    shape: tuple[int, ...] | None
    dtype: str | None
    content: str
    gradient: str | None


@dataclass(frozen=True)
class OpNode:
    """An operation in the graph.

    Attributes:
        id: its name in the DOT text.
        name: the op's name.
        params: its keyword parameters.
        released: whether backward has released its inputs, so that the graph ends here.
    """

    id: str
    name: str
    params: str
    released: bool


@dataclass(frozen=True)
class Graph:
    """The graph behind some tensors; what `draw` returns. Holds texts, keeps no tensor alive.

    In a notebook it shows itself as a picture where a Graphviz is found.

    Attributes:
        values, ops: the nodes, in the order in which they were computed.
        edges: pairs of ids, from an input to an op and from an op to its result.
    """

    values: tuple[ValueNode, ...]
    ops: tuple[OpNode, ...]
    edges: tuple[tuple[str, str], ...]

    @functools.cached_property
    def dot(self) -> str:
        """The graph in the DOT language; the same graph gives the same text."""
        from .dot import dot_text

        return dot_text(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to `path` and return it.

        The ending decides: .dot or .gv for the DOT text, .svg, .png or .pdf through Graphviz.

        Raises: ValueError for another ending; RuntimeError where a picture needs a Graphviz and
        there is none, saying how to get one.
        """
        target = Path(path)
        kind = target.suffix.lower().removeprefix(".")
        if kind in ("dot", "gv"):
            target.write_text(self.dot, encoding="utf-8", newline="\n")
        elif kind in ("svg", "png", "pdf"):
            target.write_bytes(render(self.dot, kind))
        else:
            raise ValueError(
                f"a graph is saved as .dot, .gv, .svg, .png or .pdf, got {target.name!r}"
            )
        return target

    def __repr__(self) -> str:
        return f"Graph({len(self.values)} values, {len(self.ops)} ops)"

    def _repr_svg_(self) -> str | None:
        if len(self.values) + len(self.ops) > _READABLE or not available():
            return None
        return render(self.dot, "svg").decode()

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> Mapping[str, str]:
        svg = self._repr_svg_()
        text = repr(self)
        if svg is None:
            text += ": save('graph.dot') writes it"
        bundle = {"text/plain": text} | ({} if svg is None else {"image/svg+xml": svg})
        kept = set(bundle if include is None else include) - set(exclude or ())
        return {kind: content for kind, content in bundle.items() if kind in kept}


def draw(tensors: Tensor | Sequence[Tensor]) -> Graph:
    """The computational graph behind one tensor or several, ready to be shown or saved.

    Args:
        tensors: where to start; everything that went into them is drawn.

    Returns: a `Graph`: `.dot` is its text, `.save("graph.svg")` writes it, a notebook shows it.

    Values stand with name, shape, dtype and content, and with their gradient once backward has
    left one in `.grad`. Nothing is computed or changed.

    Raises: TypeError for anything but tensors; RuntimeError when backward has released the graph.

    >>> from autograd import Tensor, draw
    >>> b, c = Tensor(3.0, requires_grad=True, name="b"), Tensor(2.0, name="c")
    >>> draw(b * c)
    Graph(3 values, 1 ops)
    """
    roots = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    for root in roots:
        if not isinstance(root, Tensor):
            raise TypeError(f"draw expects a tensor or several, got {type(root).__name__}")
        if root._x is RELEASED:
            raise RuntimeError(
                f"the graph behind this result of {root.op} was released by backward(): expected "
                "one that is still there. Draw before backward(), or call "
                "backward(retain_graph=True)"
            )
    return _Extraction(roots).graph()


class _Extraction:
    """Collects the nodes behind `roots`, without recursion, and describes them oldest first."""

    def __init__(self, roots: Sequence[Tensor]) -> None:
        self.nodes = {node._id: node for node in history(roots, constants=True)}
        self.values: list[ValueNode] = []
        self.ops: list[OpNode] = []
        self.edges: list[tuple[str, str]] = []

    def graph(self) -> Graph:
        """The described nodes and the edges between them."""
        # The op of a node with several results makes them all; each result is picked from it.
        ids: dict[int, str] = {}
        for number in sorted(self.nodes):
            node = self.nodes[number]
            if isinstance(node, Bundle):
                ids[number] = self._op(node, ids)
                continue
            ids[number] = target = f"v{len(self.values)}"
            self.values.append(_value_node(node, target))
            if node.op is pick and node.inputs:
                self.edges.append((ids[node.inputs[0]._id], target))
            elif node.op is not None:
                self.edges.append((self._op(node, ids), target))
        return Graph(tuple(self.values), tuple(self.ops), tuple(self.edges))

    def _op(self, node: Tensor, ids: dict[int, str]) -> str:
        name = f"op{len(self.ops)}"
        params = ", ".join(f"{key}={_short(value)}" for key, value in node.params.items())
        self.ops.append(OpNode(name, str(node.op), params, node._x is RELEASED))
        for x in node.inputs:
            if isinstance(x, Tensor):
                source = ids[x._id]
            else:
                source = f"v{len(self.values)}"
                self.values.append(_constant_node(x, source))
            self.edges.append((source, name))
        return name


def _value_node(tensor: Tensor, name: str) -> ValueNode:
    kind = "value" if tensor.op is not None else "parameter" if tensor.requires_grad else "input"
    gradient = None if tensor.grad is None else _content(tensor.grad.data)
    content = _content(tensor.data)
    return ValueNode(name, kind, tensor.name, tensor.shape, str(tensor.dtype), content, gradient)


def _constant_node(value: Any, name: str) -> ValueNode:
    if isinstance(value, (np.ndarray, np.generic)):
        shape, dtype = value.shape, str(value.dtype)
        return ValueNode(name, "constant", None, shape, dtype, _content(value), None)
    return ValueNode(name, "constant", None, None, None, _short(value), None)


def _content(value: Any) -> str:
    """A number, a few of them, or min, mean and max."""
    array = np.asarray(value)
    if array.size <= _WRITTEN_OUT:
        return np.array2string(
            array, separator=", ", formatter={"float_kind": _number, "int_kind": str, "bool": str}
        )
    numbers = array.astype(np.float64)
    with np.errstate(all="ignore"):
        low, mean, high = (_number(f(numbers)) for f in (np.min, np.mean, np.max))
    return f"min {low}, mean {mean}, max {high}"


def _number(value: Any) -> str:
    return f"{value:.5g}"


def _short(value: Any) -> str:
    """A parameter or constant in a few characters."""
    text = f"array{value.shape}" if isinstance(value, np.ndarray) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
