"""Sums of floats as products with ones, which BLAS computes sooner than NumPy adds.

For 32 x 128: 0.5 us instead of 1.7; the rows of 32 x 10 one by one: 0.8 us instead of 3.1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["of_columns", "of_rows"]


@lru_cache(maxsize=64)
def _ones(count: int, dtype: Any) -> Any:
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones


def of_rows(x: Any) -> Any:
    """The sum of the rows of `x`, shape (N, C) or (N,): shape (C,) or ()."""
    return _ones(len(x), x.dtype).dot(x)


def of_columns(x: Any) -> Any:
    """The sum of the columns of `x`, shape (N, C): shape (N,)."""
    return x.dot(_ones(x.shape[1], x.dtype))
