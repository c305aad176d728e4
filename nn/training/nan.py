"""StopOnNaN: which op was the first to give something that is not finite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor, explain_nan

from .callback import Callback

if TYPE_CHECKING:
    from .run import Training

__all__ = ["NotFiniteError", "StopOnNaN"]


class NotFiniteError(FloatingPointError):
    """A loss or a gradient became infinite or not a number."""


class StopOnNaN(Callback):
    """End the training when a loss or a gradient is infinite or NaN, and name the op that began it.

    The step is not taken: the parameters are those that the loss was computed with.

    It looks at the loss and at the gradients of all parameters at each step, and keeps the graph
    until the step is done, which takes more memory.

    Raises:
        NotFiniteError: in `fit`, with the op whose inputs are finite and whose result is not, or
            whose derivative is not, and the user's line that called it.
    """

    keeps_graph = True

    def __init__(self) -> None:
        self._training: Training | None = None

    def on_begin(self, training: Training) -> None:
        """Remember whose parameters to look at."""
        self._training = training

    def on_loss(self, loss: Tensor) -> None:
        """Look at the loss."""
        if not _finite(loss):
            self._raise(f"the loss became {loss.item()}", loss)

    def on_backward(self, loss: Tensor) -> None:
        """Look at the gradients."""
        assert self._training is not None
        for module in self._training.modules.values():
            for name, parameter in module.named_parameters():
                if parameter.grad is not None and not _finite(parameter.grad):
                    self._raise(f"the gradient of {name} is not finite", loss)

    def _raise(self, what: str, loss: Tensor) -> None:
        training = self._training
        assert training is not None
        raise NotFiniteError(
            f"{what} in epoch {training.epoch}, mini-batch {training.step + 1}. The step was not "
            "taken. Try a smaller learning rate, look at the data of this batch, or keep the op "
            f"away from where it is not finite. {explain_nan(loss)}"
        )


def _finite(value: Any) -> bool:
    array = np.asarray(value.data if isinstance(value, Tensor) else value)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())
