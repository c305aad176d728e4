"""What every picture has: a figure to stand in, colours, and arrays out of what it is given."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor

try:
    from matplotlib import colormaps
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "nn.plots draws with matplotlib, which is not installed; pip install 'chalkgrad[plots]'",
        name=error.name,
    ) from error

__all__ = ["BLUE", "ORANGE", "Picture", "array_of", "axes_for", "colors", "figure_of", "plain"]

# Okabe and Ito's palette: blue and vermilion are the pair that everybody can tell apart.
BLUE, ORANGE = "#0072b2", "#d55e00"
_FEW = (BLUE, ORANGE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
# Paul Tol's muted palette: ten that differ in lightness as well as in hue.
_MANY = (
    *("#332288", "#88ccee", "#117733", "#999933", "#cc6677"),
    *("#aa4499", "#44aa99", "#882255", "#ddcc77", "#777777"),
)


class Picture(Figure):
    """A figure that a notebook shows whether or not pyplot was imported there."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """`ax`, or the Axes of a new figure of that size, in inches."""
    if ax is not None:
        if not isinstance(ax, Axes):
            raise TypeError(
                f"expected a matplotlib Axes as ax, got {type(ax).__name__}; of a grid of subplots "
                "pass one"
            )
        return ax
    return Picture(figsize=(width, height), dpi=150, layout="constrained").subplots()


def figure_of(ax: Axes) -> Figure:
    """The whole figure that `ax` stands in, also where it is a part of a part of it."""
    figure = ax.figure.figure
    assert isinstance(figure, Figure)
    return figure


def plain(ax: Axes) -> None:
    """Take away what carries no data: the frame's right and top; draw a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)


def colors(count: int) -> list[Any]:
    """So many colours that the colour-blind can tell apart; beyond ten, neighbours are alike."""
    if count <= len(_FEW):
        return list(_FEW[:count])
    if count <= len(_MANY):
        return list(_MANY[:count])
    return list(colormaps["viridis"](np.linspace(0, 1, count)))


def array_of(values: Any) -> NDArray[Any]:
    """The numbers of an array, a Tensor, or anything that NumPy makes an array of."""
    return np.asarray(values.data if isinstance(values, Tensor) else values)
