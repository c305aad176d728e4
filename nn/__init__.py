"""Neural networks: layers, losses and data on the autograd engine, with PyTorch's names.

Each layer of the lecture deck stands here under its name, its formula in its docstring. The
mathematics without parameters is `nn.functional`, first values are `nn.init`, clipping and the
like `nn.utils`, data is `nn.data`, pictures are `nn.plots`.

Where PyTorch has a layer of the same name, arguments, numbers and `state_dict` keys are its own,
except that options of losses go by keyword, `rng=` stands for `generator=`, and: the slope at 0 of
`LeakyReLU` and `PReLU` is 1; `Softmax` and `LogSoftmax` take the last axis when none is named;
`inplace=True` overwrites nothing; losses do not broadcast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import autograd

if not hasattr(autograd, "no_grad"):
    raise ImportError(
        f"nn needs chalkgrad's package autograd, and found another one, {autograd.__file__}: HIPS "
        "autograd has the same name. Run pip uninstall autograd, then pip install "
        "--force-reinstall chalkgrad; HIPS autograd goes into an environment of its own"
    )

from autograd.source import add_library
from autograd.torch_names import advice

from . import data, functional, init, utils
from .activation import (
    CELU,
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    LogSigmoid,
    Mish,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Softsign,
    Tanh,
    Tanhshrink,
)
from .along import GLU, LogSoftmax, Softmax, Softmin
from .container import ModuleDict, ModuleList, Sequential
from .distance import CosineSimilarity, PairwiseDistance
from .dropout import Corrupt, Dropout, GaussianNoise
from .embedding import Embedding
from .linear import Bilinear, Identity, Linear
from .loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HalfMSELoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from .module import Module
from .normalization import BatchNorm1d, LayerNorm
from .parameter import Parameter
from .piecewise import (
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    ReLU6,
    Softshrink,
    Threshold,
)
from .serialization import load, save
from .structure import Add, Concat, Flatten, Residual, Unflatten
from .torch_names import LAYERS

if TYPE_CHECKING:
    from . import plots, training

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Add",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "Bilinear",
    "Concat",
    "Corrupt",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "HalfMSELoss",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "PReLU",
    "PairwiseDistance",
    "Parameter",
    "ReLU",
    "ReLU6",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "Unflatten",
    "data",
    "functional",
    "init",
    "load",
    "plots",
    "save",
    "training",
    "utils",
]

# A node points at the line that called a layer, not at the layer's own.
add_library(__file__)


def __getattr__(name: str) -> Any:
    # The training loop is a third of the time that importing nn would take, and not always wanted;
    # the pictures need matplotlib.
    if name in ("plots", "training"):
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'nn' has no attribute {name!r}{advice(LAYERS, name)}")


def __dir__() -> list[str]:
    return sorted(__all__)
