"""Derivatives of the functions that move elements without changing them: shapes, axes, copies.

Each is linear, so its rule is its transpose: what takes every gradient back to where its element
came from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import unbroadcast
from ..primitive import Primitive, primitive
from ..registry import composite, registry, unwrap
from ..tangents import declare, linear
from ..tensor import Tensor

__all__ = [
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "copy",
    "expand_dims",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "meshgrid",
    "moveaxis",
    "permute_dims",
    "ravel",
    "reshape",
    "roll",
    "rollaxis",
    "rot90",
    "squeeze",
    "swapaxes",
    "tile",
    "transpose",
    "tril",
    "triu",
]

# -- words for axes ------------------------------------------------------------------------------


def along(axis: int, ndim: int, what: Any) -> tuple[Any, ...]:
    """The index that is `what` on `axis` and everything on the other axes."""
    return (slice(None),) * range(ndim)[axis] + (what,)


def reduced_axes(ndim: int, axis: Any) -> tuple[int, ...]:
    """The axes that `axis` of a reduction means, counted from the front; None means all."""
    if axis is None or not ndim:
        return tuple(range(ndim))
    if isinstance(axis, np.ndarray):
        axis = axis.tolist()
    return tuple(range(ndim)[a] for a in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def reduced_shape(shape: tuple[int, ...], axis: Any, keepdims: bool) -> tuple[int, ...]:
    """What a reduction along `axis` leaves of `shape`."""
    axes = reduced_axes(len(shape), axis)
    kept = [1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes]
    return tuple(kept)


def lanes(x: Any, axis: Any) -> Any:
    """`x` with the axes of a reduction moved to the end and made one."""
    axes = reduced_axes(x.ndim, axis)
    moved = np.moveaxis(x, axes, range(x.ndim - len(axes), x.ndim))
    rest = moved.shape[: x.ndim - len(axes)]
    return np.reshape(moved, (*rest, math.prod(moved.shape[len(rest) :])))


def from_lanes(row: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """What `lanes` made, back in the original `shape`."""
    axes = reduced_axes(len(shape), axis)
    rest = [n for i, n in enumerate(shape) if i not in axes]
    moved = np.reshape(row, (*rest, *(shape[a] for a in axes)))
    return np.moveaxis(moved, range(len(rest), len(shape)), axes)


# -- a new shape for the same elements -----------------------------------------------------------

_reshape = primitive(
    lambda x, *, shape, order="C", **copy: np.reshape(x, shape, order=order, **copy),
    lambda g, out, x, *, shape, order="C", **copy: np.reshape(g, x.shape, order=order),
    name="reshape",
)


@composite(np.reshape)
def reshape(a: Any, /, shape: Any, order: str | None = "C", *, copy: bool | None = None) -> Any:
    """The elements of `a` in another shape, read and written in `order` "C" or "F".

    Orders "A" and "K" ask for the layout in memory, which no derivative should depend on:
    TypeError. `copy`: True for memory of its own, False for ValueError where a view is impossible.
    """
    if order not in ("C", "F", None):
        raise TypeError(
            f"order {order!r} depends on the layout of the tensor in memory; expected 'C' or 'F'"
        )
    if copy is not None:
        return _reshape(a, shape=unwrap(shape), order=order or "C", copy=copy)
    return _reshape(a, shape=unwrap(shape), order=order or "C")


@composite(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    """The elements of `a` in one axis: a view if they lie in that order, as NumPy's."""
    flat = reshape(a, -1, order)
    flags = unwrap(a).flags
    return flat if (flags.c_contiguous if order == "C" else flags.f_contiguous) else own(flat, a)


def flatten(a: Any, order: str = "C") -> Any:
    """A copy of the elements of `a` in one axis, where `ravel` may give a view."""
    return own(ravel(a, order), a)


expand_dims = primitive(np.expand_dims, lambda g, out, x, *, axis: np.reshape(g, x.shape))
squeeze = primitive(np.squeeze, lambda g, out, x, *, axis=None: np.reshape(g, x.shape))


def _at_least(a: Any, ndim: int) -> Any:
    a = a if isinstance(a, Tensor) else np.asarray(a)
    if a.ndim >= ndim:
        return a
    # NumPy puts a vector into the middle of three axes and a matrix into the first two.
    shape = {0: (1,) * ndim, 1: (1, *a.shape, 1)[:ndim], 2: (*a.shape, 1)}[a.ndim]
    return reshape(a, shape)


def _one_or_all(results: Sequence[Any]) -> Any:
    return results[0] if len(results) == 1 else tuple(results)


