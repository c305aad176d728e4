"""The command line: what may stand on it, and what it means."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

__all__ = ["Options", "UsageError", "parse"]

_CLASSES = 10
# Side of the images by the first number of --model. Deck, part B: 32 x 32 = 1024 features.
_SIDES = {"digits": {64: 8}, "mnist": {784: 28, 1024: 32}}
_MODELS = {"digits": (64, 128, 64, 10), "mnist": (1024, 1024, 1024, 10)}
_EPOCHS = {"digits": 30, "mnist": 10}
_BATCH_SIZES = {"digits": 32, "mnist": 128}
_RATES = {"sgd": 0.1, "adam": 0.001}


class UsageError(Exception):
    """What the user has to change; shown as one line, without a traceback."""


@dataclass(frozen=True)
class Options:
    """What is to be trained, on what, how long, and where the pictures go."""

    data: str
    data_root: Path | None
    model: tuple[int, ...]
    activation: str
    epochs: int
    batch_size: int
    optimizer: str
    lr: float
    seed: int
    out: Path

    @property
    def side(self) -> int:
        """Side of the images in pixels."""
        return _SIDES[self.data][self.model[0]]


def parse(arguments: Sequence[str] | None = None) -> Options:
    """The options that `arguments` (the command line by default) stand for.

    Raises UsageError for anything wrong. `--help` prints the help and exits.
    """
    given = _parser().parse_args(arguments)
    data = given.data
    if given.data_root is not None and data != "mnist":
        raise UsageError("--data-root is for --data mnist; the digits come with the package")
    model = _MODELS[data] if given.model is None else given.model
    sides = _SIDES[data]
    if model[0] not in sides or model[-1] != _CLASSES:
        features = " or ".join(f"{n} ({side} x {side} pixels)" for n, side in sides.items())
        raise UsageError(
            f"--model {'-'.join(map(str, model))} does not fit --data {data}: expected "
            f"{features} as the first number and {_CLASSES}, the classes, as the last"
        )
    return Options(
        data=data,
        data_root=given.data_root,
        model=model,
        activation=given.activation,
        epochs=given.epochs or _EPOCHS[data],
        batch_size=given.batch_size or _BATCH_SIZES[data],
        optimizer=given.optimizer,
        lr=given.lr or _RATES[given.optimizer],
        seed=given.seed,
        out=given.out,
    )


class _Parser(argparse.ArgumentParser):
    """Raises UsageError, where argparse would print its usage and exit."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m nn", description="Train neural networks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    train = commands.add_parser(
        "train",
        help="train a multi-layer perceptron on handwritten digits",
        description="Train a multi-layer perceptron on handwritten digits, check the gradient of a "
        "custom op, and write the loss curve, the learned weights and the computation graph of the "
        "first loss as pictures.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = train.add_argument
    add("--data", choices=("digits", "mnist"), default="digits", help="what to learn from")
    add(
        "--data-root",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="where the files of MNIST are; without it MNIST_DIR, else a cache that is filled",
    )
    add(
        "--model",
        type=_sizes,
        metavar="SIZES",
        help="features, then neurons of each layer, such as 64-128-64-10; MNIST has 784 features, "
        "or 1024 with a margin of 2 pixels (default: 64-128-64-10, for mnist 1024-1024-1024-10)",
        default=argparse.SUPPRESS,
    )
    add("--activation", choices=("relu", "sigmoid", "tanh"), default="relu", help="between layers")
    add(
        "--epochs",
        type=_count,
        metavar="N",
        help="passes over the training data (default: 30, for mnist 10)",
        default=argparse.SUPPRESS,
    )
    add(
        "--batch-size",
        type=_count,
        metavar="N",
        help="samples per step (default: 32, for mnist 128)",
        default=argparse.SUPPRESS,
    )
    add(
        "--optimizer",
        choices=("sgd", "adam"),
        default="sgd",
        help="sgd is with a momentum of 0.9",
    )
    add(
        "--lr",
        type=_rate,
        metavar="RATE",
        help="learning rate (default: 0.1, for adam 0.001)",
        default=argparse.SUPPRESS,
    )
    add("--seed", type=_seed, default=0, help="of all random numbers; same seed, same result")
    add("--out", type=Path, default=Path("out"), metavar="FOLDER", help="where the pictures go")
    # Their default depends on other options, and stands in their help text.
    train.set_defaults(model=None, epochs=None, batch_size=None, lr=None)
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    parts = text.split("-")
    if len(parts) < 2 or not all(p.isascii() and p.isdigit() and int(p) > 0 for p in parts):
        raise argparse.ArgumentTypeError(
            f"expected numbers with hyphens between them, such as 64-128-64-10, got {text!r}"
        )
    return tuple(map(int, parts))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 0, got {text!r}")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return rate
