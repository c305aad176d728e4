"""`play(x)`: the computation as a page on which it happens, step by step, forward and backward.

The page is put together of the files beside this one, as they are. Boxes and arrows are laid out in
the browser, since modules open and close there, by dagre (MIT), which comes along in the page:
layers, few crossings, boxes inside boxes; doing that well takes more code than the player itself.
"""

from __future__ import annotations

import html
import json
import os
import string
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...source import caller
from ...tensor import Tensor
from ..drawn import graph_of
from ..graph import Graph
from .content import content

__all__ = ["Player", "play"]

# More nodes than this take a browser more than some seconds to lay out.
_LIMIT = 1000
# The layout puts a point on an arrow at each layer that it passes. A value that is used at many
# depths has many long arrows: their length all together bounds the time, not their number.
_LENGTH = 20_000


@dataclass(frozen=True)
class Player:
    """A page that plays a computation; what `play` returns. Holds copies, keeps no tensor alive.

    In a notebook it shows itself in the cell.

    Attributes:
        graph: what is played.
        title: of the page.
    """

    graph: Graph
    title: str

    @property
    def html(self) -> str:
        """The page: one file that needs no network, and no other file."""
        return _page(self.title, content(self.graph))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to `path` (.html or .htm) and return it.

        Raises: ValueError for another ending.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(
                f"a player is saved as .html, got {target.name!r}; draw(...).save writes pictures"
            )
        target.write_text(self.html, encoding="utf-8", newline="\n")
        return target

    def __repr__(self) -> str:
        return f"Player({self.title!r}, {self.graph!r}): save('player.html') writes the page"

    def _repr_html_(self) -> str:
        page = html.escape(self.html, quote=True)
        return (
            f'<iframe srcdoc="{page}" title="{html.escape(self.title, quote=True)}" width="100%" '
            'height="560" style="border: 1px solid #8888; border-radius: 8px"></iframe>'
        )


def play(subject: Any, *inputs: Any, grads: bool | None = None, title: str | None = None) -> Player:
    """The computation as a page on which it happens: values flow forward, derivatives flow back.

    Args:
        subject, inputs, grads: as `draw` takes them: tensors; a module or function, with what it
            is called with; an error that was raised; and whether derivatives are shown.
        title: of the page; otherwise it says what is computed.

    Returns: a `Player`: `.save("player.html")` writes the page, a notebook shows it in the cell.

    The page is one file that loads nothing. Its steps are first forward, where each value appears
    with its formula, v = a + u = 5 + 6 = 11; then backward, where each edge shows the incoming
    gradient times the local derivative, dJ/du = dJ/dv · dv/du = 3 · 1 = 3, and sums where branches
    meet. A click on a node shows its numbers and the rule of its op; modules open and close.

    Changes no `.grad`, keeps the graph, runs no hook.

    Raises: as `draw`; ValueError for more than 1,000 nodes, or arrows that pass more than 20,000
    layers all together.

    >>> from autograd import Tensor, play
    >>> a, b, c = (Tensor(x, requires_grad=True) for x in (5.0, 3.0, 2.0))
    >>> u = b * c
    >>> v = a + u
    >>> J = 3 * v
    >>> play(J)
    Player('J, step by step', Graph(7 values, 3 ops)): save('player.html') writes the page
    """
    graph = graph_of(subject, inputs, grads, caller(), fold=False)
    if len(graph) > _LIMIT:
        raise ValueError(
            f"play expects a graph of at most {_LIMIT:,} nodes, got {len(graph):,}: nobody could "
            "follow it step by step. Play a smaller example of the same computation, or use "
            "draw(), which rolls equal blocks into one"
        )
    length = _length(graph)
    if length > _LENGTH:
        raise ValueError(
            f"play expects arrows that pass at most {_LENGTH:,} layers all together, got "
            f"{length:,}: a value that is used at many depths takes a browser too long to lay out. "
            "Play fewer steps of the same computation, or use draw()"
        )
    return Player(graph, title or f"{_called(subject, graph)}, step by step")


def _length(graph: Graph) -> int:
    """How many layers the arrows pass all together, each node as far left as its inputs allow."""
    into: dict[str, list[str]] = {}
    for edge in graph.edges:
        into.setdefault(edge.target, []).append(edge.source)
    depth = {value.id: 0 for value in graph.values}
    made = {edge.source: edge.target for edge in graph.edges if edge.argument is None}
    # Ops come in the order in which they were computed: inputs are known before.
    for op in graph.ops:
        depth[op.id] = 1 + max((depth[source] for source in into.get(op.id, ())), default=0)
        if op.id in made:
            depth[made[op.id]] = depth[op.id]
    return sum(depth[edge.target] - depth[edge.source] for edge in graph.edges)


def _called(subject: Any, graph: Graph) -> str:
    """What is played: the name of a function, the class of a module or error, or the results."""
    if not isinstance(subject, (Tensor, list, tuple)):
        return str(getattr(subject, "__name__", type(subject).__name__))
    names = {value.id: value.name for value in graph.values}
    results = [name for root in graph.roots if (name := names[root]) is not None]
    return ", ".join(results) or graph.differentiated or "Computation"


def _page(title: str, shown: dict[str, Any]) -> str:
    """The page out of its parts, which lie beside this file."""
    here = files(__package__)

    def part(name: str) -> str:
        return (here / name).read_text(encoding="utf-8").strip()

    # The end tag of a script ends it even inside a string; so would a comment hide what follows.
    data = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    data = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return string.Template(part("player.html")).substitute(
        title=html.escape(title),
        style=part("player.css"),
        graph=data,
        dagre=f"/*!\n{part('dagre.LICENSE')}\n*/\n{part('dagre.min.js')}",
        script="\n".join(part(name) for name in ("picture.js", "details.js", "player.js")),
    )
