"""docs/troubleshooting.md explains every error message of the packages, and no others."""

from __future__ import annotations

import re

import pytest

from .messages import ROOT, Message, messages, messages_in

PAGE = ROOT / "docs" / "troubleshooting.md"
# A row of a table: the message in backquotes, then what it means and what to do.
ROW = re.compile(r"^\| (`+)(.+?)\1 \| *(.+?) *\|$", re.MULTILINE)


@pytest.fixture(scope="module")
def raised() -> list[Message]:
    return list(messages())


def explained() -> dict[str, str]:
    """The advice of the page, by message."""
    return explained_in(PAGE.read_text("utf-8"))


def explained_in(page: str) -> dict[str, str]:
    rows = ROW.findall(page)
    return {text.strip().replace(r"\|", "|"): advice for _, text, advice in rows}


def row(text: str) -> str:
    """The row of a message, but for the advice."""
    text = text.replace("|", r"\|")
    quotes = "``" if "`" in text else "`"
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"| {quotes}{room}{text}{room}{quotes} | ADVICE |"


def test_every_message_is_explained(raised: list[Message]) -> None:
    known = explained()
    missing = [m for m in raised if m.text not in known]
    rows = "\n".join(f"{row(m.text)}    <- {m.place}" for m in missing)
    if missing:
        pytest.fail(f"docs/troubleshooting.md lacks {len(missing)} rows; to be pasted:\n{rows}")


@pytest.mark.parametrize("text", ["plain", "one | two", "see `x`", "`x` first", "x is …: `y`"])
def test_a_row_that_is_pasted_explains_its_message(text: str) -> None:
    assert explained_in(row(text).replace("ADVICE", "Do it.")) == {text: "Do it."}


def test_every_explained_message_is_raised(raised: list[Message]) -> None:
    texts = {m.text for m in raised}
    assert texts
    assert [text for text in explained() if text not in texts] == []


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
