"""`path/to/file.py::name`: what a command is to look at, loaded."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["UsageError", "load", "named"]


class UsageError(Exception):
    """What the user has to change; shown as one line, without a traceback."""


def load(path: str) -> ModuleType:
    """The module in the file `path`, run under its own name, with its folder importable.

    Raises UsageError if there is no such file, or if it does not run.
    """
    file = Path(path)
    if not file.is_file():
        near = sorted(p.name for p in file.parent.glob("*.py")) if file.parent.is_dir() else []
        raise UsageError(
            f"no file {path!r}; expected path/to/file.py::name"
            + (f". In {str(file.parent)!r} there is {', '.join(near[:9])}" if near else "")
        )
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path!r} is not a file of Python; expected path/to/file.py::name")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.resolve().parent))
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"{path!r} does not run: {type(error).__name__}: {error}") from error
    return module


def named(
    module: ModuleType, name: str, path: str, wanted: Callable[[Any], bool], what: str
) -> Any:
    """The value called `name`, dots allowed, of a loaded file.

    Raises UsageError if there is none, with the names of those that `wanted` holds for.
    """
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            candidates = [n for n, v in vars(module).items() if not n.startswith("_") and wanted(v)]
            close = difflib.get_close_matches(part, candidates, 1)
            raise UsageError(
                f"{path} has no {name!r}"
                + (f"; did you mean {close[0]!r}?" if close else ".")
                + (
                    f" It has {what}: {', '.join(candidates)}"
                    if candidates
                    else f" It has no {what}"
                )
            )
        found = getattr(found, part)
    return found
