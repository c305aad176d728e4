"""Files that are written as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["clear", "replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file to write to, which takes the place of `path` when the block is complete.

    Whoever opens `path`, at any moment, finds the old content or the new one, also after a crash of
    the process or the machine: the new content is on the disk before it gets the name. An exception
    in the block leaves the old file. A killed process leaves a file `.<name>.<…>.tmp` beside it,
    which nobody reads. A symbolic link stays; what it points to is replaced.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        # Opened by its name, and not by tempfile, it gets the permissions that the user's umask
        # gives to every file.
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def clear(path: str | os.PathLike[str]) -> None:
    """Remove the temporary files that killed processes left beside `path`.

    Only for who knows that nobody else is writing there.
    """
    target = Path(os.path.realpath(path))
    start = f".{target.name}."
    with suppress(OSError):
        for file in list(target.parent.iterdir()):
            if file.name.startswith(start) and file.name.endswith(".tmp"):
                file.unlink()


def _sync_folder(folder: Path) -> None:
    """Bring the new name onto the disk, where the system can do that for folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
