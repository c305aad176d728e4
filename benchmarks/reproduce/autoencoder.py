"""The autoencoder of two codes (deck, part C) beside the analysis into principal components."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import nn
from autograd import Tensor, no_grad
from nn import plots
from nn.data import Dataset, TensorDataset, TrainTest

from .experiment import Arrays, Experiment, Job, Numbers, Result, Settings, perceptron
from .markdown import describe, picture, table, verdict

__all__ = ["Autoencoder", "first_of_each", "mean_squared", "principal_components"]


class Autoencoder(Experiment):
    """784-1000-500-250-2 and back: Hinton and Salakhutdinov's network (Science, 2006).

    J = 1/(2N) Σ ||x − x̃||². ReLU between the layers, but none at the codes; the output is a
    sigmoid, for pixels lie in [0, 1]. All layers are trained at once, none beforehand.
    """

    name = "autoencoder"
    title = "Autoencoder and principal components"

    def jobs(self, quick: bool) -> list[Job]:
        settings: dict[str, Any] = dict(
            data="mnist 28", sizes=[784, 1000, 500, 250, 2], seed=0, epochs=20, batch=128,
            optimizer="Adam", lr=1e-3, decay=True,
        )  # fmt: skip
        if quick:
            settings |= dict(data="digits", sizes=[64, 32, 16, 2], epochs=2)
        return [Job(self.name, "deep", settings)]

    def network(self, settings: Settings) -> nn.Module:
        sizes = settings["sizes"]
        return nn.Sequential(
            perceptron(sizes, lambda _: nn.ReLU()),
            perceptron(sizes[::-1], lambda _: nn.ReLU()),
            nn.Sigmoid(),
        )

    def loss(self) -> nn.Module:
        return nn.HalfMSELoss()

    def datasets(self, settings: Settings, data: TrainTest) -> tuple[Dataset, Dataset]:
        return TensorDataset(data.x_train, data.x_train), TensorDataset(data.x_test, data.x_test)

    def measure(
        self, settings: Settings, model: nn.Module, data: TrainTest
    ) -> tuple[Numbers, Arrays]:
        encoder, decoder, squash = model
        with no_grad():
            codes = encoder(Tensor(data.x_test))
            rebuilt = squash(decoder(codes)).data
        mean, axes = principal_components(data.x_train, settings["sizes"][-1])
        scores = (data.x_test - mean) @ axes.T
        projected = scores @ axes + mean
        shown = first_of_each(data.y_test)
        numbers = {
            "mse": mean_squared(rebuilt, data.x_test),
            "mse_of_components": mean_squared(projected, data.x_test),
            "mse_of_mean": mean_squared(np.broadcast_to(mean, rebuilt.shape), data.x_test),
        }
        return numbers, {
            "labels": data.y_test,
            "codes": np.asarray(codes.data),
            "scores": scores,
            "images": data.x_test[shown],
            "rebuilt": np.asarray(rebuilt)[shown],
            "projected": projected[shown],
        }

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        result = results["deep"]
        measured, arrays = result.measured, result.arrays()
        ratio = measured["mse_of_components"] / measured["mse"]
        both = Figure(figsize=(11, 5.2), dpi=150, layout="constrained")
        left, right = both.subplots(1, 2)
        plots.codes(arrays["scores"], arrays["labels"], ax=left)
        left.set_title("The first two principal components", loc="left")
        plots.codes(arrays["codes"], arrays["labels"], ax=right)
        right.set_title("The two codes of the autoencoder", loc="left")
        rows = np.concatenate([arrays[name] for name in ("images", "rebuilt", "projected")])
        return "\n".join(
            [
                f"{describe(result)}; the decoder mirrors the encoder. J = 1/(2N) Σ ||x − x̃||², "
                "ReLU between the layers but not at the codes, a sigmoid at the output; all layers "
                "are trained at once. Beside it the projection on as many principal components of "
                "the training set, which is the best that a linear autoencoder can do.",
                "",
                f"- Its mean squared error on the test set is smaller by a factor of {ratio:.2f} "
                f"({verdict(ratio > 1)}).",
                "",
                table(
                    ["test set", "mean squared error of a pixel"],
                    [
                        ["autoencoder", f"**{measured['mse']:.5f}**"],
                        ["principal components", f"{measured['mse_of_components']:.5f}"],
                        ["the mean image", f"{measured['mse_of_mean']:.5f}"],
                    ],
                ),
                "",
                picture(both, figures / "autoencoder-codes.png", "Two-dimensional codes"),
                "",
                "Test digits, the autoencoder's reconstructions, those from two components:",
                "",
                picture(
                    plots.images(rows, columns=len(arrays["images"])),
                    figures / "autoencoder-images.png",
                    "Digits and their reconstructions",
                ),
            ]
        )


def principal_components(x: NDArray[Any], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The mean of the rows of `x` (N, n), and the `count` orthonormal axes of largest variance.

    They are eigenvectors of the covariance, shape (count, n), the largest first: the linear
    autoencoder of `count` codes with the smallest squared error.
    """
    mean = x.mean(axis=0, dtype=np.float64)
    centred = x - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return mean, vectors[:, ::-1][:, :count].T


def first_of_each(labels: NDArray[Any]) -> NDArray[Any]:
    """Where each class stands first: images to show."""
    return np.unique(labels, return_index=True)[1]


def mean_squared(output: Any, target: NDArray[Any]) -> float:
    """Mean squared error of a pixel."""
    return float(np.mean(np.square(np.asarray(output) - target, dtype=np.float64)))
