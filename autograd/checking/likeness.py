"""Whether two arrays are the same, to the last bit or up to rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

__all__ = ["alike", "same", "unchanged"]


def unchanged(x: Any, value: Any) -> bool:
    """Whether two arrays of one dtype are the same, bit for bit."""
    return bool(x.tobytes() == value.tobytes())


def same(a: Sequence[ndarray | None], b: Sequence[ndarray | None], rtol: float = 1e-12) -> bool:
    """Whether two lists of gradients are the same up to rounding."""
    for x, y in zip(a, b, strict=True):
        if x is None or y is None:
            if x is not y:
                return False
        elif not alike(x, y, rtol):
            return False
    return True


def alike(x: ndarray, y: ndarray, rtol: float, terms: Any = 0.0) -> bool:
    """Whether two arrays are the same up to rounding of their largest element, or of `terms`."""
    if unchanged(x, y):
        return True
    scale = np.fmax(np.max(np.abs(y), initial=0.0, where=np.isfinite(y)), terms)
    return bool(np.allclose(x, y, rtol, rtol * scale, equal_nan=True))
