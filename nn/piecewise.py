"""Activations of straight pieces, as modules: what they cut off has no gradient.

`inplace` is taken where PyTorch takes it, and overwrites nothing.
"""

from __future__ import annotations

from typing import Any

from autograd.expect import number

from . import functional
from .module import Module

__all__ = [
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "ReLU6",
    "Softshrink",
    "Threshold",
]


class Hardtanh(Module):
    """y = min(max(x, a), b), elementwise; dJ/dx = dJ/dy for a < x < b, else 0 (also on the edges).

    Args:
        min_val: a.
        max_val: b.

    Shape: any; the output has the input's.

    Raises:
        ValueError: a >= b.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if number("Hardtanh", "min_val", min_val) >= number("Hardtanh", "max_val", max_val):
            raise ValueError(f"Hardtanh expects min_val < max_val, got {min_val} and {max_val}")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Any) -> Any:
        """X between its bounds."""
        return functional.hardtanh(x, min_val=self.min_val, max_val=self.max_val)

    def extra_repr(self) -> str:
        """The bounds."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class ReLU6(Module):
    """y = min(max(x, 0), 6), elementwise; dJ/dx = dJ/dy for 0 < x < 6, else 0 (also at 0 and 6).

    Shape: any; the output has the input's.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """X between 0 and 6."""
        return functional.relu6(x)


class Hardsigmoid(Module):
    """y = min(max(x + 3, 0), 6) / 6, elementwise: a sigmoid of three straight pieces.

    Shape: any; the output has the input's.

    Backward: dJ/dx = dJ/dy / 6 for −3 < x < 3, else 0 (also on the edges).
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """0 below -3, 1 above 3, a straight line between."""
        return functional.hardsigmoid(x)


class Hardswish(Module):
    """y = x min(max(x + 3, 0), 6) / 6, elementwise: `SiLU` with `Hardsigmoid` for its sigmoid.

    Shape: any; the output has the input's.

    Backward: dJ/dx = 0 for x <= −3, dJ/dy (x/3 + ½) between, dJ/dy for x >= 3. Source: Howard et
    al., "Searching for MobileNetV3", 2019.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        """X times its hardsigmoid."""
        return functional.hardswish(x)


class Hardshrink(Module):
    """y = x for |x| > λ, else 0, elementwise; dJ/dx = dJ/dy there, 0 here (also at ±λ).

    Args:
        lambd: λ.

    Shape: any; the output has the input's.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = number("Hardshrink", "lambd", lambd)

    def forward(self, x: Any) -> Any:
        """X where it is far enough from 0."""
        return functional.hardshrink(x, lambd=self.lambd)

    def extra_repr(self) -> str:
        """The λ."""
        return f"lambd={self.lambd}"


class Softshrink(Module):
    """y = x − λ for x > λ, x + λ for x < −λ, else 0, elementwise: the step of an L1 penalty.

    Args:
        lambd: λ >= 0.

    Shape: any; the output has the input's.

    Raises:
        ValueError: λ < 0.

    Backward: dJ/dx = dJ/dy for |x| > λ, else 0 (also at ±λ).
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        if not number("Softshrink", "lambd", lambd) >= 0:
            raise ValueError(f"Softshrink expects lambd >= 0, got {lambd}")
        self.lambd = lambd

    def forward(self, x: Any) -> Any:
        """X moved towards 0 by λ, as far as 0."""
        return functional.softshrink(x, lambd=self.lambd)

    def extra_repr(self) -> str:
        """The λ."""
        return f"lambd={self.lambd}"


class Threshold(Module):
    """y = x for x > `threshold`, else `value`, elementwise; dJ/dx = dJ/dy there, 0 here.

    Args:
        threshold: above it x stays.
        value: the constant elsewhere.

    Shape: any; the output has the input's.
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = number("Threshold", "threshold", threshold)
        self.value = number("Threshold", "value", value)

    def forward(self, x: Any) -> Any:
        """X where it is above the threshold, the value elsewhere."""
        return functional.threshold(x, threshold=self.threshold, value=self.value)

    def extra_repr(self) -> str:
        """The threshold and the value."""
        return f"threshold={self.threshold}, value={self.value}"
