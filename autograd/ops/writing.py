"""NumPy's functions that write into their first argument: into a Tensor the write is recorded."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..inplace import write
from ..registry import composite, unwrap
from ..tensor import Tensor
from .rearranging import resize
from .shape import assigned, ravel

__all__ = ["copyto", "fill_diagonal", "place", "put", "putmask"]


def _require_tensor(name: str, target: Any) -> Any:
    if not isinstance(target, Tensor):
        raise TypeError(
            f"{name} writes in place: expected a Tensor to take values that are one, got "
            f"{type(target).__name__}; begin with Tensor(array), or with "
            "autograd.ops.full in place of np.full and np.full_like"
        )
    return target


def _cycled(values: Any, count: int) -> Any:
    """So many of `values`, from the beginning again when they run out."""
    return resize(ravel(values), (count,))


@composite(np.copyto)
def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """`dst[where] = src`, broadcast to the shape of `dst`."""
    _require_tensor("copyto", dst)
    if not np.can_cast(np.asarray(unwrap(src)).dtype, dst.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"copyto: values of dtype {np.asarray(unwrap(src)).dtype} do not fit a tensor of dtype "
            f"{dst.dtype} with casting={casting!r}; convert them with astype first"
        )
    mask = np.broadcast_to(np.asarray(unwrap(where), bool), dst.shape)
    if mask.all():
        write(dst, ..., src)
    else:
        src = src if isinstance(src, Tensor) else np.asarray(src)
        write(dst, mask, assigned(src, dst.shape)[mask])


@composite(np.put)
def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """`a.flat[ind] = v`; fewer values are repeated, and of none nothing is written."""
    _require_tensor("put", a)
    places = np.ravel(unwrap(ind))
    if mode == "raise":
        places = np.where(places < 0, places + a.size, places)
    places = np.ravel_multi_index((places,), (a.size,), mode)  # type: ignore[call-overload]
    if not np.size(v):
        places = places[:0]
    values = _cycled(v, places.size)
    if a.ndim:
        write(a, np.unravel_index(places, a.shape), values)
    elif places.size:
        write(a, (), values[-1])


@composite(np.putmask)
def putmask(a: Any, mask: Any, values: Any) -> None:
    """`a[mask] = values[mask]`; fewer values are repeated."""
    _require_tensor("putmask", a)
    chosen = np.broadcast_to(np.asarray(unwrap(mask), bool), a.shape)
    chosen = chosen & bool(np.size(values))
    write(a, chosen, np.reshape(_cycled(values, a.size), a.shape)[chosen])


@composite(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    """`arr[mask] = vals`, one after the other; fewer values are repeated."""
    _require_tensor("place", arr)
    chosen = np.reshape(np.asarray(unwrap(mask), bool), arr.shape)
    if chosen.any() and not np.size(vals):
        raise ValueError("place: expected at least one value for the places of the mask, got none")
    write(arr, chosen, _cycled(vals, int(chosen.sum())))


@composite(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """`a[i, i, ...] = val` for all i; with `wrap` the diagonal of a tall matrix starts again."""
    _require_tensor("fill_diagonal", a)
    if a.ndim < 2 or (a.ndim > 2 and len(set(a.shape)) != 1):
        raise ValueError(
            f"fill_diagonal expects a matrix, or several axes of one length, got shape {a.shape}"
        )
    end = a.shape[1] ** 2 if a.ndim == 2 and not wrap else a.size
    step = 1 + sum(math.prod(a.shape[i:]) for i in range(1, a.ndim))
    places = np.arange(0, min(end, a.size), step)
    if not np.size(val):
        places = places[:0]
    write(a, np.unravel_index(places, a.shape), _cycled(val, places.size))
