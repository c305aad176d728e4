"""StopOnNaN: which op was the first to give something that is not finite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor, gradients
from autograd.errors import argument, origin

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
            self._raise(f"the loss became {loss.item()}", _first_bad_result(loss))

    def on_backward(self, loss: Tensor) -> None:
        """Look at the gradients."""
        assert self._training is not None
        for module in self._training.modules.values():
            for name, parameter in module.named_parameters():
                if parameter.grad is not None and not _finite(parameter.grad):
                    finding = _first_bad_derivative(loss)
                    self._raise(f"the gradient of {name} is not finite", finding)

    def _raise(self, what: str, finding: str) -> None:
        training = self._training
        assert training is not None
        raise NotFiniteError(
            f"{what} in epoch {training.epoch}, mini-batch {training.step + 1}: {finding}. The "
            "step was not taken. Try a smaller learning rate, look at the data of this batch, or "
            "keep the op away from where it is not finite"
        )


def _finite(value: Any) -> bool:
    array = np.asarray(value.data if isinstance(value, Tensor) else value)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def _first_bad_result(J: Tensor) -> str:
    """The oldest node with a bad result and no bad input, on the way from the loss down."""
    seen, waiting, first = {J._id}, [J], J
    while waiting:
        node = waiting.pop()
        bad = [x for x in node.inputs if not _finite(x)]
        nodes = [x for x in bad if isinstance(x, Tensor) and not x.is_leaf]
        if not nodes and node._id <= first._id:
            first = node
        for x in nodes:
            if x._id not in seen:
                seen.add(x._id)
                waiting.append(x)
    given = [x for x in first.inputs if not _finite(x)]
    if given:
        return f"{argument(first, given[0])} was not finite already when it came to {origin(first)}"
    if first.is_leaf:
        return "it was not computed from finite numbers; nothing was recorded"
    return f"the first op whose inputs are finite and whose result is not is {origin(first)}"


def _first_bad_derivative(J: Tensor) -> str:
    """The op that gave, from finite gradients, the first one that is not finite."""
    nodes = _graph(J)
    grads = dict(zip(nodes, gradients(J, nodes), strict=True))
    bad = max((x for x, g in grads.items() if g is not None and not _finite(g)), key=_number)
    # All that depends on it is younger, and has finite gradients. The oldest of these that hands
    # it a bad one is to blame: no other way leads from it to the tensor.
    for node in sorted(nodes, key=_number):
        seed = grads[node]
        if seed is not None and any(x is bad for x in node.inputs):
            (part,) = gradients(node, [bad], [seed])
            if not _finite(part):
                return (
                    f"the first derivative that is not finite is that for {argument(node, bad)} "
                    f"of {origin(node)}"
                )
    return "each derivative is finite, but their sum overflows"


def _graph(J: Tensor) -> list[Tensor]:
    """Everything below the loss that a gradient flows to, and the loss."""
    seen, waiting = {J._id: J}, [J]
    while waiting:
        for x in waiting.pop().inputs:
            if isinstance(x, Tensor) and x.requires_grad and x._id not in seen:
                seen[x._id] = x
                waiting.append(x)
    return list(seen.values())


def _number(node: Tensor) -> int:
    return node._id
