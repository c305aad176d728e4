"""Functions that move, drop and repeat elements: one gather, found by moving numbers instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..primitive import primitive
from ..registry import composite, unwrap
from ..tangents import declare, linear
from ..tensor import Tensor
from .indexing import getitem, scatter_add, setitem
from .joining import concatenate
from .shape import astype, broadcast_to, moveaxis, ravel, reduced_axes

__all__ = [
    "delete",
    "diag",
    "diagflat",
    "diagonal",
    "insert",
    "pad",
    "repeat",
    "resize",
    "trim_zeros",
]

# -- rearrangements ------------------------------------------------------------------------------


def _gathered(a: Any, move: Callable[[Any], Any]) -> Any:
    """`move(a)` for a function that only moves, drops and repeats elements: it moves numbers."""
    a = a if isinstance(a, Tensor) else np.asarray(a)
    return getitem(ravel(a), move(np.arange(a.size).reshape(a.shape)))


@composite(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element along `axis` (None: of `a` flattened) repeated, all alike or each its own."""
    return _gathered(a, lambda number: np.repeat(number, unwrap(repeats), axis))


@composite(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """The elements of `a`, flattened and repeated as often as it takes to fill `new_shape`.

    Zeros if there are none.
    """
    if not np.size(a):
        a = concatenate([ravel(a), np.zeros(1, a.dtype)])
    return _gathered(a, lambda number: np.resize(number, new_shape))


@composite(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """`arr` without the slices `obj` (a number, numbers, a slice or a mask) along `axis`."""
    return _gathered(arr, lambda number: np.delete(number, unwrap(obj), axis))


@composite(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """`arr` with `values` inserted before the positions `obj` along `axis`."""
    arr, values = (v if isinstance(v, Tensor) else np.asarray(v) for v in (arr, values))
    number = np.arange(arr.size + values.size)
    into, new = np.split(number, [arr.size])
    moved = np.insert(into.reshape(arr.shape), unwrap(obj), new.reshape(values.shape), axis)
    both = concatenate([ravel(arr), ravel(astype(values, arr.dtype))])
    return getitem(both, moved)


# -- borders -------------------------------------------------------------------------------------

_PAD_MODES = ("edge", "reflect", "symmetric", "wrap")


def _before(pad_width: Any, ndim: int) -> Any:
    """How many elements come before each axis, from any of NumPy's ways to say it."""
    if isinstance(pad_width, dict):
        widths = np.zeros((ndim, 2), int)
        for axis, width in pad_width.items():
            widths[axis] = width
    else:
        widths = np.broadcast_to(pad_width, (ndim, 2))
    return widths[:, 0].tolist()


@composite(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    """`array` with a border of `pad_width` elements: constant, or made of its own elements.

    Modes: "constant", "edge", "reflect", "symmetric", "wrap".
    """
    if mode in _PAD_MODES:
        return _gathered(array, lambda number: np.pad(number, pad_width, mode))
    if mode != "constant":
        raise TypeError(
            f"np.pad: mode {mode!r} is not supported for tensors; expected 'constant', "
            + ", ".join(map(repr, _PAD_MODES))
        )
    if isinstance(constant_values, Tensor):
        return _padded(array, pad_width, constant_values)
    border = np.pad(np.zeros_like(array), pad_width, constant_values=constant_values)
    starts = _before(pad_width, array.ndim)
    index = tuple(slice(i, i + n) for i, n in zip(starts, array.shape, strict=True))
    return setitem(border, array, index=index)


def _padded(array: Any, pad_width: Any, constants: Any) -> Any:
    """`array` with a border of tensors: one, or as in NumPy a pair for all axes or for each."""
    constants = ravel(broadcast_to(astype(constants, array.dtype), (array.ndim, 2)))
    number = np.arange(array.size + constants.size)
    inner, outer = np.split(number, [array.size])
    moved = np.pad(
        inner.reshape(array.shape), pad_width, constant_values=outer.reshape(array.ndim, 2)
    )
    return getitem(concatenate([ravel(array), constants]), moved)


@composite(np.trim_zeros)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """`filt` without the outer zeros at the front ("f") and the back ("b") of each axis, or `axis`.

    Of several axes: the smallest box that holds everything that is not zero.
    """
    sides = trim.lower()
    if sides not in ("f", "b", "fb", "bf"):
        raise ValueError(f"trim_zeros: expected trim 'f', 'b' or 'fb', got {trim!r}")
    filled = np.argwhere(filt)
    index = [slice(None)] * filt.ndim
    for a in reduced_axes(filt.ndim, axis):
        first, last = filled[:, a].min(initial=filt.shape[a]), filled[:, a].max(initial=-1)
        index[a] = slice(first if "f" in sides else 0, last + 1 if "b" in sides else None)
    return getitem(filt, tuple(index))


# -- diagonals -----------------------------------------------------------------------------------


def _diagonal_index(rows: int, columns: int, k: int) -> tuple[Any, Any]:
    """Rows and columns of the k-th diagonal of a matrix."""
    length = max(0, min(rows + min(k, 0), columns - max(k, 0)))
    steps = np.arange(length)
    return steps - min(k, 0), steps + max(k, 0)


def _on_diagonal(g: Any, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Any:
    """Zeros of `shape` with `g` on the diagonals that `np.diagonal` takes: its transpose."""
    rest = tuple(n for axis, n in enumerate(shape) if axis not in (axis1, axis2))
    matrix = shape[axis1], shape[axis2]
    index = (..., *_diagonal_index(*matrix, offset))
    return moveaxis(scatter_add(g, index=index, shape=rest + matrix), (-2, -1), (axis1, axis2))


def _diagonal_rule(
    g: Any, out: Any, a: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    return _on_diagonal(g, a.shape, offset, axis1 % a.ndim, axis2 % a.ndim)


# A read-only view, as NumPy's: a copy would not follow a later write into `a`.
diagonal = primitive(np.diagonal, _diagonal_rule)
declare(linear, diagonal)


@composite(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix; of a vector, the matrix that has it there."""
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"diag expects a vector or a matrix, got shape {v.shape}")
    side = v.size + abs(k)
    return scatter_add(v, index=_diagonal_index(side, side, k), shape=(side, side))


@composite(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """The matrix with the elements of `v` on its k-th diagonal."""
    return diag(ravel(v), k)
