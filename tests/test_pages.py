"""The Python blocks of README and of the pages in docs run, in order, and print what is shown."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
QUOTE = re.compile(r'^```python title="(.+?)"\n(.*?)^```$', re.DOTALL | re.MULTILINE)
QUOTES = [
    (page, path, text) for page in PAGES for path, text in QUOTE.findall(page.read_text("utf-8"))
]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_python_block_runs_and_prints_what_is_shown(page: Path) -> None:
    text = page.read_text("utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count("```python\n")
    namespace: dict[str, object] = {}
    for number, (program, expected) in enumerate(blocks):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, f"{named(page)}, block {number}", "exec"), namespace)
        assert printed.getvalue() == expected, f"block {number}:\n{program}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_link_is_cut_by_an_empty_line(page: Path) -> None:
    # Markdown ends a paragraph there, and prints the brackets.
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    cut = re.findall(r"\[[^\]\[`]*\n\s*\n[^\]\[`]*\]\([^)]*\)", text)
    assert cut == []


@pytest.mark.parametrize(("page", "path", "text"), QUOTES)
def test_quoted_lines_stand_in_the_source_in_that_order(page: Path, path: str, text: str) -> None:
    source = (ROOT / path).read_text("utf-8")
    for part in text.split("...\n"):
        _, found, source = source.partition(part)
        assert found, f"{named(page)} quotes lines that {path} does not have:\n{part}"
