"""What notebooks show of a tensor and of a module: small HTML, without a script."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tensor import Tensor
from .numbers import Numbers, numbers

__all__ = ["module_html", "tensor_html"]

# Up to so many rows and columns are a table of numbers, more of them a heat map.
_TABLE = 8
_CELL = 8
_FRAME = "border:1px solid #8888;padding:1px 6px;text-align:right"
# From negative over 0 to positive: hues that the colour-blind can tell apart.
_COLOURS = np.array([[0, 114, 178], [255, 255, 255], [213, 94, 0]], dtype=np.float64)


def tensor_html(tensor: Tensor) -> str:
    """A table of the elements, or a heat map where there are many, and what the tensor is."""
    seen = numbers(tensor.data)
    facts = [f"{seen.dtype} {seen.shape}"]
    if tensor.op is not None:
        facts.append(f"from {tensor.op}")
    elif tensor.requires_grad:
        facts.append("requires a gradient")
    name = f"<b>{html.escape(tensor.name)}</b> " if tensor.name else ""
    head = f"{name}<small>{html.escape(', '.join(facts))}</small>"
    return f"<div>{head}{_elements(seen)}</div>"


def module_html(module: Any) -> str:
    """The modules below `module` as a tree that opens and closes, with their parameters."""
    return _tree("", module, ())


def _elements(seen: Numbers) -> str:
    rows, columns = seen.grid.shape
    if not seen.grid.size:
        return "<p>no elements</p>"
    if seen.whole and rows <= _TABLE and columns <= _TABLE:
        body = "".join(
            "<tr>" + "".join(f'<td style="{_FRAME}">{_number(x)}</td>' for x in row) + "</tr>"
            for row in seen.grid
        )
        return f'<table style="border-collapse:collapse">{body}</table>'
    picture = base64.b64encode(_png(_coloured(seen.grid))).decode()
    part = "" if seen.whole else f"<br><small>evenly spaced {rows} × {columns} of them</small>"
    words = html.escape(str(seen))
    return (
        f'<br><img alt="heat map: {words}" src="data:image/png;base64,{picture}" '
        f'width="{columns * _CELL}" height="{rows * _CELL}" style="image-rendering:pixelated">'
        f"<br><small>{words}</small>{part}"
    )


def _number(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, np.floating) else str(value)


def _coloured(grid: NDArray[Any]) -> NDArray[np.uint8]:
    """A colour for each element: blue below 0, white at 0, orange above; grey for NaN."""
    values = grid.astype(np.float64)
    finite = np.isfinite(values)
    largest = np.max(np.abs(values), where=finite, initial=0.0) or 1.0
    scaled = np.clip(np.where(np.isnan(values), 0.0, values) / largest, -1, 1)
    colours = np.stack([np.interp(scaled, (-1, 0, 1), channel) for channel in _COLOURS.T], axis=-1)
    colours[np.isnan(values)] = 128
    return colours.round().astype(np.uint8)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG file of pixels (rows, columns, 3)."""
    rows, columns, _ = pixels.shape
    # Each row begins with the number of its filter: none.
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _tree(name: str, module: Any, around: tuple[int, ...]) -> str:
    label = f"<b>{html.escape(type(module).__name__)}</b>"
    extra = html.escape(module.extra_repr())
    title = (f"{html.escape(name)}: " if name else "") + label + (f"({extra})" if extra else "")
    if id(module) in around:
        return f"<li>{title} <small>contains itself</small></li>"
    own = sum(parameter.size for _, parameter in module.own_parameters())
    title += f" <small>{own:,} parameters</small>" if own else ""
    below = [_tree(path, child, (*around, id(module))) for path, child in module.own_modules()]
    if not below:
        return f"<li>{title}</li>" if around else f"<div>{title}</div>"
    inside = f'<ul style="list-style:none;margin:0">{"".join(below)}</ul>'
    whole = f"<details open><summary>{title}</summary>{inside}</details>"
    return f"<li>{whole}</li>" if around else whole
