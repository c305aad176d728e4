"""The whole state of a training, and back: what the next step depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import generator

from .callback import Callback
from .history import Epoch
from .measures import Means

if TYPE_CHECKING:
    from .run import Training

__all__ = ["random_state", "restore", "set_random_state", "state_of"]


def state_of(training: Training) -> dict[str, Any]:
    """A copy of everything that the rest of the training depends on."""
    return {
        "modules": {name: module.state_dict() for name, module in training.modules.items()},
        "optimizer": training.optimizer.state_dict(),
        "scheduler": None if training.scheduler is None else training.scheduler.state_dict(),
        "random": random_state(training),
        "begun": training.begun,
        "first": training.first,
        "epoch": training.epoch,
        "step": training.step,
        "steps": training.steps,
        "total": training.total,
        "sums": dict(training.means.sums),
        "seconds": training.seconds,
        "stopped": training.stopped,
        "history": [
            {
                "number": epoch.number,
                "train_loss": epoch.train_loss,
                "train_accuracy": epoch.train_accuracy,
                "test_loss": epoch.test_loss,
                "test_accuracy": epoch.test_accuracy,
                "seconds": epoch.seconds,
                "others": dict(epoch.others),
            }
            for epoch in training.history
        ],
        "callbacks": {name: callback.state_dict() for name, callback in _named(training)},
    }


def restore(training: Training, state: Mapping[str, Any]) -> None:
    """Put a training into a state that `state_of` returned, all of it or nothing.

    Callbacks are told apart by their classes and their order; one that the state does not know
    begins afresh.

    Raises:
        ValueError, RuntimeError: the state does not fit; nothing has been changed then.
    """
    before = state_of(training)
    try:
        _apply(training, state)
    except Exception:
        _apply(training, before)
        raise


def _apply(training: Training, state: Mapping[str, Any]) -> None:
    modules = training.modules
    if set(modules) != set(state["modules"]):
        raise ValueError(
            f"expected the modules {', '.join(state['modules'])}, got {', '.join(modules)}; call "
            "fit with the model and the losses that were saved"
        )
    if state["steps"] != training.steps:
        raise ValueError(
            f"expected a loader of {state['steps']} mini-batches, as when it was saved, got one of "
            f"{training.steps}; use the same data and batch size"
        )
    if (state["scheduler"] is None) != (training.scheduler is None):
        raise ValueError(
            f"the state was saved {'without' if state['scheduler'] is None else 'with'} a "
            "scheduler; call fit as it was called then"
        )
    for name, module in modules.items():
        module.load_state_dict(state["modules"][name])
    training.optimizer.load_state_dict(state["optimizer"])
    if training.scheduler is not None:
        training.scheduler.load_state_dict(state["scheduler"])
    epochs = training.last - training.first
    training.first = state["first"]
    training.last = training.first + epochs
    training.epoch, training.step = state["epoch"], state["step"]
    training.total = state["total"]
    training.means = Means(state["sums"])
    training.stopped = state["stopped"]
    training.begun = state["begun"]
    training.go_on(state["seconds"])
    training.history[:] = [Epoch(**epoch) for epoch in state["history"]]
    for name, callback in _named(training):
        if name in state["callbacks"]:
            callback.load_state_dict(state["callbacks"][name])
    set_random_state(training, state["random"])


def _named(training: Training) -> Iterator[tuple[str, Callback]]:
    """The callbacks, each with the name of its class and its number among those of this class."""
    seen: dict[str, int] = {}
    for callback in training.callbacks:
        kind = type(callback).__name__
        seen[kind] = seen.get(kind, 0) + 1
        yield f"{kind} {seen[kind]}", callback


# -- random numbers --------------------------------------------------------------------------------


def random_state(training: Training) -> dict[str, Any]:
    """Where every source of random numbers is: the library's, the loaders', the layers' own."""
    return {
        "library": generator().bit_generator.state,
        "loaders": {
            name: loader.state_dict()
            for name, loader in _loaders(training)
            if hasattr(loader, "state_dict")
        },
        "layers": {name: own.bit_generator.state for name, own in _generators(training)},
    }


def set_random_state(training: Training, state: Mapping[str, Any]) -> None:
    """Put every source of random numbers where `random_state` found it."""
    for name, own in _generators(training):
        if name not in state["layers"]:
            raise ValueError(
                f"{name} draws from a generator of its own, and did not when the state was saved; "
                "build the model as it was then"
            )
        own.bit_generator.state = state["layers"][name]
    for name, loader in _loaders(training):
        if name in state["loaders"] and hasattr(loader, "load_state_dict"):
            loader.load_state_dict(state["loaders"][name])
    # Last, since any of them may draw from the library's generator.
    generator().bit_generator.state = state["library"]


def _loaders(training: Training) -> Iterator[tuple[str, Any]]:
    yield "loader", training.loader
    if training.validation is not None:
        yield "validation", training.validation


def _generators(training: Training) -> Iterator[tuple[str, np.random.Generator]]:
    """The generators that are attributes of layers, such as that of a dropout with a seed."""
    for part, module in training.modules.items():
        for path, layer in module.named_modules():
            for name, value in vars(layer).items():
                if isinstance(value, np.random.Generator):
                    yield f"{part}: {path}.{name}", value
