"""A failing call as a program: text that fails in the same way when it is pasted."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .example import Call

__all__ = ["literal", "program"]


def program(op: Any, name: str, failing: Call, order: int) -> str:
    """Python that calls `check_op` with exactly these arguments.

    An op that cannot be imported by a name is called `op` there, and the reader has to supply it.
    """
    lines, spelled = _import(op)
    args = [literal(value) for value in failing.args]
    if failing.params:
        named = [f"{key}={literal(value)}" for key, value in failing.params.items()]
        inputs, names = f"call({', '.join([*args, *named])})", "call, check_op"
    else:
        inputs, names = f"({', '.join(args)}{',' * (len(args) == 1)})", "check_op"
    body = f"check_op({spelled}, inputs={inputs}{f', order={order}' if order != 2 else ''})"
    return "\n".join(
        ["import numpy as np", f"from autograd.testing import {names}", *lines, "", body]
    )


def literal(value: Any) -> str:
    """`value` as an expression; NumPy is `np`."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        inner = ", ".join(map(literal, value))
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, slice):
        return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({_number(value.item())})"
    if isinstance(value, np.ndarray):
        dtype = "" if value.dtype in (float, int, bool) else f", np.{value.dtype.name}"
        if not value.size:
            return f"np.zeros({value.shape}, np.{value.dtype.name})"
        return f"np.array({_nested(value.tolist())}{dtype})"
    if isinstance(value, float):
        return _number(value)
    if value is Ellipsis:
        return "..."
    if isinstance(value, type):
        return f"np.{np.dtype(value).name}" if issubclass(value, np.generic) else value.__name__
    if isinstance(value, np.dtype):
        return f"np.dtype({value.name!r})"
    return repr(value)


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_nested, value))}]"
    return _number(value)


def _number(value: Any) -> str:
    text = repr(value)
    return text.replace("inf", "np.inf").replace("nan", "np.nan")


def _import(op: Any) -> tuple[list[str], str]:
    """Lines that import the op, and its name after them."""
    if isinstance(op, np.ufunc):
        return [], f"np.{op.__name__}"
    module = sys.modules.get(getattr(op, "__module__", None) or "")
    path = _path(op, module)
    if module is None or path is None:
        return ["", "op = ...  # the op that was checked: it has no name to import it by"], "op"
    if module.__name__.partition(".")[0] == "numpy":
        return [], f"np.{path}" if module is np else f"{module.__name__}.{path}".replace(
            "numpy.", "np.", 1
        )
    top = path.partition(".")[0]
    home, found = getattr(module, "__file__", None), None
    try:
        found = importlib.util.find_spec(module.__name__)
    except (ImportError, ValueError, AttributeError):
        found = None
    if found is not None and found.origin and home and Path(found.origin) == Path(home):
        return [f"from {module.__name__} import {top}"], path
    if not home:
        return ["", "op = ...  # the op that was checked: its module has no file"], "op"
    folder, stem = Path(home).resolve().parent, Path(home).stem
    lines = ["import sys", "", f"sys.path.insert(0, {str(folder)!r})", f"from {stem} import {top}"]
    return lines, path


def _path(op: Any, module: Any) -> str | None:
    """The name, dotted if inside a class, under which the module holds this very op."""
    if module is None:
        return None
    qualified = getattr(op, "__qualname__", None)
    if qualified and "<" not in qualified:
        found: Any = module
        for part in qualified.split("."):
            found = inspect.getattr_static(found, part, None) if found is not None else None
        if found is op or getattr(found, "__func__", None) is op:
            return str(qualified)
    return next(
        (name for name, value in vars(module).items() if value is op and name.isidentifier()), None
    )
