"""NumPy's two doors: what np.<function>(tensor) does.

Everything known is in `registry`; everything else raises TypeError that names the function.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from .registry import is_default, registry

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
    # The `where` of a reduction chooses what is reduced; elsewhere it leaves results undefined.
    chosen = ("out",) if method == "reduce" else ("out", "where")
    refused = [name for name in chosen if not is_default(ufunc, name, kwargs.get(name))]
    if refused:
        raise TypeError(
            f"{_name(ufunc)}: {refused[0]}= is not supported with tensors; expected a new "
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
            f"{_name(ufunc)}.at writes in place: expected a new result. Write t[index] += v, "
            "or, where an index repeats, t + autograd.ops.scatter_add(v, index=index, "
            "shape=t.shape)"
        )
    _raise_unsupported(_name(ufunc) + ("" if method == "__call__" else f".{method}"))


def call_function(
    self: Any, function: Callable[..., Any], types: Any, args: Any, kwargs: dict[str, Any]
) -> Any:
    """`function(*args, **kwargs)` with a Tensor among the arguments."""
    known = registry.get(function)
    if known is None:
        _raise_unsupported(_name(function))
    return known(*args, **kwargs)


def _name(function: Callable[..., Any]) -> str:
    """The function as users write it. A ufunc does not say its module: it is looked for there."""
    name = function.__name__
    for module in ("numpy", "scipy.special"):
        if getattr(sys.modules.get(module), name, None) is function:
            return f"{module.replace('numpy', 'np')}.{name}"
    home = getattr(function, "__module__", None)
    return f"{home.replace('numpy', 'np', 1)}.{name}" if home else f"the ufunc {name}"


def _raise_unsupported(name: str) -> NoReturn:
    raise TypeError(
        f"{name} is not supported for tensors. Use the functions in autograd.ops, declare "
        "it with autograd.primitive, or leave the graph with t.detach().data"
    )
