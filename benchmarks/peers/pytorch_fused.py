"""PyTorch with its optimizers' fused kernels, which are not its default."""

import functools

from peers.pytorch import BLAS, LIBRARY, number, train

__all__ = ["BLAS", "LIBRARY", "WORKLOADS", "number"]

WORKLOADS = {"train": functools.partial(train, fused=True)}
