"""The denoising autoencoder (deck, part C): half of the pixels are gone, all are to be rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import nn
from autograd import Tensor, no_grad
from nn import functional as F
from nn import plots
from nn.data import Dataset, TensorDataset, TrainTest

from .autoencoder import first_of_each, mean_squared
from .experiment import Arrays, Experiment, Job, Numbers, Result, Settings, perceptron
from .markdown import describe, picture, table, verdict

__all__ = ["Denoising"]

_NOISE_SEED = 1


class Denoising(Experiment):
    """784-512-128-512-784, trained on corrupted images or on clean ones, tested on corrupted ones.

    In training `nn.Corrupt` sets each pixel to zero with probability p, drawn anew at each step;
    the clean image is to be reconstructed. The zeros of the test images are drawn once.
    """

    name = "denoising"
    title = "Denoising autoencoder"

    def jobs(self, quick: bool) -> list[Job]:
        settings: dict[str, Any] = dict(
            data="mnist 28", sizes=[784, 512, 128], seed=0, epochs=10, batch=128,
            optimizer="Adam", lr=1e-3, decay=True, test_p=0.5,
        )  # fmt: skip
        if quick:
            settings |= dict(data="digits", sizes=[64, 32, 16], epochs=2)
        return [
            Job(self.name, name, settings | dict(p=p))
            for name, p in (("clean", 0.0), ("corrupted", settings["test_p"]))
        ]

    def network(self, settings: Settings) -> nn.Module:
        sizes = [*settings["sizes"], *settings["sizes"][-2::-1]]
        return nn.Sequential(
            perceptron(sizes, lambda _: nn.ReLU(), head=nn.Corrupt(settings["p"])), nn.Sigmoid()
        )

    def loss(self) -> nn.Module:
        return nn.HalfMSELoss()

    def datasets(self, settings: Settings, data: TrainTest) -> tuple[Dataset, Dataset]:
        noisy = F.corrupt(data.x_test, settings["test_p"], rng=_NOISE_SEED)
        return TensorDataset(data.x_train, data.x_train), TensorDataset(noisy, data.x_test)

    def measure(
        self, settings: Settings, model: nn.Module, data: TrainTest
    ) -> tuple[Numbers, Arrays]:
        noisy, clean = self.datasets(settings, data)[1][:]
        with no_grad():
            rebuilt = np.asarray(model(Tensor(noisy)).data)
        shown = first_of_each(data.y_test)
        numbers = {"mse": mean_squared(rebuilt, clean), "mse_of_input": mean_squared(noisy, clean)}
        return numbers, {
            "images": clean[shown],
            "noisy": noisy[shown],
            "rebuilt": rebuilt[shown],
        }

    def section(self, results: Mapping[str, Result], figures: Path) -> str:
        clean, corrupted = results["clean"], results["corrupted"]
        arrays = corrupted.arrays()
        rows = np.concatenate(
            [
                *(arrays["images"], arrays["noisy"], arrays["rebuilt"]),
                clean.arrays()["rebuilt"],
            ]
        )
        errors = {
            "the corrupted image itself": corrupted.measured["mse_of_input"],
            "autoencoder trained on clean images": clean.measured["mse"],
            "denoising autoencoder": corrupted.measured["mse"],
        }
        least = min(errors, key=errors.__getitem__)
        return "\n".join(
            [
                f"{describe(corrupted)}; the decoder mirrors the encoder. In training each pixel "
                f"is set to zero with probability {corrupted.job.settings['p']:g}, in every step "
                "anew, and the clean image is to be reconstructed; another autoencoder is trained "
                "on clean images. Both get the same corrupted test images.",
                "",
                "- The denoising autoencoder has the smallest error "
                f"({verdict(least == 'denoising autoencoder')}).",
                "",
                table(
                    ["corrupted test set", "mean squared error of a pixel"],
                    [[name, f"{error:.5f}"] for name, error in errors.items()],
                ),
                "",
                "Test digits, what is left of them, what the denoising autoencoder makes of that, "
                "and what the other one does:",
                "",
                picture(
                    plots.images(rows, columns=len(arrays["images"])),
                    figures / "denoising.png",
                    "Digits, corrupted digits and reconstructions",
                ),
            ]
        )
