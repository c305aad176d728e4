"""Words in the DOT language: quoted strings, HTML-like labels, the legend."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Sequence

from .palette import LEGEND, MUTED

__all__ = ["FONT", "coloured", "label", "legend_row", "quoted", "small", "written"]

FONT = 'fontname="Helvetica,Arial,sans-serif"'


def quoted(text: str) -> str:
    """`text` as a string of the DOT language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def label(lines: Sequence[str]) -> str:
    """The attribute for a label of these lines of plain text."""
    return written([html.escape(line) for line in lines])


def written(lines: Sequence[str]) -> str:
    """The attribute for a label of lines that are HTML already."""
    return "label=<" + "<BR/>".join(lines).replace("\n", "<BR/>") + ">" if lines else 'label=""'


def small(text: str, colour: str) -> str:
    """`text` in small letters of this colour."""
    return f'<FONT POINT-SIZE="9" COLOR="{colour}">{html.escape(text)}</FONT>'


def coloured(text: str, colour: str) -> str:
    """`text` in this colour."""
    return f'<FONT COLOR="{colour}">{html.escape(text)}</FONT>'


def legend_row(kinds: Collection[str]) -> Iterator[str]:
    """A row below the picture that says what the nodes and lines of these kinds are."""
    entries = [LEGEND[kind] for kind in LEGEND if kind in kinds]
    if entries:
        row = " &#160; ".join(f"{coloured(sign, colour)} {name}" for sign, colour, name in entries)
        yield f'  label=<<BR/><FONT POINT-SIZE="10" COLOR="{MUTED}">{row}</FONT>>; labelloc=b'
