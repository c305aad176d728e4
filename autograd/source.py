"""Which line of the user's program recorded a node.

A node keeps its caller's code object and instruction offset, nothing else: no frame, so nothing of
the caller is kept alive. They become a file, a line and its text only when somebody asks: an
error, a drawing, a report.
"""

from __future__ import annotations

import linecache
import os
import sys
import warnings
from types import CodeType, FrameType
from typing import NamedTuple

__all__ = ["Line", "add_library", "is_library", "locate", "warn"]

# Files that are not ours, learned as they are met: one look into a set for the usual case.
user_files: set[str] = set()
_library_files: set[str] = set()
_library: set[str] = set()


class Line(NamedTuple):
    """A line of a program: `file`, line `number` (from 1), `function` and the source `text`."""

    file: str
    number: int
    function: str
    text: str

    def __str__(self) -> str:
        place = f'File "{self.file}", line {self.number}, in {self.function}'
        return f"{place}\n    {self.text}" if self.text else place


def add_library(file: str) -> None:
    """Make the package of `file` (its `__init__`) part of the library: its lines are passed over.

    Layers and optimizers call this, so that a node points at the line that called the layer.
    """
    _library.add(os.path.dirname(os.path.abspath(file)) + os.sep)


def is_library(file: str) -> bool:
    """Whether a line of `file` is passed over as one of the library's."""
    if file in user_files:
        return False
    if file not in _library_files:
        if not file.startswith(tuple(_library)):
            user_files.add(file)
            return False
        _library_files.add(file)
    return True


def user_frame(frame: FrameType) -> FrameType:
    """The nearest frame outside the library, from `frame` on; `frame` itself if there is none."""
    current: FrameType | None = frame
    while current is not None:
        file = current.f_code.co_filename
        if file not in _library_files and (file in user_files or not is_library(file)):
            return current
        current = current.f_back
    return frame


def caller() -> FrameType:
    """The frame of the user's code that is calling into the library right now."""
    return user_frame(sys._getframe(1))


def warn(message: str) -> None:
    """Give a UserWarning at the line of the user's code; by default Python shows each line once."""
    frame = caller()
    warnings.warn_explicit(
        message,
        UserWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def locate(code: CodeType | None, offset: int) -> Line | None:
    """The line that instruction `offset` of `code` belongs to; None when nothing was kept."""
    if code is None:
        return None
    positions = list(code.co_positions())
    number = positions[offset // 2][0] if offset // 2 < len(positions) else None
    number = number or code.co_firstlineno
    text = linecache.getline(code.co_filename, number).strip()
    return Line(code.co_filename, number, code.co_qualname, text)


add_library(__file__)
