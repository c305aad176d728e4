"""What is seen while the network learns: a bar, and a line of the table for each epoch."""

from __future__ import annotations

import math
import sys

from tqdm import tqdm

from nn.training import Epoch, ProgressBar

__all__ = ["DivergedError", "Progress"]

_HEADER = "epoch  train loss  train accuracy  test loss  test accuracy  seconds"


class DivergedError(Exception):
    """The loss is no longer a finite number."""


class Progress(ProgressBar):
    """A progress bar for each epoch, without a terminal none, and the table of the epochs.

    Raises `DivergedError` at a loss that is infinite or not a number.
    """

    def __init__(self) -> None:
        super().__init__(leave=False)
        self.number = 0

    def on_epoch_begin(self, number: int, steps: int | None) -> None:
        """Open the bar; above the first, the head of the table."""
        if self.number == 0:
            _print(_HEADER)
        self.number = number
        super().on_epoch_begin(number, steps)

    def on_step(self, loss: float) -> None:
        """Move the bar on."""
        if not math.isfinite(loss):
            raise DivergedError(f"the loss became {loss} in epoch {self.number}")
        super().on_step(loss)

    def on_epoch_end(self, epoch: Epoch) -> None:
        """Put a line of the table where the bar was."""
        super().on_epoch_end(epoch)
        _print(
            f"{epoch.number:5d}  {epoch.train_loss:10.4f}  {epoch['train_accuracy']:14.2%}  "
            f"{epoch['test_loss']:9.4f}  {epoch['test_accuracy']:13.2%}  {epoch.seconds:7.2f}"
        )


def _print(line: str) -> None:
    tqdm.write(line, file=sys.stdout)
    sys.stdout.flush()
