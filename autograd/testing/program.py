"""A failing call as a program: text that fails in the same way when it is pasted."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .example import Call

__all__ = ["literal", "program"]


def program(op: Any, failing: Call, order: int) -> str:
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
    module = sys.modules.get(getattr(op, "__module__", None) or "")
    path = _path(op, module)
    if path is None:
        module, path = _holder(op)
    if isinstance(op, np.ufunc):
        module, path = np, op.__name__
    file = getattr(module, "__file__", None)
    if module is None or path is None or not file:
        return ["", "op = ...  # what was checked: it has no name to import it by"], "op"
    if module.__name__.partition(".")[0] == "numpy":
        return [], f"{module.__name__}.{path}".replace("numpy", "np", 1)
    folder, name = _home(Path(file).resolve())
    found = f"from {name} import {path.partition('.')[0]}"
    if folder == Path.cwd() or folder.name in ("site-packages", "dist-packages"):
        return [found], path
    return ["import sys", "", f"sys.path.insert(0, {str(folder)!r})", found], path


def _holder(op: Any) -> tuple[Any, str | None]:
    """A loaded module that has this very op under a name, though it was made elsewhere."""
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) and module.__name__ == getattr(
            module.__spec__, "name", None
        ):
            for name, value in list(vars(module).items()):
                if value is op and name.isidentifier():
                    return module, name
    return None, None


def _home(file: Path) -> tuple[Path, str]:
    """The folder to import a file from, and its name there: with the packages that it is in."""
    names = [] if file.stem == "__init__" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(names)


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
