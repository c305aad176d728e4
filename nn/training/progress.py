"""A bar for each epoch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .callback import Callback
from .history import Epoch

if TYPE_CHECKING:
    from .run import Training

__all__ = ["ProgressBar"]


class ProgressBar(Callback):
    """A progress bar for each epoch, with the averages so far of loss and metrics.

    It is drawn by tqdm, of the extra `train`, on the standard error stream; where that is no
    terminal, or tqdm is not installed, nothing is shown, and tqdm is not even imported.

    Args:
        leave: whether the bar of an epoch stays, with the results, when the epoch is done.
    """

    def __init__(self, leave: bool = True) -> None:
        self.leave = leave
        self.bar: Any = None
        self.training: Training | None = None

    def on_begin(self, training: Training) -> None:
        """Remember what to show."""
        self.training = training

    def on_epoch_begin(self, number: int, steps: int | None) -> None:
        """Open the bar."""
        tqdm = _tqdm()
        if tqdm is not None:
            assert self.training is not None
            self.bar = tqdm(
                total=steps,
                initial=self.training.step,
                desc=f"epoch {number}/{self.training.last}",
                unit="batch",
                leave=self.leave,
            )

    def on_step(self, loss: float) -> None:
        """Move the bar on."""
        if self.bar is not None:
            assert self.training is not None
            self._show(self.training.running(), refresh=False)
            self.bar.update()

    def on_epoch_end(self, epoch: Epoch) -> None:
        """Show what the epoch came to, and close the bar."""
        if self.bar is not None:
            shown = {name: v for name, v in epoch.values().items() if name != "seconds"}
            self._show(shown, refresh=self.leave)
            self.on_end()

    def on_end(self) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def _show(self, values: dict[str, float], refresh: bool) -> None:
        text = ", ".join(f"{name}={value:.4g}" for name, value in values.items())
        self.bar.set_postfix_str(text, refresh=refresh)


def _tqdm() -> Any:
    """The class of bars, None where there shall be none."""
    # Without a console, as under pythonw, there is no such stream at all.
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return None
    return tqdm
