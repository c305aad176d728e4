"""What the user calls a tensor: the variable that holds it, where it has no name of its own."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

import numpy as np

from ..source import is_library
from ..tensor import Tensor

__all__ = ["from_calls", "from_frame", "from_module", "is_module", "parameter_count", "variables"]

# What its functions call their arguments says nothing.
_NUMPY = os.path.dirname(np.__file__) + os.sep
# Where IPython keeps what was typed and shown.
_PROMPT = ("In", "Out")
# Containers longer than this hold data, not variables.
_LONG = 64


def from_frame(frame: FrameType) -> dict[int, str]:
    """Number of a tensor -> its name among the local and global variables of `frame`.

    Tensors in lists, tuples and dicts are called as they would be written, `w[0]`; parameters of a
    module by their path, `model.0.weight`. Of several names the first local one counts. Arrays
    stand under their negative `id`, which is theirs as long as the frame holds them.
    """
    names: dict[int, str] = {}
    for scope in (variables(frame), dict(frame.f_globals)):
        _collect(scope, names)
        for name, value in scope.items():
            if isinstance(value, np.ndarray):
                names.setdefault(-id(value), name)
    return names


def variables(frame: FrameType) -> dict[str, Any]:
    """A copy of the local variables of `frame`.

    Before Python 3.13 a function's frame keeps what `f_locals` gave, and with it every value alive
    that a variable held; it is emptied here. Elsewhere `f_locals` are the variables themselves, and
    under a debugger or profiler what is emptied would be written back into them.
    """
    found = dict(frame.f_locals)
    watched = sys.gettrace() is not None or sys.getprofile() is not None
    if sys.version_info < (3, 13) and frame.f_code.co_flags & inspect.CO_OPTIMIZED and not watched:
        frame.f_locals.clear()
    return found


@contextlib.contextmanager
def from_calls() -> Iterator[dict[int, str]]:
    """A block during which every function of the user leaves the names of its variables.

    Gives a dictionary like that of `from_frame`. A variable that was bound again keeps its name for
    the last value only.
    """
    names: dict[int, str] = {}
    before = sys.getprofile()

    def note(frame: FrameType, event: Any, argument: Any) -> None:
        file = frame.f_code.co_filename
        if event == "return" and not (file.startswith(_NUMPY) or is_library(file)):
            _collect(variables(frame), names)
        if before is not None:
            before(frame, event, argument)

    sys.setprofile(note)
    try:
        yield names
    finally:
        sys.setprofile(before)


def is_module(value: Any) -> bool:
    """Whether `value` is a layer or a network of `nn`, which this package does not know.

    Its class says so: modules of other libraries, and objects that have any attribute, do not.
    """
    return hasattr(type(value), "own_parameters")


def from_module(module: Any, prefix: str = "") -> dict[int, str]:
    """Number of each parameter and buffer below `module` -> its path behind `prefix`.

    Unlike `named_parameters` this gives no parameter a name of its own.
    """
    names: dict[int, str] = {}
    for path, part in module.named_modules(prefix):
        for name, tensor, *_ in (*part.own_parameters(), *part.own_buffers()):
            names.setdefault(tensor._id, f"{path}.{name}" if path else name)
    return names


def parameter_count(module: Any) -> int:
    """How many numbers `module` learns, shared ones counted once."""
    found = {p._id: p.size for part in module.modules() for _, p in part.own_parameters()}
    return sum(found.values())


def _collect(scope: Mapping[str, Any], names: dict[int, str]) -> None:
    public = {
        name: value
        for name, value in scope.items()
        if name.isidentifier() and not name.startswith("_") and name not in _PROMPT
    }
    # The nearest to the user first: a variable, then a place in a container, then a path.
    for name, value in public.items():
        if isinstance(value, Tensor):
            names.setdefault(value._id, name)
    for name, value in public.items():
        if isinstance(value, (list, tuple, dict)) and len(value) <= _LONG:
            # A copy: a profiler, or another thread, may add to it meanwhile.
            copied = value.copy() if isinstance(value, dict) else dict(enumerate(tuple(value)))
            for key, item in copied.items():
                if isinstance(item, Tensor):
                    names.setdefault(item._id, f"{name}[{key!r}]")
    for name, value in public.items():
        if is_module(value):
            for number, path in from_module(value, name).items():
                names.setdefault(number, path)
