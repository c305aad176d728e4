"""What looks on while a network learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograd import Tensor

from .history import Epoch

if TYPE_CHECKING:
    from .run import Training

__all__ = ["Callback"]


class Callback:
    """What looks on while `fit` trains; a subclass overrides what it wants to see.

    An exception that a callback raises ends the training; to end it after the current epoch, call
    `training.stop(reason)`.

    Attributes:
        keeps_graph: whether the graph of the loss is still there in `on_backward`. It then takes
            memory until the step is done.
    """

    keeps_graph: bool = False

    def on_begin(self, training: Training) -> None:
        """The training begins, or goes on where a checkpoint left it."""

    def on_epoch_begin(self, number: int, steps: int | None) -> None:
        """Epoch `number` begins; it has `steps` mini-batches, None where that is not known."""

    def on_loss(self, loss: Tensor) -> None:
        """The loss of a mini-batch is computed, its gradients are not."""

    def on_backward(self, loss: Tensor) -> None:
        """The gradients are there, the step is not yet taken: the place to clip them."""

    def on_step(self, loss: float) -> None:
        """One mini-batch is done; `loss` was its loss."""

    def on_epoch_end(self, epoch: Epoch) -> None:
        """An epoch is done."""

    def on_settled(self) -> None:
        """All callbacks have seen the step or the epoch that was done last.

        What is written down now, of the training and of the callbacks, fits together.
        """

    def on_end(self) -> None:
        """The training is over, also when an exception ended it."""

    def state_dict(self) -> dict[str, Any]:
        """What it has to remember when the training goes on in another process.

        Dictionaries, lists, tuples, numbers, texts, None and arrays.
        """
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
