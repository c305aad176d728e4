"""Activations of straight pieces: cheap, and flat where they are cut off.

g is dJ/dy; at each kink the slope is that of PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import primitive
from autograd.expect import number
from autograd.tangents import declare, symmetric

__all__ = [
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "relu6",
    "softshrink",
    "threshold",
]


def _hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """min(max(x, min_val), max_val), elementwise; its derivative on the two edges is 0.

    Raises:
        ValueError: min_val > max_val. Equal bounds give a constant.
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh expects min_val <= max_val, got {min_val} and {max_val}")
    return np.clip(x, min_val, max_val)


def _relu6(x: Any) -> Any:
    """ReLU6: min(max(x, 0), 6), elementwise; its derivative at 0 and at 6 is 0."""
    return np.clip(x, 0, 6)


def _hardsigmoid(x: Any) -> Any:
    """Hardsigmoid: min(max(x + 3, 0), 6) / 6, elementwise; its derivative at -3 and at 3 is 0."""
    return _relu6(np.add(x, 3)) / 6


def _hardswish(x: Any) -> Any:
    """Hardswish: x hardsigmoid(x), elementwise; its derivative is 0 at -3 and 1 at 3."""
    return x * _hardsigmoid(x)


def _hardshrink(x: Any, lambd: float = 0.5) -> Any:
    """Hardshrink: x where |x| > λ = `lambd`, else 0, elementwise; its derivative at ±λ is 0."""
    return x * ~(np.abs(x) <= number("hardshrink", "lambd", lambd))


def _softshrink(x: Any, lambd: float = 0.5) -> Any:
    """Softshrink: x - λ for x > λ = `lambd`, x + λ for x < -λ, else 0; its derivative at ±λ is 0.

    Raises:
        ValueError: λ < 0.
    """
    if not number("softshrink", "lambd", lambd) >= 0:
        raise ValueError(f"softshrink expects lambd >= 0, got {lambd}")
    return x - np.clip(x, -lambd, lambd)


def _threshold(x: Any, threshold: float, value: float) -> Any:
    """Threshold: x for x > `threshold`, else the constant `value`; its derivative there is 0."""
    below = np.less_equal(x, number("threshold", "threshold", threshold))
    return np.where(below, number("threshold", "value", value), x)[()]


hardtanh = primitive(
    _hardtanh,
    lambda g, out, x, *, min_val=-1.0, max_val=1.0: g * ((x > min_val) & (x < max_val)),
    elementwise=True,
    name="hardtanh",
)
relu6 = primitive(_relu6, lambda g, out, x: g * ((x > 0) & (x < 6)), elementwise=True, name="relu6")
hardsigmoid = primitive(
    _hardsigmoid,
    lambda g, out, x: g * ((x > -3) & (x < 3)) / 6,
    elementwise=True,
    name="hardsigmoid",
)
hardswish = primitive(
    _hardswish,
    # Between bounds x is finite, and a slope of 0 times infinity would be NaN.
    lambda g, out, x: g * (x >= 3) + g * (np.clip(x, -3, 3) / 3 + 0.5) * ((x > -3) & (x < 3)),
    elementwise=True,
    name="hardswish",
)
hardshrink = primitive(
    _hardshrink,
    lambda g, out, x, *, lambd=0.5: g * (np.abs(x) > lambd),
    elementwise=True,
    name="hardshrink",
)
softshrink = primitive(
    _softshrink,
    lambda g, out, x, *, lambd=0.5: g * (np.abs(x) > lambd),
    elementwise=True,
    name="softshrink",
)
threshold = primitive(
    _threshold,
    lambda g, out, x, *, threshold, value: g * (x > threshold),
    elementwise=True,
    name="threshold",
)
declare(symmetric, hardtanh, relu6, hardsigmoid, hardswish, hardshrink, softshrink, threshold)
