"""`docs/deck.md`: each part has code, a notebook cell that asserts, a test; errata are proved."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

import nn

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "deck.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "](../" in line]
CODE = re.compile(r"\]\(\.\./((?:autograd|nn|optim)/[^)]+)\)")
CELL = re.compile(r"\]\(\.\./(notebooks/[^)]+)\) `([^`]+)`")
TEST = re.compile(r"\]\(\.\./(tests/[^)]+)\) `(test_\w+)`")
ERRATUM = re.compile(r"^### (.+?)\n(.*?)(?=^### |\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def part(row: str) -> str:
    return row.split("|")[1].strip()


def source(path: str, cell: str) -> str:
    cells = json.loads((ROOT / path).read_text("utf-8"))["cells"]
    (found,) = ["".join(c["source"]) for c in cells if c["id"] == cell]
    return found


def test_there_is_a_table_for_each_section_of_the_lecture():
    assert len(ROWS) > 35
    assert re.findall(r"^## ([ABC])\.", PAGE, re.MULTILINE) == ["A", "B", "C"]


@pytest.mark.parametrize("row", ROWS, ids=part)
def test_each_part_has_code_a_cell_that_asserts_and_a_test(row):
    code, cells, tests = CODE.findall(row), CELL.findall(row), TEST.findall(row)
    assert code
    assert all((ROOT / path).exists() for path in code)
    assert any("assert " in source(*cell) for cell in cells)
    assert tests
    for path, name in tests:
        assert f"def {name}(" in (ROOT / path).read_text("utf-8")


def test_every_erratum_is_proved_by_a_gradient_check():
    page = PAGE.partition("## Errata")[2]
    errata = [(title, text) for title, text in ERRATUM.findall(page) if title != "In words"]
    assert len(errata) == 7
    assert all("pass" in text for _, text in errata)
    unproved = [title for title, text in errata if "as printed: fail" not in text]
    assert unproved == ["The backward output of dropout comes from dJ/dy"]
    namespace: dict[str, object] = {}
    for program, expected in BLOCK.findall(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "docs/deck.md", "exec"), namespace)
        assert printed.getvalue() == expected, program


def test_the_parts_with_a_star_are_those_with_an_erratum():
    starred = [part(row).removesuffix(" *") for row in ROWS if part(row).endswith("*")]
    assert starred == [
        *("softmax layer", "mini-batch", "MNIST", "sigmoid", "L1 loss"),
        *("batch normalization", "dropout"),
    ]


def test_each_printed_line_of_the_derivative_of_softmax_is_right():
    # Slide 14: the errata once said that its lines do not lead from one to the other.
    y = np.array([1.0, -2.0, 0.5, 3.0])
    e, S, same = np.exp(y), np.exp(y).sum(), np.eye(4)
    expected = np.array(nn.functional.softmax(y))[:, None] * (same - nn.functional.softmax(y))
    quotient = (same * e[:, None] * S - np.outer(e, e)) / S**2
    factors = e[:, None] / S * (same * S - e) / S
    np.testing.assert_allclose(quotient, expected, rtol=1e-12)
    np.testing.assert_allclose(factors, expected, rtol=1e-12)
    assert "middle lines" not in PAGE


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_folds_double_with_each_layer(layers):
    # Two ReLUs fold the unit interval; each further layer folds the folded.
    fold, both = np.array([[2.0, -4.0]]), np.array([[1.0], [1.0]])
    state = {"0.weight": both, f"{2 * layers}.weight": fold, f"{2 * layers}.bias": np.zeros(1)}
    blocks = []
    for i in range(layers):
        blocks += [nn.Linear(2 if i else 1, 2, dtype=float), nn.ReLU()]
        state |= {f"{2 * i}.bias": np.array([0.0, -0.5])} | (
            {f"{2 * i}.weight": both @ fold} if i else {}
        )
    net = nn.Sequential(*blocks, nn.Linear(2, 1, dtype=float))
    net.load_state_dict(state)
    heights = net(np.linspace(0, 1, 2**layers + 1)[:, np.newaxis]).data[:, 0]
    assert heights.tolist() == [0.0, 1.0] * 2 ** (layers - 1) + [0.0]
