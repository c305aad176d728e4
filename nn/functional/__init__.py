"""The mathematics of the layers and losses: functions of arrays and tensors, without state."""

from typing import NoReturn

from autograd.torch_names import advice

from ..torch_names import FUNCTIONAL
from .activation import (
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    prelu,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from .binary import binary_cross_entropy, binary_cross_entropy_with_logits
from .dropout import corrupt, dropout, gaussian_noise
from .embedding import embedding
from .entropy import (
    cross_entropy,
    cross_entropy_from_probabilities,
    kl_div,
    nll_loss,
)
from .linear import bilinear, linear
from .loss import (
    Reduction,
    checked_reduction,
    half_mse_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from .normalization import batch_norm, layer_norm

__all__ = [
    "Reduction",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "checked_reduction",
    "corrupt",
    "cross_entropy",
    "cross_entropy_from_probabilities",
    "dropout",
    "elu",
    "embedding",
    "gaussian_noise",
    "gelu",
    "half_mse_loss",
    "hardtanh",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mse_loss",
    "nll_loss",
    "prelu",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"module 'nn.functional' has no attribute {name!r}{advice(FUNCTIONAL, name)}"
    )
