"""Rows of numbers shown as images: what a neuron looks for, what an autoencoder makes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..linear import Linear
from .frame import array_of, axes_for, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["images", "weights"]

_WIDTH = 9.0


def weights(
    layer: Any,
    shape: tuple[int, int] | None = None,
    *,
    crop: int = 0,
    count: int = 128,
    columns: int = 16,
    ax: Axes | None = None,
) -> Figure:
    """The weights of each neuron as an image: red where ink excites it, blue where it inhibits.

    Args:
        layer: an `nn.Linear`, or its weights as an array or Tensor of shape (neurons, pixels).
        shape: (height, width) of the images that the neurons look at; None for square ones.
        crop: so many pixels are left out at each side. 2 shows of the deck's 32 x 32 images the
            28 x 28 that hold ink: weights of a margin that is always empty never learn.
        count: if there are more neurons, those of the largest weights are shown.
        columns: images in a row.
        ax: what to draw into; None makes a figure.

    Raises:
        TypeError: `layer` has no weights.
        ValueError: they are no matrix or an empty one, rows do not have the shape, crop leaves
            nothing, count or columns is less than 1.

    All images share one scale, symmetric about 0, so that white is 0 everywhere. Deck, part B:
    each low-level neuron captures a pattern.
    """
    matrix = array_of(layer.weight if isinstance(layer, Linear) else layer)
    if matrix.dtype.kind not in "fiub":
        raise TypeError(
            f"weights expects an nn.Linear or a matrix of its weights, got {type(layer).__name__}; "
            "of a network pass one layer, such as model[0]"
        )
    pictures = _images("weights", matrix, shape, crop)
    _at_least_one("weights", count=count, columns=columns)
    neurons = len(pictures)
    if neurons > count:
        size = np.linalg.norm(pictures.reshape(neurons, -1), axis=1)
        pictures = pictures[np.sort(np.argsort(-size, kind="stable")[:count])]
    limit = float(np.quantile(np.abs(pictures), 0.995)) or 1.0
    ax, image = _tiles(ax, pictures, columns, cmap="RdBu_r", vmin=-limit, vmax=limit)
    shown = len(pictures)
    which = f"{shown} neurons" if shown == neurons else f"the {shown} strongest of {neurons}"
    ax.set_title(f"Weights of {which}: ink on red excites, on blue inhibits", loc="left")
    bar = figure_of(ax).colorbar(image, ax=ax, shrink=0.8, aspect=30, pad=0.01)
    bar.outline.set_visible(False)
    return figure_of(ax)


def images(
    rows: Any,
    shape: tuple[int, int] | None = None,
    *,
    crop: int = 0,
    columns: int = 10,
    ax: Axes | None = None,
) -> Figure:
    """Images side by side, dark ink on white paper; the scale is that of 0 to the largest pixel.

    Args:
        rows: an array or Tensor of shape (images, pixels).
        shape, crop, columns, ax: as for `weights`.

    Raises: as `weights`.
    """
    pictures = _images("images", array_of(rows), shape, crop)
    _at_least_one("images", columns=columns)
    top = float(np.max(pictures)) or 1.0
    ax, _ = _tiles(ax, pictures, columns, cmap="gray_r", vmin=0.0, vmax=top)
    return figure_of(ax)


def _images(
    name: str, matrix: NDArray[Any], shape: tuple[int, int] | None, crop: int
) -> NDArray[Any]:
    """The rows of a matrix as images, shape (rows, height, width)."""
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(
            f"{name} expects a matrix of at least one row of pixels, got shape {matrix.shape}"
        )
    pixels = matrix.shape[1]
    if shape is None:
        shape = (math.isqrt(pixels), math.isqrt(pixels))
        remedy = "pass shape=(height, width)"
    else:
        remedy = f"expected {shape[0]} x {shape[1]} = {shape[0] * shape[1]}"
    height, width = shape
    if height * width != pixels:
        raise ValueError(f"{name}: {pixels} pixels are no image of that shape; {remedy}")
    if not 0 <= 2 * crop < min(height, width):
        raise ValueError(
            f"{name} expects a crop that leaves something of {height} x {width} pixels, got {crop}"
        )
    return matrix.reshape(-1, height, width)[:, crop : height - crop, crop : width - crop]


def _at_least_one(name: str, **counts: int) -> None:
    for argument, value in counts.items():
        if value < 1:
            raise ValueError(f"{name} expects {argument} of at least 1, got {value}")


def _tiles(ax: Axes | None, pictures: NDArray[Any], columns: int, **scale: Any) -> tuple[Axes, Any]:
    """Draw images as tiles of one; what lies between them is not a number, and stays empty."""
    count, height, width = pictures.shape
    columns = min(count, columns)
    rows = math.ceil(count / columns)
    gap = max(min(height, width) // 8, 1)
    down, right = height + gap, width + gap
    tiles = np.full((rows * down - gap, columns * right - gap), np.nan, dtype=np.float32)
    for i, picture in enumerate(pictures):
        top, left = down * (i // columns), right * (i % columns)
        tiles[top : top + height, left : left + width] = picture
    size = _WIDTH * len(tiles) / tiles.shape[1]
    ax = axes_for(ax, _WIDTH, 0.9 * size + 0.8)
    image = ax.imshow(tiles, interpolation="nearest", **scale)
    ax.set_axis_off()
    return ax, image
