"""First values of parameters, written in place. Names, formulas and defaults are PyTorch's.

Numbers are drawn in float64 in the order of the array and then rounded to the dtype of the tensor,
so that a float32 and a float64 model of the same seed start from the same values.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from autograd import Tensor, generator, no_grad

__all__ = ["calculate_gain", "fan", "kaiming_uniform_", "uniform_"]

T = TypeVar("T", bound=Tensor)

_GAINS = {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """What a weight's deviation is multiplied by to make up for the non-linearity behind it.

    linear, sigmoid 1; tanh 5/3; relu √2; selu 3/4; leaky_relu √(2 / (1 + a²)), a = `param` or 0.01.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"calculate_gain expects one of {', '.join(_GAINS)}, leaky_relu; got {nonlinearity!r}"
        )
    return _GAINS[nonlinearity]


def fan(tensor: Tensor) -> tuple[int, int]:
    """Numbers of inputs and outputs of one unit, (fan_in, fan_out), of a weight (out, in, ...)."""
    if tensor.ndim < 2:
        raise ValueError(
            f"fan-in and fan-out need a weight of shape (out, in, ...), got shape {tensor.shape}"
        )
    outputs, inputs, *receptive = tensor.shape
    return inputs * math.prod(receptive), outputs * math.prod(receptive)


def uniform_(
    tensor: T, a: float = 0.0, b: float = 1.0, rng: np.random.Generator | int | None = None
) -> T:
    """Fill `tensor` with uniform random numbers in [a, b); returns it.

    Args:
        tensor: any floating tensor.
        a: the lower bound.
        b: the upper bound.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.
    """
    with no_grad():
        tensor[...] = generator(rng).uniform(a, b, tensor.shape)
    return tensor


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: np.random.Generator | int | None = None,
) -> T:
    """Uniform in ±gain · √(3 / fan), which keeps the size of signals from layer to layer.

    Args:
        tensor: a weight of shape (out, in, ...).
        a: slope of the leaky ReLU behind it, for the gain.
        mode: "fan_in" keeps the forward signal, "fan_out" the backward one.
        nonlinearity: see `calculate_gain`.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.

    Source: He et al., "Delving Deep into Rectifiers", 2015.
    """
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"kaiming_uniform_ expects mode 'fan_in' or 'fan_out', got {mode!r}")
    units = fan(tensor)[mode == "fan_out"]
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / units) if units else 0.0
    return uniform_(tensor, -bound, bound, rng=rng)
