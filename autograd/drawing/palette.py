"""Colours and shapes of the kinds of nodes, in light and in dark.

Kinds are told apart by shape as well as by colour, so that a drawing can be printed. The hues are
Okabe and Ito's, which the colour-blind can tell apart.
"""

from __future__ import annotations

__all__ = [
    "ACCENT",
    "CIRCLES",
    "FAILED",
    "INK",
    "KINDS",
    "LEGEND",
    "LINE",
    "MODULE",
    "MUTED",
    "OP",
    "PAPER",
    "RED",
    "RELEASED",
    "themed",
]

PAPER, INK, MUTED, LINE = "#ffffff", "#1f2328", "#59636e", "#6e7781"
# Whatever flows backward.
ACCENT = "#a63d00"
_PLAIN, _GREY = "#f6f8fa", "#e7ebef"
_ORANGE, _BLUE, _GREEN, _RED = "#fbe3bd", "#d6ebf8", "#d3f0e4", "#ffd9d6"
_ON_ORANGE, _ON_BLUE, _ON_GREEN, _ON_RED = "#b87f00", "#0072b2", "#008560", "#cf222e"

_CLASS = "autograd-graph"
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


# Attributes of the node of each kind of value.
KINDS = {
    "parameter": _filled("box", _ORANGE, _ON_ORANGE, more=", penwidth=1.6"),
    "input": _filled("note", _BLUE, _ON_BLUE),
    "one": _filled("diamond", _GREEN, _ON_GREEN, more=', margin="0.02,0.01"'),
    "value": _filled("box", _PLAIN, LINE, "filled,rounded"),
    "result": _filled("box", _PLAIN, LINE, "filled,rounded", ", peripheries=2"),
    "constant": "shape=plaintext",
}
# What the legend says: a sign like the shape, its colour, the name.
LEGEND = {
    "parameter": ("■", _ON_ORANGE, "parameter"),
    "input": ("◨", _ON_BLUE, "input"),
    "target": ("◌", _ON_BLUE, "target"),
    "one": ("◆", _ON_GREEN, "constant input x0 = 1"),
    "value": ("▢", LINE, "computed value"),
    "result": ("▣", LINE, "result"),
    "constant": ("3", INK, "constant"),
    "op": ("○", LINE, "operation"),
    "module": ("▦", LINE, "closed module"),
    "failed": ("✗", _ON_RED, "operation that failed"),
    "gradient": ("⇠", ACCENT, "gradient"),
}
# Neurons: the same colours on circles; what is no plain value has a line of its own besides.
CIRCLES = {
    "input": f'style=filled, fillcolor="{_BLUE}", color="{_ON_BLUE}"',
    "one": f'style=filled, fillcolor="{_GREEN}", color="{_ON_GREEN}", shape=diamond',
    "value": f'style=filled, fillcolor="{_PLAIN}", color="{LINE}"',
    "result": f'style=filled, fillcolor="{_PLAIN}", color="{LINE}", peripheries=2',
    "target": f'style="filled,dashed", fillcolor="{_BLUE}", color="{_ON_BLUE}"',
}
OP = _filled("ellipse", _GREY, LINE)
RELEASED = _filled("ellipse", _GREY, LINE, "filled,dashed")
MODULE = _filled("box3d", _GREY, LINE)
FAILED = _filled("box", _RED, _ON_RED, more=", penwidth=2.5")
RED = _ON_RED


def themed(svg: str) -> str:
    """`svg` with a stylesheet that exchanges the colours where the reader prefers dark."""
    # Only inside this picture: in a notebook the page around has colours of its own.
    rules = "".join(
        f'.{_CLASS} [{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in _DARK.items()
        for attribute in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>\n"
    head, tag, rest = svg.partition('<g id="graph0"')
    return head.replace("<svg ", f'<svg class="{_CLASS}" ', 1) + style + tag + rest
