"""A picture made of circles at given places: what the styles of neurons and layers draw on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .markup import FONT, label
from .palette import CIRCLES, INK, LINE, PAPER

__all__ = ["Sheet", "elided"]

_HEADER = f"""\
digraph "Computational graph" {{
  graph [layout=neato, splines=line, outputorder=edgesfirst, bgcolor="{PAPER}", {FONT}, pad=0.2]
  node [shape=circle, fixedsize=true, width=0.5, {FONT}, fontsize=10, fontcolor="{INK}"]
  edge [arrowsize=0.5, color="{LINE}", {FONT}, fontsize=9]
"""


class Sheet:
    """Lines of DOT text for nodes at fixed places, in inches, y upwards; and for edges."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._count = 0

    def circle(
        self, x: float, y: float, kind: str = "value", lines: Sequence[str] = (), width: float = 0.5
    ) -> str:
        """A circle of this kind (a key of `CIRCLES`); returns its id."""
        look = f"{label(lines)}, {CIRCLES[kind]}" + (f", width={width:g}" if width != 0.5 else "")
        return self._node("n", x, y, look)

    def text(
        self, x: float, y: float, lines: Sequence[str], colour: str = INK, size: int = 10
    ) -> str:
        """Text centred at a place, on the colour of the paper; returns its id."""
        # As wide as the letters may become in any font, so that the frame of the picture holds it.
        width = max(0.3, max(map(len, lines)) * size * 0.62 / 72 + 0.05)
        height = (len(lines) * size * 1.3 + 4) / 72
        look = (
            f"{label(lines)}, shape=plaintext, margin=0, width={width:.3f}, height={height:.3f}, "
            f'fontcolor="{colour}", fontsize={size}'
        )
        return self._node("t", x, y, look)

    def number(self, x: float, y: float, text: str) -> None:
        """A number on an edge: on a patch of paper, so that the line does not run through it."""
        width = (len(text) * 9 * 0.62 + 4) / 72
        look = (
            f'{label([text])}, shape=box, margin=0, style=filled, color="{PAPER}", '
            f'fillcolor="{PAPER}", '
            f"width={width:.3f}, height=0.17, fontsize=9"
        )
        self._node("t", x, y, look)

    def corner(self, x: float, y: float) -> str:
        """A point at which a line bends."""
        return self._node("c", x, y, f'label="", shape=point, width=0.01, color="{LINE}"')

    def edge(self, source: str, target: str, look: str = "") -> None:
        """An arrow."""
        self._lines.append(f"  {source} -> {target}" + (f" [{look}]" if look else ""))

    def dot(self, below: Iterable[str] = ()) -> str:
        """The picture in the DOT language, with attributes of the graph such as its legend."""
        return _HEADER + "\n".join([*self._lines, *below]) + "\n}\n"

    def _node(self, prefix: str, x: float, y: float, look: str) -> str:
        name = f"{prefix}{self._count}"
        self._count += 1
        # Adding zero turns −0 into 0.
        place = f"{round(x, 3) + 0:g},{round(y, 3) + 0:g}!"
        self._lines.append(f'  {name} [pos="{place}", {look}]')
        return name


def elided(count: int, most: int) -> list[int | None]:
    """Which of `count` things are shown: all, or the first and last ones around a None."""
    if count <= most:
        return list(range(count))
    head = -(-most // 2)
    return [*range(head), None, *range(count - (most - head), count)]
