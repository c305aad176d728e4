"""An array in a few characters: the numbers themselves, or what they look like from afar."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WRITTEN_OUT", "Numbers", "numbers", "short"]

# Arrays of up to this many elements are written out, larger ones as min, mean, max and histogram.
WRITTEN_OUT = 6
# Sides of the part that is kept of a larger array, for a table or a heat map.
_SIDE = 32
_BARS = "▁▂▃▄▅▆▇█"
_BINS, _SAMPLE = 8, 1_000_000
# Numbers that differ by less than this part of the largest look the same.
_FLAT = 1e-12


@dataclass(frozen=True)
class Numbers:
    """What a drawing says about an array. A copy: it keeps no array alive.

    Attributes:
        shape, dtype: of the array.
        text: its elements if they are few, otherwise their minimum, mean and maximum.
        histogram: how the finite elements lie between their extremes, eight bars of text; empty
            where all elements are written out or are the same.
        grid: the elements as a table of at most 32 x 32, all axes but the last in its rows; evenly
            spaced rows and columns of a larger array.
        whole: whether the table holds every element.
    """

    shape: tuple[int, ...]
    dtype: str
    text: str
    histogram: str
    grid: NDArray[Any] = field(compare=False, repr=False)
    whole: bool

    def __str__(self) -> str:
        return f"{self.text} {self.histogram}".rstrip()

    def item(self) -> float:
        """The only element. Raises ValueError when there are several."""
        return float(self.grid.item())


def numbers(value: Any) -> Numbers:
    """Describe an array or a number."""
    array = np.asarray(value)
    few = array.size <= WRITTEN_OUT
    grid, whole = _table(array)
    return Numbers(
        array.shape,
        str(array.dtype),
        _written_out(array) if few else _extremes(array),
        "" if few else _histogram(array),
        grid,
        whole,
    )


def short(value: Any) -> str:
    """A parameter or constant in at most 40 characters."""
    text = _index(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _index(value: Any) -> str:
    """As it is written between brackets: slices with colons, arrays by their shape."""
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        start, stop, step = ("" if end is None else str(end) for end in ends)
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
    if isinstance(value, tuple) and any(isinstance(v, (slice, np.ndarray)) for v in value):
        return ", ".join(map(_index, value))
    return "..." if value is Ellipsis else repr(value)


def _written_out(array: NDArray[Any]) -> str:
    return np.array2string(
        array, separator=", ", formatter={"float_kind": _number, "int_kind": str, "bool": str}
    )


def _number(value: Any) -> str:
    return f"{value:.5g}"


def _extremes(array: NDArray[Any]) -> str:
    with np.errstate(all="ignore"):
        low, mean, high = np.min(array), np.mean(array, dtype=np.float64), np.max(array)
    return f"min {_number(float(low))}, mean {_number(mean)}, max {_number(float(high))}"


def _histogram(array: NDArray[Any]) -> str:
    # Of a huge array an evenly spaced part is enough for eight bars.
    part = array.flat[:: array.size // _SAMPLE + 1].astype(np.float64)
    values = part[np.isfinite(part)]
    if not values.size or not values.any():
        return ""
    # Scaled first: the distance between the extremes of huge numbers may overflow.
    scaled = values / np.abs(values).max()
    if np.ptp(scaled) < _FLAT:
        return ""
    counts, _ = np.histogram(scaled, bins=_BINS)
    heights = np.ceil(counts / counts.max() * (len(_BARS) - 1)).astype(int)
    return "".join(_BARS[height] for height in heights)


def _table(array: NDArray[Any]) -> tuple[NDArray[Any], bool]:
    if not array.size:
        return np.zeros((0, 0), array.dtype), True
    columns = array.shape[-1] if array.ndim else 1
    rows = math.prod(array.shape[:-1])
    # Chosen before anything is copied: a view of any layout gives up only what is kept.
    row, column = _spread(rows), _spread(columns)
    where = np.unravel_index(row, array.shape[:-1]) if array.ndim > 1 else ()
    if array.ndim > 1:
        kept = array[(*(i[:, None] for i in where), column[None, :])]
    else:
        kept = array.reshape(1, columns)[:, column]
    return np.array(kept), len(row) == rows and len(column) == columns


def _spread(count: int) -> NDArray[np.intp]:
    """Positions of at most `_SIDE` of `count` things, evenly spaced from first to last."""
    return np.unique(np.linspace(0, count - 1, min(count, _SIDE)).round().astype(np.intp))
