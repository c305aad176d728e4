"""The log: one line of JSON for each training that is done."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nn.atomic import clear, replacing

from .experiment import Job, Result

__all__ = ["Log"]


class Log:
    """What the trainings in a folder came to.

    Args:
        folder: holds `log.jsonl` and, for each training, a folder of its key.

    The file is replaced as a whole: a kill at any moment loses no line and leaves no half of one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "log.jsonl"
        folder.mkdir(parents=True, exist_ok=True)

    def entries(self) -> dict[str, dict[str, Any]]:
        """The lines by the keys of their jobs."""
        if not self.path.exists():
            return {}
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return {entry["key"]: entry for entry in map(json.loads, lines)}

    def add(self, entry: dict[str, Any]) -> None:
        """Write a line for one more training."""
        clear(self.path)
        entries = [*self.entries().values(), entry]
        with replacing(self.path) as file:
            file.writelines(f"{json.dumps(line)}\n".encode() for line in entries)

    def results(self, jobs: Iterable[Job]) -> dict[str, Result]:
        """What those of `jobs` that are done came to, by the jobs' keys."""
        entries = self.entries()
        return {
            job.key: Result(job, entries[job.key], self.folder / job.key / "arrays.npz")
            for job in jobs
            if job.key in entries
        }
