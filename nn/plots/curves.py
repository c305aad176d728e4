"""How a training went: losses, the size of the signals, the size of the gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.ticker import MaxNLocator, PercentFormatter

from autograd import expect

from ..training import Epoch, History, Recorder
from .frame import BLUE, ORANGE, axes_for, colors, figure_of, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["activations", "gradients", "losses"]

_PARTS = {"train": ("-", BLUE), "test": ("--", ORANGE)}


def losses(
    history: Sequence[Epoch] | Mapping[str, Sequence[Epoch]],
    kind: str = "loss",
    *,
    ax: Axes | None = None,
) -> Figure:
    """Loss, or something else that was measured, over the epochs: training data and held-out data.

    Args:
        history: what `fit` returns. Several by name are drawn over each other: a colour for each.
        kind: "loss", "accuracy", or another metric's name; or one curve, such as "lr".
        ax: what to draw into; None makes a figure.

    Raises:
        KeyError: nothing of that name was measured.

    Curves on the training data are solid, on the held-out data dashed. A positive loss has a
    logarithmic scale.
    """
    runs = history if isinstance(history, Mapping) else {"": history}
    for run in runs.values():
        for epoch in expect.items("losses", "history", run):
            expect.instance("losses", "an epoch of the history", epoch, Epoch)
    found = {name: _curves(History(run), kind) for name, run in runs.items()}
    ax = axes_for(ax, 6.4, 4.0)
    drawn: list[float] = []
    for (name, curves), color in zip(found.items(), colors(len(found)), strict=True):
        epochs = [epoch.number for epoch in runs[name]]
        for part, (label, values) in curves.items():
            dashes, usual = _PARTS[part]
            drawn += [value for value in values if value is not None]
            ax.plot(
                epochs,
                [float("nan") if value is None else value for value in values],
                dashes,
                color=color if isinstance(history, Mapping) else usual,
                label=", ".join(filter(None, (name, label))),
                marker="o" if len(epochs) < 20 else "",
                markersize=3.5,
                linewidth=1.6,
            )
    if kind == "loss" and drawn and min(drawn) > 0:
        ax.set_yscale("log")
    if kind == "accuracy":
        ax.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=None))
    ax.set_title(kind.capitalize(), loc="left")
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    plain(ax)
    if drawn:
        ax.legend(frameon=False)
    return figure_of(ax)


def _curves(history: History, kind: str) -> dict[str, tuple[str, list[float | None]]]:
    """What of `kind` was measured: by the part of the data, a label and the values."""
    measured = {name for epoch in history for name in epoch.values()}
    names = {part: f"{part}_{kind}" for part in _PARTS if f"{part}_{kind}" in measured}
    if names:
        return {part: (part, history.values(name)) for part, name in names.items()}
    return {"train": (kind, history.values(kind))} if history else {}


def activations(
    recorder: Recorder, layers: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure:
    """What comes out of each layer while the network learns: the mean, in a band of one deviation.

    Args:
        recorder: an `nn.training.Recorder` that was among the callbacks of `fit`.
        layers: the names of those to draw, of `recorder.activations`; None for all.
        ax: what to draw into; None makes a figure.

    Raises:
        TypeError: not a Recorder. ValueError: it has recorded nothing. KeyError: no such layer.

    Low layers are dark, high ones light. A band at one of the ends of a sigmoid's range is a layer
    that is saturated; a band without height one whose neurons have nothing to say. Source: Glorot
    and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    found = _recorded("activations", recorder, layers)
    ax = axes_for(ax, 6.4, 4.0)
    for (name, values), color in zip(found.items(), _in_order(len(found)), strict=True):
        mean, deviation = np.transpose(values)
        ax.fill_between(
            recorder.steps, mean - deviation, mean + deviation, color=color, alpha=0.13, linewidth=0
        )
        ax.plot(recorder.steps, mean, color=color, label=name, linewidth=1.6)
    return _over_steps(ax, "Activations: mean ± deviation")


def gradients(
    recorder: Recorder, parameters: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Figure:
    """How large the gradient of each parameter is while the network learns: root of mean square.

    Args:
        recorder: an `nn.training.Recorder` that was among the callbacks of `fit`.
        parameters: the names of those to draw, of `recorder.gradients`; None for all weights, that
            is all that are matrices, or all if there are none.
        ax: what to draw into; None makes a figure.

    Raises:
        TypeError: not a Recorder. ValueError: it has recorded nothing. KeyError: no such parameter.

    Low layers are dark, high ones light; the scale is logarithmic. Curves that lie far apart are
    gradients that vanish or explode on their way down.
    """
    if parameters is None and isinstance(recorder, Recorder):
        parameters = [name for name in recorder.gradients if name in recorder.matrices] or None
    found = _recorded("gradients", recorder, parameters)
    ax = axes_for(ax, 6.4, 4.0)
    for (name, values), color in zip(found.items(), _in_order(len(found)), strict=True):
        # A gradient of exactly 0 has no logarithm: the curve has a gap there.
        shown = np.where(np.asarray(values) > 0, values, np.nan)
        ax.plot(recorder.steps, shown, color=color, label=name, linewidth=1.6)
    ax.set_yscale("log")
    return _over_steps(ax, "Gradients: root of the mean square")


def _recorded(what: str, recorder: Recorder, names: Sequence[str] | None) -> dict[str, list[Any]]:
    if not isinstance(recorder, Recorder):
        raise TypeError(
            f"{what} expects an nn.training.Recorder, got {type(recorder).__name__}; pass one to "
            "fit among the callbacks, then here"
        )
    found: Mapping[str, list[Any]] = getattr(recorder, what)
    if not recorder.steps:
        raise ValueError(
            f"{what}: the recorder has recorded nothing; pass it to fit among the callbacks, and "
            "train first"
        )
    for name in names or ():
        if name not in found:
            raise KeyError(f"{what}: nothing is recorded of {name!r}; expected {', '.join(found)}")
    return {name: found[name] for name in (found if names is None else names)}


def _in_order(count: int) -> list[Any]:
    """Colours from dark to light, whose order everybody sees; the lightest would not be seen."""
    return list(colormaps["viridis"](np.linspace(0, 0.88, count)))


def _over_steps(ax: Axes, title: str) -> Figure:
    ax.set_title(title, loc="left")
    ax.set_xlabel("step")
    plain(ax)
    ax.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure_of(ax)
