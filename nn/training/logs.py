"""Logs for other programs: a table, and TensorBoard's files."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import expect

from ..atomic import clear, replacing
from .callback import Callback
from .history import Epoch

if TYPE_CHECKING:
    from .run import Training

__all__ = ["CSVLogger", "TensorBoard"]


class CSVLogger(Callback):
    """Write the history as a table of comma-separated values: one row per epoch.

    Args:
        path: of the file, in UTF-8. It always holds the whole history, and nothing else: it is
            replaced after each epoch, and a training that goes on from a checkpoint writes no row
            twice.

    The columns are "epoch" and the names of `Epoch.values()`; numbers are written with all their
    digits, seconds as well.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(expect.path("CSVLogger", "path", path))
        self._training: Training | None = None

    def on_begin(self, training: Training) -> None:
        """Remember whose history to write; make the folder, and clear it of unfinished tables."""
        self._training = training
        self.path.parent.mkdir(parents=True, exist_ok=True)
        clear(self.path)

    def on_epoch_end(self, epoch: Epoch) -> None:
        """Write the table."""
        assert self._training is not None
        rows: list[dict[str, Any]] = [
            {"epoch": past.number, **past.values()} for past in self._training.history
        ]
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        table = csv.DictWriter(text, names, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        with replacing(self.path) as file:
            file.write(text.getvalue().encode())


class TensorBoard(Callback):
    """Write files for TensorBoard (`tensorboard --logdir <folder>`), without TensorFlow.

    Args:
        folder: where to write them; one folder for each run.
        every: write the loss of every so many mini-batches, as "step/loss".

    After each epoch come "loss/train", "loss/test", and so on for the metrics, and "lr". All are
    numbered by the mini-batches since the beginning. A training that goes on from a checkpoint
    tells TensorBoard to forget what was written after it.

    Raises:
        ModuleNotFoundError: the extra `tensorboard` is not installed.
        ValueError: every is less than 1.
    """

    def __init__(self, folder: str | os.PathLike[str], every: int = 1) -> None:
        expect.integer("TensorBoard", "every", every, 1)
        try:
            import tensorboardX
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "TensorBoard needs the package tensorboardX; pip install 'chalkgrad[tensorboard]'"
            ) from error
        self._open = tensorboardX.SummaryWriter
        self.folder = Path(expect.path("TensorBoard", "folder", folder))
        self.every = every
        self._writer: Any = None
        self._training: Training | None = None

    def on_begin(self, training: Training) -> None:
        """Open the file."""
        self._training = training
        done = training.total
        self._writer = self._open(str(self.folder), purge_step=done + 1 if done else None)

    def on_step(self, loss: float) -> None:
        """Write the loss of the mini-batch."""
        assert self._training is not None
        if self._training.total % self.every == 0:
            self._writer.add_scalar("step/loss", loss, self._training.total)

    def on_epoch_end(self, epoch: Epoch) -> None:
        """Write what the epoch came to."""
        assert self._training is not None
        for name, value in epoch.values().items():
            part, _, kind = name.partition("_")
            tag = f"{kind}/{part}" if part in ("train", "test") and kind else name
            self._writer.add_scalar(tag, value, self._training.total)
        self._writer.flush()

    def on_end(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
