"""The pictures of a training: how the loss fell, and what the first layer looks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from nn.training import Epoch, History

__all__ = ["loss_curve", "weights"]

_SHOWN = 128
_COLUMNS = 16


def loss_curve(history: Sequence[Epoch], path: Path) -> None:
    """Draw loss and accuracy over the epochs, on the training and on the held-out data."""
    figure = Figure(figsize=(9, 3.6), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2)
    History(history).plot(left, "loss")
    History(history).plot(right, "accuracy")
    right.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=None))
    figure.savefig(path)


def weights(matrix: Any, side: int, path: Path) -> None:
    """Draw each neuron's weights as an image of `side` by `side` pixels.

    Args:
        matrix: weights of the first layer, shape (neurons, side²). If there are more than 128
            neurons, the 128 with the largest weights are shown.
        side: of the images that the network reads.
        path: of the PNG.

    Deck, part B: each low-level neuron captures a pattern.
    """
    neurons = len(matrix)
    if neurons > _SHOWN:
        strongest = np.argsort(-np.linalg.norm(matrix, axis=1), kind="stable")[:_SHOWN]
        matrix = matrix[np.sort(strongest)]
    count = len(matrix)
    columns = min(count, _COLUMNS)
    rows = math.ceil(count / columns)
    step = side + max(side // 8, 1)
    # One image of tiles; what lies between them is not a number, and stays white.
    tiles = np.full((rows * step, columns * step), np.nan, dtype=np.float32)
    for i in range(count):
        top, left = step * (i // columns), step * (i % columns)
        tiles[top : top + side, left : left + side] = matrix[i].reshape(side, side)
    limit = float(np.quantile(np.abs(matrix), 0.995)) or 1.0
    width = 9.0
    figure = Figure(
        figsize=(width, 0.9 * width * rows / columns + 0.8), dpi=150, layout="constrained"
    )
    axes = figure.subplots()
    image = axes.imshow(
        tiles[: rows * step - (step - side), : columns * step - (step - side)],
        cmap="RdBu_r",
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
    )
    axes.set_axis_off()
    which = f"the {count}" if count == neurons else f"the {count} strongest of {neurons}"
    axes.set_title(
        f"Weights of {which} neurons of the first layer: ink on red excites, on blue inhibits",
        loc="left",
        fontsize=10,
    )
    bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=30, pad=0.01)
    bar.outline.set_visible(False)
    figure.savefig(path)
