"""Fully-connected layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import default_dtype, expect, generator

from . import functional, init
from .module import Module
from .parameter import Parameter

__all__ = ["Bilinear", "Identity", "Linear"]


class Linear(Module):
    """The deck's fully-connected layer, y = W x + b, for each row x of the input.

    Args:
        in_features: n, the length of x.
        out_features: C, the length of y.
        bias: whether there is a b.
        dtype: of W and b; None takes `autograd.default_dtype()`, float32 unless set otherwise.
        rng: a generator or a seed for the first values; None takes the one that
            `autograd.manual_seed` sets.

    Attributes:
        weight: W of shape (C, n), at first uniform in ±1/√n. Its memory holds the transpose, which
            makes the product of a batch, X Wᵀ, the one that BLAS likes best.
        bias: b of shape (C,), at first uniform in ±1/√n; None with `bias=False`.

    Shape:
        input (..., n), output (..., C).

    Raises:
        ValueError: the input's last axis is not n.
        TypeError: a size is not an integer.

    Backward, for one sample: dJ/dW = dJ/dy xᵀ, dJ/db = dJ/dy, dJ/dx = Wᵀ dJ/dy. For a batch X of
    shape (N, n), with G = dJ/dY: dJ/dW = Gᵀ X, dJ/db = the sum of the rows of G, dJ/dX = G W.

    Deck, part B.

    >>> import numpy as np
    >>> Linear(3, 2)(np.zeros((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__()
        self.in_features = expect.integer("Linear", "in_features", in_features, 0)
        self.out_features = expect.integer("Linear", "out_features", out_features, 0)
        kind = default_dtype() if dtype is None else np.dtype(dtype)
        self.weight = Parameter(np.zeros((self.in_features, self.out_features), kind).T)
        self.bias = Parameter(np.zeros(self.out_features, kind)) if bias else None
        self.reset_parameters(rng)

    def reset_parameters(self, rng: np.random.Generator | int | None = None) -> None:
        """Draw the first values of W and b anew."""
        rng = generator(rng)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features else 0.0
            init.uniform_(self.bias, -bound, bound, rng=rng)

    def forward(self, x: Any) -> Any:
        """W x + b for each row x."""
        return functional.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Bilinear(Module):
    """y_k = x1ᵀ W_k x2 + b_k for each pair of rows x1, x2 of two inputs.

    Args:
        in1_features: n1, the length of x1.
        in2_features: n2, the length of x2.
        out_features: C, the length of y.
        bias: whether there is a b.
        dtype, rng: as for `Linear`.

    Attributes:
        weight: one matrix W_k per output, shape (C, n1, n2), at first uniform in ±1/√n1.
        bias: b of shape (C,), likewise; None with `bias=False`.

    Shape:
        inputs (..., n1) and (..., n2) with the same leading axes, output (..., C).

    Raises:
        ValueError: inputs of other shapes. TypeError: a size is not an integer.
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__()
        self.in1_features = expect.integer("Bilinear", "in1_features", in1_features, 0)
        self.in2_features = expect.integer("Bilinear", "in2_features", in2_features, 0)
        self.out_features = expect.integer("Bilinear", "out_features", out_features, 0)
        kind = default_dtype() if dtype is None else np.dtype(dtype)
        shape = (self.out_features, self.in1_features, self.in2_features)
        self.weight = Parameter(np.zeros(shape, kind))
        self.bias = Parameter(np.zeros(self.out_features, kind)) if bias else None
        self.reset_parameters(rng)

    def reset_parameters(self, rng: np.random.Generator | int | None = None) -> None:
        """Draw the first values of W and b anew."""
        rng = generator(rng)
        bound = 1 / math.sqrt(self.in1_features) if self.in1_features else 0.0
        init.uniform_(self.weight, -bound, bound, rng=rng)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound, rng=rng)

    def forward(self, x1: Any, x2: Any) -> Any:
        """x1ᵀ W_k x2 + b_k for each pair of rows."""
        return functional.bilinear(x1, x2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Identity(Module):
    """y = x. It stands where a layer may be, and takes any arguments and ignores them.

    Shape: any; the output is the input.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """The input itself."""
        return x
