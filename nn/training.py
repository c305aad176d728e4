"""The training loop: epochs of mini-batches, each a forward pass, a backward pass and a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from autograd import no_grad
from optim import Optimizer

from .module import Module

__all__ = ["Callback", "Epoch", "accuracy", "evaluate", "fit"]

Loss = Callable[[Any, Any], Any]
# Pairs of a batch x and its labels; loaders of any number of fields are typed alike.
Batches = Iterable[Any]


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: 1 for the first epoch.
        train_loss, train_accuracy: averages over the samples of the epoch, each as it was met, so
            while the parameters were still moving.
        test_loss, test_accuracy: on the validation data, after the epoch; None without them.
        seconds: how long it took, with validation.

    Accuracies are fractions in [0, 1].
    """

    number: int
    train_loss: float
    train_accuracy: float
    test_loss: float | None
    test_accuracy: float | None
    seconds: float


class Callback:
    """What looks on while `fit` trains; a subclass overrides what it wants to see.

    An exception that a callback raises ends the training.
    """

    def on_epoch_begin(self, number: int, steps: int | None) -> None:
        """Epoch `number` begins; it has `steps` mini-batches, None where that is not known."""

    def on_step(self, loss: float) -> None:
        """One mini-batch is done; `loss` was its loss."""

    def on_epoch_end(self, epoch: Epoch) -> None:
        """An epoch is done."""

    def on_end(self) -> None:
        """The training is over, also when an exception ended it."""


def fit(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    loader: Batches,
    epochs: int,
    *,
    validation: Batches | None = None,
    callbacks: Sequence[Callback] = (),
    history: list[Epoch] | None = None,
) -> list[Epoch]:
    """Train `model`: for each mini-batch compute the loss, its gradients, and take a step.

    Args:
        model: maps a batch x of shape (B, ...) to scores of shape (B, C).
        loss: a function of the scores and the labels, averaging over the batch.
        optimizer: of the model's parameters.
        loader: gives pairs (x, labels), in each epoch anew.
        epochs: how many times to go through the loader.
        validation: pairs to measure loss and accuracy on after each epoch.
        callbacks: what looks on.
        history: a list to append to as epochs end; numbering goes on behind what it holds. After
            an exception, KeyboardInterrupt among them, it has the epochs that were completed.

    Returns: the history.
    """
    history = [] if history is None else history
    first = history[-1].number + 1 if history else 1
    steps = len(loader) if isinstance(loader, Sized) else None
    try:
        for number in range(first, first + epochs):
            start = time.perf_counter()
            for callback in callbacks:
                callback.on_epoch_begin(number, steps)
            model.train()
            train_loss, train_accuracy = _train(model, loss, optimizer, loader, callbacks)
            test_loss = test_accuracy = None
            if validation is not None:
                test_loss, test_accuracy = evaluate(model, loss, validation)
            seconds = time.perf_counter() - start
            epoch = Epoch(number, train_loss, train_accuracy, test_loss, test_accuracy, seconds)
            history.append(epoch)
            for callback in callbacks:
                callback.on_epoch_end(epoch)
    finally:
        for callback in callbacks:
            callback.on_end()
    return history


def _train(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    loader: Batches,
    callbacks: Sequence[Callback],
) -> tuple[float, float]:
    """One epoch; returns the average loss and accuracy over its samples."""
    mean = _Mean()
    for x, labels in loader:
        optimizer.zero_grad()
        scores = model(x)
        J = loss(scores, labels)
        J.backward()
        optimizer.step()
        value = J.item()
        mean.add(value, accuracy(scores, labels), len(labels))
        for callback in callbacks:
            callback.on_step(value)
    return mean.values()


def evaluate(model: Module, loss: Loss, loader: Batches) -> tuple[float, float]:
    """Average loss and accuracy over the samples of `loader`, in eval mode.

    Nothing is recorded, and the model is left in the mode in which it was.
    """
    mean = _Mean()
    was_training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with no_grad():
            for x, labels in loader:
                scores = model(x)
                mean.add(loss(scores, labels).item(), accuracy(scores, labels), len(labels))
    finally:
        for module, mode in was_training.items():
            module.training = mode
    return mean.values()


def accuracy(scores: Any, labels: Any) -> float:
    """Fraction of the rows of `scores` (B, C) whose largest entry stands at their label (B,)."""
    return float((scores.data.argmax(axis=-1) == labels.data).mean())


class _Mean:
    """A mean loss and a mean accuracy over batches of different sizes."""

    def __init__(self) -> None:
        self.loss = self.right = 0.0
        self.count = 0

    def add(self, loss: float, accuracy: float, count: int) -> None:
        self.loss += loss * count
        self.right += accuracy * count
        self.count += count

    def values(self) -> tuple[float, float]:
        if not self.count:
            raise ValueError(
                "expected a loader with at least one batch, got none; is the data set empty, the "
                "loader a generator that was used up, or drop_last larger than the data?"
            )
        return self.loss / self.count, self.right / self.count
