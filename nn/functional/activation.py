"""Activations and their derivatives, where possible of the result alone: the least to keep.

g is dJ/dy, `out` is y. At a kink the choice stands beside the rule. Deck, part C; softmax: part B.

Products with masks stand where one would write np.where: on a mask without a pattern they are ten
times as fast.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd import primitive
from autograd.expect import number
from autograd.operators import unary
from autograd.ops.elementwise import tanh
from autograd.tangents import declare, symmetric

from .. import kernels
from .loss import with_shape
from .special import normal_cdf

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softsign",
    "tanh",
    "tanhshrink",
]

# Klambauer et al., "Self-Normalizing Neural Networks", 2017: mean 0 and variance 1 stay.
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805
# Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016: the approximation by tanh.
_GELU_ROOT = math.sqrt(2 / math.pi)
_GELU_CUBIC = 0.044715


def _relu(x: Any) -> Any:
    """max(0, x), elementwise; its derivative at 0 is 0."""
    if isinstance(x, np.floating):  # of one number NumPy's function takes 1 us
        return x if x > 0 or x != x else type(x)(0)
    return np.maximum(x, 0)


def _sigmoid(x: Any) -> Any:
    """1 / (1 + e^(-x)), elementwise; without a warning for any x."""
    # The overflow of e^(-x) to infinity is the right limit on the way to 1 / inf = 0.
    with np.errstate(over="ignore", under="ignore"):
        return 1 / (1 + np.exp(-x))


def _leaky(x: Any, slope: Any) -> Any:
    return np.maximum(x, 0) + slope * np.minimum(x, 0)


def _leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """Leaky ReLU: x for x >= 0, negative_slope · x for x < 0; its derivative at 0 is 1."""
    return _leaky(x, negative_slope)


def _prelu(x: Any, weight: Any) -> Any:
    """PReLU: x for x >= 0, α x for x < 0, with an α = `weight` that is learned.

    `weight` has one element, or one per channel; channels are axis 1 of `x`. dJ/dα is the sum of
    x dJ/dy over the x < 0 that the α belongs to; dy/dx at 0 is 1.
    """
    return _leaky(x, _per_channel(weight, x))


def _per_channel(weight: Any, x: Any) -> Any:
    """`weight` in a shape that broadcasts against `x`, channels along axis 1."""
    channels = x.shape[1] if np.ndim(x) > 1 else 1
    if np.ndim(weight) > 1 or np.size(weight) not in (1, channels):
        raise ValueError(
            f"prelu expects one alpha, or one for each of the {channels} channels of an input of "
            f"shape {np.shape(x)} (axis 1); got alphas of shape {np.shape(weight)}"
        )
    return np.reshape(weight, _channel_shape(weight, x))


def _channel_shape(weight: Any, x: Any) -> tuple[int, ...]:
    return () if weight.size == 1 else (1, -1) + (1,) * (x.ndim - 2)


def _summed_per_channel(values: Any, weight: Any) -> Any:
    """The transpose of broadcasting `weight` over the channels of `values`."""
    axes = None if weight.size == 1 else tuple(i for i in range(values.ndim) if i != 1)
    return np.reshape(np.sum(values, axis=axes), weight.shape)


def _elu(x: Any, alpha: float = 1.0) -> Any:
    """ELU: x for x > 0, α (e^x - 1) for x <= 0, elementwise; its derivative at 0 is α."""
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


def _selu(x: Any) -> Any:
    """1.0507 · elu(x) with α = 1.6733: the constants that keep mean 0 and variance 1."""
    return _SELU_SCALE * _elu(x, _SELU_ALPHA)


def _gelu(x: Any, approximate: str = "none") -> Any:
    """GELU: x Φ(x), elementwise, where Φ is the normal distribution function.

    approximate="tanh" takes Φ(x) = (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu expects approximate 'none' or 'tanh', got {approximate!r}")
    return x * (normal_cdf(x) if approximate == "none" else (1 + _gelu_tanh(x)) / 2)


def _gelu_tanh(x: Any) -> Any:
    return np.tanh(_GELU_ROOT * (x + _GELU_CUBIC * x * x * x))


def _gelu_slope(x: Any, approximate: str) -> Any:
    """Φ(x) + x Φ'(x), elementwise."""
    if approximate == "none":
        return normal_cdf(x) + x / math.sqrt(2 * math.pi) * np.exp(-x * x / 2)
    t = _gelu_tanh(x)
    inner = _GELU_ROOT * (1 + 3 * _GELU_CUBIC * x * x)
    return (1 + t) / 2 + x * (1 - t * t) * inner / 2


def _silu(x: Any) -> Any:
    """SiLU: x σ(x), elementwise."""
    return x * _sigmoid(x)


def _softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + e^(β x)) / β, elementwise; x itself where β x > threshold, as in PyTorch."""
    z = beta * x
    return np.where(z > threshold, x, -_logsigmoid(-z) / beta)[()]


def _logsigmoid(x: Any) -> Any:
    """Logarithm of σ(x), min(x, 0) - log(1 + e^(-|x|)), elementwise; exact far out."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def _celu(x: Any, alpha: float = 1.0) -> Any:
    """CELU: x for x > 0, α (e^(x/α) - 1) for x <= 0, elementwise; its derivative at 0 is 1.

    Raises:
        ValueError: α = 0.
    """
    if number("celu", "alpha", alpha) == 0:
        raise ValueError("celu expects an alpha other than 0: x is divided by it")
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)


