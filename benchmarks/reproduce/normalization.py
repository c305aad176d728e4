"""Batch normalization (deck, part C): faster, at higher learning rates, and with sigmoids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nn

from .experiment import Experiment, Job, Result, Settings, perceptron

__all__ = ["Normalization"]

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}
RATES = (0.01, 0.1, 1.0)


class Normalization(Experiment):
    """A network of four hidden layers by plain gradient descent at three learning rates.

    With ReLU or with sigmoids, with batch normalization before each of them or without.
    """

    name = "normalization"
    title = "Batch normalization"

    def jobs(self, quick: bool) -> list[Job]:
        settings: dict[str, Any] = dict(
            data="mnist 32", sizes=[1024, 256, 256, 256, 256, 10], seed=0, epochs=10, batch=128,
            optimizer="SGD", decay=False,
        )  # fmt: skip
        if quick:
            settings |= dict(data="digits", sizes=[64, 16, 16, 10], epochs=2)
        return [
            Job(
                self.name,
                f"{activation}-{'with' if normalized else 'without'}-{rate}",
                settings | dict(activation=activation, normalized=normalized, lr=rate),
            )
            for activation in ACTIVATIONS
            for rate in RATES
            for normalized in (False, True)
        ]

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        return ""

    def network(self, settings: Settings) -> nn.Module:
        activation = ACTIVATIONS[settings["activation"]]
        between = [lambda _: activation()]
        if settings["normalized"]:
            between.insert(0, nn.BatchNorm1d)
        return perceptron(settings["sizes"], *between)
