"""Statistics of a whole training set for the layers that normalize with them, layer by layer.

Deck, part C: the third choice of what batch normalization uses at test time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd import no_grad
from autograd.registry import unwrap

if TYPE_CHECKING:
    from .module import Module

__all__ = ["Calibrated", "Moments", "recalibrate"]


class Moments:
    """Mean and variance per channel of all that was added, however it was cut into batches.

    Attributes:
        count: how many values each channel has seen.
        mean: their mean, float64 of shape (C,).

    Batches are merged by Chan's formula, which cancels nothing: adding up squares would lose the
    variance of large values.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean: NDArray[np.float64] = np.zeros(())
        self._squares: NDArray[np.float64] = np.zeros(())

    def add(self, x: NDArray[Any]) -> None:
        """Take in `x` of shape (N, C) or (N, C, L)."""
        axes = (0, *range(2, x.ndim))
        count = x.size // x.shape[1] if x.shape[1] else 0
        if not count:
            return
        mean = np.mean(x, axis=axes, dtype=np.float64)
        squares = np.var(x, axis=axes, dtype=np.float64) * count
        total = self.count + count
        apart = mean - self.mean
        self._squares = self._squares + squares + apart * apart * (self.count * count / total)
        self.mean = self.mean + apart * (count / total)
        self.count = total

    def variance(self) -> NDArray[np.float64]:
        """The mean of the squared distances from the mean, per channel (divided by the count)."""
        return self._squares / self.count


class Calibrated:
    """What a layer has that `recalibrate` can measure: batch normalization.

    Attributes:
        measuring: where the layer is to add its next input, and raise `Measured` when it has; None
            at all other times.
    """

    measuring: Moments | None = None

    def keeps_statistics(self) -> bool:
        """Whether there is a place for statistics."""
        raise NotImplementedError

    def set_statistics(self, mean: Any, variance: Any, batches: int) -> None:
        """Normalize with these at test time; they come from so many batches."""
        raise NotImplementedError


class Measured(BaseException):
    """The layer that is being measured has seen its input; what lies above need not be computed."""


def recalibrate(model: Module, loader: Iterable[Any]) -> None:
    """Set the statistics of every batch normalization in `model`; see `Module.recalibrate`."""
    layers = {
        layer: path
        for path, layer in model.named_modules()
        if isinstance(layer, Calibrated) and layer.keeps_statistics()
    }
    if iter(loader) is loader:
        raise TypeError(
            "recalibrate goes through the loader once for each layer: expected something that can "
            f"be begun again, such as a DataLoader or a list, got {type(loader).__name__}"
        )
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with no_grad():
            waiting = list(layers)
            while waiting:
                layer = _first_called(model, loader, waiting)
                if layer is None:
                    return
                _measure(model, loader, layer, layers[layer])
                waiting.remove(layer)
    finally:
        for module, mode in modes.items():
            module.training = mode


def _inputs(loader: Iterable[Any]) -> Iterator[Any]:
    """The x of each batch, which is x itself or a tuple that begins with it."""
    for batch in loader:
        yield batch[0] if isinstance(batch, (tuple, list)) else batch


def _first_called(model: Module, loader: Iterable[Any], waiting: list[Any]) -> Any:
    """The first of the layers in `waiting` that the model calls, None if it calls none."""
    seen = Moments()
    for layer in waiting:
        layer.measuring = seen
    try:
        for x in _inputs(loader):
            model(x)
            return None
    except Measured as message:
        return message.args[0]
    finally:
        for layer in waiting:
            layer.measuring = None
    raise ValueError("recalibrate expects a loader with at least one batch, got none")


def _measure(model: Module, loader: Iterable[Any], layer: Any, path: str) -> None:
    """One pass over the data for the statistics of one layer."""
    layer.measuring = moments = Moments()
    batches = 0
    try:
        for x in _inputs(loader):
            try:
                model(x)
            except Measured:
                batches += 1
    finally:
        layer.measuring = None
    if not moments.count:
        raise ValueError(
            f"recalibrate: {path or 'the layer'} expected samples to take statistics of, got none "
            f"in {batches} batches"
        )
    layer.set_statistics(moments.mean, moments.variance(), batches)


def measured(layer: Calibrated, x: Any) -> None:
    """Called by a layer first: take in its input and stop there, if it is being measured."""
    if layer.measuring is not None:
        layer.measuring.add(np.asarray(unwrap(x)))
        raise Measured(layer)