def _mish(x: Any) -> Any:
    """Mish: x tanh(softplus(x)), elementwise."""
    return x * np.tanh(-_logsigmoid(np.negative(x)))


def _mish_slope(x: Any) -> Any:
    """Slope of mish, t + x (1 - t²) σ(x) with t = tanh(softplus(x)), elementwise."""
    t = np.tanh(-logsigmoid(-x))
    return t + x * (1 - t * t) * sigmoid(x)


def _softsign(x: Any) -> Any:
    """Softsign: x / (1 + |x|), elementwise."""
    return x / (1 + np.abs(x))


def _tanhshrink(x: Any) -> Any:
    """Tanhshrink: x - tanh(x), elementwise."""
    return x - np.tanh(x)


def glu(input: Any, dim: int = -1) -> Any:
    """Gated linear unit, a σ(b), of the halves a and b of `input` along an axis: see `nn.GLU`.

    Args:
        input: an even number of values along the axis.
        dim: the axis.

    Returns: shape of the input, with half the values along the axis.

    Raises:
        ValueError: an odd number of values; a 0-d input.
    """
    input = with_shape(input)
    shape = input.shape
    length = shape[normalize_axis_index(dim, len(shape))] if shape else 1
    if length % 2:
        raise ValueError(
            f"glu expects an even number of values along axis {dim} to halve, got an input of "
            f"shape {shape}"
        )
    a, b = np.split(input, 2, axis=dim)
    return a * sigmoid(b)


def softmin(input: Any, dim: int = -1) -> Any:
    """Softmax of -x: see `nn.Softmin`.

    Args:
        input: of any shape.
        dim: the axis along which the results add up to 1.

    Returns: shape of the input.
    """
    return softmax(np.negative(with_shape(input)), dim=dim)


def _softmax(x: Any, dim: int = -1) -> Any:
    """p_k = exp(x_k) / Σ_i exp(x_i) along axis `dim`; all -inf gives NaN.

    Subtracting the maximum changes nothing in exact arithmetic, and keeps exp from overflowing. Of
    a single number it is 1, of nothing it is nothing.
    """
    p = np.exp(x - _largest(x, dim))
    p /= np.add.reduce(p, axis=dim, keepdims=True)
    return p


def _log_softmax(x: Any, dim: int = -1) -> Any:
    """Logarithm of softmax: x_k - log Σ_i exp(x_i) along axis `dim`; all -inf gives NaN."""
    if not np.size(x):
        return np.exp(x)  # as empty, without the warning of log(0)
    shifted = x - _largest(x, dim)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=dim, keepdims=True))


