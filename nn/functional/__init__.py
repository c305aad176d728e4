"""The mathematics of the layers and losses: functions of arrays and tensors, without state."""

from typing import NoReturn

from autograd.torch_names import advice

from ..torch_names import FUNCTIONAL
from .activation import (
    celu,
    elu,
    gelu,
    glu,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softmin,
    softplus,
    softsign,
    tanh,
    tanhshrink,
)
from .binary import binary_cross_entropy, binary_cross_entropy_with_logits
from .distance import cosine_similarity, normalize, pairwise_distance
from .divergence import kl_div
from .dropout import corrupt, dropout, gaussian_noise
from .embedding import embedding
from .entropy import (
    cross_entropy,
    cross_entropy_from_probabilities,
    nll_loss,
)
from .linear import bilinear, linear
from .loss import (
    Reduction,
    half_mse_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from .normalization import batch_norm, layer_norm
from .piecewise import (
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    relu6,
    softshrink,
    threshold,
)

__all__ = [
    "Reduction",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "corrupt",
    "cosine_similarity",
    "cross_entropy",
    "cross_entropy_from_probabilities",
    "dropout",
    "elu",
    "embedding",
    "gaussian_noise",
    "gelu",
    "glu",
    "half_mse_loss",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mish",
    "mse_loss",
    "nll_loss",
    "normalize",
    "pairwise_distance",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"module 'nn.functional' has no attribute {name!r}{advice(FUNCTIONAL, name)}"
    )


def __dir__() -> list[str]:
    return sorted(__all__)
