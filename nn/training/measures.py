"""What is measured on a batch: the losses, and other metrics."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from autograd import Tensor, expect, no_grad

from ..module import Module

__all__ = [
    "Batches",
    "Loss",
    "Means",
    "Metrics",
    "Objective",
    "accuracy",
    "evaluate",
    "measure",
    "parts_of",
]

Term = Callable[[Any, Any], Any]
# One loss, or several whose sum is minimized.
Loss = Term | Mapping[str, Term] | Sequence[Term]
Metrics = Mapping[str, Callable[[Any, Any], float]]
# Tuples of fields; loaders of any number of fields are typed alike.
Batches = Iterable[Any]


class Objective:
    """One loss or several, as one function of the model's output and the target.

    Args:
        loss: a function that returns a scalar Tensor, or a dictionary or a list of them, whose sum
            is minimized; or a dictionary or list of functions.

    Raises:
        TypeError: something else. ValueError: an empty list.
    """

    def __init__(self, loss: Loss) -> None:
        terms = loss.values() if isinstance(loss, Mapping) else loss
        several = isinstance(loss, (Mapping, Sequence))
        for term in terms if several else [loss]:  # type: ignore[union-attr]
            if not callable(term):
                raise TypeError(
                    "fit expects as loss a function of the output and the target, or a dictionary "
                    f"or list of such functions; got {type(term).__name__}"
                )
        if several and not loss:
            raise ValueError("fit expects at least one loss, got none")
        self.loss = loss

    def modules(self) -> dict[str, Module]:
        """The losses that are modules, by their names: they may have a state of their own."""
        if isinstance(self.loss, Mapping):
            named = {f"loss.{name}": term for name, term in self.loss.items()}
        elif isinstance(self.loss, Sequence):
            named = {f"loss.{i}": term for i, term in enumerate(self.loss)}
        else:
            named = {"loss": self.loss}
        return {name: term for name, term in named.items() if isinstance(term, Module)}

    def __call__(self, output: Any, target: Any) -> tuple[Any, dict[str, Any]]:
        """The sum of the losses, and those that have a name."""
        if isinstance(self.loss, Mapping):
            results: Any = {name: term(output, target) for name, term in self.loss.items()}
        elif isinstance(self.loss, Sequence):
            results = [term(output, target) for term in self.loss]
        else:
            results = self.loss(output, target)
        if isinstance(results, Mapping):
            return reduce(operator.add, results.values()), dict(results)
        if isinstance(results, (list, tuple)):
            return reduce(operator.add, results), {}
        return results, {}


class Means:
    """Averages by name over the samples of batches of different sizes."""

    def __init__(self, sums: Mapping[str, Sequence[float]] | None = None) -> None:
        # Name -> sum over samples, number of samples.
        self.sums = {name: (total, count) for name, (total, count) in (sums or {}).items()}

    def add(self, values: Mapping[str, float], count: int) -> None:
        """Count in what a batch of `count` samples came to."""
        for name, value in values.items():
            total, before = self.sums.get(name, (0.0, 0))
            self.sums[name] = total + value * count, before + count

    def values(self) -> dict[str, float]:
        """The averages so far."""
        return {name: total / count for name, (total, count) in self.sums.items()}

    def checked(self) -> dict[str, float]:
        """The averages; ValueError if there was no batch."""
        if not self.sums:
            raise ValueError(
                "expected a loader with at least one batch, got none; is the data set empty, the "
                "loader a generator that was used up, or drop_last larger than the data?"
            )
        return self.values()


def parts_of(batch: Any, inputs: int) -> tuple[tuple[Any, ...], Any]:
    """What of a batch goes into the model, and what its output is compared with.

    The first `inputs` fields, and the field behind them; several fields behind come as a tuple.
    """
    fields = tuple(batch)
    if len(fields) <= inputs:
        raise ValueError(
            f"expected batches of at least {inputs + 1} fields, {inputs} for the model and then "
            f"the target, got {len(fields)}; an autoencoder's data is TensorDataset(x, x)"
        )
    target = fields[inputs:]
    return fields[:inputs], target[0] if len(target) == 1 else target


def results_of(
    J: Any, named: Mapping[str, Any], output: Any, target: Any, metrics: Metrics | None
) -> dict[str, float]:
    """The numbers of one batch: "loss", the named losses, and the metrics."""
    results = {"loss": J.item(), **{name: value.item() for name, value in named.items()}}
    if metrics is None:
        metrics = {"accuracy": accuracy} if _are_classes(output, target) else {}
    taken = [name for name in metrics if name in results] + [n for n in named if n == "loss"]
    if taken:
        raise ValueError(f"the name {taken[0]!r} stands for two losses or metrics; rename one")
    with no_grad():
        results.update((name, float(metric(output, target))) for name, metric in metrics.items())
    return results


def _are_classes(output: Any, target: Any) -> bool:
    """Whether there is a class for each row of scores."""
    return (
        isinstance(output, Tensor)
        and isinstance(target, Tensor)
        and target.dtype.kind in "iu"
        and output.shape[:-1] == target.shape
        and output.ndim > 0
    )


def measure(
    model: Module,
    loss: Loss,
    loader: Batches,
    *,
    metrics: Metrics | None = None,
    inputs: int = 1,
) -> dict[str, float]:
    """Averages of loss and metrics over the samples of `loader`, in eval mode, by name.

    Nothing is recorded, and model and losses are left in the mode in which they were. Arguments as
    of `fit`.
    """
    objective = Objective(loss)
    means = Means()
    expect.instance("measure", "model", model, Module)
    modules = [model, *objective.modules().values()]
    was_training = {part: part.training for module in modules for part in module.modules()}
    for module in modules:
        module.eval()
    try:
        with no_grad():
            for count, x, target in _split(loader, inputs):
                output = model(*x)
                J, named = objective(output, target)
                means.add(results_of(J, named, output, target, metrics), count)
    finally:
        for part, mode in was_training.items():
            part.training = mode
    return means.checked()


def _split(loader: Batches, inputs: int) -> Iterator[tuple[int, tuple[Any, ...], Any]]:
    for batch in loader:
        x, target = parts_of(batch, inputs)
        yield len(x[0]), x, target


def evaluate(model: Module, loss: Loss, loader: Batches) -> tuple[float, float | None]:
    """Average loss and accuracy over the samples of `loader`, in eval mode.

    The accuracy is None where the targets are not classes. See `measure` for other metrics.
    """
    values = measure(model, loss, loader)
    return values["loss"], values.get("accuracy")


def accuracy(scores: Any, labels: Any) -> float:
    """Fraction of the rows of `scores` (B, C) whose largest entry stands at their label (B,)."""
    scores = expect.tensor("accuracy", "scores", scores)
    labels = expect.tensor("accuracy", "labels", labels)
    return float((scores.data.argmax(axis=-1) == labels.data).mean())
