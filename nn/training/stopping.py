"""When to stop: the best value so far, and how long it has not been beaten."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from autograd import expect

from .callback import Callback
from .history import Epoch

if TYPE_CHECKING:
    from .run import Training

__all__ = ["Best", "EarlyStopping", "Mode"]

Mode = Literal["min", "max"]


class Best:
    """The best value of what is watched.

    Args:
        monitor: the name of a value of `Epoch`, such as "test_accuracy"; None watches the loss on
            the validation data, without such data that on the training data.
        mode: whether small values are good ("min") or large ones ("max"); None takes "max" for an
            accuracy, else "min".
        min_delta: by how much a value has to be better than the best one to count as better.

    Raises:
        ValueError: an unknown mode, or a negative min_delta.
    """

    def __init__(
        self, monitor: str | None = None, mode: Mode | None = None, min_delta: float = 0.0
    ) -> None:
        if mode not in (None, "min", "max"):
            raise ValueError(f"expected 'min', 'max' or None as mode, got {mode!r}")
        if monitor is not None:
            expect.instance("monitoring", "monitor", monitor, str)
        if not expect.number("monitoring", "min_delta", min_delta) >= 0:
            raise ValueError(f"expected a min_delta of at least 0, got {min_delta}")
        self.monitor = monitor
        highest = mode == "max" or (mode is None and (monitor or "").endswith("accuracy"))
        self.sign = -1.0 if highest else 1.0
        self.min_delta = min_delta
        self.value: float | None = None

    def beaten_by(self, epoch: Epoch) -> bool:
        """Whether the epoch is better than all before it; then it is the best. NaN never is."""
        value = epoch[self.name_in(epoch)]
        best = math.inf if self.value is None else self.sign * self.value
        better = self.sign * value < best - (0.0 if self.value is None else self.min_delta)
        if better:
            self.value = value
        return better

    def name_in(self, epoch: Epoch) -> str:
        """The name of what is watched."""
        if self.monitor is not None:
            return self.monitor
        return "train_loss" if epoch.test_loss is None else "test_loss"


class EarlyStopping(Callback):
    """Stop when the watched value has not become better for `patience` epochs.

    Args:
        monitor: the name of a value of `Epoch`, such as "test_accuracy"; None watches the loss on
            the validation data, without such data that on the training data.
        patience: so many epochs in a row without a better value end the training.
        min_delta: by how much a value has to be better than the best one to count as better.
        mode: "min" or "max"; None takes "max" for an accuracy, else "min".
        restore_best: give the model the state of its best epoch when the training is over, not
            when an exception ended it.

    Attributes:
        best: the best value so far; None before the first epoch.
        best_epoch: its number.

    Raises:
        ValueError: patience is less than 1, min_delta less than 0, or the mode unknown. In `fit`,
            KeyError: what to watch was not measured.
    """

    def __init__(
        self,
        monitor: str | None = None,
        patience: int = 10,
        min_delta: float = 0.0,
        mode: Mode | None = None,
        restore_best: bool = False,
    ) -> None:
        expect.integer("EarlyStopping", "patience", patience, 1)
        self._best = Best(monitor, mode, min_delta)
        self.patience = patience
        self.restore_best = restore_best
        self.best_epoch: int | None = None
        self._waited = 0
        self._state: dict[str, Any] | None = None
        self._training: Training | None = None

    @property
    def best(self) -> float | None:
        """The best value so far."""
        return self._best.value

    def on_begin(self, training: Training) -> None:
        """Remember what to stop."""
        self._training = training

    def on_epoch_end(self, epoch: Epoch) -> None:
        """Compare, and stop if the patience is over."""
        assert self._training is not None
        if self._best.beaten_by(epoch):
            self._waited, self.best_epoch = 0, epoch.number
            if self.restore_best:
                self._state = self._training.model.state_dict()
            return
        self._waited += 1
        if self._waited >= self.patience:
            name = self._best.name_in(epoch)
            self._training.stop(
                f"{name} has not been better than {self.best} for {self._waited} epochs"
            )

    def on_end(self) -> None:
        """Restore the best state, if wanted."""
        if self._state is not None and self._training is not None and self._training.complete:
            self._training.model.load_state_dict(self._state)

    def state_dict(self) -> dict[str, Any]:
        """The best value, its epoch and state, and the epochs since."""
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "waited": self._waited,
            "state": copy.copy(self._state),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self._best.value = state["best"]
        self.best_epoch, self._waited = state["best_epoch"], state["waited"]
        self._state = state["state"]
