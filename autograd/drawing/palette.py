"""Colours and shapes of the kinds of nodes, in light and in dark.

Kinds are told apart by shape as well as by colour, so that a drawing can be printed. The hues are
Okabe and Ito's, which the colour-blind can tell apart.
"""

from __future__ import annotations

__all__ = ["ACCENT", "FAILED", "INK", "KINDS", "LINE", "MODULE", "MUTED", "OP", "PAPER", "themed"]

PAPER, INK, MUTED, LINE = "#ffffff", "#1f2328", "#59636e", "#6e7781"
# Whatever flows backward.
ACCENT = "#a63d00"
_PLAIN, _GREY = "#f6f8fa", "#e7ebef"
_ORANGE, _BLUE, _GREEN, _RED = "#fbe3bd", "#d6ebf8", "#d3f0e4", "#ffd9d6"
_ON_ORANGE, _ON_BLUE, _ON_GREEN, _ON_RED = "#b87f00", "#0072b2", "#008560", "#cf222e"

# What each colour becomes where the reader prefers dark.
_DARK = {
    PAPER: "#0d1117",
    INK: "#e6edf3",
    MUTED: "#9da7b3",
    LINE: "#8b949e",
    ACCENT: "#ff9e64",
    _PLAIN: "#1b222a",
    _GREY: "#2d343c",
    _ORANGE: "#4a3505",
    _BLUE: "#0c3450",
    _GREEN: "#0b4232",
    _RED: "#5c1c1e",
    _ON_ORANGE: "#e69f00",
    _ON_BLUE: "#56b4e9",
    _ON_GREEN: "#2bc79a",
    _ON_RED: "#ff7b72",
}


def _filled(shape: str, fill: str, line: str, style: str = "filled", more: str = "") -> str:
    return f'shape={shape}, style="{style}", fillcolor="{fill}", color="{line}"{more}'


# Attributes of a node, and what the legend calls it.
KINDS = {
    "parameter": (_filled("box", _ORANGE, _ON_ORANGE, more=", penwidth=1.6"), "parameter"),
    "input": (_filled("cds", _BLUE, _ON_BLUE), "input"),
    "one": (_filled("diamond", _GREEN, _ON_GREEN, more=", margin=0"), "constant input 1"),
    "constant": ("shape=plaintext", "constant"),
    "value": (_filled("box", _PLAIN, LINE, "filled,rounded"), "computed value"),
    "result": (_filled("box", _PLAIN, LINE, "filled,rounded", ", peripheries=2"), "result"),
}
OP = _filled("ellipse", _GREY, LINE)
RELEASED = _filled("ellipse", _GREY, LINE, "filled,dashed")
MODULE = _filled("box3d", _GREY, LINE)
FAILED = _filled("octagon", _RED, _ON_RED, more=", penwidth=2.5")
RED = _ON_RED


def themed(svg: str) -> str:
    """`svg` with a stylesheet that exchanges the colours where the reader prefers dark."""
    rules = "".join(
        f'[{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in _DARK.items()
        for attribute in ("fill", "stroke")
    )
    # Graphviz writes the name of the colour instead of #ffffff.
    rules = rules.replace(f'"{PAPER}"', '"white"')
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>\n"
    head, tag, rest = svg.partition('<g id="graph0"')
    return head + style + tag + rest
