"""Draw the graph of what a function in a file of yours computes.

    python -m autograd draw path/to/file.py::function -o graph.svg

The function is called without arguments and returns a tensor, or several; a tensor of the file
will do as well. The ending of the output decides: .svg, .png or .pdf for a picture, .dot for its
text, .html for a page that plays the computation step by step.

Exit code: 0 if it is drawn, 2 if the command is wrong.
"""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..tensor import Tensor
from .source import UsageError, load, named

if TYPE_CHECKING:
    from ..drawing import Graph, Player

SUMMARY = "draw the graph of what a function in a file computes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("subject", metavar="FILE.py::NAME", help="a function, or a tensor")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("graph.svg"), help="default: graph.svg"
    )
    parser.add_argument(
        "--style",
        choices=("graph", "neurons", "layers"),
        default="graph",
        help="neurons: a regression, circle by circle; layers: a network, column by column",
    )
    parser.add_argument(
        "--view",
        choices=("forward", "backward", "both"),
        default="forward",
        help="values, what the rules compute, or both",
    )
    parser.add_argument(
        "--depth", type=int, metavar="N", help="how many modules inside each other are open"
    )
    parser.add_argument(
        "--collapse",
        action="append",
        default=[],
        metavar="MODULE",
        help="name, path or class of modules to close; can be given several times",
    )
    parser.add_argument("--no-grads", action="store_true", help="leave gradients out")
    parser.add_argument("--no-legend", action="store_true", help="leave the legend out")


def run(options: argparse.Namespace) -> int:
    """Draw, write the file and say where it is; 0. An error of the function passes through."""
    path, _, name = options.subject.partition("::")
    if not name:
        raise UsageError(f"expected path/to/file.py::function, got {options.subject!r}")
    subject = named(load(path), name, path, _can_be_drawn, "functions and tensors")
    if callable(subject):
        _check_call(subject, options.subject)
    picture = _picture(subject, options)
    try:
        print(picture.save(options.output))
    except (ValueError, RuntimeError, OSError) as error:
        raise UsageError(str(error)) from error
    return 0


def _can_be_drawn(value: Any) -> bool:
    return isinstance(value, Tensor) or inspect.isfunction(value)


def _check_call(function: Any, subject: str) -> None:
    """Raise UsageError for a function that cannot be called without arguments."""
    try:
        inspect.signature(function).bind()
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"draw calls a function without arguments, and {subject} does not take that ({error}); "
            "write one that makes the inputs and returns the result"
        ) from None


def _picture(subject: Any, options: argparse.Namespace) -> Graph | Player:
    from ..drawing import draw, play

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