@composite(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """Each array with at least one axis; a tuple when there are several."""
    return _one_or_all([_at_least(a, 1) for a in arys])


@composite(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """Each array with at least two axes: (n,) becomes (1, n). A tuple when there are several."""
    return _one_or_all([_at_least(a, 2) for a in arys])


@composite(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """Each array with at least three axes: (n,) becomes (1, n, 1) and (m, n) becomes (m, n, 1)."""
    return _one_or_all([_at_least(a, 3) for a in arys])


# -- the order of the axes -----------------------------------------------------------------------


def _inverse(axes: Any) -> list[int] | None:
    """The permutation that undoes `axes`; counted from the end, an axis still finds its place.

    That of a single axis may be a number.
    """
    if axes is None:
        return None
    inverse = [0] * np.size(axes)
    for i, axis in enumerate(np.ravel(axes)):
        inverse[axis] = i
    return inverse


transpose = primitive(np.transpose, lambda g, out, x, *, axes=None: np.transpose(g, _inverse(axes)))
swapaxes = primitive(np.swapaxes, lambda g, out, x, *, axis1, axis2: np.swapaxes(g, axis1, axis2))
moveaxis = primitive(
    np.moveaxis, lambda g, out, x, *, source, destination: np.moveaxis(g, destination, source)
)
matrix_transpose = primitive(np.matrix_transpose, lambda g, out, x: np.matrix_transpose(g))
permute_dims = registry[np.permute_dims] = transpose


@composite(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """`a` with `axis` moved to lie before the axis that was at `start`."""
    ndim = np.ndim(a)
    axis = range(ndim)[axis]
    start = range(ndim + 1)[start if start >= 0 else start - 1]
    return moveaxis(a, axis, start - (axis < start))


# -- broadcasting --------------------------------------------------------------------------------

broadcast_to = primitive(np.broadcast_to, lambda g, out, x, *, shape: unbroadcast(g, x.shape))


def assigned(value: Any, shape: tuple[int, ...]) -> Any:
    """`value` broadcast to `shape` as in an assignment, where leading axes of length 1 drop."""
    extra = value.ndim - len(shape)
    if extra > 0 and value.shape[:extra] == (1,) * extra:
        value = reshape(value, value.shape[extra:])
    return broadcast_to(value, shape)


@composite(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """All arrays in the one shape they broadcast to."""
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(broadcast_to(a, shape) for a in args)


@composite(np.meshgrid)
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """Coordinate matrices of the vectors `xi`, one per axis: copies, or read-only views."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: expected indexing 'xy' or 'ij', got {indexing!r}")
    count = len(xi)
    place = list(range(count))
    if indexing == "xy" and count > 1:
        place[:2] = 1, 0
    grids = [
        reshape(x, [-1 if axis == i else 1 for axis in range(count)])
        for x, i in zip(xi, place, strict=True)
    ]
    if not sparse:
        grids = list(broadcast_arrays(*grids))
    return tuple(np.copy(grid, "C") for grid in grids) if copy else tuple(grids)


# -- copies --------------------------------------------------------------------------------------


def _copy(a: Any, *, order: Any = "K") -> Any:
    """The same values in memory of their own; the gradient passes."""
    return np.array(a, order=order)


copy = registry[np.copy] = primitive(_copy, lambda g, out, a, *, order="K": g, name="copy")
copy.on_arrays = np.copy


def own(result: Any, source: Any) -> Any:
    """`result`, or a copy if it is a view of `source` where NumPy promises new memory."""
    return copy(result) if np.may_share_memory(unwrap(result), unwrap(source)) else result


_astype = primitive(
    lambda x, *, dtype: x.astype(dtype),
    lambda g, out, x, *, dtype: g.astype(x.dtype),
    name="astype",
)


@composite(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    """`x` in another dtype, a new tensor (`copy` has no effect); integers carry no gradient."""
    if np.dtype(dtype).kind != "f":
        return Tensor(x.data, dtype=dtype)
    return _astype(x, dtype=np.dtype(dtype))


# -- the order of the elements -------------------------------------------------------------------

flip = primitive(np.flip, lambda g, out, m, *, axis=None: np.flip(g, axis))
roll = primitive(
    np.roll, lambda g, out, a, *, shift, axis=None: np.roll(g, -np.asarray(shift).astype(int), axis)
)
# A vector counts as every row of a square matrix: its gradient is summed over the rows.
tril = primitive(np.tril, lambda g, out, m, *, k=0: unbroadcast(np.tril(g, k), m.shape))
triu = primitive(np.triu, lambda g, out, m, *, k=0: unbroadcast(np.triu(g, k), m.shape))


@composite(np.fliplr)
def fliplr(m: Any) -> Any:
    """`m` with its second axis reversed."""
    return flip(m, 1)


@composite(np.flipud)
def flipud(m: Any) -> Any:
    """`m` with its first axis reversed."""
    return flip(m, 0)


@composite(np.rot90)
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """`m` turned `k` times by 90 degrees in the plane of `axes`, from the first to the second."""
    first, second = axes
    if len({range(np.ndim(m))[axis] for axis in axes}) != 2:
        raise ValueError(f"rot90: expected two different axes, got {axes}")
    if k % 4 == 0:
        return m
    if k % 4 == 2:
        return flip(m, (first, second))
    if k % 4 == 1:
        return swapaxes(flip(m, second), first, second)
    return flip(swapaxes(m, first, second), second)


@composite(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """`A` laid side by side, reps[i] times along axis i."""
    reps = [int(n) for n in np.ravel(unwrap(reps))]
    shape = (1,) * (len(reps) - np.ndim(A)) + np.shape(A)
    reps = [1] * (len(shape) - len(reps)) + reps
    pairs = list(zip(reps, shape, strict=True))
    once = reshape(A, [side for _, n in pairs for side in (1, n)])
    repeated = broadcast_to(once, [side for pair in pairs for side in pair])
    tiled = reshape(repeated, [math.prod(pair) for pair in pairs])
    # Of one element the repetitions may be one place in memory: own places, in order.
    return copy(tiled, order="C") if np.may_share_memory(unwrap(tiled), unwrap(repeated)) else tiled


declare(linear, *(op for op in list(vars().values()) if isinstance(op, Primitive)))