def _largest(x: Any, dim: int) -> Any:
    return np.maximum.reduce(x, axis=dim, keepdims=True) if np.size(x) else 0


relu = primitive(_relu, lambda g, out, x: g * (out > 0), elementwise=True, name="relu")
sigmoid = primitive(
    _sigmoid, lambda g, out, x: g * out * (1 - out), elementwise=True, name="sigmoid"
)
leaky_relu = primitive(
    _leaky_relu,
    lambda g, out, x, *, negative_slope=0.01: g * (x >= 0) + negative_slope * g * (x < 0),
    elementwise=True,
    name="leaky_relu",
)
prelu = primitive(
    _prelu,
    lambda g, out, x, weight: g * (x >= 0) + g * _per_channel(weight, x) * (x < 0),
    lambda g, out, x, weight: _summed_per_channel(g * x * (x < 0), weight),
    name="prelu",
)
elu = primitive(
    _elu,
    lambda g, out, x, *, alpha=1.0: g * (x > 0) + g * (out + alpha) * (x <= 0),
    elementwise=True,
    name="elu",
)
selu = primitive(
    _selu,
    lambda g, out, x: _SELU_SCALE * g * (x > 0) + g * (out + _SELU_SCALE * _SELU_ALPHA) * (x <= 0),
    elementwise=True,
    name="selu",
)
gelu = primitive(
    _gelu,
    lambda g, out, x, *, approximate="none": g * _gelu_slope(x, approximate),
    elementwise=True,
    name="gelu",
)
silu = primitive(
    _silu,
    lambda g, out, x: g * (sigmoid(x) + out * (1 - sigmoid(x))),
    elementwise=True,
    name="silu",
)
softplus = primitive(
    _softplus,
    lambda g, out, x, *, beta=1.0, threshold=20.0: (
        g * np.where(beta * x > threshold, 1, sigmoid(beta * x))
    ),
    elementwise=True,
    name="softplus",
)
logsigmoid = primitive(
    _logsigmoid, lambda g, out, x: g * sigmoid(-x), elementwise=True, name="logsigmoid"
)
celu = primitive(
    _celu,
    lambda g, out, x, *, alpha=1.0: g * np.exp(np.minimum(x, 0) / alpha),
    elementwise=True,
    name="celu",
)
mish = primitive(_mish, lambda g, out, x: g * _mish_slope(x), elementwise=True, name="mish")
softsign = primitive(
    _softsign, lambda g, out, x: g / np.square(1 + np.abs(x)), elementwise=True, name="softsign"
)
tanhshrink = primitive(
    _tanhshrink, lambda g, out, x: g * np.square(np.tanh(x)), elementwise=True, name="tanhshrink"
)
softmax = primitive(
    _softmax,
    lambda g, out, x, *, dim=-1: out * (g - np.sum(g * out, axis=dim, keepdims=True)),
    name="softmax",
)
log_softmax = primitive(
    _log_softmax,
    lambda g, out, x, *, dim=-1: g - np.exp(out) * np.sum(g, axis=dim, keepdims=True),
    name="log_softmax",
)
# The Jacobian of softmax is symmetric too: pᵢ (δᵢⱼ - pⱼ).
declare(symmetric, relu, sigmoid, leaky_relu, elu, selu, gelu, silu, softplus, logsigmoid)
declare(symmetric, celu, mish, softsign, tanhshrink, softmax)
log_softmax.tangent = lambda tangents, out, x, *, dim=-1: (
    tangents[0] - np.sum(np.exp(out) * tangents[0], axis=dim, keepdims=True)
)
relu.kernel, sigmoid.kernel, prelu.kernel = kernels.relu, kernels.sigmoid, kernels.prelu
# Of one number: 2 us instead of 5.
relu.short, sigmoid.short = unary(relu, depth=2), unary(sigmoid, depth=2)
