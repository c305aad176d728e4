"""Derivatives of sliding windows: cutting them out and adding them up, a transposed pair."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..primitive import Primitive, primitive
from ..registry import composite, unwrap
from ..tangents import declare, linear

__all__ = ["overlap_add", "sliding_window_view"]


def _overlap_add(w: Any, *, shape: tuple[int, ...], axis: tuple[int, ...]) -> Any:
    """An array of `shape`, to which each window is added at its place."""
    out = np.zeros(shape, w.dtype)
    for offset in np.ndindex(w.shape[len(shape) :]):
        # An axis that is named several times is cut into windows of windows: the offsets add up.
        start = [0] * len(shape)
        for a, i in zip(axis, offset, strict=True):
            start[a] += i
        place = zip(start, w.shape[: len(shape)], strict=True)
        out[tuple(slice(i, i + n) for i, n in place)] += w[(..., *offset)]
    return out


_windows = primitive(
    lambda x, *, sides, axis: np.lib.stride_tricks.sliding_window_view(x, sides, axis),
    lambda g, out, x, *, sides, axis: overlap_add(g, shape=x.shape, axis=axis),
    name="sliding_window_view",
)
overlap_add: Primitive = primitive(
    _overlap_add,
    lambda g, out, w, *, shape, axis: _windows(g, sides=w.shape[len(shape) :], axis=axis),
    name="overlap_add",
)
declare(linear, _windows, overlap_add)


@composite(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """All windows of `window_shape` along `axis` (None: all axes), as last axes.

    An axis of length n with a window of length k has n - k + 1 places. The values are not copied;
    backwards each element collects the gradients of its windows. `subok` has no effect, and
    `writeable` raises: results of tensors are not written to through a view.
    """
    if writeable:
        raise TypeError(
            "sliding_window_view: windows of a tensor overlap in its memory; expected "
            "writeable=False. Write to a copy() of the result"
        )
    sides = unwrap(window_shape)
    sides = tuple(int(n) for n in (sides if np.iterable(sides) else (sides,)))
    axes = range(np.ndim(x)) if axis is None else axis
    axes = normalize_axis_tuple(axes, np.ndim(x), allow_duplicate=True)
    if len(axes) != len(sides):
        raise ValueError(
            f"sliding_window_view expects a window length per axis, got {len(sides)} for "
            f"{len(axes)} axes"
        )
    return _windows(x, sides=sides, axis=axes)
