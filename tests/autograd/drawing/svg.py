"""An SVG that Graphviz made, read back: which nodes are drawn, and where everything lies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Box:
    """A rectangle: `left`, `top`, `right`, `bottom`, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box, slack: float = 0.5) -> bool:
        """Whether the two share more than a seam of `slack`."""
        return (
            self.left + slack < other.right
            and other.left + slack < self.right
            and self.top + slack < other.bottom
            and other.top + slack < self.bottom
        )

    def holds(self, other: Box, slack: float) -> bool:
        """Whether the other lies inside, give or take `slack`."""
        return (
            self.left - slack <= other.left
            and other.right <= self.right + slack
            and self.top - slack <= other.top
            and other.bottom <= self.bottom + slack
        )


@dataclass
class Drawn:
    """A node: its shape (None for bare text) and its lines of text."""

    shape: Box | None
    texts: list[Box] = field(default_factory=list)


@dataclass
class Picture:
    """Nodes by id, the texts on edges, and the whole page."""

    nodes: dict[str, Drawn]
    labels: list[Box]
    page: Box


def read(svg: str) -> Picture:
    """Parse an SVG of Graphviz."""
    root = ElementTree.fromstring(svg)
    (graph,) = [g for g in root.iter(f"{_SVG}g") if g.get("class") == "graph"]
    nodes, labels = {}, []
    for group in graph.iter(f"{_SVG}g"):
        texts = [box for box in map(_text, group.iter(f"{_SVG}text")) if box is not None]
        if group.get("class") == "node":
            shapes = [box for child in group.iter() if (box := _shape(child)) is not None]
            nodes[group.findtext(f"{_SVG}title", "")] = Drawn(_around(shapes), texts)
        elif group.get("class") == "edge":
            labels += texts
    page = _shape(next(iter(graph.iter(f"{_SVG}polygon"))))
    assert page is not None
    return Picture(nodes, labels, page)


def _shape(element: ElementTree.Element) -> Box | None:
    if element.tag == f"{_SVG}ellipse":
        cx, cy, rx, ry = (float(element.get(key, "0")) for key in ("cx", "cy", "rx", "ry"))
        return Box(cx - rx, cy - ry, cx + rx, cy + ry)
    text = element.get("points") or element.get("d") or ""
    if element.tag not in (f"{_SVG}polygon", f"{_SVG}path") or not text:
        return None
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)]
    return Box(min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2]))


def _text(element: ElementTree.Element) -> Box | None:
    """Where a line of text lies at least, whatever the font."""
    words = "".join(element.itertext()).strip()
    if not words:
        return None
    size = float(element.get("font-size", "14"))
    x, y = float(element.get("x", "0")), float(element.get("y", "0"))
    width = size * sum(0.22 if letter in " .,:;'()[]filjt1" else 0.45 for letter in words)
    left = {"middle": x - width / 2, "end": x - width}.get(element.get("text-anchor", "start"), x)
    return Box(left, y - 0.7 * size, left + width, y)


def _around(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(
        min(b.left for b in boxes),
        min(b.top for b in boxes),
        max(b.right for b in boxes),
        max(b.bottom for b in boxes),
    )
