"""Neural networks: layers, losses and data on the autograd engine, with PyTorch's names.

Each layer of the lecture deck stands here under its name, its formula in its docstring. The
mathematics without parameters is `nn.functional`, first values are `nn.init`, data is `nn.data`.
"""

from autograd.source import add_library

from . import data, functional, init
from .activation import ReLU, Sigmoid, Tanh
from .container import Sequential
from .linear import Linear
from .loss import CrossEntropyLoss, MSELoss
from .module import Module
from .parameter import Parameter
from .serialization import load, save

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
]

# A node points at the line that called a layer, not at the layer's own.
add_library(__file__)
