"""Compiled loops, where numba is installed (the extra `fast`): the same results, sooner.

`nn` and `optim` ask here for the loop of a name, and get None where there is none: NumPy does the
work then, and remains the definition of what is computed. numba is imported at the first question,
a loop is compiled when it is first asked for, for one dtype, and kept on disk (in `__pycache__`, or
where NUMBA_CACHE_DIR points). If anything is wrong with numba there are no loops, and `unavailable`
tells why.

CHALKGRAD_FAST=0 in the environment, or `set_compiled(False)`, switches them off.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy import ndarray

__all__ = ["bound", "find", "loop", "mapped", "set_compiled", "unavailable"]

_FLOATS = {np.dtype(np.float32): "float32", np.dtype(np.float64): "float64"}
# Words in the declaration of a loop -> numba's types; "x" stands for the dtype it is compiled for.
_TYPES = {
    "x": "x",
    "x1": "x[::1]",
    "x2": "x[:,::1]",
    "b": "boolean",
    "b1": "boolean[::1]",
    "i1": "int64[::1]",
}

# Elements of the smallest array that a loop is looked for: whoever computes with a few numbers does
# not wait for numba, which takes 0.5 s to import.
_SMALLEST = 256

_enabled = os.environ.get("CHALKGRAD_FAST", "1") != "0"
_found: dict[tuple[str, Any], Callable[..., Any] | None] = {}
_reason: str | None = None


def find(name: str, *arrays: Any) -> Callable[..., Any] | None:
    """The compiled loop of this name for `arrays`, or None.

    Args:
        name: module and function, as in "nn.loops.normalize".
        arrays: the floating arrays that it will read and write. Loops want them of one dtype,
            float32 or float64, in C order, aligned and writable, and the first one not tiny; for
            anything else there is none. That their shapes fit is left to the caller.
    """
    first = arrays[0]
    dtype = first.dtype
    if not _enabled or first.size < _SMALLEST:
        return None
    for a in arrays:
        if type(a) is not ndarray or a.dtype is not dtype or not a.flags.carray:
            return None
    try:
        return _found[name, dtype]
    except KeyError:
        return _load(name, dtype)


def bound(name: str, *arrays: Any) -> Callable[..., Any] | None:
    """The loop of this name with the memory of `arrays` as its first arguments, or None.

    Args:
        name: as for `find`.
        arrays: of one shape and in one order, C or Fortran, however many axes they have.
    """
    if not _enabled:
        return None
    if not arrays[0].flags.c_contiguous:
        arrays = tuple([a.T for a in arrays])
    loop = find(name, *arrays)
    if loop is None:
        return None
    shape, flat = arrays[0].shape, []
    for a in arrays:
        if a.shape != shape:
            return None
        flat.append(a.ravel())
    return partial(loop, *flat)


def mapped(name: str, *arrays: Any, numbers: tuple[Any, ...] = ()) -> Any:
    """A new array like the first of `arrays`, filled from them by the loop of this name, or None.

    It is never one of the arrays: on memory that overlaps, a loop has to go element by element,
    which takes 20 us instead of 8 for a mask on 64k elements.
    """
    if not _enabled or arrays[0].size < _SMALLEST:
        return None
    loop = bound(name, *arrays, out := np.empty_like(arrays[0]))
    if loop is None:
        return None
    loop(*numbers)
    return out


def set_compiled(mode: bool) -> None:
    """Use compiled loops where there are any (`True`, as at first), or NumPy alone."""
    global _enabled
    if not isinstance(mode, bool):
        raise TypeError(f"set_compiled expects True or False, got {type(mode).__name__}")
    _enabled = mode


def unavailable() -> str | None:
    """Why there are no compiled loops, in a sentence; None where there are."""
    if not _enabled:
        return "switched off: by CHALKGRAD_FAST=0 or set_compiled(False)"
    find("optim.loops.sgd", np.zeros(_SMALLEST, np.float32))
    return _reason


def _load(name: str, dtype: Any) -> Callable[..., Any] | None:
    """Compile a loop for `dtype`, or fetch it from the disk; None if that does not work."""
    global _reason
    made: Callable[..., Any] | None = None
    if dtype in _FLOATS:
        home, _, function = name.rpartition(".")
        try:
            # What numba warns of while it loads is not the user's to mend, not even under -W error.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = getattr(importlib.import_module(home), function)(_FLOATS[dtype])
        # Whatever is wrong with numba, or with its cache, must not stop a computation.
        except Exception as error:
            _reason = f"{type(error).__name__}: {error}"
    _found[name, dtype] = made
    return made


def loop(*arguments: str) -> Callable[[Callable[..., Any]], Callable[[str], Callable[..., Any]]]:
    """Declare a loop: the decorated function becomes one from a dtype's name to compiled code.

    Args:
        arguments: for each argument, "x" for a number of the dtype, "x1" and "x2" for arrays of it
            with one and two axes, "i1" for int64, "b" and "b1" for booleans.
    """

    def declare(function: Callable[..., Any]) -> Callable[[str], Callable[..., Any]]:
        def compiled(dtype: str) -> Callable[..., Any]:
            import numba

            types = ", ".join(_TYPES[word].replace("x", dtype) for word in arguments)
            # Sums in another order, and a·b + c rounded once: what lets a loop be vectorized.
            # Infinities and NaN keep their meaning.
            made: Callable[..., Any] = numba.njit(
                f"({types})",
                cache=True,
                nogil=True,
                error_model="numpy",
                fastmath={"contract", "reassoc", "nsz"},
            )(function)
            return made

        return compiled

    return declare
