"""Neural networks: layers, losses and data on the autograd engine, with PyTorch's names.

Each layer of the lecture deck stands here under its name, its formula in its docstring. The
mathematics without parameters is `nn.functional`, first values are `nn.init`, data is `nn.data`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from autograd.source import add_library

from . import data, functional, init
from .activation import ReLU, Sigmoid, Tanh
from .container import Sequential
from .linear import Linear
from .loss import CrossEntropyLoss, MSELoss
from .module import Module
from .parameter import Parameter
from .serialization import load, save

if TYPE_CHECKING:
    from . import training

__all__ = [
    "CrossEntropyLoss",
    "Linear",
    "MSELoss",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "data",
    "functional",
    "init",
    "load",
    "save",
    "training",
]

# A node points at the line that called a layer, not at the layer's own.
add_library(__file__)


def __getattr__(name: str) -> Any:
    # The training loop is a third of the time that importing nn would take, and not always wanted.
    if name == "training":
        return importlib.import_module(".training", __name__)
    raise AttributeError(f"module 'nn' has no attribute {name!r}")
