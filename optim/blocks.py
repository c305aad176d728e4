"""Elementwise work on large arrays, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["blocks"]

# Elements: intermediate results of this size stay in the processor's cache. An Adam step of two
# weights of 1024 x 1024 in float32 takes 2.8 ms, against 3.0 ms in one piece, and 0.5 MB of memory
# for them, against 8 MB.
_SIZE = 64 * 1024


def blocks(*arrays: Any) -> Iterator[tuple[Any, ...]]:
    """Corresponding pieces of `arrays` of one shape, as views; None stays None.

    Small arrays, and arrays whose memory orders differ, come in one piece; a 0-d array comes with
    one axis, since NumPy's results for 0-d arrays are scalars, which cannot be written to.
    """
    first = arrays[0]
    if not first.ndim:
        arrays = tuple(None if a is None else a.reshape(1) for a in arrays)
    size = first.size
    if size <= _SIZE or not all(a is None or _aligned(a, first) for a in arrays):
        yield arrays
        return
    flat = [None if a is None else a.ravel("K") for a in arrays]
    for start in range(0, size, _SIZE):
        yield tuple(None if a is None else a[start : start + _SIZE] for a in flat)


def _aligned(array: Any, first: Any) -> bool:
    """Whether `ravel("K")` of both is a view, and runs through them in the same order."""
    flags = array.flags
    return bool(flags.c_contiguous and first.flags.c_contiguous) or bool(
        flags.f_contiguous and first.flags.f_contiguous
    )
