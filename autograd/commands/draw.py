"""`python -m autograd draw path/file.py::function -o graph.svg`."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path
from typing import Any

from ..drawing import Graph, Player, draw, play
from . import UsageError
from .target import load

__all__ = ["SUMMARY", "add_arguments", "run"]

SUMMARY = "draw the graph of what a function computes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        "target",
        metavar="path/file.py::function",
        help="a function that can be called without arguments and returns a tensor; or a tensor",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("graph.svg"),
        help="what to write: .svg, .png, .pdf, .dot, or .html for the player (default: graph.svg)",
    )
    parser.add_argument("--style", choices=("graph", "neurons", "layers"), default="graph")
    parser.add_argument("--view", choices=("forward", "backward", "both"), default="forward")
    parser.add_argument(
        "--depth", type=int, help="how many modules inside each other are drawn open"
    )
    parser.add_argument(
        "--collapse",
        action="append",
        default=[],
        metavar="MODULE",
        help="name, path or class of a module to be closed; can be given several times",
    )
    parser.add_argument("--no-grads", action="store_true", help="leave gradients out")
    parser.add_argument("--no-legend", action="store_true", help="leave the legend out")


def run(options: argparse.Namespace) -> int:
    """Draw, write the file, say where it is; returns the exit code 0.

    Raises: UsageError for what the user can correct. An error of the function passes through.
    """
    subject = load(options.target)
    _check_callable(subject, options.target)
    picture = _picture(subject, options)
    try:
        print(picture.save(options.output))
    except (ValueError, RuntimeError) as error:
        raise UsageError(str(error)) from error
    return 0


def _picture(subject: Any, options: argparse.Namespace) -> Graph | Player:
    grads = False if options.no_grads else None
    if options.output.suffix.lower() in (".html", ".htm"):
        return play(subject, grads=grads)
    return draw(
        subject,
        grads=grads,
        style=options.style,
        view=options.view,
        depth=options.depth,
        collapse=options.collapse,
        legend=not options.no_legend,
    )


def _check_callable(subject: Any, target: str) -> None:
    """Raise UsageError for a function that cannot be called without arguments."""
    if not callable(subject) or isinstance(subject, type):
        return
    try:
        inspect.signature(subject).bind()
    except TypeError as error:
        raise UsageError(
            f"draw expects a function that can be called without arguments, got {target}: {error}; "
            "write one that makes the inputs and returns the result"
        ) from None
