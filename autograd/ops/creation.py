"""Derivatives of the functions that make an array of a few numbers, or of parts in a grid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine import unbroadcast
from ..primitive import primitive
from ..registry import composite, has_tensor, unwrap
from ..tangents import declare, linear
from ..tensor import Tensor
from .joining import concatenate
from .shape import assigned, astype, copy, moveaxis, reshape, transpose

__all__ = ["block", "c_", "full", "full_like", "geomspace", "linspace", "logspace", "r_"]

# -- one number everywhere -----------------------------------------------------------------------


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """An array of `shape` filled with `fill_value`, which may be a tensor and broadcasts.

    `np.full` does not ask the tensor, and refuses it: call this one.
    """
    if not isinstance(fill_value, Tensor):
        return np.full(shape, fill_value, dtype)
    filled = copy(assigned(fill_value, tuple(shape) if np.iterable(shape) else (shape,)))
    return filled if dtype is None or filled.dtype == dtype else astype(filled, dtype)


@composite(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """`fill_value` in the shape and dtype of `a`, or in those given.

    A tensor if `fill_value` is one, in which it is differentiable; otherwise an array. `order` and
    `subok` have no effect on tensors.
    """
    if not has_tensor([fill_value]):
        return np.full_like(unwrap(a), fill_value, dtype, order, subok, shape, device=device)
    like = unwrap(a) if isinstance(a, Tensor) else np.asarray(a)
    return full(like.shape if shape is None else shape, fill_value, dtype or like.dtype)


# -- equal steps ---------------------------------------------------------------------------------


def _parts(num: int, endpoint: bool, like: Any) -> Any:
    """How much of the way has been gone at each sample, for samples along the first axis."""
    way = np.arange(num, dtype=like.dtype) / max(num - 1 if endpoint else num, 1)
    return np.reshape(way, (num,) + (1,) * (like.ndim - 1))


# A bound's gradient adds up the samples, and the axes along which the bound is broadcast.
_linspace = primitive(
    lambda start, stop, *, num, endpoint: np.linspace(start, stop, num, endpoint),
    lambda g, out, start, stop, *, num, endpoint: unbroadcast(
        g * (1 - _parts(num, endpoint, out)), start.shape
    ),
    lambda g, out, start, stop, *, num, endpoint: unbroadcast(
        g * _parts(num, endpoint, out), stop.shape
    ),
    name="linspace",
)
declare(linear, _linspace)


def _samples(y: Any, axis: int, dtype: Any) -> Any:
    y = moveaxis(y, 0, axis) if axis else y
    if dtype is None or y.dtype == dtype:
        return y
    return astype(np.floor(y) if np.dtype(dtype).kind in "iu" else y, dtype)


@composite(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """`num` numbers in equal steps from `start` to `stop`, along a new axis.

    Without `endpoint` they end one step before `stop`. With `retstep` the pair of them and the
    step; of no step it is NaN.
    """
    y = _samples(_linspace(start, stop, num=num, endpoint=endpoint), axis, dtype)
    if not retstep:
        return y
    steps = num - 1 if endpoint else num
    return y, np.subtract(stop, start) / steps if steps > 0 else math.nan


@composite(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`base` to the power of `linspace(start, stop)`; an array of bases broadcasts with both."""
    if np.ndim(base):
        ndim = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (_with_axes(a, ndim) for a in (start, stop, base))
        base = np.expand_dims(base, axis)
    y = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else astype(y, dtype)


