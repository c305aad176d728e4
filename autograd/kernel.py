"""Kernels: a second way through an op, for arrays alone.

A rule is one pure expression, and it stays the definition of an op's derivative. A kernel computes
the same numbers in fewer passes over memory: its forward may keep for backward what it has computed
on the way, and its backward may write into memory that nobody else holds. The engine takes it
where no graph of the backward pass is asked for; the rules do the rest, such as higher derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Kernel", "constant"]


class Kernel(NamedTuple):
    """Forward and backward of one op, on arrays. Set as `op.kernel`, it is used from then on.

    forward: `forward(*arrays, **params)` returns the pair of the result and what to keep (anything
        but None), or None for operands that it does not deal with: then the op's own forward and
        rules are used.
    backward: `backward(needs, g, own, out, kept, *arrays, **params)` returns one gradient per
        array, or None where `needs` is false. Each has the array's shape and dtype, and memory
        that nobody else holds: newly made, or g itself if `own`, which says that g may be
        overwritten. Two results never share memory; `out`, `kept` and the arrays are only read,
        since backward may run again.

    Backward reads no other values than the rules do: those are looked after for writes in place.
    """

    forward: Callable[..., tuple[Any, Any] | None]
    backward: Callable[..., Any]


@lru_cache(maxsize=1024)
def constant(value: float, dtype: Any) -> Any:
    """`value`, which is no -0.0, as a 0-d array of `dtype` that cannot be written to.

    A Python float next to 64 elements costs NumPy 850 ns, a 0-d array 260 ns and 50 ns to find it:
    for small parameters that is half of the step. Both are rounded to `dtype` in the same way.
    """
    array = np.array(value, dtype)
    array.flags.writeable = False
    return array
