"""What `play` returns: the file, its size, its content, and what is refused."""

import base64
import json
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, draw, play, primitive
from autograd.__main__ import main
from autograd.drawing import Player

from .examples import branches, classifier, deck


def shown(player: Player) -> dict[str, Any]:
    """What the page gets to know."""
    found = re.search(r'<script id="graph"[^>]*>(.*?)</script>', player.html, re.DOTALL)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


def says(player: Player) -> list[str]:
    return [step["say"] for step in shown(player)["steps"]]


def node(player: Player, name: str) -> dict[str, Any]:
    return next(node for node in shown(player)["nodes"] if node["name"] == name)


# -- the file -------------------------------------------------------------------------------------


def test_the_page_is_saved_and_shown(tmp_path: Path) -> None:
    player = deck()
    path = player.save(tmp_path / "deck.html")
    assert path.read_text(encoding="utf-8") == player.html == deck().html
    assert repr(player) == (
        "Player('J, step by step', Graph(7 values, 3 ops)): save('player.html') writes the page"
    )
    frame = player._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert frame.count('"') == frame.replace("&quot;", "").count('"') == 10
    with pytest.raises(ValueError, match=r"saved as \.html, got 'deck\.svg'"):
        player.save(tmp_path / "deck.svg")


def test_the_page_in_the_documentation_is_of_this_version() -> None:
    docs = Path(__file__).parents[4] / "docs"
    program = runpy.run_path(str(docs / "figures" / "player.py"))
    page = (docs / "player.html").read_text(encoding="utf-8")
    assert page == program["deck"]().html, "run: python docs/figures/player.py --page"


def test_nothing_outside_the_file_is_named() -> None:
    page = classifier().html
    attributes = re.findall(r'\b(?:src|href|srcset|data|action)="([^"]*)"', page)
    assert attributes == ["data:,"]
    assert "default-src 'none'" in page
    assert not re.search(r"@import|\bimport\(|fetch\(|XMLHttpRequest|WebSocket|sendBeacon", page)


@pytest.mark.slow
def test_two_hundred_nodes_stay_under_300_kilobytes() -> None:
    rng = np.random.default_rng(0)
    width = 32
    layers: list[nn.Module] = []
    for _ in range(25):
        layers += [nn.Linear(width, width, rng=rng), nn.Tanh()]
    model = nn.Sequential(*layers, nn.Linear(width, 10, rng=rng))
    x = rng.standard_normal((width, width)).astype(np.float32)

    def loss(x: Tensor, labels: Tensor) -> Tensor:
        return nn.functional.cross_entropy(model(x), labels)

    player = play(loss, x, np.arange(width) % 10)
    values, ops = len(player.graph.values), len(player.graph.ops)
    assert 150 <= values + ops <= 200
    assert len(player.html.encode()) < 300_000

    chain = Tensor(np.ones((40, 40)), requires_grad=True)
    for _ in range(66):
        chain = np.sin(chain) * 0.9
    assert len(play(chain.sum()).html.encode()) < 300_000


def test_names_and_values_are_escaped() -> None:
    name = """</script><!--"'&\u2028"""
    x = Tensor([1.0, np.nan, np.inf], requires_grad=True, name=name)
    player = play((x * 1.0).sum(), title=name)
    assert player.html.count("</script>") == deck().html.count("</script>")
    assert node(player, name)["value"]["grid"]["values"] == [[1.0, "nan", "inf"]]


