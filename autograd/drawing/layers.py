"""Networks layer by layer: a column of neurons for each, the middle of long ones left out.

Deck, parts B and C: multi-layer perceptrons, autoencoders, branching, concatenation, addition.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from .circles import Sheet, elided
from .graph import Graph, ValueNode
from .markup import legend_row
from .palette import MUTED
from .wires import Wires

__all__ = ["layers_text"]

_STEP, _GAP, _COLUMN = 0.6, 0.9, 2.0
_FEWEST, _MOST = 4, 8
_FULL = {"Linear", "Bilinear", "linear", "matmul", "dot"}
_JOIN = {"Concat", "concatenate"}
_SUM = {"Add", "add"}
_THIN = "arrowhead=none, penwidth=0.5"


@dataclass(eq=False)
class _Layer:
    """A group of neurons.

    Attributes:
        width: how many there are.
        kind: of the circles.
        column: how many layers lie before it, on the longest way.
        captions: what is written below.
        sources: the layers it comes from, each with how: "full", "single" (one to one) or "part".
        parts: for a concatenation, the widths that were joined.
        circles: ids of those that are drawn; None for the gap in the middle.
    """

    width: int
    kind: str
    column: int
    captions: list[str]
    sources: list[tuple[_Layer, str]] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    circles: list[list[str | None]] = field(default_factory=list)
    top: float = 0.0


def layers_text(graph: Graph) -> str:
    """The picture of `graph`, which has its innermost modules closed, in the DOT language."""
    layers = _Reading(graph).layers()
    widest = max(layer.width for layer in layers)
    sheet = Sheet()
    columns: dict[int, list[_Layer]] = {}
    for layer in layers:
        columns.setdefault(layer.column, []).append(layer)
    highest = max(_height(column, widest) for column in columns.values()) / 2
    kinds = {layer.kind for layer in layers}
    for number, column in sorted(columns.items()):
        y = _height(column, widest) / 2
        for layer in column:
            y = _draw(sheet, layer, number * _COLUMN, y, widest) - (_GAP - 0.3)
    for layer in layers:
        lane = 0
        for source, how in layer.sources:
            if layer.column - source.column > 1:
                lane += 1
                _around(sheet, source, layer, highest + 0.35 * lane)
            else:
                _connect(sheet, source, layer, how)
    return sheet.dot(legend_row(kinds) if graph.legend else ())


class _Reading:
    """Finds the layers in a graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._wires = Wires(graph)
        self._layer_of: dict[str, _Layer] = {}
        self._layers: list[_Layer] = []

    def layers(self) -> list[_Layer]:
        """All layers, each behind those it comes from."""
        for value in self._graph.values:
            if value.kind in ("parameter", "constant"):
                continue
            maker = self._wires.maker.get(value.id)
            self._layer_of[value.id] = (
                self._given(value) if maker is None else self._made(value, maker)
            )
        if not self._layers:
            raise ValueError(
                "style='layers' expects a graph with at least one input or result, got none"
            )
        last = max(layer.column for layer in self._layers)
        for layer in self._layers:
            # A target waits beside what it is compared with.
            users = [other for other in self._layers if layer in (s for s, _ in other.sources)]
            if not layer.sources and users:
                layer.column = max(0, min(user.column for user in users) - 1)
            if layer.column == last and layer.width == 1 and layer.kind == "value":
                layer.kind = "result"
        return self._layers

    def _new(self, value: ValueNode, column: int, kind: str, *captions: str) -> _Layer:
        width = value.shape[-1] if value.shape else 1
        name = [value.name] if value.name else []
        layer = _Layer(width, kind, column, [*name, f"{width:,}", *captions])
        self._layers.append(layer)
        return layer

    def _given(self, value: ValueNode) -> _Layer:
        return self._new(value, 0, "one" if value.kind == "one" else "input")

    def _made(self, value: ValueNode, maker: str) -> _Layer:
        name = self._wires.names[maker]
        inputs = [v for v in self._wires.inputs[maker] if v in self._layer_of]
        sources = [self._layer_of[v] for v in inputs]
        kind = "result" if value.kind == "result" and not value.shape else "value"
        width = value.shape[-1] if value.shape else 1
        if len(sources) == 1 and name not in _FULL and sources[0].width == width and value.shape:
            (source,) = sources
            if len(self._wires.users[inputs[0]]) == 1:
                # An activation, a normalization, a bias: the same neurons.
                if name not in _SUM:
                    source.captions.append(name)
                if value.name:
                    source.captions.insert(0, value.name)
                return source
        layer = self._new(value, 1 + max((s.column for s in sources), default=-1), kind)
        if name in _FULL:
            layer.sources = [(source, "full") for source in sources]
        elif name in _JOIN and len(sources) > 1:
            layer.sources = [(source, "part") for source in sources]
            layer.parts = [source.width for source in sources]
            layer.captions.append("concatenation")
        elif len(sources) > 1 and all(source.width == width for source in sources):
            layer.sources = [(source, "single") for source in sources]
            layer.captions.append("addition" if name in _SUM else name)
        else:
            layer.sources = [(source, "full") for source in sources]
            layer.captions.append(name)
        return layer


