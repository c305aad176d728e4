"""What tests of compiled loops share."""

import contextlib
import sys
import types

import pytest

from autograd import compiled


def require_numba():
    """Skip where the extra `fast` is not installed; where it is, every loop has to compile."""
    pytest.importorskip("numba", reason="the extra `fast` (numba) is not installed")
    reason = compiled.unavailable()
    assert reason is None, reason


@contextlib.contextmanager
def interpreted():
    """Run the loops as Python, uncompiled: so they can be traced, with numba or without."""
    numba = types.SimpleNamespace(njit=lambda *types, **options: lambda function: function)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numba", numba)
        patch.setattr(compiled, "_found", {})
        patch.setattr(compiled, "_reason", None)
        yield


@contextlib.contextmanager
def compiled_loops(mode):
    """Loops on or off, and as they were afterwards."""
    before = compiled._enabled
    compiled.set_compiled(mode)
    try:
        yield
    finally:
        compiled.set_compiled(before)


def both_ways(compute):
    """What `compute()` gives by compiled loops, and by NumPy alone."""
    results = []
    for mode in (True, False):
        with compiled_loops(mode):
            results.append(compute())
    return results
