"""The arguments of a primitive: arrays by position, parameters by name, defaults left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import cast, defaults, is_default, unwrap
from .tensor import Tensor

__all__ = ["WIDE", "bound", "checked"]

# Parameters of reductions that no rule knows; an op that takes them has a `wide`.
WIDE = {"where", "initial", "correction"}


def bound(op: Any, args: Any, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The arrays by position and all else by name, whichever way they were given."""
    arrays, names = op.names[: op.arity], op.names[op.arity :]
    params = dict(params)
    args = (*args, *(params.pop(name) for name in arrays[len(args) :] if name in params))
    extra = args[op.arity :]
    if len(extra) > len(names):
        raise TypeError(
            f"{op} expects {op.arity} arrays"
            + (f" and at most {', '.join(names)}" if names else "")
            + f", got {len(args)} positional arguments; pass parameters by name"
        )
    further = dict(zip(names, extra, strict=False))
    twice = [name for name in further if name in params]
    if twice:
        raise TypeError(f"{op} got {twice[0]!r} both by position and by name")
    return args[: op.arity], {**further, **params}


def checked(op: Any, args: Any, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Arrays and parameters, without those left at NumPy's default; `args` in the dtype asked.

    Raises TypeError for parameters without a rule.
    """
    known = op.parameters
    if known is None:
        return args, params
    kept: dict[str, Any] = {}
    for name, value in params.items():
        if value is np._NoValue:
            continue
        if name in known:
            if isinstance(value, Tensor) and value.requires_grad:
                raise TypeError(
                    f"{op}: no derivative with respect to parameter {name!r}, and got a "
                    "tensor there that requires a gradient; pass t.detach()"
                )
            kept[name] = unwrap(value)
        elif is_default(op.on_arrays, name, value):
            continue
        elif name == "dtype" and name in defaults(op.on_arrays):
            args = tuple(cast(op.on_arrays, a, value) for a in args)
        elif op.wide is not None and name in WIDE:
            kept[name] = value
        else:
            raise TypeError(
                f"{op}: parameter {name!r} is not supported for tensors that are "
                f"differentiated; expected {', '.join(known) or 'no parameters'}. "
                "Compute it with other functions, or on t.detach().data"
            )
    return args, kept
