"""Numbers for a table or a heat map, in few bytes."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numbers import Numbers

__all__ = ["encoded"]

# Up to so many numbers are written out, to be read in a table.
_TABLE = 64
# A byte that stands for no number.
_NOT_FINITE = 255


def encoded(numbers: Numbers, cells: int) -> dict[str, Any] | None:
    """`numbers` as JSON takes them; None for a single one, which its text says already.

    A few are written out. More become bytes between the least and the greatest, at most `cells`
    of them, evenly spaced over rows and columns.
    """
    grid = numbers.grid
    if grid.size <= 1:
        return None
    if grid.size <= _TABLE:
        values = [[_rounded(value) for value in row] for row in grid.tolist()]
        return {"whole": numbers.whole, "values": values}
    side = max(2, math.isqrt(cells))
    rows, columns = (min(count, side) for count in grid.shape)
    rows, columns = min(grid.shape[0], cells // columns), min(grid.shape[1], cells // rows)
    whole = numbers.whole and (rows, columns) == grid.shape
    part = grid[np.ix_(*map(_spread, grid.shape, (rows, columns)))].astype(np.float64)
    finite = part[np.isfinite(part)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return {
        "whole": whole,
        "rows": rows,
        "columns": columns,
        "low": _rounded(low),
        "high": _rounded(high),
        "bytes": base64.b64encode(_bytes(part, low, high).tobytes()).decode(),
    }


def _bytes(part: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    # Halved first: the distance between huge numbers may overflow.
    span = high / 2 - low / 2
    finite = np.isfinite(part)
    share = (np.where(finite, part, low) / 2 - low / 2) / (span or 1.0)
    return np.where(finite, np.rint(share * (_NOT_FINITE - 1)), _NOT_FINITE).astype(np.uint8)


def _spread(count: int, kept: int) -> NDArray[np.intp]:
    return np.linspace(0, count - 1, kept).round().astype(np.intp)


def _rounded(value: Any) -> Any:
    """A number as JSON has it: four digits; a word where JSON has no number."""
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return float(f"{value:.4g}") if math.isfinite(value) else str(value)
