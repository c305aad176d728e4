"""Batch normalization (deck, part C): faster, at higher learning rates, and with sigmoids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

import nn
from nn.plots.frame import colors, plain

from .experiment import Experiment, Job, Result, Settings, perceptron
from .markdown import describe, picture, table, verdict

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
            data="mnist 32", sizes=[1024, 256, 256, 256, 256, 10], seed=0, epochs=6, batch=128,
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

    def network(self, settings: Settings) -> nn.Module:
        activation = ACTIVATIONS[settings["activation"]]
        between = [lambda _: activation()]
        if settings["normalized"]:
            between.insert(0, nn.BatchNorm1d)
        return perceptron(settings["sizes"], *between)

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        rows, faster, better = [], 0, 0
        for activation in ACTIVATIONS:
            for rate in RATES:
                without, with_ = (
                    results[f"{activation}-{part}-{rate}"].errors for part in ("without", "with")
                )
                faster += with_[0] < without[0]
                better += with_[-1] < without[-1]
                rows.append(
                    [
                        f"{ACTIVATIONS[activation].__name__}, {rate:g}",
                        *(f"{without[0]:.2f} %", f"{with_[0]:.2f} %"),
                        *(f"{without[-1]:.2f} %", f"{with_[-1]:.2f} %"),
                    ]
                )
        best = [
            f"- {kind.__name__}: the best of the rates is {rates[0]:g} without it "
            f"({errors[0]:.2f} %), {rates[1]:g} with it ({errors[1]:.2f} %)."
            for activation, kind in ACTIVATIONS.items()
            for errors, rates in [_best(results, activation)]
        ]
        count = len(rows)
        return "\n".join(
            [
                f"{describe(results[f'relu-with-{RATES[0]}'], rate=False)}, without momentum, at "
                "three learning rates; with batch normalization before each activation, or without "
                "it.",
                "",
                f"- Faster: the test error after the first epoch is smaller with it in {faster} of "
                f"{count} ({verdict(faster == count)}), after the last in {better} of {count} "
                f"({verdict(better == count)}).",
                *best,
                "",
                table(
                    [
                        "activation, learning rate",
                        *("test error after epoch 1 without", "with normalization"),
                        *("after the last without", "with normalization"),
                    ],
                    rows,
                ),
                "",
                picture(
                    _curves(results),
                    figures / "normalization.png",
                    "Test error against epochs, with batch normalization and without",
                ),
            ]
        )


def _best(results: Mapping[str, Result], activation: str) -> Any:
    """The smallest last errors without normalization and with it, and the rates they came at."""
    found = [
        min((float(results[f"{activation}-{part}-{rate}"].errors[-1]), rate) for rate in RATES)
        for part in ("without", "with")
    ]
    return zip(*found, strict=True)


def _curves(results: Mapping[str, Result]) -> Figure:
    """The test errors against epochs: a picture for each activation, a colour for each rate."""
    figure = Figure(figsize=(10, 4.2), dpi=150, layout="constrained")
    panels = figure.subplots(1, len(ACTIVATIONS), sharey=True)
    for ax, activation in zip(panels, ACTIVATIONS, strict=True):
        for rate, color in zip(RATES, colors(len(RATES)), strict=True):
            for part, dashes in (("without", "--"), ("with", "-")):
                errors = results[f"{activation}-{part}-{rate}"].errors
                epochs = np.arange(1, len(errors) + 1)
                label = f"rate {rate:g}, {part}"
                ax.plot(epochs, errors, dashes, color=color, label=label, marker="o", markersize=3)
        ax.set_title(ACTIVATIONS[activation].__name__, loc="left")
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter("{x:g}")
        plain(ax)
    panels[0].set_ylabel("test error, %")
    panels[-1].legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