def _shown(width: int, widest: int) -> list[int | None]:
    part = math.log(max(width, 2)) / math.log(max(widest, _MOST))
    return elided(width, max(_FEWEST, 2 * round(_MOST / 2 * part)))


def _rows(layer: _Layer, widest: int) -> list[list[int | None]]:
    return [_shown(width, widest) for width in layer.parts or [layer.width]]


def _height(column: list[_Layer], widest: int) -> float:
    """From the first to the last circle of the layers in a column."""
    circles = [sum(map(len, _rows(layer, widest))) * _STEP for layer in column]
    between = [_caption(layer) + _GAP - 0.3 for layer in column[:-1]]
    return sum(circles) + sum(between) - _STEP


def _caption(layer: _Layer) -> float:
    return 0.18 * len(layer.captions)


def _draw(sheet: Sheet, layer: _Layer, x: float, y: float, widest: int) -> float:
    """Draw the circles of a layer from `y` down, and what is written below; returns the end."""
    layer.top = y
    for part in _rows(layer, widest):
        drawn: list[str | None] = []
        for index in part:
            if index is None:
                sheet.text(x, y, ["⋮"], size=16)
                drawn.append(None)
            else:
                drawn.append(sheet.circle(x, y, layer.kind, width=0.4))
            y -= _STEP
        layer.circles.append(drawn)
    sheet.text(x, y + _STEP - 0.3 - _caption(layer) / 2, layer.captions, MUTED)
    return y - _caption(layer)


def _flat(layer: _Layer) -> list[str]:
    return [circle for part in layer.circles for circle in part if circle is not None]


def _connect(sheet: Sheet, source: _Layer, target: _Layer, how: str) -> None:
    if how == "full":
        for start in _flat(source):
            for end in _flat(target):
                sheet.edge(start, end, _THIN)
        return
    for start, end in _pairs(source, target, how):
        sheet.edge(start, end)


def _pairs(source: _Layer, target: _Layer, how: str) -> Iterator[tuple[str, str]]:
    """Circles that belong to each other, one to one; around a gap from both ends."""
    ends = _flat(target)
    if how == "part":
        position = [s for s, _ in target.sources].index(source)
        ends = [circle for circle in target.circles[position] if circle is not None]
    yield from zip(_flat(source), ends, strict=False)


def _around(sheet: Sheet, source: _Layer, target: _Layer, y: float) -> None:
    """A line over what lies between."""
    start, end = _flat(source)[0], _flat(target)[0]
    left, right = (source.column + 0.3) * _COLUMN, (target.column - 0.3) * _COLUMN
    way = [start, sheet.corner(left, y), sheet.corner(right, y), end]
    for here, there in pairwise(way):
        sheet.edge(here, there, "" if there == end else "arrowhead=none")
