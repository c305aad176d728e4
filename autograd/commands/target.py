"""`path/file.py::name` on the command line: the object of that name in that file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from . import UsageError

__all__ = ["load"]


def load(target: str) -> Any:
    """Run the file and return what it calls by the name.

    The file finds its neighbours, as it does when Python runs it.

    Raises: UsageError for a target of another form, a file that is not there, a missing name.
    """
    file, separator, name = target.rpartition("::")
    if not separator or not file or not name:
        raise UsageError(f"expected path/file.py::function, got {target!r}")
    path = Path(file).resolve()
    if not path.is_file():
        raise UsageError(f"expected a Python file before '::', and there is no file {file}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"expected a Python file before '::', got {file}")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            public = ", ".join(key for key in vars(module) if not key.startswith("_"))
            raise UsageError(f"{file} has no {name!r}; it has {public or 'no names'}")
        found = getattr(found, part)
    return found
