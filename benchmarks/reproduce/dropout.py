"""Dropout (deck, part C): its figure of the test errors of six networks, with and without it."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

import nn
from nn.plots.frame import colors, plain

from .experiment import Experiment, Job, Result, Settings, perceptron
from .markdown import describe, picture, table, verdict

__all__ = ["Dropout"]

# By the number of hidden layers and their width. Dropout slows deep networks down most, and wide
# ones settle sooner.
EPOCHS = {(2, 1024): 12, (3, 1024): 12, (4, 1024): 18, (2, 2048): 8, (3, 2048): 8, (4, 2048): 10}
_LATE = 2048
# The test error wavers from epoch to epoch; the average of the last ones does so less.
_LAST = 3


class Dropout(Experiment):
    """Networks of 2 to 4 hidden layers of 1024 or 2048 neurons, with dropout and without.

    All are trained alike; dropout is of the input and of every hidden layer, not of the topmost.
    """

    name = "dropout"
    title = "Dropout"

    def jobs(self, quick: bool) -> list[Job]:
        settings: dict[str, Any] = dict(
            data="mnist 32", inputs=1024, seed=0, batch=256,
            optimizer="Adam", lr=1e-3, decay=True,
        )  # fmt: skip
        if quick:
            settings |= dict(data="digits", inputs=64)
        return [
            Job(
                self.name,
                f"{hidden}x{width}-{'with' if p else 'without'}",
                settings
                | dict(epochs=2 if quick else epochs, p_input=p_input, p=p)
                | dict(hidden=hidden, width=width // 64 if quick else width),
                late=width == _LATE,
            )
            for (hidden, width), epochs in EPOCHS.items()
            for p_input, p in ((0.0, 0.0), (0.1, 0.3))
        ]

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

    def enough(self, done: Collection[str], jobs: Collection[Job]) -> bool:
        """One network with dropout and without can be compared."""
        return bool(_pairs(done))

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        pairs = {
            key: (results[without], results[with_])
            for key, (without, with_) in _pairs(results).items()
        }
        example = next(iter(pairs.values()))[1]
        settings = example.job.settings
        rows, better, better_on_average, loss_is_higher = [], 0, 0, 0
        for (hidden, width), (without, with_) in pairs.items():
            averages = [float(result.errors[-_LAST:].mean()) for result in (without, with_)]
            losses = [result.history[-1].train_loss for result in (without, with_)]
            better += with_.errors[-1] < without.errors[-1]
            better_on_average += averages[1] < averages[0]
            loss_is_higher += losses[1] > losses[0]
            rows.append(
                [
                    f"{hidden} of {width}, {len(with_.history)} epochs",
                    f"{without.errors[-1]:.2f} %",
                    f"{with_.errors[-1]:.2f} %",
                    f"{averages[0]:.2f} %",
                    f"{averages[1]:.2f} %",
                    f"{losses[0]:.4f}",
                    f"{losses[1]:.4f}",
                ]
            )
        count = len(pairs)
        final, average, loss = (
            f"{number} of {count} ({verdict(number == count)})"
            for number in (better, better_on_average, loss_is_higher)
        )
        return "\n".join(
            [
                "Networks with ReLU, each trained without dropout and with it: "
                f"{settings['p_input']:g} of the input and {settings['p']:g} of every hidden "
                "layer, nothing of the topmost. All else is the same: "
                f"{describe(example, epochs=False)}. The error is that of the whole test set, "
                "measured after each epoch.",
                "",
                f"- The test error after the last epoch is smaller with dropout in {final}, the "
                f"average of the last {_LAST} epochs in {average}.",
                f"- The training loss is higher with dropout in {loss}.",
                "",
                table(
                    [
                        "hidden layers",
                        *("test error without", "with dropout"),
                        *(f"last {_LAST} epochs without", "with dropout"),
                        *("training loss without", "with dropout"),
                    ],
                    rows,
                ),
                "",
                picture(
                    _curves(pairs),
                    figures / "dropout.png",
                    "Test error against updates, with dropout and without",
                ),
            ]
        )


def _pairs(results: Container[str]) -> dict[tuple[int, int], tuple[str, str]]:
    """The names of the trainings without dropout and with it, where both are done."""
    names = {
        (hidden, width): (f"{hidden}x{width}-without", f"{hidden}x{width}-with")
        for hidden, width in EPOCHS
    }
    return {key: pair for key, pair in names.items() if all(name in results for name in pair)}


def _curves(pairs: Mapping[tuple[int, int], tuple[Result, Result]]) -> Figure:
    """The test errors against updates: a picture for each depth, a colour for each width."""
    figure = Figure(figsize=(11, 4), dpi=150, layout="constrained")
    depths, widths = (sorted(set(numbers)) for numbers in zip(*EPOCHS, strict=True))
    panels = figure.subplots(1, len(depths), sharey=True)
    palette = dict(zip(widths, colors(len(widths)), strict=True))
    for ax, depth in zip(panels, depths, strict=True):
        for (hidden, width), pair in pairs.items():
            if hidden != depth:
                continue
            for result, dashes, name in zip(pair, ("--", "-"), ("without", "with"), strict=True):
                ax.plot(
                    result.updates,
                    result.errors,
                    dashes,
                    color=palette[width],
                    label=f"{width}, {name} dropout",
                    marker="o",
                    markersize=3,
                )
        ax.set_title(f"{depth} hidden layers", loc="left")
        ax.set_xlabel("updates")
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 1.2, 1.5, 2, 3, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter(NullFormatter())
        plain(ax)
    panels[0].set_ylabel("test error, %")
    panels[0].legend(frameon=False, loc="upper right")
    return figure
