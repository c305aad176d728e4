"""One training: what takes part, how far it is, and what one step and one epoch do."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator, Mapping, Sequence, Sized
from contextlib import ExitStack
from itertools import islice
from typing import Any, Literal

from autograd import Tensor
from optim import Optimizer

from ..module import Module
from .callback import Callback
from .history import Epoch, History
from .measures import Batches, Means, Metrics, Objective, measure, parts_of, results_of
from .state import random_state, set_random_state

__all__ = ["Training"]


class Training:
    """A training as its callbacks see it; `fit` makes it.

    Attributes:
        model, optimizer, loader, validation, scheduler, callbacks, metrics, history: as given to
            `fit`.
        first, last: numbers of the first and the last epoch.
        epoch: number of the epoch at work, or, between two, of the next one.
        step: how many mini-batches of it are done.
        steps: how many it has; None where the loader does not know.
        total: how many mini-batches are done since the beginning.
        stopped: why the training ends before the last epoch; None if it does not.
        complete: whether it is over, and no exception ended it.
    """

    def __init__(
        self,
        model: Module,
        objective: Objective,
        optimizer: Optimizer,
        loader: Batches,
        epochs: int,
        *,
        validation: Batches | None,
        scheduler: Any,
        scheduler_per: Literal["epoch", "step"],
        callbacks: Sequence[Callback],
        metrics: Metrics | None,
        history: History,
        inputs: int,
    ) -> None:
        self.model, self.objective, self.optimizer = model, objective, optimizer
        self.loader, self.validation = loader, validation
        self.scheduler, self.scheduler_per = scheduler, scheduler_per
        self.callbacks, self.metrics, self.history = callbacks, metrics, history
        self.inputs = inputs
        self.first = self.epoch = history[-1].number + 1 if history else 1
        self.last = self.first + epochs - 1
        self.steps = len(loader) if isinstance(loader, Sized) else None
        self.step = self.total = 0
        self.stopped: str | None = None
        self.complete = False
        self.means = Means()
        # Random numbers as they were when the epoch began, from which its order follows. None
        # between epochs.
        self.begun: dict[str, Any] | None = None
        self._started = 0.0
        self._elapsed = 0.0

    @property
    def modules(self) -> dict[str, Module]:
        """The model, and the losses that are modules."""
        return {"model": self.model, **self.objective.modules()}

    @property
    def seconds(self) -> float:
        """How long the current epoch has taken so far, in all processes that worked at it."""
        if self.begun is None:
            return 0.0
        return self._elapsed + time.perf_counter() - self._started

    def running(self) -> dict[str, float]:
        """The averages of loss and metrics over the samples of the current epoch so far."""
        return self.means.values()

    def stop(self, reason: str) -> None:
        """End the training after the current epoch."""
        self.stopped = reason

    def run(self) -> None:
        """All epochs that are left."""
        with ExitStack() as stack:
            for callback in self.callbacks:
                stack.callback(callback.on_end)
                callback.on_begin(self)
            while self.epoch <= self.last and self.stopped is None:
                self._run_epoch()
            self.complete = True

    def go_on(self, elapsed: float) -> None:
        """Take up an epoch of which `step` mini-batches were done in `elapsed` seconds."""
        self._elapsed = elapsed

    def _run_epoch(self) -> None:
        self._started = time.perf_counter()
        batches = self._batches()
        for callback in self.callbacks:
            callback.on_epoch_begin(self.epoch, self.steps)
        for module in self.modules.values():
            module.train()
        try:
            for batch in batches:
                value = self._take_step(batch)
                self.step += 1
                self.total += 1
                self._tell_step(value)
        finally:
            # After an exception its traceback holds the batches; a thread that makes them ends now.
            if batches is not self.loader and hasattr(batches, "close"):
                batches.close()
        epoch = self._measured()
        if self.scheduler is not None and self.scheduler_per == "epoch":
            loss = epoch.train_loss if epoch.test_loss is None else epoch.test_loss
            _advance(self.scheduler, loss)
        self.history.append(epoch)
        self.epoch += 1
        self.step, self.begun, self.means, self._elapsed = 0, None, Means(), 0.0
        for callback in self.callbacks:
            callback.on_epoch_end(epoch)
        for callback in self.callbacks:
            callback.on_settled()

    def _batches(self) -> Iterator[Any]:
        """The mini-batches of the epoch that are not done yet."""
        if self.begun is None:
            self.begun = random_state(self)
            return iter(self.loader)
        # The order is drawn as it was when the epoch began; then the random numbers go on from
        # where they were when the last step was done.
        now = random_state(self)
        set_random_state(self, self.begun)
        if hasattr(self.loader, "iterate"):
            batches: Iterator[Any] = self.loader.iterate(self.step)
        else:
            batches = iter(self.loader)
            for _ in islice(batches, self.step):
                pass
        set_random_state(self, now)
        return batches

    def _take_step(self, batch: Any) -> float:
        x, target = parts_of(batch, self.inputs)
        self.optimizer.zero_grad()
        output = self.model(*x)
        J, named = self.objective(output, target)
        if not isinstance(J, Tensor):
            raise TypeError(
                f"fit expects losses that are Tensors, got {type(J).__name__}; compute them with "
                "operations on tensors, not on .data"
            )
        for callback in self.callbacks:
            callback.on_loss(J)
        J.backward(retain_graph=any(callback.keeps_graph for callback in self.callbacks))
        for callback in self.callbacks:
            callback.on_backward(J)
        self.optimizer.step()
        results = results_of(J, named, output, target, self.metrics)
        self.means.add(results, len(x[0]))
        return results["loss"]

    def _tell_step(self, value: float) -> None:
        if self.scheduler is not None and self.scheduler_per == "step":
            _advance(self.scheduler, value)
        for callback in self.callbacks:
            callback.on_step(value)
        for callback in self.callbacks:
            callback.on_settled()

    def _measured(self) -> Epoch:
        """What the epoch came to."""
        rate = float(self.optimizer.param_groups[0]["lr"])
        train = self.means.checked()
        test: Mapping[str, float] = {}
        if self.validation is not None:
            test = measure(
                self.model,
                self.objective.loss,
                self.validation,
                metrics=self.metrics,
                inputs=self.inputs,
            )
        main = ("loss", "accuracy")
        others = {f"train_{name}": value for name, value in train.items() if name not in main}
        others |= {f"test_{name}": value for name, value in test.items() if name not in main}
        return Epoch(
            self.epoch,
            train["loss"],
            train.get("accuracy"),
            test.get("loss"),
            test.get("accuracy"),
            self.seconds,
            {**others, "lr": rate},
        )


def _advance(scheduler: Any, value: float) -> None:
    """`scheduler.step()`, with the value for those that ask for one, as ReduceLROnPlateau does."""
    parameters = inspect.signature(scheduler.step).parameters.values()
    if any(
        p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        for p in parameters
    ):
        scheduler.step(value)
    else:
        scheduler.step()