@composite(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """`num` numbers from `start` to `stop`, each the same multiple of the one before it."""
    if np.any(np.equal(start, 0)) or np.any(np.equal(stop, 0)):
        raise ValueError("geomspace expects start and stop other than 0, got a 0")
    # The result is float64, as NumPy's.
    start, stop = (np.multiply(np.float64(1), a) for a in (start, stop))
    sign = np.sign(unwrap(start))
    y = sign * logspace(np.log10(start / sign), np.log10(stop / sign), num, endpoint)
    # As in NumPy the ends are exact: a power of a logarithm is not quite the number.
    last = 1 if endpoint and num > 1 else 0
    shape = (1, *y.shape[1:])
    ends = [np.broadcast_to(end, shape) for end in (start, stop)]
    if num > 0:
        y = concatenate([ends[0], y[1 : num - last], *ends[1 : 1 + last]])
    return _samples(y, axis, dtype)


# -- parts in a grid -----------------------------------------------------------------------------


def _with_axes(a: Any, ndim: int) -> Any:
    """`a` with axes of length 1 before its own, up to `ndim`."""
    shape = np.shape(a)
    return reshape(a, (1,) * (ndim - len(shape)) + shape)


def _depth(arrays: Any) -> int:
    """How deep the lists are nested, the same everywhere."""
    if isinstance(arrays, tuple):
        raise TypeError("block expects nested lists of arrays, got a tuple among them")
    if not isinstance(arrays, list):
        return 0
    depths = sorted({_depth(a) for a in arrays})
    if len(depths) != 1:
        raise ValueError(
            "block expects lists nested equally deep and not empty, got "
            + (f"depths {depths[0]} and {depths[-1]} side by side" if depths else "an empty list")
        )
    return depths[0] + 1


def _leaves(arrays: Any) -> list[Any]:
    return [leaf for a in arrays for leaf in _leaves(a)] if isinstance(arrays, list) else [arrays]


@composite(np.block)
def block(arrays: Any) -> Any:
    """The array put together from nested lists: the innermost along the last axis, and so on.

    Arrays of fewer axes get some of length 1 before their own.
    """
    depth = _depth(arrays)
    ndim = max([depth, *map(np.ndim, _leaves(arrays))])

    def joined(arrays: Any, depth: int) -> Any:
        if not depth:
            return _with_axes(arrays, ndim)
        return concatenate([joined(a, depth - 1) for a in arrays], axis=-depth)

    result = joined(arrays, depth)
    return result if depth else copy(result)


class _Joiner:
    """`np.r_` or `np.c_` for tensors."""

    def __init__(self, name: str, axis: int, ndim: int, start: int, doc: str) -> None:
        self.name, self.axis, self.ndim, self.start = name, axis, ndim, start
        self.__doc__ = doc

    def __repr__(self) -> str:
        return f"autograd.ops.{self.name}"

    def __getitem__(self, key: Any) -> Any:
        """The arrays, numbers and ranges `key`, joined."""
        items = list(key) if isinstance(key, tuple) else [key]
        bounds = [[k.start, k.stop, k.step] if isinstance(k, slice) else k for k in items]
        if not has_tensor(bounds):
            return getattr(np, self.name)[key]
        axis, ndim, start = self.axis, self.ndim, self.start
        if isinstance(items[0], str):
            axis, ndim, start = self._directive(items.pop(0))
        items = [_range(k) if isinstance(k, slice) else k for k in items]
        # Numbers of Python take the dtype of what they stand beside.
        dtype = np.result_type(*(unwrap(k) if np.ndim(k) == 0 else _dtype(k) for k in items))
        parts = [k if isinstance(k, Tensor) or np.ndim(k) else np.asarray(k, dtype) for k in items]
        return concatenate([self._placed(k, ndim, start) for k in parts], axis=axis)

    def _directive(self, text: str) -> tuple[int, int, int]:
        """Axis, least number of axes and place of the old ones, from "1", "0,2" or "0,2,1"."""
        try:
            numbers = [int(n) for n in text.split(",")]
        except ValueError:
            numbers = []
        if not 1 <= len(numbers) <= 3:
            raise ValueError(
                f"{self.name} expects a directive of one to three integers, got {text!r}; "
                "matrices are not supported for tensors"
            )
        axis, ndim, start = numbers + [self.ndim, self.start][len(numbers) - 1 :]
        return axis, ndim, start

    @staticmethod
    def _placed(a: Any, ndim: int, start: int) -> Any:
        """`a` with new axes of length 1, so that its own ones begin at `start`."""
        missing = ndim - np.ndim(a)
        if missing <= 0:
            return a
        start = start % (missing + 1) if start < 0 else start
        new = list(range(missing))
        order = [*new[:start], *range(missing, ndim), *new[start:]]
        return transpose(_with_axes(a, ndim), order)


def _dtype(a: Any) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.asarray(unwrap(a)).dtype
    return dtype


def _range(s: slice) -> Any:
    """The numbers of a slice: its step, or with an imaginary step so many from end to end."""
    start = 0 if s.start is None else s.start
    step = 1 if s.step is None else s.step
    if isinstance(step, complex):
        return linspace(start, s.stop, int(abs(step)))
    return start + step * np.arange(len(np.arange(*map(unwrap, (start, s.stop, step)))))


r_ = _Joiner(
    "r_",
    axis=0,
    ndim=1,
    start=-1,
    doc="""Arrays, numbers and slices joined along the first axis: r_[t, 0.0, 1:3].

    As `np.r_`, which does not ask the tensors among them and refuses them.
    """,
)
c_ = _Joiner(
    "c_",
    axis=-1,
    ndim=2,
    start=0,
    doc="""Arrays, numbers and slices as columns side by side: c_[t, u] has the shape (n, 2).

    As `np.c_`, which does not ask the tensors among them and refuses them.
    """,
)