def test_the_command_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from autograd import Tensor\n\n\ndef double():\n"
        "    x = Tensor(2.0, requires_grad=True)\n    return x * 2\n"
    )
    target = tmp_path / "graph.html"
    assert main(["draw", f"{program}::double", "-o", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    page = target.read_text(encoding="utf-8")
    assert "<title>double, step by step</title>" in page
    assert "J = x · 2 = 2 · 2 = 4" in page


# -- what is told ---------------------------------------------------------------------------------


def test_the_steps_of_the_decks_example() -> None:
    assert says(deck()) == [
        "Given: a = 5, b = 3, c = 2",
        "u = b · c = 3 · 2 = 6",
        "v = a + u = 5 + 6 = 11",
        "J = 3 · v = 3 · 11 = 33",
        "⟨dJ⁄dJ⟩ = 1",
        "⟨dJ⁄dv⟩ = 3",
        "⟨dJ⁄da⟩ = ⟨dJ⁄dv⟩ · ⟨dv⁄da⟩ = 3 · 1 = 3",
        "⟨dJ⁄du⟩ = ⟨dJ⁄dv⟩ · ⟨dv⁄du⟩ = 3 · 1 = 3",
        "⟨dJ⁄db⟩ = ⟨dJ⁄du⟩ · ⟨du⁄db⟩ = 3 · 2 = 6",
        "⟨dJ⁄dc⟩ = ⟨dJ⁄du⟩ · ⟨du⁄dc⟩ = 3 · 3 = 9",
        "Every value is computed, and every derivative of J: each once.",
    ]


def test_contributions_are_added_when_the_last_has_come() -> None:
    player = branches()
    steps = shown(player)["steps"]
    kinds = [step["kind"] for step in steps]
    assert kinds == [
        *["inputs", "forward", "forward", "forward"],
        *["seed", "share", "share", "share", "share", "share", "sum", "end"],
    ]
    complete = [step.get("gradients") for step in steps if step["kind"] in ("share", "sum")]
    assert [node(player, "x")["id"] in ids for ids in complete].count(True) == 1
    assert complete[-1] == [node(player, "x")["id"]]


def test_sums_of_arrays_of_many_and_of_several_results() -> None:
    x = Tensor(np.ones((3, 3)), requires_grad=True)
    assert "⟨dJ⁄dx⟩ is the sum of its 2 contributions, of shape (3, 3)" in says(play((x * x).sum()))
    y = Tensor(1.0, requires_grad=True)
    J = sum([y * float(i) for i in range(9)], Tensor(0.0))
    assert "⟨dJ⁄dy⟩ is the sum of its 9 contributions = 36" in says(play(J))


def test_of_several_results_each_begins_with_a_one() -> None:
    x = Tensor(3.0, requires_grad=True)
    y = x * 2
    z = y * 5
    assert says(play([y, z]))[3:] == [
        "⟨dJ⁄dy⟩ gets 1",
        "⟨dJ⁄dz⟩ = 1",
        "⟨dJ⁄dy⟩ gets ⟨dJ⁄dz⟩ · ⟨∂z⁄∂y⟩ = 1 · 5 = 5",
        "⟨dJ⁄dy⟩ = 1 + 5 = 6",
        "⟨dJ⁄dx⟩ = ⟨dJ⁄dy⟩ · ⟨dy⁄dx⟩ = 6 · 2 = 12",
        "Every value is computed, and every derivative of J: each once.",
    ]


def test_what_is_not_computed_is_not_zero() -> None:
    def rule(g: Any, out: Any, x: Any) -> Any:
        raise ZeroDivisionError("oh")

    x = Tensor(3.0, requires_grad=True)
    y = primitive(lambda x: x + 0.0, rule, name="broken")(x)
    J = y * 2
    player = play(J)
    assert "gradient" not in node(player, "x")
    assert node(player, "x")["missing"] == "not computed: oh"
    assert says(player)[-2].startswith("⟨dJ⁄dy⟩ = ")


def test_arrays_are_told_by_their_rules_and_shapes() -> None:
    W = Tensor(np.ones((3, 2)), requires_grad=True)
    x = Tensor([1.0, 2.0])
    y = W @ x
    J = np.exp(y).sum()
    told = says(play(J))
    assert "y = W @ x = [3, 3, 3]" in told
    assert "⟨dJ⁄dy⟩ = ⟨dJ⁄dt1⟩ · t1 = [20.086, 20.086, 20.086]" in told
    assert "⟨dJ⁄dW⟩ = ⟨dJ⁄dy⟩ @ xᵀ = [[20.086, 40.171], [20.086, 40.171], [20.086, 40.171]]" in told


def test_without_gradients_there_is_only_forward() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    told = shown(play(y))
    assert [step["kind"] for step in told["steps"]] == ["inputs", "forward", "end"]
    assert told["steps"][-1]["say"] == "Every value is computed."
    assert not any("gradient" in node for node in told["nodes"])
    assert [step["kind"] for step in shown(play(y.sum(), grads=False))["steps"]][-1] == "end"


def test_an_op_with_several_results_is_a_node_of_its_own() -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    first, rest = np.split(x, [1])
    J = (first * rest).sum()
    player = play(J)
    assert any(step.startswith("first, rest = split(x") for step in says(player))
    split = node(player, "split")
    assert split["kind"] == "several"
    ends = {(edge["from"], edge["to"]) for edge in shown(player)["edges"]}
    x_id, first_id = node(player, "x")["id"], node(player, "first")["id"]
    assert {(x_id, split["id"]), (split["id"], first_id)} <= ends


def test_a_plain_number_stands_in_the_formula_and_an_array_is_a_node() -> None:
    x = Tensor(2.0, requires_grad=True)
    J = (x * -3.0 + np.ones(2)).sum()
    names = {node["name"]: node["kind"] for node in shown(play(J))["nodes"]}
    assert names == {
        "x": "parameter",
        "t1": "value",
        "x1": "constant",
        "t2": "value",
        "J": "result",
    }
    assert "t1 = x · (-3) = 2 · (-3) = -6" in says(play(J))


def test_modules_and_names_inside_them() -> None:
    player = classifier()
    assert [(g["name"], g["label"]) for g in shown(player)["groups"]] == [
        ("Classifier", "Classifier"),
        ("body", "Sequential"),
        ("0", "Linear"),
        ("1", "ReLU"),
        ("2", "Linear"),
        ("loss", "CrossEntropyLoss"),
    ]
    assert node(player, "body.0.weight")["short"] == "weight"
    assert node(player, "t1")["label"] == "t1 = x @ weightᵀ + bias"
    assert node(player, "t1")["formula"] == "x @ body.0.weightᵀ + body.0.bias"


def test_a_computation_that_failed_is_played_up_to_there() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="mismatch") as caught:
        (x * 2) @ np.ones((4, 5))
    player = play(caught.value)
    assert player.title == "ValueError, step by step"
    told = shown(player)["steps"]
    assert [step["kind"] for step in told] == ["inputs", "forward", "forward"]
    assert re.match(r"t1 @ x1 fails: ValueError: .*mismatch", told[-1]["say"])
    failed = next(node for node in shown(player)["nodes"] if node["kind"] == "failed")
    assert failed["label"] == "t1 @ x1"


def test_titles() -> None:
    def halve(x: Tensor) -> Tensor:
        return x / 2

    assert play(halve, 3.0).title == "halve, step by step"
    assert play(nn.ReLU(), np.ones(2)).title == "ReLU, step by step"
    assert play(Tensor(1.0, requires_grad=True) * 2).title == "J, step by step"
    assert play(Tensor([True])).title == "Computation, step by step"


def test_every_node_has_the_rules_of_its_op() -> None:
    rules = node(classifier(), "t1")["rules"]
    assert [(rule["of"], rule["is"]) for rule in rules] == [
        ("⟨dJ⁄dx⟩", "⟨dJ⁄dt1⟩ @ body.0.weight"),
        ("⟨dJ⁄dbody.0.weight⟩", "⟨dJ⁄dt1⟩ᵀ @ x"),
        ("⟨dJ⁄dbody.0.bias⟩", "the rows of ⟨dJ⁄dt1⟩ added up"),
    ]
    assert "dJ/dX = G W" in rules[0]["source"]


def test_an_array_is_a_heat_map_or_a_table() -> None:
    small = Tensor(np.arange(6.0).reshape(2, 3), name="small")
    large = Tensor(np.arange(-50.0, 50.0).reshape(10, 10), name="large")
    huge = Tensor(np.ones((2, 3)) * 1e308, name="huge")
    player = play([small, large, huge])
    grid = node(player, "small")["value"]["grid"]
    assert grid == {"whole": True, "values": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]}
    grid = node(player, "large")["value"]["grid"]
    assert (grid["rows"], grid["columns"], grid["low"], grid["high"]) == (10, 10, -50.0, 49.0)
    cells = np.frombuffer(base64.b64decode(grid["bytes"]), np.uint8)
    back = grid["low"] + cells / 254 * (grid["high"] - grid["low"])
    assert np.abs(back - large.data.ravel()).max() <= 99 / 254 / 2 + 1e-9
    assert node(player, "huge")["value"]["grid"]["values"] == [[1e308] * 3] * 2


def test_numbers_that_are_not_finite_have_a_byte_of_their_own() -> None:
    values = np.linspace(-1.0, 1.0, 100).reshape(10, 10) * 1.7e308
    values[0, 3] = np.nan
    grid = node(play(Tensor(values, name="x")), "x")["value"]["grid"]
    cells = np.frombuffer(base64.b64decode(grid["bytes"]), np.uint8)
    assert list(np.flatnonzero(cells == 255)) == [3]
    assert (cells[0], cells[-1]) == (0, 254)


# -- it only looks, and what it refuses -----------------------------------------------------------


def test_nothing_is_changed() -> None:
    x = Tensor(2.0, requires_grad=True)
    J = x * x
    play(J)
    assert x.grad is None
    J.backward()
    assert x.grad is not None


def test_what_can_be_played() -> None:
    with pytest.raises(TypeError, match="expects a tensor or several, a module, a function"):
        play(3.0)
    x = y = Tensor(2.0, requires_grad=True)
    for _ in range(1000):
        y = y + 1.0
    with pytest.raises(ValueError, match=r"at most 1,000 nodes, got 3,001.*draw\(\)"):
        play(y)
    assert draw(y)
    z = x * 2
    z.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        play(z)
