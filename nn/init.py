"""First values of parameters, written in place. Names, formulas and defaults are PyTorch's.

Numbers are drawn in float64 in the order of the array and then rounded to the dtype of the tensor,
so that a float32 and a float64 model of the same seed start from the same values.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from autograd import Tensor, expect, generator, no_grad

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "fan",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

T = TypeVar("T", bound=Tensor)
Rng = np.random.Generator | int | None

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
    if expect.tensor("fan", "tensor", tensor).ndim < 2:
        raise ValueError(
            f"fan-in and fan-out need a weight of shape (out, in, ...), got shape {tensor.shape}"
        )
    outputs, inputs, *receptive = tensor.shape
    return inputs * math.prod(receptive), outputs * math.prod(receptive)


# -- constants -----------------------------------------------------------------------------------


def constant_(tensor: T, val: float) -> T:
    """Fill `tensor` with `val`; returns it."""
    expect.tensor("constant_", "tensor", tensor)
    expect.number("constant_", "val", val)
    with no_grad():
        tensor[...] = val
    return tensor


def zeros_(tensor: T) -> T:
    """Fill `tensor` with 0; returns it."""
    return constant_(tensor, 0.0)


def ones_(tensor: T) -> T:
    """Fill `tensor` with 1; returns it."""
    return constant_(tensor, 1.0)


def eye_(tensor: T) -> T:
    """Make a matrix the identity: 1 on the diagonal, 0 elsewhere; returns it.

    Raises ValueError for a tensor that is not 2-d.
    """
    _require_matrix("eye_", tensor)
    with no_grad():
        tensor[...] = np.eye(tensor.shape[0], tensor.shape[1])
    return tensor


# -- random numbers ------------------------------------------------------------------------------


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, rng: Rng = None) -> T:
    """Fill `tensor` with uniform random numbers in [a, b); returns it.

    Args:
        tensor: any floating tensor.
        a: the lower bound.
        b: the upper bound.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.
    """
    expect.tensor("uniform_", "tensor", tensor)
    with no_grad():
        tensor[...] = generator(rng).uniform(a, b, tensor.shape)
    return tensor


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, rng: Rng = None) -> T:
    """Fill `tensor` with normal random numbers; returns it.

    Args:
        tensor: any floating tensor.
        mean: their mean.
        std: their deviation.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.
    """
    expect.tensor("normal_", "tensor", tensor)
    with no_grad():
        tensor[...] = generator(rng).normal(mean, std, tensor.shape)
    return tensor


def trunc_normal_(
    tensor: T,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    rng: Rng = None,
) -> T:
    """Fill `tensor` with normal random numbers, those outside [a, b] drawn again; returns it.

    Args:
        tensor: any floating tensor.
        mean, std: of the distribution before it is cut off.
        a, b: the bounds, as values (not as multiples of std).
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.

    Raises:
        ValueError: bounds so far out that less than one number in ten thousand falls between them.
    """
    expect.tensor("trunc_normal_", "tensor", tensor)
    root = std * math.sqrt(2)
    within = (math.erf((b - mean) / root) - math.erf((a - mean) / root)) / 2
    if not within > 1e-4:
        raise ValueError(
            f"trunc_normal_ expects bounds with something of the distribution between them, got "
            f"{a} and {b} for mean {mean} and deviation {std}"
        )
    rng = generator(rng)
    values = rng.normal(mean, std, tensor.shape)
    while np.any(outside := (values < a) | (values > b)):
        values = np.asarray(values)
        values[outside] = rng.normal(mean, std, np.count_nonzero(outside))
    with no_grad():
        tensor[...] = values
    return tensor


def xavier_uniform_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Uniform in ±gain · √(6 / (fan_in + fan_out)): forward and backward signals both keep size.

    Args:
        tensor: a weight of shape (out, in, ...).
        gain: see `calculate_gain`.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010.
    """
    bound = _xavier(tensor, gain, 6)
    return uniform_(tensor, -bound, bound, rng=rng)


def xavier_normal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Normal with deviation gain · √(2 / (fan_in + fan_out)); see `xavier_uniform_`."""
    return normal_(tensor, 0.0, _xavier(tensor, gain, 2), rng=rng)


def _xavier(tensor: Tensor, gain: float, factor: int) -> float:
    units = sum(fan(tensor))
    return gain * math.sqrt(factor / units) if units else 0.0


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
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
    bound = _kaiming("kaiming_uniform_", tensor, a, mode, nonlinearity, 3)
    return uniform_(tensor, -bound, bound, rng=rng)


def kaiming_normal_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Rng = None,
) -> T:
    """Normal with deviation gain / √fan; see `kaiming_uniform_`."""
    std = _kaiming("kaiming_normal_", tensor, a, mode, nonlinearity, 1)
    return normal_(tensor, 0.0, std, rng=rng)


def _kaiming(
    name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str, factor: int
) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{name} expects mode 'fan_in' or 'fan_out', got {mode!r}")
    units = fan(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) * math.sqrt(factor / units) if units else 0.0


def orthogonal_(tensor: T, gain: float = 1.0, rng: Rng = None) -> T:
    """Make a weight orthogonal: its rows or columns, whichever are fewer, have length `gain`.

    Args:
        tensor: a weight of shape (out, in, ...); axes behind the first count as one.
        gain: what the orthonormal matrix is multiplied by.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.

    Raises:
        ValueError: a tensor of fewer than two axes.

    The Q of a normal random matrix, its signs chosen so that every rotation is equally likely.
    Source: Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", 2013.
    """
    if expect.tensor("orthogonal_", "tensor", tensor).ndim < 2:
        raise ValueError(
            f"orthogonal_ expects a weight of shape (out, in, ...), got shape {tensor.shape}"
        )
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    drawn = generator(rng).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q *= np.copysign(1, np.diagonal(r))
    with no_grad():
        tensor[...] = gain * np.reshape(q if rows >= columns else q.T, tensor.shape)
    return tensor


def sparse_(tensor: T, sparsity: float, std: float = 0.01, rng: Rng = None) -> T:
    """Normal with mean 0, and a proportion `sparsity` of each column set to zero.

    Args:
        tensor: a matrix.
        sparsity: the proportion of zeros, rounded up to whole rows.
        std: deviation of the other numbers.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.

    Raises:
        ValueError: a tensor that is not 2-d, or a proportion outside 0..1.

    Source: Martens, "Deep learning via Hessian-free optimization", 2010.
    """
    _require_matrix("sparse_", tensor)
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparse_ expects a sparsity between 0 and 1, got {sparsity}")
    rng = generator(rng)
    rows, columns = tensor.shape
    values = rng.normal(0, std, (rows, columns))
    zeros = math.ceil(sparsity * rows)
    for column in range(columns):
        values[rng.permutation(rows)[:zeros], column] = 0
    with no_grad():
        tensor[...] = values
    return tensor


def _require_matrix(name: str, tensor: Tensor) -> None:
    if expect.tensor(name, "tensor", tensor).ndim != 2:
        raise ValueError(f"{name} expects a matrix, got shape {tensor.shape}")


def __dir__() -> list[str]:
    return sorted(__all__)
