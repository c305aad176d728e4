"""Kernels of the ops in `nn.functional`: the same numbers in fewer passes over memory.

The tables in `nn.functional` say what is computed; what stands here says it again for arrays, in
place and with what forward has left behind. Each figure is for 128 x 1024 in float32 on one core
of an AMD EPYC, where one multiplication of two such arrays takes 12 us.
"""

from .activation import prelu, relu, sigmoid
from .dropout import masked
from .linear import linear
from .loss import cross_entropy, half_squared_error, squared_error
from .normalization import normalize

__all__ = [
    "cross_entropy",
    "half_squared_error",
    "linear",
    "masked",
    "normalize",
    "prelu",
    "relu",
    "sigmoid",
    "squared_error",
]
