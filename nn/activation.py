"""Activations: the non-linearities between fully-connected layers, as modules.

`inplace` is taken where PyTorch takes it, so that its scripts run; results are the same, and the
input is never overwritten.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import default_dtype
from autograd.expect import number

from . import functional, init
from .module import Module
from .parameter import Parameter

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "SELU",
    "LeakyReLU",
    "LogSigmoid",
    "Mish",
    "PReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]


class ReLU(Module):
    """y = max(0, z), elementwise; dJ/dz = dJ/dy where z > 0, else 0 (also at 0).

    Shape: any; the output has the input's. Deck, part C.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, z: Any) -> Any:
        """max(0, z)."""
        return functional.relu(z)


class Sigmoid(Module):
    """y = σ(z) = 1 / (1 + e^(−z)), elementwise; dJ/dz = dJ/dy · σ(z) (1 − σ(z)).

    Shape: any; the output has the input's. Deck, part C.
    """

    def forward(self, z: Any) -> Any:
        """1 / (1 + e^(-z))."""
        return functional.sigmoid(z)


class Tanh(Module):
    """y = tanh z, elementwise; dJ/dz = dJ/dy · (1 − tanh² z).

    Shape: any; the output has the input's. Deck, part C.
    """

    def forward(self, z: Any) -> Any:
        """Hyperbolic tangent of z."""
        return functional.tanh(z)


class LeakyReLU(Module):
    """y = x for x >= 0, α x for x < 0, elementwise; dJ/dx = dJ/dy there, α dJ/dy here.

    Args:
        negative_slope: α, a constant.

    Shape: any; the output has the input's.

    At 0 the derivative is 1: the deck counts 0 to the side of the identity (PyTorch gives α).
    Deck, part C.
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        """X where it is not negative, α x elsewhere."""
        return functional.leaky_relu(x, negative_slope=self.negative_slope)

    def extra_repr(self) -> str:
        """The slope."""
        return f"negative_slope={self.negative_slope}"


class PReLU(Module):
    """y = x for x >= 0, α x for x < 0, elementwise, where α is learned.

    Args:
        num_parameters: 1 for one α, or C for one per channel.
        init: the first value of each α.
        dtype: of α; None takes `autograd.default_dtype()`.

    Attributes:
        weight: α, of shape (num_parameters,).

    Shape: any; with C parameters (N, C, ...). The output has the input's.

    Raises:
        ValueError: the input has another number of channels (axis 1).

    Backward: dJ/dα = Σ_i 1(x_i < 0) x_i dJ/dy_i over all i that the α belongs to; dJ/dx = dJ/dy
    for x >= 0 (also at 0), α dJ/dy for x < 0. Deck, part C.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, *, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        kind = default_dtype() if dtype is None else np.dtype(dtype)
        self.weight = Parameter(np.zeros(num_parameters, kind))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set each α to its first value."""
        init.constant_(self.weight, self.init)

    def forward(self, x: Any) -> Any:
        """X where it is not negative, α x elsewhere."""
        return functional.prelu(x, self.weight)

    def extra_repr(self) -> str:
        """The number of α."""
        return f"num_parameters={self.num_parameters}"


class ELU(Module):
    """y = x for x > 0, α (e^x − 1) for x <= 0, elementwise; dJ/dx = dJ/dy · (y + α) there.

    Args:
        alpha: α; −α is the value far out on the left.

    Shape: any; the output has the input's.

    Source: Clevert et al., "Fast and Accurate Deep Network Learning by Exponential Linear Units",
    2015.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        """X where it is positive, α (e^x - 1) elsewhere."""
        return functional.elu(x, alpha=self.alpha)

    def extra_repr(self) -> str:
        """The α."""
        return f"alpha={self.alpha}"


class CELU(Module):
    """y = x for x > 0, α (e^(x/α) − 1) for x <= 0, elementwise: an ELU without a kink.

    Args:
        alpha: α, not 0; −α is the value far out on the left.

    Shape: any; the output has the input's.

    Raises:
        ValueError: α = 0.

    Backward: dJ/dx = dJ/dy for x > 0 (also at 0), dJ/dy e^(x/α) for x < 0. Source: Barron,
    "Continuously Differentiable Exponential Linear Units", 2017.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if number("CELU", "alpha", alpha) == 0:
            raise ValueError("CELU expects an alpha other than 0: x is divided by it")
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        """X where it is positive, α (e^(x/α) - 1) elsewhere."""
        return functional.celu(x, alpha=self.alpha)

    def extra_repr(self) -> str:
        """The α."""
        return f"alpha={self.alpha}"


class SELU(Module):
    """y = 1.0507 · (x for x > 0, 1.6733 (e^x − 1) for x <= 0), elementwise.

    Shape: any; the output has the input's.

    With these constants signals of mean 0 and variance 1 keep both from layer to layer. Source:
    Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """The scaled ELU of x."""
        return functional.selu(x)


class GELU(Module):
    """y = x Φ(x), elementwise, Φ the normal distribution function; dJ/dx = dJ/dy (Φ + x Φ').

    Args:
        approximate: "none", or "tanh" for Φ(x) ≈ (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Shape: any; the output has the input's.

    Raises:
        ValueError: another `approximate`.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU expects approximate 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        """X Φ(x)."""
        return functional.gelu(x, approximate=self.approximate)

    def extra_repr(self) -> str:
        """Which Φ."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """y = x σ(x), elementwise; dJ/dx = dJ/dy (σ(x) + y (1 − σ(x))). Also called swish.

    Shape: any; the output has the input's.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """X σ(x)."""
        return functional.silu(x)


class Mish(Module):
    """y = x tanh(log(1 + e^x)), elementwise; with t = y/x, dJ/dx = dJ/dy (t + x (1 − t²) σ(x)).

    Shape: any; the output has the input's.

    Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """X times the tanh of its softplus."""
        return functional.mish(x)


class Softplus(Module):
    """y = log(1 + e^(βx)) / β, elementwise: a smooth ReLU; dJ/dx = dJ/dy σ(βx).

    Args:
        beta: β; the larger, the closer to the ReLU.
        threshold: where βx is larger, y = x.

    Shape: any; the output has the input's.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Any) -> Any:
        """log(1 + e^(βx)) / β."""
        return functional.softplus(x, beta=self.beta, threshold=self.threshold)

    def extra_repr(self) -> str:
        """β and the threshold."""
        return f"beta={self.beta}, threshold={self.threshold}"


class LogSigmoid(Module):
    """y = log σ(x), elementwise, exact far out; dJ/dx = dJ/dy σ(−x).

    Shape: any; the output has the input's.
    """

    def forward(self, x: Any) -> Any:
        """Logarithm of the sigmoid of x."""
        return functional.logsigmoid(x)


class Softsign(Module):
    """y = x / (1 + |x|), elementwise; dJ/dx = dJ/dy / (1 + |x|)².

    Shape: any; the output has the input's.
    """

    def forward(self, x: Any) -> Any:
        """X / (1 + |x|)."""
        return functional.softsign(x)


class Tanhshrink(Module):
    """y = x − tanh x, elementwise; dJ/dx = dJ/dy tanh² x.

    Shape: any; the output has the input's.
    """

    def forward(self, x: Any) -> Any:
        """X without its tanh."""
        return functional.tanhshrink(x)
