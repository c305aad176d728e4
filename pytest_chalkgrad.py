"""The pytest plugin of `autograd.testing`: ops marked with `gradcheck_op` become tests.

It stands outside of the packages, and imports none of them, because pytest loads it in every run:
before coverage is measured, and also where nothing is differentiated.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

__all__ = ["OpItem", "pytest_configure", "pytest_pycollect_makeitem"]


def pytest_configure(config: pytest.Config) -> None:
    """Make `pytest -m gradcheck_op` known."""
    config.addinivalue_line("markers", "gradcheck_op: an op marked with autograd's gradcheck_op")


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> Any:
    """A test for a marked op in a test module; None, pytest's own way, for everything else."""
    kit = sys.modules.get("autograd.testing")
    # Without the kit imported nothing can have been marked.
    mark = kit.mark_of(obj) if kit is not None and isinstance(collector, pytest.Module) else None
    if mark is None:
        return None
    item = OpItem.from_parent(collector, name=name, callobj=lambda: mark.check(obj))
    item.line = mark.line
    item.add_marker("gradcheck_op")
    return item


class OpItem(pytest.Function):
    """The check of one op; fixtures with `autouse` apply to it as to a test function."""

    line = 0

    def reportinfo(self) -> tuple[Any, int, str]:
        """The line of the mark, for the editor to jump to."""
        return self.path, self.line - 1, self.name

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What the check says, without the traceback through the library."""
        kit = sys.modules["autograd.testing"]
        if excinfo.errisinstance(kit.OpError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)
