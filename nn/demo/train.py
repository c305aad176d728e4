"""The training program, step by step."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import numpy as np

import nn
import optim
from autograd import Tensor, draw, manual_seed
from nn.data import DataLoader, TensorDataset, TrainTest, digits, mnist
from nn.training import History, fit

from . import gradient
from .options import Options, UsageError

__all__ = ["run"]

_ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
_MOMENTUM = 0.9
_TEST_BATCH = 1000


def run(options: Options) -> int:
    """Load, check, train, draw; returns the exit code."""
    from . import pictures
    from .progress import DivergedError, Progress

    out = _folder(options.out)
    manual_seed(options.seed)
    data = _load(options)
    model = _build(options)
    optimizer = _optimizer(options, model)
    loss = nn.CrossEntropyLoss()
    _introduce(options, data, model)
    gradient.show()
    written = _draw_first_loss(model, loss, data, options.batch_size, out)

    print()
    history = History()
    start, end = time.perf_counter(), 0
    try:
        # A learning rate that is too high overflows; the loss says so, once.
        with np.errstate(all="ignore"):
            fit(
                model,
                loss,
                optimizer,
                DataLoader(TensorDataset(*data[:2]), options.batch_size, shuffle=True),
                options.epochs,
                validation=DataLoader(TensorDataset(*data[2:]), _TEST_BATCH),
                callbacks=[Progress(options.epochs)],
                history=history,
                progress=False,
            )
    except KeyboardInterrupt:
        print(f"\nInterrupted: {len(history)} of {options.epochs} epochs are complete.")
        end = 130
    except DivergedError as error:
        print(f"\n{error}: the training diverged. Try a smaller --lr than {options.lr:g}.")
        end = 1
    seconds = time.perf_counter() - start

    if history:
        right = history[-1].test_accuracy or 0.0
        print(
            f"\nAfter {seconds:.1f} s of training, {right:.2%} of {len(data.y_test):,} held-out "
            "digits are read correctly."
        )
        pictures.loss_curve(history, out / "loss.png")
        pictures.weights(next(model.parameters()).data, options.side, out / "weights.png")
        written = ["loss.png", "weights.png", *written]
    print("Written: " + ", ".join(str(out / name) for name in written))
    return end


def _folder(path: Path) -> Path:
    """`path` as a folder that can be written to, before the work is done and not after."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"--out {path}: cannot write there: {error.strerror or error}") from error
    return path


def _load(options: Options) -> TrainTest:
    if options.data == "digits":
        return digits()
    try:
        return mnist(options.data_root, size=options.side)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        raise UsageError(str(error)) from error


def _build(options: Options) -> nn.Sequential:
    """Deck, part B: fully-connected layers, with an activation between them."""
    activation = _ACTIVATIONS[options.activation]
    layers: list[nn.Module] = []
    try:
        for inputs, outputs in zip(options.model[:-1], options.model[1:], strict=True):
            layers += [nn.Linear(inputs, outputs), activation()]
    except (MemoryError, ValueError, OverflowError) as error:
        raise UsageError(
            f"--model {'-'.join(map(str, options.model))} does not fit into memory; "
            "choose smaller layers"
        ) from error
    return nn.Sequential(*layers[:-1])


def _optimizer(options: Options, model: nn.Module) -> optim.Optimizer:
    if options.optimizer == "adam":
        return optim.Adam(model.named_parameters(), lr=options.lr)
    return optim.SGD(model.named_parameters(), lr=options.lr, momentum=_MOMENTUM)


def _introduce(options: Options, data: TrainTest, model: nn.Module) -> None:
    print(
        f"{options.data}: {len(data.x_train):,} to learn from, {len(data.x_test):,} held out, "
        f"{options.side} x {options.side} pixels"
    )
    count = sum(p.size for p in model.parameters())
    momentum = f" with momentum {_MOMENTUM}" if options.optimizer == "sgd" else ""
    print(
        f"network: {'-'.join(map(str, options.model))}, {options.activation}, {count:,} parameters"
    )
    print(
        f"training: {options.optimizer}{momentum}, learning rate {options.lr:g}, batches of "
        f"{options.batch_size}, {options.epochs} epochs, seed {options.seed}\n"
    )


def _draw_first_loss(
    model: nn.Module, loss: nn.Module, data: TrainTest, batch_size: int, out: Path
) -> list[str]:
    """Write the computation graph of the first loss, with its gradients; returns the files."""
    x, labels = Tensor(data.x_train[:batch_size], name="x"), Tensor(data.y_train[:batch_size])
    labels.name = "labels"
    J = loss(model(x), labels)
    J.name = "J"
    graph = draw(J)
    graph.save(out / "graph.dot")
    try:
        graph.save(out / "graph.svg")
    except (RuntimeError, OSError, subprocess.SubprocessError):
        # No Graphviz, or one that does not work: the text is there all the same.
        return ["graph.dot"]
    return ["graph.dot", "graph.svg"]
