"""Every picture of the lecture: its golden DOT text, and its SVG read back."""

import importlib.util
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from autograd.drawing import Graph, render
from tests.autograd.drawing import svg

_FOLDER = Path(__file__).parents[3] / "docs" / "figures"


def _pictures() -> dict[str, Callable[[], Graph]]:
    spec = importlib.util.spec_from_file_location("make_figures", _FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Callable[[], Graph]] = module.PICTURES
    return found


PICTURES = _pictures()
needs_graphviz = pytest.mark.skipif(
    not render.available(), reason="no Graphviz: neither dot nor pygraphviz"
)


@pytest.mark.parametrize("name", PICTURES)
def test_golden(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.dot", PICTURES[name]().dot)


@needs_graphviz
@pytest.mark.parametrize("name", PICTURES)
def test_every_node_is_drawn_and_nothing_lies_over_anything(name: str) -> None:
    graph = PICTURES[name]()
    picture = svg.read(render.render(graph.dot, "svg").decode())
    declared = set(re.findall(r"^ *(\w+) \[(?:pos|label)=", graph.dot, re.MULTILINE))
    assert set(picture.nodes) == declared
    if graph.style == "graph":
        shown = {node.id for node in (*graph.values, *graph.ops)}
        assert shown <= declared
    for node in picture.nodes.values():
        assert all(picture.page.holds(text, slack=0) for text in node.texts)
        if node.shape is not None and node.texts:
            assert all(node.shape.holds(text, slack=2) for text in node.texts)
    places = [(key, box) for key, node in picture.nodes.items() for box in _places(node)]
    for (first, one), (second, other) in combinations(places, 2):
        assert first == second or not one.overlaps(other), f"{first} lies over {second}"
    for one, other in combinations(picture.labels, 2):
        assert not one.overlaps(other)
    for label in picture.labels:
        for key, box in places:
            assert not label.overlaps(box), f"a label lies over {key}"


def _places(node: svg.Drawn) -> list[svg.Box]:
    return [node.shape] if node.shape is not None else node.texts


@needs_graphviz
@pytest.mark.parametrize("name", ["chain", "mlp", "wrong-shape"])
def test_the_files_in_docs_are_these_pictures(name: str) -> None:
    def words(text: str) -> list[str]:
        return re.findall(r"<text[^>]*>([^<]*)</text>", text)

    kept = (_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert words(kept) == words(render.render(PICTURES[name]().dot, "svg").decode())


@needs_graphviz
def test_dark_colours_replace_all_light_ones() -> None:
    """Each colour that a picture uses has a dark counterpart in its stylesheet."""
    drawn = [render.render(PICTURES[n]().dot, "svg").decode() for n in ("wrong-shape", "chain")]
    drawn += [render.render(PICTURES["softmax-regression"]().dot, "svg").decode()]
    for text in drawn:
        style, _, rest = text.partition("</style>")
        # In a notebook the rules may not reach what stands around the picture.
        assert all(
            rule.startswith(".autograd-graph [") for rule in re.findall(r"[^{}]+(?={\w+:)", style)
        )
        assert '<svg class="autograd-graph"' in text
        used: set[Any] = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+|[a-z]+)"', rest))
        exchanged = set(re.findall(r'fill="([^"]+)"\]', style))
        assert used - {"none", "transparent"} <= exchanged
