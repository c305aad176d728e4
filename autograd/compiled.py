"""Compiled kernels, where numba is installed (the extra `fast`): the same results, sooner.

`nn` and `optim` ask here for the kernel of a name, and get None where there is none: NumPy does the
work then, and remains the definition of what is computed. numba is imported at the first question,
a kernel compiled when it is first asked for, for one dtype, and kept on disk (in `__pycache__` or
where NUMBA_CACHE_DIR points). If anything is wrong with numba there are no kernels; `unavailable`
tells why.

CHALKGRAD_FAST=0 in the environment, or `set_compiled(False)`, switches the kernels off.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

__all__ = ["find", "flat", "kernel", "set_compiled", "unavailable"]

_DTYPES = {np.dtype(np.float32): "float32", np.dtype(np.float64): "float64"}

_enabled = os.environ.get("CHALKGRAD_FAST", "1") != "0"
_found: dict[tuple[str, Any], Callable[..., Any] | None] = {}
_reason: str | None = None


def find(name: str, *arrays: Any) -> Callable[..., Any] | None:
    """The compiled kernel of this name for `arrays`, or None.

    Args:
        name: module and function, as in "optim.kernels.adam".
        arrays: what it will read and write. Kernels want plain arrays of one dtype, float32 or
            float64, in C order, aligned and writable; for anything else there is none.
    """
    if not _enabled:
        return None
    dtype = arrays[0].dtype
    for a in arrays:
        if type(a) is not ndarray or a.dtype is not dtype or not a.flags.carray:
            return None
    try:
        return _found[name, dtype]
    except KeyError:
        return _load(name, dtype)


def flat(*arrays: Any) -> tuple[Any, ...]:
    """The memory of arrays of one shape, each as one axis, if all have the same order.

    An array in neither C nor Fortran order, or in another than the first, is left as it is.
    """
    first = arrays[0].flags
    if first.c_contiguous and all(a.flags.c_contiguous for a in arrays):
        return tuple(a.reshape(-1) for a in arrays)
    if first.f_contiguous and all(a.flags.f_contiguous for a in arrays):
        return tuple(a.T.reshape(-1) for a in arrays)
    return arrays


def set_compiled(mode: bool) -> None:
    """Use compiled kernels where there are any (`True`, the default), or NumPy alone."""
    global _enabled
    if not isinstance(mode, bool):
        raise TypeError(f"set_compiled expects True or False, got {type(mode).__name__}")
    _enabled = mode


def unavailable() -> str | None:
    """Why there are no compiled kernels, in a sentence; None where there are."""
    if not _enabled:
        return "switched off: CHALKGRAD_FAST is 0, or set_compiled(False) was called"
    find("optim.kernels.sgd", np.zeros(1, np.float32))
    return _reason


def _load(name: str, dtype: Any) -> Callable[..., Any] | None:
    """Compile a kernel for `dtype`, or fetch it from the disk; None if that does not work."""
    global _reason
    made: Callable[..., Any] | None = None
    if dtype in _DTYPES:
        home, _, function = name.rpartition(".")
        try:
            made = getattr(importlib.import_module(home), function)(_DTYPES[dtype])
        # Whatever is wrong with numba, or with its cache, must not stop a computation.
        except Exception as error:
            _reason = f"{type(error).__name__}: {error}"
    _found[name, dtype] = made
    return made


def kernel(arguments: str) -> Callable[[Callable[..., Any]], Callable[[str], Callable[..., Any]]]:
    """Declare a kernel: the decorated loop becomes a function from a dtype to compiled code.

    Args:
        arguments: a word per argument: "a" a number of the dtype, "a[:]" and "a[:,:]" arrays of it
            in C order, "b" a truth value, "i[:]" int64 and "b[:]" boolean arrays.
    """

    def declare(loop: Callable[..., Any]) -> Callable[[str], Callable[..., Any]]:
        def compiled(dtype: str) -> Callable[..., Any]:
            import numba

            words = [word.replace(":]", "::1]") for word in arguments.split()]
            words = [w.replace("a", dtype, 1) if w[0] == "a" else w for w in words]
            words = [w.replace("i", "int64", 1) if w[0] == "i" else w for w in words]
            # Sums in another order, and a·b + c rounded once: what lets the loops be vectorized.
            # Infinities and NaN keep their meaning.
            options = {"cache": True, "nogil": True, "error_model": "numpy"}
            options["fastmath"] = {"contract", "reassoc"}
            made: Callable[..., Any] = numba.njit(f"({', '.join(words)})", **options)(loop)
            return made

        return compiled

    return declare
