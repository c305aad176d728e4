"""Rows of a table, chosen by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import primitive
from autograd.ops.indexing import scatter_add
from autograd.registry import unwrap

__all__ = ["embedding"]


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of `weight` whose numbers stand in `input`: see `nn.Embedding`.

    Args:
        input: integers of any shape, each from 0 to V-1.
        weight: the table, shape (V, D).
        padding_idx: the row that does not learn: no gradient reaches it.

    Returns: shape (*input.shape, D).

    Raises:
        IndexError: a number that is no row of the table.
        TypeError: numbers that are not integers. ValueError: a table that is not 2-d.
    """
    rows = np.asarray(unwrap(input))
    if np.ndim(weight) != 2:
        raise ValueError(f"embedding expects a weight of shape (V, D), got {np.shape(weight)}")
    if rows.dtype.kind not in "iu":
        raise TypeError(
            f"embedding expects integers as row numbers, got dtype {rows.dtype}; "
            "write input.astype(int)"
        )
    count = weight.shape[0]
    if rows.size and not 0 <= rows.min() <= rows.max() < count:
        wrong = rows[(rows < 0) | (rows >= count)].flat[0]
        raise IndexError(f"row {wrong} of an embedding of {count} rows: expected 0 to {count - 1}")
    return _rows(weight, rows=rows, padding_idx=row_number(padding_idx, count))


def row_number(padding_idx: int | None, count: int) -> int | None:
    """`padding_idx` counted from the front; ValueError if the table has no such row."""
    if padding_idx is None:
        return None
    if not -count <= padding_idx < count:
        raise ValueError(
            f"embedding expects a padding_idx from {-count} to {count - 1}, got {padding_idx}"
        )
    return padding_idx % count


def _padded(g: Any, rows: Any, padding_idx: int | None) -> Any:
    return g if padding_idx is None else g * (rows != padding_idx)[..., np.newaxis]


_rows = primitive(
    lambda weight, *, rows, padding_idx=None: weight[rows],
    lambda g, out, weight, *, rows, padding_idx=None: scatter_add(
        _padded(g, rows, padding_idx), index=rows, shape=weight.shape
    ),
    name="embedding",
)
