"""NumPy's two doors: what np.<function>(tensor) does.

Everything known is in `registry`; everything else raises TypeError that names the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from .registry import registry

__all__ = ["accumulations", "call_function", "call_ufunc", "reductions"]

# Elementwise functions of one tensor, by their short way (`operators.unary`).
fast: dict[np.ufunc, Callable[[Any], Any]] = {}

# What `ufunc.reduce` and `ufunc.accumulate` mean: a NumPy function, or one of autograd.ops.
reductions: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
accumulations: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}


def call_ufunc(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """`ufunc(*inputs)`, or its `reduce`, `accumulate` and `outer`, with a Tensor among them."""
    if method == "__call__" and not kwargs and (short := fast.get(ufunc)) is not None:
        return short(*inputs)
    function = registry.get(ufunc)
    refused = [
        name
        for name, value in kwargs.items()
        if name in ("out", "where") and value is not None and value is not True
    ]
    if refused:
        raise TypeError(
            f"np.{ufunc.__name__}: {refused[0]}= is not supported with tensors; expected a new "
            "result. Assign it with t[...] = result, or choose with np.where"
        )
    if function is not None and method == "__call__":
        return function(*inputs, **kwargs)
    along = {"reduce": reductions, "accumulate": accumulations}.get(method, {}).get(ufunc)
    if along is not None:
        # A ufunc goes along its first axis where the function takes all of them.
        array, *rest = inputs
        axis = rest[0] if rest else kwargs.pop("axis", 0)
        return registry.get(along, along)(array, axis=axis, **kwargs)
    if method == "outer" and function is not None:
        first, second = inputs
        return function(np.reshape(first, (*np.shape(first), *[1] * np.ndim(second))), second)
    if method == "at":
        raise TypeError(
            f"np.{ufunc.__name__}.at writes in place: expected a new result. Write t[index] += v, "
            "or, where an index repeats, t + autograd.ops.scatter_add(v, index=index, "
            "shape=t.shape)"
        )
    _raise_unsupported(f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}"))


def call_function(
    self: Any, function: Callable[..., Any], types: Any, args: Any, kwargs: dict[str, Any]
) -> Any:
    """`function(*args, **kwargs)` with a Tensor among the arguments."""
    known = registry.get(function)
    if known is None:
        module = getattr(function, "__module__", "numpy").replace("numpy", "np", 1)
        _raise_unsupported(f"{module}.{function.__name__}")
    return known(*args, **kwargs)


def _raise_unsupported(name: str) -> NoReturn:
    import difflib

    known = sorted({getattr(f, "__name__", "") for f in registry})
    close = difflib.get_close_matches(name.rpartition(".")[2], known, n=3)
    hint = f"; close to it are {', '.join(close)}" if close else ""
    raise TypeError(
        f"{name} is not supported for tensors{hint}. Use the functions in autograd.ops, declare "
        "it with autograd.primitive, or leave the graph with t.detach().data"
    )
