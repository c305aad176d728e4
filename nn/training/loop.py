"""`fit`: the training loop."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from autograd import expect
from optim import Optimizer

from ..module import Module
from .callback import Callback
from .checkpoint import Checkpoint, read_checkpoint
from .history import History
from .measures import Batches, Loss, Metrics, Objective
from .progress import ProgressBar
from .run import Training

__all__ = ["fit"]


def fit(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    loader: Batches,
    epochs: int,
    *,
    validation: Batches | None = None,
    scheduler: Any = None,
    scheduler_per: Literal["epoch", "step"] = "epoch",
    callbacks: Sequence[Callback] = (),
    metrics: Metrics | None = None,
    inputs: int = 1,
    progress: bool = True,
    history: History | None = None,
    resume: bool | str | os.PathLike[str] = False,
) -> History:
    """Train `model`: for each mini-batch compute the loss, its gradients, and take a step.

    Args:
        model: maps a batch x of shape (B, ...) to its output, such as scores of shape (B, C).
        loss: a function of the output and the target, averaging over the batch, such as
            `nn.CrossEntropyLoss()`. Several are summed up: pass a dictionary or a list of
            functions, or a function that returns a dictionary or a list. Those in a dictionary
            are reported by their names.
        optimizer: of the model's parameters.
        loader: gives tuples of fields, in each epoch anew: the model's input, then the target. If
            more than one field is left for the target, it is the tuple of them.
        epochs: how many times to go through the loader.
        validation: batches to measure on after each epoch.
        scheduler: has its `step` called after each epoch, or with `scheduler_per="step"` after each
            mini-batch. One whose `step` asks for a value, as that of ReduceLROnPlateau does, gets
            the loss on the validation data, without such data that on the training data.
        callbacks: what looks on, in this order.
        metrics: functions of the output and the target by name, each an average over the batch's
            samples. None measures the accuracy where the targets are classes, shape (B,) for scores
            of shape (B, C).
        inputs: how many fields of a batch the model takes.
        progress: draw a bar on a terminal; see `ProgressBar`.
        history: a History to append to as epochs end; numbering goes on behind what it holds. After
            an exception, KeyboardInterrupt among them, it has the epochs that were completed.
        resume: True goes on from what the `Checkpoint` among the callbacks wrote last, and begins
            afresh if there is nothing yet, so that a program that was killed can simply be run
            again. A path goes on from this file. Build everything, and call `fit`, as when it was
            written: the parameters after the last epoch are then those of a training without an
            interruption, to the last bit. What a data set draws from a generator of its own is not
            part of it. Arguments may differ in `epochs`, which counts from the first beginning.

    Returns: the history.

    Raises:
        ValueError: the loader has no batch, a batch has too few fields, two values have one name,
            or the checkpoint does not fit. TypeError: a loss is not a Tensor or not a function.
        nn.serialization.LoadError: the checkpoint is damaged.
    """
    if scheduler_per not in ("epoch", "step"):
        raise ValueError(f"fit expects scheduler_per 'epoch' or 'step', got {scheduler_per!r}")
    expect.integer("fit", "epochs", epochs, 0)
    expect.instance("fit", "model", model, Module)
    history = History() if history is None else history
    if not isinstance(history, History):
        raise TypeError(f"fit expects a History as history, got {type(history).__name__}")
    looking_on = list(callbacks)
    if progress and not any(isinstance(callback, ProgressBar) for callback in looking_on):
        looking_on.append(ProgressBar())
    training = Training(
        model,
        Objective(loss),
        optimizer,
        loader,
        epochs,
        validation=validation,
        scheduler=scheduler,
        scheduler_per=scheduler_per,
        callbacks=looking_on,
        metrics=metrics,
        history=history,
        inputs=inputs,
    )
    path = _checkpoint(resume, looking_on)
    if path is not None:
        read_checkpoint(path, training)
    training.run()
    return history


def _checkpoint(resume: bool | str | os.PathLike[str], callbacks: list[Callback]) -> Path | None:
    """The file to go on from; None to begin afresh."""
    if resume is False:
        return None
    if resume is not True:
        return Path(resume)
    last = next((c.last for c in callbacks if isinstance(c, Checkpoint)), None)
    if last is None:
        raise ValueError(
            "fit(resume=True) expects a Checkpoint among the callbacks, got none; pass one, or the "
            "path of a checkpoint as resume"
        )
    return last if last.exists() else None
