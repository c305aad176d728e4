"""What a training came to, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Epoch", "History"]


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: 1 for the first epoch.
        train_loss, train_accuracy: averages over the samples of the epoch, each as it was met, so
            while the parameters were still moving.
        test_loss, test_accuracy: on the validation data, after the epoch; None without them.
        seconds: how long it took, with validation.
        others: everything else that was measured: "lr", the learning rate of the first parameter
            group, and "train_<name>", "test_<name>" for each further metric and named loss.

    Accuracies are fractions in [0, 1], and None where accuracy was not among the metrics.
    """

    number: int
    train_loss: float
    train_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    seconds: float
    others: Mapping[str, float] = field(default_factory=dict)

    def values(self) -> dict[str, float]:
        """All that was measured, by name, such as "train_loss", "test_accuracy" and "lr"."""
        named = {
            "train_loss": self.train_loss,
            "train_accuracy": self.train_accuracy,
            "test_loss": self.test_loss,
            "test_accuracy": self.test_accuracy,
            **self.others,
            "seconds": self.seconds,
        }
        return {name: value for name, value in named.items() if value is not None}

    def __getitem__(self, name: str) -> float:
        """The value of that name; KeyError, with the names there are, for any other."""
        values = self.values()
        if name not in values:
            raise KeyError(f"epoch {self.number} has no {name!r}; expected {', '.join(values)}")
        return values[name]


class History(list[Epoch]):
    """The epochs of a training, in order: a list that draws itself."""

    def values(self, name: str) -> list[float | None]:
        """One value per epoch, such as `values("test_loss")`; None where it was not measured.

        Raises KeyError if no epoch has it.
        """
        found = [epoch.values().get(name) for epoch in self]
        if self and all(value is None for value in found):
            self[-1][name]
        return found

    def plot(self, ax: Any = None, kind: str = "loss") -> Any:
        """Draw how `kind` went over the epochs, on the training data and on the validation data.

        Args:
            ax: matplotlib's Axes to draw into; None makes a figure.
            kind: "loss", "accuracy", or another metric's name; or one curve, such as "lr".

        Returns: the Axes.

        Raises:
            KeyError: nothing of that name was measured.
            ModuleNotFoundError: matplotlib, of the extra `plots`, is not installed.

        See `nn.plots.losses`.
        """
        from ..plots import losses

        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots()[1]
        losses(self, kind, ax=ax)
        return ax
