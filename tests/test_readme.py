"""The README's Python blocks run, in order, and print what the text blocks show."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def test_every_python_block_runs_and_prints_what_is_shown():
    blocks = BLOCK.findall(README.read_text())
    assert len(blocks) == README.read_text().count("```python")
    namespace: dict[str, object] = {}
    for number, (program, expected) in enumerate(blocks):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, f"README block {number}", "exec"), namespace)
        assert printed.getvalue() == expected, f"block {number}:\n{program}"


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README.read_text()))
def test_links_lead_somewhere(path):
    assert (README.parent / path).exists()
