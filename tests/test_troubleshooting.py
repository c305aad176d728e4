"""docs/troubleshooting.md explains every error message of the packages, and no others."""

from __future__ import annotations

import re

import pytest

from .messages import ROOT, messages, messages_in

PAGE = ROOT / "docs" / "troubleshooting.md"
# A row of a table: the message in backquotes, then what it means and what to do.
ROW = re.compile(r"^\| (`+)(.+?)\1 \| *(.+?) *\|$", re.MULTILINE)


def explained() -> dict[str, str]:
    """The advice of the page, by message."""
    rows = ROW.findall(PAGE.read_text("utf-8"))
    return {text.strip().replace(r"\|", "|"): advice for _, text, advice in rows}


def test_every_message_is_explained() -> None:
    known = explained()
    assert [f"{m.place}: {m.text}" for m in messages() if m.text not in known] == []


def test_every_explained_message_is_raised() -> None:
    raised = {m.text for m in messages()}
    assert [text for text in explained() if text not in raised] == []


def test_advice_is_more_than_a_word() -> None:
    assert [text for text, advice in explained().items() if len(advice.split()) < 4] == []


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("raise ValueError('plain')", "plain"),
        ("raise ValueError(f'got {a}{b}; write {c!r}')", "got …; write …"),
        ("raise ValueError('at ' + ', '.join(names) + '\\n  end')", "at … end"),
        ("raise damaged(path, 'cut off') from error", "cut off"),
        ("warnings.warn(f'not {done}', RuntimeWarning)", "not …"),
    ],
)
def test_what_counts_as_a_message(program: str, text: str) -> None:
    assert [m.text for m in messages_in(program, "file.py")] == [text]


@pytest.mark.parametrize("program", ["raise error", "raise Stop", "raise Usage(str(e))", "f('x')"])
def test_what_counts_as_none(program: str) -> None:
    assert list(messages_in(program, "file.py")) == []
