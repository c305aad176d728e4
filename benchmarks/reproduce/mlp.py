"""The lecture's multi-layer perceptron (deck, part B), 1024-1024-1024-10."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import nn
from autograd import Tensor, no_grad
from nn.data import TrainTest

from .experiment import Arrays, Experiment, Job, Numbers, Result, Settings, perceptron

__all__ = ["Perceptron"]

# Per cent. What the lecture's network has to reach.
LIMIT = 1.8


class Perceptron(Experiment):
    """Fully-connected layers with ReLU between them, on images of 32 x 32 = 1024 pixels."""

    name = "mlp"
    title = "The multi-layer perceptron"

    def jobs(self, quick: bool) -> list[Job]:
        settings: dict[str, Any] = dict(
            data="mnist 32", sizes=[1024, 1024, 1024, 10], seed=0, epochs=10, batch=128,
            optimizer="Adam", lr=1e-3, decay=True,
        )  # fmt: skip
        if quick:
            settings |= dict(data="digits", sizes=[64, 16, 16, 10], epochs=2)
        return [Job(self.name, "relu", settings)]

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        return ""

    def network(self, settings: Settings) -> nn.Module:
        return perceptron(settings["sizes"], lambda _: nn.ReLU())

    def measure(
        self, settings: Settings, model: nn.Module, data: TrainTest
    ) -> tuple[Numbers, Arrays]:
        with no_grad():
            found = model(Tensor(data.x_test)).data.argmax(axis=1)
        weights = next(model.parameters()).data
        return {}, {"labels": data.y_test, "found": found, "weights": np.asarray(weights)}
