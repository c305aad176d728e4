"""Checkpoints: a training written down so that it can go on in another process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import expect

from ..atomic import clear
from ..serialization import LoadError, load, save
from .callback import Callback
from .history import Epoch
from .state import restore, state_of
from .stopping import Best, Mode
from .tree import decode, encode

if TYPE_CHECKING:
    from .run import Training

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]

_ENTRY = "chalkgrad.training"


class Checkpoint(Callback):
    """Write the whole training to `last`, and the model to `best`, at the end of each epoch.

    `last` is what `fit(..., resume=True)` goes on from, with the same parameters to the last bit as
    if there had been no interruption: model, losses, optimizer, scheduler, callbacks, random
    numbers, history, and the place in the epoch. `best` has the state of the model alone, for
    `nn.load(path, model)`, and in its metadata the epoch and the value.

    Args:
        folder: where to write; it is made if it is not there.
        every: write `last` also after every so many mini-batches.
        monitor: the name of a value of `Epoch` that says which epoch is the best, such as
            "test_accuracy"; None takes the loss on the validation data, without such data that on
            the training data.
        mode: "min" or "max"; None takes "max" for an accuracy, else "min".
        suffix: the format, ".npz" or ".safetensors"; see `nn.save`.

    Attributes:
        last, best: the paths of the files.

    Each file is replaced as a whole: a kill at any moment leaves the old one or the new one.

    Raises:
        ValueError: every is less than 1, or an unknown mode or suffix.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        every: int | None = None,
        monitor: str | None = None,
        mode: Mode | None = None,
        suffix: str = ".npz",
    ) -> None:
        if every is not None and every < 1:
            raise ValueError(f"Checkpoint expects every >= 1, got {every}")
        if suffix not in (".npz", ".safetensors"):
            raise ValueError(f"Checkpoint expects '.npz' or '.safetensors', got {suffix!r}")
        self.folder = Path(expect.path("Checkpoint", "folder", folder))
        self.last = self.folder / f"last{suffix}"
        self.best = self.folder / f"best{suffix}"
        self.every = every
        self._best = Best(monitor, mode)
        self._better: Epoch | None = None
        self._training: Training | None = None

    def on_begin(self, training: Training) -> None:
        """Make the folder, and clear away what killed processes left in it."""
        self._training = training
        self.folder.mkdir(parents=True, exist_ok=True)
        clear(self.last)
        clear(self.best)

    def on_epoch_end(self, epoch: Epoch) -> None:
        """Compare with the best epoch."""
        self._better = epoch if self._best.beaten_by(epoch) else None

    def on_settled(self) -> None:
        """Write what has to be written."""
        training = self._training
        assert training is not None
        if self._better is not None:
            name = self._best.name_in(self._better)
            notes = {"epoch": str(self._better.number), name: repr(self._best.value)}
            # Before `last`, which says that this is done: after a kill in between it is done again.
            save(self.best, training.model, notes)
            self._better = None
        if training.step == 0 or (self.every is not None and training.step % self.every == 0):
            write_checkpoint(self.last, training)

    def state_dict(self) -> dict[str, Any]:
        """The best value so far."""
        return {"best": self._best.value}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self._best.value = state["best"]


def write_checkpoint(path: Path, training: Training) -> None:
    """Write the whole state of a training to a file."""
    arrays, text = encode(state_of(training))
    save(path, arrays, {_ENTRY: text})


def read_checkpoint(path: Path, training: Training) -> None:
    """Put a training into the state that a file holds.

    Raises:
        FileNotFoundError: there is no such file.
        LoadError: it is damaged, or holds something else than a training.
        ValueError, RuntimeError: the state does not fit.

    Each error names the file, and leaves the training as it was.
    """
    saved = load(path)
    if _ENTRY not in saved.metadata:
        raise LoadError(
            f"{path} holds arrays, but no training to go on with; expected what Checkpoint writes "
            "as `last`. To begin with these weights call nn.load(path, model) before fit"
        )
    try:
        restore(training, decode(saved, saved.metadata[_ENTRY]))
    except Exception as error:
        error.add_note(f"The training was read from {path}; nothing of it was taken over")
        raise
