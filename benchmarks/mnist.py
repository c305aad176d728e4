"""The lecture's multi-layer perceptrons on the real MNIST; writes docs/results.md from its run.

    MNIST_DIR=path/to/mnist python benchmarks/mnist.py [--epochs 10] [--out docs/results.md]

Two networks on 32 x 32 = 1024 features: 1024-1024-1024-10 with ReLU, and the same with batch
normalization, ReLU and dropout after each hidden layer. Every number in the file is this run's.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path

import numpy as np

import autograd
import nn
import optim
from nn.data import DataLoader, TensorDataset, mnist
from nn.training import History, fit

BATCH = 128
HIDDEN = 1024


def plain() -> nn.Module:
    return nn.Sequential(
        nn.Linear(1024, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, 10),
    )


def normalized_with_dropout() -> nn.Module:
    return nn.Sequential(
        nn.Linear(1024, HIDDEN),
        nn.BatchNorm1d(HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(HIDDEN, HIDDEN),
        nn.BatchNorm1d(HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(HIDDEN, 10),
    )


NETWORKS = {
    "1024-1024-1024-10, ReLU": (plain, 98.2),
    "1024-1024-1024-10, batch normalization, ReLU, dropout 0.2": (normalized_with_dropout, 98.5),
}


def train(name: str, epochs: int, seed: int) -> tuple[History, float]:
    """Train one network; returns its history and the seconds it took."""
    autograd.manual_seed(seed)
    data = mnist(size=32)
    loader = DataLoader(TensorDataset(data.x_train, data.y_train), BATCH, shuffle=True)
    test = DataLoader(TensorDataset(data.x_test, data.y_test), 1000)
    model = NETWORKS[name][0]()
    optimizer = optim.Adam(model.named_parameters(), lr=1e-3)
    # Down to nothing on a half wave, step by step: the last epochs settle.
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * len(loader))
    start = time.perf_counter()
    history = fit(
        model,
        nn.CrossEntropyLoss(),
        optimizer,
        loader,
        epochs,
        validation=test,
        scheduler=schedule,
        scheduler_per="step",
    )
    return history, time.perf_counter() - start


def section(name: str, history: History, seconds: float) -> str:
    lines = [
        f"## {name}",
        "",
        "| epoch | train loss | train accuracy | test loss | test accuracy |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {i} | {e.train_loss:.4f} | {e.train_accuracy:.2%} | {e.test_loss:.4f} "
        f"| {e.test_accuracy:.2%} |"
        for i, e in enumerate(history, 1)
    ]
    last = history[-1].test_accuracy
    lines += [
        "",
        f"After {len(history)} epochs and {seconds:.0f} s: **{last:.2%}** of the 10,000 test "
        f"digits are right (wanted: {NETWORKS[name][1]} %).",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("docs/results.md"))
    options = parser.parse_args()
    parts = [
        "# Results on MNIST",
        "",
        "Written by `python benchmarks/mnist.py`; every number is from that run. Adam, learning "
        f"rate 0.001 on a half cosine down to 0, batches of {BATCH}, float32, seed {options.seed}. "
        "The 28 x 28 images are padded to 32 x 32 = 1024 features in [0, 1]. Test accuracy is of "
        "the last epoch, not of the best.",
        "",
        f"Python {platform.python_version()}, NumPy {np.__version__}, chalkgrad "
        f"{autograd.__version__}, {os.cpu_count()} cores ({platform.machine()}), shared with other "
        "work.",
        "",
    ]
    for name in NETWORKS:
        history, seconds = train(name, options.epochs, options.seed)
        parts.append(section(name, history, seconds))
        options.out.write_text("\n".join(parts))
        print(parts[-1], flush=True)


if __name__ == "__main__":
    main()
