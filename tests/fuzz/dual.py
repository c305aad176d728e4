"""The reference: NumPy arrays of dual numbers, which know nothing of graphs, records or views.

An array of dtype object holds one `Dual` per element: its value and its derivatives with respect to
every element of every leaf. NumPy itself decides what an index selects, which arrays share memory
and in which order a write happens; the derivatives go forward with the values.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Number = (int, float, np.number, np.bool_)


class Dual:
    """A number and its gradient, a vector."""

    __slots__ = ("slope", "value")

    def __init__(self, value: float, slope: Any) -> None:
        self.value = value
        self.slope = slope

    def _with(self, value: float, factor: float) -> Dual:
        return Dual(value, factor * self.slope)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.slope + other.slope)
        return Dual(self.value + other, self.slope) if isinstance(other, Number) else NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return self._with(-self.value, -1.0)

    def __pos__(self) -> Dual:
        return self

    def __abs__(self) -> Dual:
        return self._with(abs(self.value), math.copysign(1.0, self.value) if self.value else 0.0)

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            return Dual(self.value - other.value, self.slope - other.slope)
        return Dual(self.value - other, self.slope) if isinstance(other, Number) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return (
            Dual(other - self.value, -self.slope) if isinstance(other, Number) else NotImplemented
        )

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            slope = other.value * self.slope + self.value * other.slope
            return Dual(self.value * other.value, slope)
        return (
            self._with(self.value * other, other) if isinstance(other, Number) else NotImplemented
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            value = self.value / other.value
            return Dual(value, (self.slope - value * other.slope) / other.value)
        if not isinstance(other, Number):
            return NotImplemented
        return Dual(self.value / other, self.slope / other)

    def __rtruediv__(self, other: Any) -> Any:
        if not isinstance(other, Number):
            return NotImplemented
        return self._with(other / self.value, -other / self.value**2)

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, Dual):
            value = self.value**other.value
            slope = other.value * self.value ** (other.value - 1) * self.slope
            return Dual(value, slope + value * math.log(self.value) * other.slope)
        if not isinstance(other, Number):
            return NotImplemented
        return self._with(self.value**other, other * self.value ** (other - 1) if other else 0.0)

    def __lt__(self, other: Any) -> bool:
        return self.value < value_of(other)

    def __le__(self, other: Any) -> bool:
        return self.value <= value_of(other)

    def __gt__(self, other: Any) -> bool:
        return self.value > value_of(other)

    def __ge__(self, other: Any) -> bool:
        return self.value >= value_of(other)

    # NumPy's elementwise functions call the method of their name.

    def sin(self) -> Dual:
        return self._with(math.sin(self.value), math.cos(self.value))

    def cos(self) -> Dual:
        return self._with(math.cos(self.value), -math.sin(self.value))

    def tanh(self) -> Dual:
        value = math.tanh(self.value)
        return self._with(value, 1 - value * value)

    def arctan(self) -> Dual:
        return self._with(math.atan(self.value), 1 / (1 + self.value**2))

    def exp(self) -> Dual:
        value = math.exp(self.value)
        return self._with(value, value)

    def expm1(self) -> Dual:
        return self._with(math.expm1(self.value), math.exp(self.value))

    def log(self) -> Dual:
        return self._with(math.log(self.value), 1 / self.value)

    def log1p(self) -> Dual:
        return self._with(math.log1p(self.value), 1 / (1 + self.value))

    def sqrt(self) -> Dual:
        value = math.sqrt(self.value)
        return self._with(value, 0.5 / value)

    def sinh(self) -> Dual:
        return self._with(math.sinh(self.value), math.cosh(self.value))

    def __floor__(self) -> Dual:
        return self._with(math.floor(self.value), 0.0)


def value_of(x: Any) -> Any:
    """The value of a Dual; a plain number as it is."""
    return x.value if isinstance(x, Dual) else x


def values(x: Any) -> Any:
    """The values of an array of duals, or of one dual, as floats."""
    if not isinstance(x, np.ndarray):
        return np.float64(value_of(x))
    return np.array([value_of(e) for e in x.ravel().tolist()], float).reshape(x.shape)


def slopes(x: Any, width: int) -> Any:
    """The derivatives of an array of duals, of shape (x.size, width)."""
    elements = x.ravel().tolist() if isinstance(x, np.ndarray) else [x]
    rows = [e.slope if isinstance(e, Dual) else np.zeros(width) for e in elements]
    return np.array(rows).reshape(len(rows), width)


def lift(x: Any, width: int) -> Any:
    """`x` with every plain number in it made a Dual that depends on nothing; in place."""
    if not isinstance(x, np.ndarray):
        return x if isinstance(x, Dual) else Dual(float(x), np.zeros(width))
    if not x.ndim:
        return lift(x[()], width)
    if x.dtype != object:
        x = x.astype(object)
    if x.flags.writeable:
        for i, e in enumerate(x.flat):
            if not isinstance(e, Dual):
                x.flat[i] = Dual(float(e), np.zeros(width))
    return x


def constant(x: Any) -> Any:
    """A copy of `x` that depends on nothing."""
    if not isinstance(x, np.ndarray):
        return Dual(x.value, 0 * x.slope)
    out = np.empty_like(x)
    for i, e in enumerate(x.flat):
        out.flat[i] = Dual(e.value, 0 * e.slope)
    return out
