"""What an experiment is: trainings, what is measured after each, and a section of the report."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nn
from nn.data import Dataset, TensorDataset, TrainTest
from nn.training import Epoch, History

__all__ = ["Arrays", "Experiment", "Job", "Numbers", "Result", "perceptron"]

Settings = Mapping[str, Any]
Numbers = dict[str, Any]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Job:
    """One training.

    Attributes:
        experiment: the name of the experiment it belongs to.
        name: what tells it from the experiment's other trainings.
        settings: all that its numbers follow from, as JSON can hold it. Every job has "data",
            "seed", "epochs", "batch", "optimizer", "lr" and "decay" (whether the learning rate
            falls to 0 in a straight line); the others are the experiment's own.
        late: whether it comes after those of all other experiments, since it takes longest.
    """

    experiment: str
    name: str
    settings: Settings
    late: bool = False

    @property
    def key(self) -> str:
        """Its folder: a job of other settings is another job, and never goes on with this one."""
        text = json.dumps(self.settings, sort_keys=True)
        return f"{self.experiment}/{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Result:
    """What a training came to.

    Attributes:
        job: the training.
        entry: its line of the log.
        file: where the arrays are that the experiment took from the network.
    """

    job: Job
    entry: Mapping[str, Any]
    file: Path

    @property
    def measured(self) -> Numbers:
        """Numbers that the experiment took from the trained network."""
        return dict(self.entry["measured"])

    @property
    def history(self) -> History:
        """What its epochs came to."""
        names = ("number", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds")
        return History(Epoch(*map(epoch.get, names)) for epoch in self.entry["epochs"])

    @property
    def errors(self) -> NDArray[np.float64]:
        """The test error after each epoch, in per cent."""
        return 100 * (1 - np.array(self.history.values("test_accuracy"), dtype=np.float64))

    @property
    def updates(self) -> NDArray[np.int64]:
        """How many steps were taken by the end of each epoch."""
        return self.entry["steps"] * np.arange(1, len(self.entry["epochs"]) + 1)

    @property
    def cpu_seconds(self) -> float:
        """What the training cost: on one thread, so as long as it takes on an idle core."""
        return sum(epoch["cpu_seconds"] for epoch in self.entry["epochs"])

    def arrays(self) -> Arrays:
        """The arrays that the experiment took from the network."""
        with np.load(self.file, allow_pickle=False) as arrays:
            return dict(arrays)


class Experiment(ABC):
    """A classifier by default: cross-entropy, images as input, classes as target."""

    name: str
    title: str

    @abstractmethod
    def jobs(self, quick: bool) -> list[Job]:
        """The trainings; with `quick` the same ones in little, on the digits of the package."""

    @abstractmethod
    def network(self, settings: Settings) -> nn.Module:
        """The network before its training."""

    @abstractmethod
    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        """What the results, by the names of their jobs, say, in Markdown.

        Its pictures are written into `figures`. Called when `enough` of the jobs are done.
        """

    def enough(self, done: Collection[str], jobs: Collection[Job]) -> bool:
        """Whether the jobs of these names are enough for a section: by default all are needed."""
        return len(done) == len(jobs)

    def loss(self) -> nn.Module:
        """What the training makes small."""
        return nn.CrossEntropyLoss()

    def datasets(self, settings: Settings, data: TrainTest) -> tuple[Dataset, Dataset]:
        """What to learn from, and what to measure on after each epoch."""
        return TensorDataset(data.x_train, data.y_train), TensorDataset(data.x_test, data.y_test)

    def measure(
        self, settings: Settings, model: nn.Module, data: TrainTest
    ) -> tuple[Numbers, Arrays]:
        """What the report needs of the trained network, which is in eval mode."""
        return {}, {}


def perceptron(sizes: list[int], *between: Any, head: nn.Module | None = None) -> nn.Sequential:
    """Fully-connected layers of these sizes; behind each but the last what `between` makes.

    Each of `between` is called with the number of the layer's neurons. `head` is what the input
    goes through first.
    """
    layers: list[nn.Module] = [] if head is None else [head]
    for i, (inputs, outputs) in enumerate(pairwise(sizes)):
        layers.append(nn.Linear(inputs, outputs))
        if i < len(sizes) - 2:
            layers += [make(outputs) for make in between]
    return nn.Sequential(*layers)
