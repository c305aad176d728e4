"""Pieces of a report in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from .experiment import Result

__all__ = ["describe", "picture", "table", "verdict"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with a head."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def picture(figure: Figure, path: Path, text: str) -> str:
    """Write a figure to a file, and refer to it from the folder above."""
    figure.savefig(path, bbox_inches="tight", metadata={"Software": None})
    return f"![{text}]({path.parent.name}/{path.name})"


def verdict(met: bool) -> str:
    """Whether what was wanted is so."""
    return "met" if met else "NOT met"


def describe(result: Result, *, rate: bool = True, epochs: bool = True) -> str:
    """How a network was trained, up to the last word of a sentence.

    Without `rate` or `epochs` where these are not the same for all trainings of the experiment.
    """
    settings = result.job.settings
    sizes = settings.get("sizes")
    parts = [
        *(["-".join(map(str, sizes))] if sizes else []),
        *([f"{len(result.history)} epochs"] if epochs else []),
        f"batches of {settings['batch']}",
        settings["optimizer"],
    ]
    if rate:
        falling = " falling to 0 in a straight line" if settings["decay"] else ""
        parts.append(f"learning rate {settings['lr']:g}{falling}")
    return ", ".join([*parts, f"seed {settings['seed']}", "float32"])
