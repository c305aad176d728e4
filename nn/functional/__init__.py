"""The mathematics of the layers and losses: functions of arrays and tensors, without state."""

from .activation import log_softmax, relu, sigmoid, softmax, tanh
from .linear import linear
from .loss import Reduction, checked_reduction, cross_entropy, mse_loss

__all__ = [
    "Reduction",
    "checked_reduction",
    "cross_entropy",
    "linear",
    "log_softmax",
    "mse_loss",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]
