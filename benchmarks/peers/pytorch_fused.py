"""PyTorch with its optimizers' fused kernels, which are not its default."""

import functools

from peers.pytorch import LIBRARY, number, train, wait

__all__ = ["LIBRARY", "WORKLOADS", "number", "wait"]

WORKLOADS = {"train": functools.partial(train, fused=True)}
