"""What NumPy's functions mean when a Tensor is among their arguments: one dictionary.

`np.exp(t)` asks the tensor (`__array_ufunc__`, `__array_function__`), and the tensor looks here.
The tables of `autograd.ops` fill it: primitives under the NumPy function they differentiate,
composites through `composite`, functions without a derivative through `plain`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from .tensor import Tensor

__all__ = ["composite", "has_tensor", "plain", "registry", "unwrap"]

F = TypeVar("F", bound=Callable[..., Any])

registry: dict[Callable[..., Any], Callable[..., Any]] = {}


def has_tensor(values: Iterable[Any]) -> bool:
    """Whether a Tensor is among `values`, or inside a list or tuple among them."""
    return any(
        isinstance(v, Tensor) or (isinstance(v, (list, tuple)) and has_tensor(v)) for v in values
    )


def unwrap(value: Any) -> Any:
    """`value` with every Tensor replaced by its data, in nested lists and tuples too."""
    if isinstance(value, Tensor):
        return value.data
    if isinstance(value, (list, tuple)) and has_tensor(value):
        make = getattr(type(value), "_make", type(value))  # a named tuple takes its fields apart
        return make(map(unwrap, value))
    return value


def composite(*functions: Callable[..., Any]) -> Callable[[F], F]:
    """Declare that the decorated function, made of other ops, is `functions[0]` for tensors.

    Called without any tensor it is NumPy's own function: arrays in, array out, NumPy's speed. It
    takes NumPy's parameters by NumPy's names; of those that it leaves out, None is accepted, which
    is NumPy's default for them, and anything else raises TypeError.
    """
    original = functions[0]

    def declare(implementation: F) -> F:
        code: Any = implementation.__code__
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

        @functools.wraps(implementation)
        def function(*args: Any, **kwargs: Any) -> Any:
            if not (has_tensor(args) or (kwargs and has_tensor(kwargs.values()))):
                return original(*args, **kwargs)
            unknown = [name for name in kwargs if name not in known]
            for name in unknown:
                value = kwargs.pop(name)
                if value is not None and value is not np._NoValue:
                    raise TypeError(
                        f"{original.__name__}: parameter {name!r} is not supported for tensors; "
                        f"expected {', '.join(known)}"
                    )
            return implementation(*args, **kwargs)

        for name in functions:
            registry[name] = function
        return function  # type: ignore[return-value]

    return declare


def plain(*functions: Callable[..., Any]) -> None:
    """Declare NumPy functions that have no derivative: they see the data and return arrays."""
    for function in functions:
        registry[function] = _on_data(function)


def _on_data(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def on_data(*args: Any, **kwargs: Any) -> Any:
        return function(*unwrap(args), **{name: unwrap(v) for name, v in kwargs.items()})

    return on_data
