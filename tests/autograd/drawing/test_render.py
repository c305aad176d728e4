import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Tensor, draw
from autograd.drawing import Graph, render

HAS_GRAPHVIZ = render.available()
needs_graphviz = pytest.mark.skipif(
    not HAS_GRAPHVIZ, reason="no Graphviz: neither dot nor pygraphviz"
)
needs_wheel = pytest.mark.skipif(
    importlib.util.find_spec("pygraphviz") is None, reason="pygraphviz is not installed"
)


def graph() -> Graph:
    return draw(Tensor(2.0, requires_grad=True, name="σ") * 3)


@pytest.fixture
def no_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def fake_dot(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A `dot` on the PATH, as far as this process can see."""
    import graphviz

    calls = []

    def pipe(self: Any, format: str) -> bytes:
        calls.append((self.source, format))
        return f"<{format}>".encode()

    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/dot")
    monkeypatch.setattr(graphviz.Source, "pipe", pipe)
    return calls


@pytest.mark.parametrize("name", ["g.dot", "g.gv", "G.DOT"])
def test_the_text_needs_no_graphviz(tmp_path: Path, no_graphviz: None, name: str) -> None:
    path = graph().save(tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().decode() == graph().dot


def test_without_graphviz_a_picture_says_how_to_get_one(tmp_path: Path, no_graphviz: None) -> None:
    with pytest.raises(RuntimeError, match=r"pip install 'chalkgrad\[draw\]'"):
        graph().save(tmp_path / "g.svg")
    assert not (tmp_path / "g.svg").exists()
    assert graph()._repr_svg_() is None
    text = graph()._repr_mimebundle_()
    assert dict(text) == {"text/plain": "Graph(3 values, 1 ops): save('graph.dot') writes it"}


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.dot, \.gv, \.svg, \.png or \.pdf, got 'g\.jpeg'"):
        graph().save(str(tmp_path / "g.jpeg"))


def test_dot_on_the_path_is_used(tmp_path: Path, fake_dot: list[Any]) -> None:
    assert graph().save(tmp_path / "g.png").read_bytes() == b"<png>"
    assert graph()._repr_svg_() == "<svg>"
    assert fake_dot == [(graph().dot, "png"), (graph().dot, "svg")]
    bundle = graph()._repr_mimebundle_()
    assert dict(bundle) == {"text/plain": "Graph(3 values, 1 ops)", "image/svg+xml": "<svg>"}
    assert list(graph()._repr_mimebundle_(include=["text/plain"])) == ["text/plain"]
    assert list(graph()._repr_mimebundle_(exclude=["text/plain"])) == ["image/svg+xml"]


def test_a_graph_too_large_to_read_is_not_laid_out_unasked(fake_dot: list[Any]) -> None:
    x = Tensor(1.0, requires_grad=True)
    for _ in range(200):
        x = x * 2
    assert draw(x)._repr_svg_() is None
    assert fake_dot == []


@needs_graphviz
@pytest.mark.parametrize(
    ("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_pictures(tmp_path: Path, kind: str, start: bytes) -> None:
    content = graph().save(tmp_path / f"g.{kind}").read_bytes()
    assert content.startswith(start)
    if kind == "svg":
        assert "σ = 2" in content.decode()


@needs_wheel
def test_the_engine_in_the_wheel_works_with_an_empty_path() -> None:
    program = (
        "from autograd import Tensor, draw\n"
        "print('σ = 2' in draw(Tensor(2.0, requires_grad=True, name='σ') * 3)._repr_svg_())"
    )
    root = str(Path(autograd.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", "-c", program],
        env={"PATH": "", "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"
