"""Dropout (deck, part C): its figure of the test errors of six networks, with and without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nn

from .experiment import Experiment, Job, Result, Settings, perceptron

__all__ = ["Dropout"]

HIDDEN = (2, 3, 4)
WIDTHS = (1024, 2048)
_LATE = 2048


class Dropout(Experiment):
    """Networks of 2 to 4 hidden layers of 1024 or 2048 neurons, with dropout and without.

    All are trained alike; dropout is of the input and of every hidden layer, not of the topmost.
    """

    name = "dropout"
    title = "Dropout"

    def jobs(self, quick: bool) -> list[Job]:
        settings: dict[str, Any] = dict(
            data="mnist 32", inputs=1024, seed=0, epochs=12, batch=256,
            optimizer="Adam", lr=1e-3, decay=True,
        )  # fmt: skip
        if quick:
            settings |= dict(data="digits", inputs=64, epochs=2)
        return [
            Job(
                self.name,
                f"{hidden}x{width}-{'with' if p else 'without'}",
                settings
                | dict(hidden=hidden, width=width // 64 if quick else width, p_input=p_input, p=p),
                late=width == _LATE,
            )
            for width in WIDTHS
            for hidden in HIDDEN
            for p_input, p in ((0.0, 0.0), (0.1, 0.3))
        ]

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        return ""

    def network(self, settings: Settings) -> nn.Module:
        sizes = [settings["inputs"], *[settings["width"]] * settings["hidden"], 10]
        if not settings["p"]:
            return perceptron(sizes, lambda _: nn.ReLU())
        return perceptron(
            sizes,
            lambda _: nn.ReLU(),
            lambda _: nn.Dropout(settings["p"]),
            head=nn.Dropout(settings["p_input"]),
        )
