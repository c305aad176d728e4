"""Checks of arguments, one for each kind: the error names the function, the argument and the value.

`who` is the function or class as users write it, `name` the argument. Each check returns the value,
so that it can stand where the value is used.
"""

from __future__ import annotations

import numbers
import operator
import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .tensor import Tensor

__all__ = ["function", "instance", "integer", "items", "number", "path", "refusal", "tensor"]


def tensor(who: str, name: str, value: Any) -> Tensor:
    """Return `value` if it is a Tensor; TypeError otherwise."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{who} expects a Tensor as {name}, got {_kind(value)}; make one with Tensor(values)"
        )
    return value


def number(who: str, name: str, value: Any) -> Any:
    """Return `value` if it is a real number, Python's or NumPy's; TypeError otherwise."""
    if not isinstance(value, (numbers.Real, np.bool_)):
        raise TypeError(f"{who} expects a number as {name}, got {_kind(value)}")
    return value


def integer(who: str, name: str, value: Any, at_least: int | None = None) -> int:
    """Return `value` as an int; TypeError if it is none, ValueError below `at_least`."""
    try:
        whole = operator.index(value)
    except TypeError:
        raise TypeError(f"{who} expects an integer as {name}, got {value!r}") from None
    if at_least is not None and whole < at_least:
        raise ValueError(f"{who} expects {name} >= {at_least}, got {whole}")
    return whole


def items(who: str, name: str, value: Any) -> list[Any]:
    """Return the items of an iterable that is no text; TypeError otherwise."""
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
        raise TypeError(f"{who} expects a list or another iterable as {name}, got {_kind(value)}")
    return list(value)


def function(who: str, name: str, value: Any) -> Callable[..., Any]:
    """Return `value` if it can be called; TypeError otherwise."""
    if not callable(value):
        raise TypeError(f"{who} expects a function as {name}, got {_kind(value)}")
    found: Callable[..., Any] = value
    return found


def instance(who: str, name: str, value: Any, *kinds: type) -> Any:
    """Return `value` if it is an instance of one of `kinds`; TypeError otherwise."""
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{who} expects a {wanted} as {name}, got {_kind(value)}")
    return value


def refusal(who: str, args: Iterable[Any], error: Exception) -> Exception:
    """The error to raise where `who` has failed on `args` with `error`.

    An operand that no op can compute with is named, and Python's words for it (`'int' object is not
    iterable`) are put beside the types that came. Any other error stays. Looked for when something
    has failed, so that it costs nothing before.
    """
    args = list(args)
    for i, value in enumerate(args):
        if not _is_operand(value):
            return TypeError(
                f"{who} expects a tensor, an array or a number as argument {i}, got {_kind(value)}"
            )
    if isinstance(error, (AttributeError, KeyError)) or " object is not " in str(error):
        kinds = ", ".join(type(value).__name__ for value in args)
        return TypeError(f"{who} expects arrays that it can work on, got {kinds}: {error}")
    return error


def _is_operand(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_operand, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "biufcO"
    return isinstance(value, (Tensor, numbers.Number)) or hasattr(value, "__array__")


def path(who: str, name: str, value: Any) -> str:
    """Return a path of the file system as text; TypeError if it is none."""
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{who} expects a path as {name}, got {_kind(value)}")
    return os.fspath(value)


def _kind(value: Any) -> str:
    """The type of `value`, and the value itself where it is short."""
    if value is None or isinstance(value, (str, numbers.Number)):
        return repr(value)[:60]
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biufc":
        return f"an array of dtype {value.dtype}"
    return type(value).__name__
