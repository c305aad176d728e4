"""One training of the plan, from its settings to what it came to; it goes on where it was."""

from __future__ import annotations

import multiprocessing
import os
import platform
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import optim
from nn.atomic import replacing
from nn.data import DataLoader, TrainTest, digits, mnist
from nn.training import Callback, Checkpoint, Epoch, Training, fit

from .experiment import Experiment, Job

__all__ = ["run"]

# A killed training repeats at most so many steps; to write one takes a second for large networks.
_CHECKPOINT_EVERY = 100
_TEST_BATCH = 1000


@lru_cache(maxsize=1)
def load(name: str) -> TrainTest:
    """The data that a setting names: "digits", "mnist 28" or "mnist 32", by the side of an image.

    MNIST is where MNIST_DIR says.
    """
    return digits() if name == "digits" else mnist(size=int(name.split()[1]))


def run(experiment: Experiment, job: Job, folder: Path) -> dict[str, Any]:
    """Train to the end, and measure; returns the entry for the log.

    Args:
        experiment: that of the job.
        job: the training.
        folder: where its checkpoint is kept while it runs, and its arrays afterwards.
    """
    settings = job.settings
    data = load(settings["data"])
    autograd.manual_seed(settings["seed"])
    model = experiment.network(settings)
    learn, test = experiment.datasets(settings, data)
    loader = DataLoader(learn, settings["batch"], shuffle=True)
    optimizer = getattr(optim, settings["optimizer"])(model.named_parameters(), lr=settings["lr"])
    schedule = None
    if settings["decay"]:
        steps = settings["epochs"] * len(loader)
        schedule = optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    checkpoints = folder / "checkpoint"
    clock = CpuClock()
    # Without batch normalization some rates are too high on purpose: the losses overflow.
    with np.errstate(all="ignore"):
        history = fit(
            model,
            experiment.loss(),
            optimizer,
            loader,
            settings["epochs"],
            validation=DataLoader(test, _TEST_BATCH),
            scheduler=schedule,
            scheduler_per="step",
            callbacks=[
                clock,
                Checkpoint(checkpoints, every=_CHECKPOINT_EVERY),
                Table(job),
                WithParent(),
            ],
            progress=False,
            resume=True,
        )
        numbers, arrays = experiment.measure(settings, model.eval(), data)
    with replacing(folder / "arrays.npz") as file:
        np.savez_compressed(file, **arrays)
    return {
        "key": job.key,
        "epochs": [
            {"number": epoch.number, **epoch.values(), "cpu_seconds": seconds}
            for epoch, seconds in zip(history, clock.seconds, strict=True)
        ],
        "steps": len(loader),
        "parameters": sum(p.size for p in model.parameters()),
        "measured": numbers,
        "versions": versions(),
    }


def discard_checkpoint(folder: Path) -> None:
    """Remove what was kept for going on; the training is in the log."""
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)


def versions() -> Mapping[str, str]:
    """What the numbers were computed with."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        blas["name"]: blas["version"],
        "chalkgrad": autograd.__version__,
        "machine": f"{processor()}, {platform.system()} on {platform.machine()}",
    }


def processor() -> str:
    """The name of the processor, where the system tells it."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "processor unknown"


class CpuClock(Callback):
    """How much processor time each epoch took, its measurement on the test data included.

    The process has one thread, so this is the time that the epoch takes on an idle core: neither
    what else the machine does counts, nor that the process was stopped for a while, nor steps that
    a killed process did after its last checkpoint.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._before = 0.0
        self._mark = 0.0

    def on_begin(self, training: Training) -> None:
        self._mark = time.process_time()

    def on_epoch_end(self, epoch: Epoch) -> None:
        self.seconds.append(self._current())
        self._before, self._mark = 0.0, time.process_time()

    def _current(self) -> float:
        return self._before + time.process_time() - self._mark

    def state_dict(self) -> dict[str, Any]:
        return {"seconds": list(self.seconds), "current": self._current()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.seconds, self._before = list(state["seconds"]), state["current"]


class Table(Callback):
    """A line on the terminal for each epoch."""

    def __init__(self, job: Job) -> None:
        self.where = f"{job.experiment} {job.name}"

    def on_epoch_end(self, epoch: Epoch) -> None:
        names = ("train_loss", "test_loss", "test_accuracy", "seconds")
        shown = [f"{name} {epoch[name]:.4g}" for name in names if name in epoch.values()]
        print(f"{self.where}, epoch {epoch.number}: {', '.join(shown)}", flush=True)


class WithParent(Callback):
    """End when the process that asked for the training has gone: another may begin any moment.

    At once, as if this one had been killed with it, which is safe at every moment.
    """

    def on_step(self, loss: float) -> None:
        parent = multiprocessing.parent_process()
        if parent is not None and not parent.is_alive():
            os._exit(1)
