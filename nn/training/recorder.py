"""How large the signals and the gradients are, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor, expect

from ..module import ForwardHookHandle, Module
from .callback import Callback

if TYPE_CHECKING:
    from .run import Training

__all__ = ["Recorder"]


class Recorder(Callback):
    """Write down how large activations and gradients are; `nn.plots` draws both.

    Args:
        every: look at every so many-th mini-batch, beginning with the first.

    Attributes:
        steps: numbers of the mini-batches that were looked at; the first is 1.
        activations: for each layer, by its path and class such as "0: Linear", the mean and the
            deviation of what came out of it, a pair for each of `steps`. Layers are the modules
            that hold no others; of one that is called several times the last call counts. One that
            gave no Tensor, or was not called, has pairs of NaN.
        gradients: for each parameter, by its name, the root of the mean square of its gradient;
            NaN where it had none.
        matrices: which of them are weights: those with two axes or more.

    Raises:
        ValueError: every is less than 1.
    """

    def __init__(self, every: int = 1) -> None:
        expect.integer("Recorder", "every", every, 1)
        self.every = every
        self.steps: list[int] = []
        self.activations: dict[str, list[tuple[float, float]]] = {}
        self.gradients: dict[str, list[float]] = {}
        self.matrices: set[str] = set()
        self._training: Training | None = None
        self._handles: list[ForwardHookHandle] = []
        self._seen: dict[str, tuple[float, float]] = {}

    def on_begin(self, training: Training) -> None:
        """Look at what comes out of each layer from now on."""
        self._training = training
        for path, module in training.model.named_modules():
            if not any(True for _ in module.own_modules()):
                name = f"{path}: {type(module).__name__}" if path else type(module).__name__
                self.activations.setdefault(name, [])
                self._handles.append(module.register_forward_hook(self._noting(name)))
        for name, parameter in training.model.named_parameters():
            self.gradients.setdefault(name, [])
            if parameter.ndim > 1:
                self.matrices.add(name)

    def _noting(self, name: str) -> Any:
        def note(module: Module, args: Any, output: Any) -> None:
            if module.training and self._due() and isinstance(output, Tensor) and output.size:
                self._seen[name] = float(np.mean(output.data)), float(np.std(output.data))

        return note

    def _due(self) -> bool:
        assert self._training is not None
        return self._training.total % self.every == 0

    def on_backward(self, loss: Tensor) -> None:
        """Write down the step."""
        assert self._training is not None
        if not self._due():
            return
        self.steps.append(self._training.total + 1)
        for name, pairs in self.activations.items():
            pairs.append(self._seen.get(name, (np.nan, np.nan)))
        self._seen.clear()
        for name, parameter in self._training.model.named_parameters():
            grad = parameter.grad
            size = np.nan if grad is None else float(np.sqrt(np.mean(np.square(grad.data))))
            self.gradients[name].append(size)

    def on_end(self) -> None:
        """Leave the model as it was."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def state_dict(self) -> dict[str, Any]:
        """What was written down."""
        return {
            "steps": self.steps,
            "activations": self.activations,
            "gradients": self.gradients,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.steps = list(state["steps"])
        self.activations = {name: list(pairs) for name, pairs in state["activations"].items()}
        self.gradients = {name: list(sizes) for name, sizes in state["gradients"].items()}
