"""The pictures of a training: how the loss fell, and what the first layer looks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from nn import plots
from nn.training import Epoch

__all__ = ["loss_curve", "weights"]


def loss_curve(history: Sequence[Epoch], path: Path) -> None:
    """Draw loss and accuracy over the epochs, on the training and on the held-out data."""
    figure = Figure(figsize=(9, 3.6), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2)
    plots.losses(history, ax=left)
    plots.losses(history, "accuracy", ax=right)
    figure.savefig(path)


def weights(matrix: Any, side: int, path: Path) -> None:
    """Draw the weights of the first layer, shape (neurons, side²), as images."""
    plots.weights(matrix, (side, side)).savefig(path)
