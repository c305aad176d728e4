"""The lecture's multi-layer perceptron (deck, part B), 1024-1024-1024-10."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import nn
from autograd import Tensor, no_grad
from nn import plots
from nn.data import TrainTest

from .experiment import Arrays, Experiment, Job, Numbers, Result, Settings, perceptron
from .markdown import describe, picture, table, verdict

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

    def network(self, settings: Settings) -> nn.Module:
        return perceptron(settings["sizes"], lambda _: nn.ReLU())

    def measure(
        self, settings: Settings, model: nn.Module, data: TrainTest
    ) -> tuple[Numbers, Arrays]:
        with no_grad():
            found = model(Tensor(data.x_test)).data.argmax(axis=1)
        weights = next(model.parameters()).data
        return {}, {"labels": data.y_test, "found": found, "weights": np.asarray(weights)}

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        result = results["relu"]
        arrays = result.arrays()
        error = result.errors[-1]
        figure = Figure(figsize=(9, 3.6), dpi=150, layout="constrained")
        left, right = figure.subplots(1, 2)
        plots.losses(result.history, ax=left)
        plots.losses(result.history, "accuracy", ax=right)
        side = math.isqrt(arrays["weights"].shape[1])
        crop = (side - 28) // 2 if side > 28 else 0
        return "\n".join(
            [
                f"{describe(result)}. ReLU between the layers; the 28 x 28 images are padded to "
                "32 x 32 pixels.",
                "",
                f"- Test error after the last epoch: **{error:.2f} %**, wanted: at most {LIMIT} % "
                f"({verdict(error <= LIMIT)}).",
                "",
                table(
                    ["epoch", "training loss", "training error", "test loss", "test error"],
                    [
                        [
                            f"{epoch.number}",
                            f"{epoch.train_loss:.4f}",
                            f"{1 - (epoch.train_accuracy or 0):.2%}",
                            f"{epoch.test_loss:.4f}",
                            f"{1 - (epoch.test_accuracy or 0):.2%}",
                        ]
                        for epoch in result.history
                    ],
                ),
                "",
                picture(figure, figures / "mlp-curves.png", "Loss and accuracy over the epochs"),
                "",
                "What neurons of the first layer look for (their weights, without the margin), and "
                "which digits are taken for which:",
                "",
                picture(
                    plots.weights(arrays["weights"], crop=crop, count=64),
                    figures / "mlp-weights.png",
                    "Weights of the first layer as images",
                ),
                "",
                picture(
                    plots.confusion_matrix(arrays["labels"], arrays["found"]),
                    figures / "mlp-confusion.png",
                    "Confusion matrix of the test digits",
                ),
            ]
        )
