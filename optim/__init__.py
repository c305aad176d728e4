"""Optimizers: how a parameter moves against its gradient. Names and arguments are PyTorch's."""

from autograd.source import add_library

from .adam import Adam, AdamW
from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]

# A node points at the line that called the optimizer, not at the optimizer's own.
add_library(__file__)
