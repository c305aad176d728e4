"""The graph as a drawing knows it: values, ops, the edges between them, and the modules around."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .numbers import Numbers
from .render import available, render

__all__ = ["Edge", "Failure", "Graph", "Group", "OpNode", "ValueNode"]

# Above this many nodes a picture is not laid out unasked: it takes minutes and cannot be read.
READABLE = 500

Kind = Literal["parameter", "input", "one", "constant", "value", "result"]
Style = Literal["graph", "neurons", "layers"]
View = Literal["forward", "backward", "both"]


@dataclass(frozen=True)
class ValueNode:
    """A value in the graph.

    Attributes:
        id: its name in the DOT text.
        kind: "parameter" (a leaf that requires a gradient), "input" (a tensor that does not, and
            what a function or module was called with), "one" (the constant input x0 = 1), "value"
            (computed), "result" (where the drawing started), "constant" (a plain number or array).
        name: of the tensor, of the variable that holds it, or its path in a module; None if it has
            none.
        value: what is in it; None for a constant that is not a number or an array.
        content: the same as text.
        gradient: dJ/d(this), or None where it was not computed.
        missing: why there is no gradient although one was asked for, or None.
        group: id of the innermost module it lies in, or None.
    """

    id: str
    kind: Kind
    name: str | None
    value: Numbers | None
    content: str
    gradient: Numbers | None = None
    missing: str | None = None
    group: str | None = None

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Shape of the value."""
        return None if self.value is None else self.value.shape

    @property
    def dtype(self) -> str | None:
        """The dtype of the value."""
        return None if self.value is None else self.value.dtype


@dataclass(frozen=True)
class OpNode:
    """An operation in the graph.

    Attributes:
        id: its name in the DOT text.
        name: the op's name.
        params: its keyword parameters.
        released: whether backward has released its inputs, so that the graph ends here.
        source: the user's line that recorded it, without its place; None if it is not known.
        rules: what the derivative rule for each input says, in its own words; None where an input
            has no rule.
        group: id of the innermost module it lies in, or None.
        arguments: what the rules call the gradient, the result and the inputs.
        elementwise: whether the inputs were broadcast against each other.
        ours: whether it is the library's op of that name, whose formula is known.
    """

    id: str
    name: str
    params: str = ""
    released: bool = False
    source: str | None = None
    rules: tuple[str | None, ...] = ()
    group: str | None = None
    arguments: tuple[str, ...] = ()
    elementwise: bool = False
    ours: bool = False


@dataclass(frozen=True)
class Edge:
    """From an input to an op (or closed group), or from one of those to its result.

    Attributes:
        source, target: ids.
        argument: which input of the op it is, from 0; None for a result, and at a closed group.
        contribution: what the op's rule adds to dJ/d(source) along this edge, or None.
        local: the derivative of the op's result with respect to this input, where the result is a
            single number: contribution = dJ/d(result) · local.
    """

    source: str
    target: str
    argument: int | None = None
    contribution: Numbers | None = None
    local: Numbers | None = None


@dataclass(frozen=True)
class Group:
    """A box around nodes: a call of a module, or equal blocks rolled into one.

    Attributes:
        id: its name in the DOT text.
        kind: "module", "repeat" (equal consecutive blocks, the first of which is inside), or
            "section" (consecutive ops of a graph too large to be shown).
        name: the module's name in its parent, "" for the outermost.
        path: the module's whole path.
        label: the module's class; what is inside for the other kinds.
        shapes: of what comes out of the module.
        parameters: how many numbers it learns.
        ops: how many ops are inside.
        count: how many equal blocks it stands for.
        open: whether its inside is drawn; a closed group is a single node.
        parent: id of the group around it, or None.
    """

    id: str
    kind: Literal["module", "repeat", "section"]
    name: str
    path: str
    label: str
    shapes: tuple[tuple[int, ...], ...] = ()
    parameters: int = 0
    ops: int = 0
    count: int = 1
    open: bool = True
    parent: str | None = None


@dataclass(frozen=True)
class Failure:
    """The op that raised, at the end of a graph drawn from an error.

    Attributes:
        op: id of its node.
        message: what it raised, in one line.
        place: the path of the module in which it was raised, "" if in none.
    """

    op: str
    message: str
    place: str = ""


@dataclass(frozen=True)
class Graph:
    """The graph behind some tensors; what `draw` returns. Holds copies, keeps no tensor alive.

    In a notebook it shows itself as a picture where a Graphviz is found.

    Attributes:
        values, ops: the nodes, in the order in which they were computed.
        edges: between them, and to and from closed groups.
        groups: the modules around them, parents before children.
        roots: ids of the values where the drawing started.
        differentiated: what stands for J in dJ/dx; None when no gradient was asked for.
        failure: for a graph drawn from an error, the op that raised.
        style, view, legend: how `.dot` shows it; see `draw`.
    """

    values: tuple[ValueNode, ...]
    ops: tuple[OpNode, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...] = ()
    roots: tuple[str, ...] = ()
    differentiated: str | None = None
    failure: Failure | None = None
    style: Style = field(default="graph", kw_only=True)
    view: View = field(default="forward", kw_only=True)
    legend: bool = field(default=True, kw_only=True)

    @functools.cached_property
    def dot(self) -> str:
        """The graph in the DOT language; the same graph gives the same text."""
        if self.style == "layers":
            from .layers import layers_text as text
        elif self.style == "neurons":
            from .neurons import neurons_text as text
        else:
            from .dot import dot_text as text
        return text(self)

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

    def __len__(self) -> int:
        """How many nodes are drawn: values, ops and closed groups."""
        closed = sum(not group.open for group in self.groups)
        return len(self.values) + len(self.ops) + closed

    def __repr__(self) -> str:
        groups = f", {len(self.groups)} groups" if self.groups else ""
        return f"Graph({len(self.values)} values, {len(self.ops)} ops{groups})"

    def _repr_svg_(self) -> str | None:
        if len(self) > READABLE or not available():
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
