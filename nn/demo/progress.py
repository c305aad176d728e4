"""What is seen while the network learns: a bar, and a line of a table for each epoch."""

from __future__ import annotations

import math
import sys
from typing import Any

from tqdm import tqdm

from nn.training import Callback, Epoch

__all__ = ["DivergedError", "Progress"]

_HEADER = "epoch  train loss  train accuracy  test loss  test accuracy  seconds"


class DivergedError(Exception):
    """The loss is no longer a finite number."""


class Progress(Callback):
    """A progress bar over the whole training, without a terminal none, and the table of epochs.

    Raises `DivergedError` at a loss that is infinite or not a number.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.number = 0
        self.bar: Any = None

    def on_epoch_begin(self, number: int, steps: int | None) -> None:
        """Say which epoch it is; above the first, open the bar and print the head of the table."""
        if self.bar is None:
            _print(_HEADER)
            total = None if steps is None else steps * self.epochs
            self.bar = tqdm(total=total, unit="batch", leave=False, disable=None)
        self.number = number
        self.bar.set_description(f"epoch {number} of {self.epochs}", refresh=False)

    def on_step(self, loss: float) -> None:
        """Move the bar on."""
        if not math.isfinite(loss):
            raise DivergedError(f"the loss became {loss} in epoch {self.number}")
        self.bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)
        self.bar.update()

    def on_epoch_end(self, epoch: Epoch) -> None:
        """Put a line of the table above the bar."""
        assert epoch.test_loss is not None
        assert epoch.test_accuracy is not None
        _print(
            f"{epoch.number:5d}  {epoch.train_loss:10.4f}  {epoch.train_accuracy:14.2%}  "
            f"{epoch.test_loss:9.4f}  {epoch.test_accuracy:13.2%}  {epoch.seconds:7.2f}"
        )

    def on_end(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.close()


def _print(line: str) -> None:
    tqdm.write(line, file=sys.stdout)
    sys.stdout.flush()
