"""docs/troubleshooting.md explains every error message of the packages, and no others."""

from __future__ import annotations

import re

from .messages import ROOT, messages

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
