"""Derivatives of joining arrays and of cutting them apart: two sides of one transposed pair."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..primitive import primitive
from ..registry import composite, registry, unwrap
from ..tangents import declare, linear
from .shape import along, atleast_1d, atleast_2d, atleast_3d, ravel, transpose

__all__ = [
    "append",
    "array_split",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "split",
    "stack",
    "unstack",
    "vsplit",
    "vstack",
]

# -- joining -------------------------------------------------------------------------------------


def _cut(needs: Any, g: Any, out: Any, *arrays: Any, axis: int) -> list[Any]:
    ends = np.cumsum([a.shape[axis] for a in arrays]).tolist()
    pieces = zip(needs, [0, *ends], ends, strict=False)
    return [g[along(axis, g.ndim, slice(i, j))] if need else None for need, i, j in pieces]


_concatenate = primitive(
    lambda *arrays, axis: np.concatenate(arrays, axis), joint=_cut, name="concatenate"
)
_stack = primitive(
    lambda *arrays, axis: np.stack(arrays, axis),
    joint=lambda needs, g, out, *arrays, axis: [
        g[along(axis, g.ndim, i)] if need else None for i, need in enumerate(needs)
    ],
    name="stack",
)
declare(linear, _concatenate, _stack)


@composite(np.concatenate)
def concatenate(arrays: Any, /, axis: int | None = 0) -> Any:
    """The arrays one after the other along `axis`; None flattens them first."""
    if axis is None:
        return _concatenate(*map(ravel, arrays), axis=0)
    return _concatenate(*arrays, axis=axis)


concat = registry[np.concat] = concatenate


@composite(np.stack)
def stack(arrays: Any, axis: int = 0) -> Any:
    """The arrays, all of one shape, side by side along a new axis."""
    return _stack(*arrays, axis=axis)


@composite(np.hstack)
def hstack(tup: Any) -> Any:
    """The arrays one after the other along the second axis, vectors along their only one."""
    arrays = [atleast_1d(a) for a in tup]
    return _concatenate(*arrays, axis=0 if arrays[0].ndim == 1 else 1)


@composite(np.vstack)
def vstack(tup: Any) -> Any:
    """The arrays one below the other; a vector is a row."""
    return _concatenate(*map(atleast_2d, tup), axis=0)


@composite(np.dstack)
def dstack(tup: Any) -> Any:
    """The arrays one behind the other along the third axis."""
    return _concatenate(*map(atleast_3d, tup), axis=2)


@composite(np.column_stack)
def column_stack(tup: Any) -> Any:
    """The arrays side by side; a vector is a column."""
    arrays = [atleast_1d(a) for a in tup]
    columns = [a if a.ndim > 1 else transpose(atleast_2d(a)) for a in arrays]
    return _concatenate(*columns, axis=1)


@composite(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """`values` after `arr` along `axis`; None flattens both first."""
    return concatenate((arr, values), axis)


# -- cutting apart -------------------------------------------------------------------------------

_split = primitive(
    lambda x, *, ends, axis: tuple(np.split(x, ends, axis)),
    joint=lambda needs, g, out, x, *, ends, axis: [np.concatenate(g, axis)],
    name="split",
)
_unstack = primitive(
    lambda x, *, axis: tuple(np.moveaxis(x, axis, 0)),
    joint=lambda needs, g, out, x, *, axis: [np.stack(g, axis)],
    name="unstack",
)


def _parts(cut: Any, ary: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    """Split `ary` where NumPy's `cut` would split `arange(n)`."""
    indices_or_sections = unwrap(indices_or_sections)
    places = cut(np.arange(ary.shape[axis]), indices_or_sections)
    if [i for part in places for i in part] != list(range(ary.shape[axis])):
        # The cuts are not in ascending order: pieces overlap, or leave something out.
        return [ary[along(axis, ary.ndim, part)] for part in places]
    ends = np.cumsum([len(part) for part in places])[:-1]
    return list(_split(ary, ends=ends.tolist(), axis=axis))


@composite(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """A list of pieces along `axis`: so many of one length, or cut before the indices given."""
    return _parts(np.split, ary, indices_or_sections, axis)


@composite(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """As `split`, but the first pieces may be longer by one."""
    return _parts(np.array_split, ary, indices_or_sections, axis)


@composite(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`split` along the second axis, of a vector along its only one."""
    if np.ndim(ary) == 0:
        raise ValueError("hsplit expects at least one axis, got a 0-d array")
    return _parts(np.split, ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@composite(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`split` along the first axis, of at least two axes."""
    if np.ndim(ary) < 2:
        raise ValueError(f"vsplit expects at least two axes, got shape {np.shape(ary)}")
    return _parts(np.split, ary, indices_or_sections, 0)


@composite(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """`split` along the third axis."""
    if np.ndim(ary) < 3:
        raise ValueError(f"dsplit expects at least three axes, got shape {np.shape(ary)}")
    return _parts(np.split, ary, indices_or_sections, 2)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of `x` along `axis`, which disappears: what `stack` puts together."""
    (axis,) = normalize_axis_tuple(axis, np.ndim(x))
    return tuple(_unstack(x, axis=axis))


if hasattr(np, "unstack"):  # NumPy 2.1
    unstack = composite(np.unstack)(unstack)
