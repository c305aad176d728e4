"""Classes: how they are taken for each other, where they lie, and where a network divides them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import ListedColormap, PowerNorm, to_rgb
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from autograd import Tensor, no_grad

from ..module import Module
from .frame import array_of, axes_for, colors, figure_of, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["codes", "confusion_matrix", "decision_boundary"]

_OUTLINE = [withStroke(linewidth=2.5, foreground="white")]


def confusion_matrix(
    labels: Any, found: Any, names: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure:
    """How often each class (a row) was taken for each class (a column).

    Args:
        labels: the true classes, integers from 0, shape (N,).
        found: the classes that were found, likewise, or scores of shape (N, C), whose largest
            stands at the class that was found.
        names: of the classes; None for their numbers.
        ax: what to draw into; None makes a figure.

    Raises:
        ValueError: no sample, other shapes, a class that is not an integer from 0, or too few
            names.

    A field's colour is its part of the row, on a scale that shows small parts: rare confusions are
    what one looks for. Zeros are left blank.
    """
    truth = _classes("confusion_matrix", "labels", array_of(labels))
    scores = array_of(found)
    classes = scores.argmax(axis=1) if scores.ndim == 2 else scores
    guess = _classes("confusion_matrix", "found", classes)
    if truth.shape != guess.shape:
        raise ValueError(
            f"confusion_matrix expects as many classes found as labels, got {len(guess)} for "
            f"{len(truth)}"
        )
    names = _names("confusion_matrix", names, max(truth.max(), guess.max()) + 1)
    count = len(names)
    table = np.zeros((count, count), dtype=np.int64)
    np.add.at(table, (truth, guess), 1)
    parts = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    side = max(3.2, 0.5 * count + 1.2)
    ax = axes_for(ax, side, side)
    ax.imshow(parts, cmap="Blues", norm=PowerNorm(0.4, 0, 1))
    for row, column in np.argwhere(table):
        dark = parts[row, column] > 0.3
        ax.text(
            *(column, row, f"{table[row, column]:,}"),
            ha="center",
            va="center",
            fontsize="small",
            color="white" if dark else "black",
        )
    ax.set_xticks(range(count), names)
    ax.set_yticks(range(count), names)
    ax.set_xlabel("found")
    ax.set_ylabel("true")
    right = np.trace(table) / len(truth)
    ax.set_title(f"{right:.2%} of {len(truth):,} are right", loc="left")
    return figure_of(ax)


def codes(
    points: Any, labels: Any, names: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure:
    """Points of the plane, coloured by class: what a network of two codes makes of each sample.

    Args:
        points: shape (N, 2).
        labels: their classes, integers from 0, shape (N,).
        names: of the classes; None for their numbers.
        ax: what to draw into; None makes a figure.

    Raises:
        ValueError: no point, other shapes, a class that is not an integer from 0, or too few names.

    The name of each class stands at the median of its points. Deck, part C: the two-dimensional
    codes of principal components and of an autoencoder.
    """
    places, classes = _points("codes", points, labels)
    names = _names("codes", names, classes.max() + 1)
    ax = axes_for(ax, 6.0, 5.6)
    palette = np.array([to_rgb(color) for color in colors(len(names))])
    # In the order in which they are given, so that no class lies above all others.
    size = float(np.clip(4e4 / len(places), 3, 30))
    x, y = places.T
    ax.scatter(x, y, s=size, c=palette[classes], alpha=0.6, linewidths=0)
    for label in np.unique(classes):
        middle = np.median(places[classes == label], axis=0)
        ax.text(
            *(*middle, names[label]),
            color=tuple(0.6 * palette[label]),
            ha="center",
            va="center",
            fontsize="x-large",
            fontweight="bold",
            path_effects=_OUTLINE,
        )
    plain(ax)
    return figure_of(ax)


def decision_boundary(
    model: Module | Callable[[Any], Any],
    points: Any,
    labels: Any,
    names: Sequence[str] | None = None,
    *,
    threshold: float = 0.0,
    resolution: int = 200,
    ax: Axes | None = None,
) -> Figure:
    """Which class a network finds where in the plane, and the points it was to tell apart.

    Args:
        model: maps points (M, 2) to scores (M, C), or, for two classes, to one number each, shape
            (M, 1) or (M,). A Module is asked in eval mode, and left in the mode in which it was.
        points: shape (N, 2).
        labels: their classes, integers from 0, shape (N,).
        names: of the classes; None for their numbers.
        threshold: above which one number means class 1: 0 for scores, 0.5 for probabilities.
        resolution: how many points to ask for along each side.
        ax: what to draw into; None makes a figure.

    Raises:
        ValueError: no point, other shapes, a class that is not an integer from 0, too few names,
            a resolution below 2, or what the model returns is not as said.
    """
    places, classes = _points("decision_boundary", points, labels)
    if resolution < 2:
        raise ValueError(f"decision_boundary expects resolution of at least 2, got {resolution}")
    low, high = places.min(axis=0), places.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1)
    x, y = (
        np.linspace(start, end, resolution)
        for start, end in zip(low - margin, high + margin, strict=True)
    )
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(places.dtype)
    regions = _asked(model, grid, threshold).reshape(resolution, resolution)
    names = _names("decision_boundary", names, max(classes.max(), regions.max()) + 1)
    ax = axes_for(ax, 6.0, 5.6)
    palette = colors(len(names))
    pale = [0.3 * np.array(to_rgb(color)) + 0.7 for color in palette]
    ax.imshow(
        regions,
        origin="lower",
        extent=(x[0], x[-1], y[0], y[-1]),
        aspect="auto",
        cmap=ListedColormap(pale),
        vmin=-0.5,
        vmax=len(names) - 0.5,
        interpolation="nearest",
    )
    for label, marker in zip(np.unique(classes), _markers(), strict=False):
        ax.scatter(
            places[classes == label, 0],
            places[classes == label, 1],
            color=palette[label],
            marker=marker,
            s=22,
            edgecolors="white",
            linewidths=0.6,
            label=names[label],
        )
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    ax.spines[["top", "right"]].set_visible(False)
    return figure_of(ax)


def _asked(
    model: Module | Callable[[Any], Any], grid: NDArray[Any], threshold: float
) -> NDArray[Any]:
    """The class that is found at each point of the grid."""
    modes = {part: part.training for part in model.modules()} if isinstance(model, Module) else {}
    for part in modes:
        part.training = False
    try:
        with no_grad():
            scores: NDArray[Any] = array_of(model(Tensor(grid)))
    finally:
        for part, mode in modes.items():
            part.training = mode
    if scores.shape[:1] != grid.shape[:1] or scores.ndim > 2 or not scores.size:
        raise ValueError(
            f"decision_boundary expects a model that gives scores of shape ({len(grid)}, C) for "
            f"{len(grid)} points, got {scores.shape}"
        )
    if scores.ndim == 2 and scores.shape[1] > 1:
        return np.asarray(scores.argmax(axis=1))
    return (scores.reshape(-1) > threshold).astype(np.int64)


def _markers() -> Sequence[str]:
    # With more classes than markers the legend would end early: they are repeated.
    return "o^sDvP*X<>" * 100


def _points(name: str, points: Any, labels: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    places = array_of(points)
    classes = _classes(name, "labels", array_of(labels))
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(f"{name} expects points of the plane, shape (N, 2), got {places.shape}")
    if len(places) != len(classes):
        raise ValueError(
            f"{name} expects a label for each point, got {len(classes)} for {len(places)}"
        )
    return places, classes


def _classes(name: str, argument: str, values: NDArray[Any]) -> NDArray[np.int64]:
    if values.ndim != 1 or not values.size:
        raise ValueError(
            f"{name} expects {argument} of shape (N,), at least one, got shape {values.shape}"
        )
    if values.dtype.kind not in "iub" or values.min() < 0:
        raise ValueError(
            f"{name} expects as {argument} classes that are integers from 0, got dtype "
            f"{values.dtype}, the smallest {values.min()}"
        )
    return values.astype(np.int64)


def _names(name: str, names: Sequence[str] | None, count: int) -> Sequence[str]:
    if names is None:
        return [str(i) for i in range(count)]
    if len(names) < count:
        raise ValueError(f"{name} expects a name for each of {count} classes, got {len(names)}")
    return names
