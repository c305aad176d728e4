"""The reference: NumPy arrays of dual numbers, which know nothing of graphs, records or views.

An array of dtype object holds one `Dual` per element: its value and its derivatives with respect to
every element of every leaf. NumPy itself decides what an index selects, which arrays share memory
and in which order a write happens; the derivatives go forward with the values.

The numbers may be complex. With a tiny imaginary part along a direction in the values of the
leaves, the imaginary parts of the derivatives are the second derivatives along that direction,
without an error of differences (Squire and Trapp, 1998).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Number = (int, float, np.number, np.bool_)


class Dual:
    """A number and its gradient, a vector."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any) -> None:
        self.value = value
        self.slope = slope

    def _with(self, value: Any, factor: Any) -> Dual:
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
        sign = math.copysign(1.0, self.value.real) if self.value else 0.0
        return self._with(sign * self.value, sign)

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
            log = _library(self.value).log(self.value)
            return Dual(value, slope + value * log * other.slope)
        if not isinstance(other, Number):
            return NotImplemented
        return self._with(self.value**other, other * self.value ** (other - 1) if other else 0.0)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value.real < value_of(other).real)

    def __le__(self, other: Any) -> bool:
        return bool(self.value.real <= value_of(other).real)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value.real > value_of(other).real)

    def __ge__(self, other: Any) -> bool:
        return bool(self.value.real >= value_of(other).real)

    def __mod__(self, other: float) -> Dual:
        return self - math.floor(self.value.real / other) * other

    def __floordiv__(self, other: float) -> Dual:
        return self._with(float(self.value.real // other), 0.0)

    def __floor__(self) -> Dual:
        return self._with(float(math.floor(self.value.real)), 0.0)

    def __ceil__(self) -> Dual:
        return self._with(float(math.ceil(self.value.real)), 0.0)

    def __trunc__(self) -> Dual:
        return self._with(float(math.trunc(self.value.real)), 0.0)

    # NumPy's elementwise functions call the method of their name; see also _FUNCTIONS.

    def rint(self) -> Dual:
        return self._with(float(round(self.value.real)), 0.0)

    def fmod(self, other: float) -> Dual:
        return self - math.trunc(self.value.real / other) * other

    def hypot(self, other: Any) -> Any:
        return np.sqrt(self * self + other * other)

    def arctan2(self, other: Any) -> Any:
        """Only for positive `other`."""
        return np.arctan(self / other)

    def conjugate(self) -> Dual:
        return self

    fabs = __abs__


def _library(value: Any) -> Any:
    return cmath if isinstance(value, complex) else math


# The function and its derivative, of the library `m`, the argument x and the value y.
_FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sin": (lambda m, x: m.sin(x), lambda m, x, y: m.cos(x)),
    "cos": (lambda m, x: m.cos(x), lambda m, x, y: -m.sin(x)),
    "tan": (lambda m, x: m.tan(x), lambda m, x, y: 1 / m.cos(x) ** 2),
    "sinh": (lambda m, x: m.sinh(x), lambda m, x, y: m.cosh(x)),
    "cosh": (lambda m, x: m.cosh(x), lambda m, x, y: m.sinh(x)),
    "tanh": (lambda m, x: m.tanh(x), lambda m, x, y: 1 - y * y),
    "arcsin": (lambda m, x: m.asin(x), lambda m, x, y: 1 / m.cos(y)),
    "arccos": (lambda m, x: m.acos(x), lambda m, x, y: -1 / m.sin(y)),
    "arctan": (lambda m, x: m.atan(x), lambda m, x, y: 1 / (1 + x**2)),
    "arcsinh": (lambda m, x: m.asinh(x), lambda m, x, y: 1 / m.cosh(y)),
    "arccosh": (lambda m, x: m.acosh(x), lambda m, x, y: 1 / m.sinh(y)),
    "arctanh": (lambda m, x: m.atanh(x), lambda m, x, y: 1 / (1 - x**2)),
    "exp": (lambda m, x: m.exp(x), lambda m, x, y: y),
    "exp2": (lambda m, x: 2.0**x, lambda m, x, y: y * math.log(2)),
    "expm1": (lambda m, x: m.exp(x) - 1, lambda m, x, y: y + 1),
    "log": (lambda m, x: m.log(x), lambda m, x, y: 1 / x),
    "log2": (lambda m, x: m.log(x) / math.log(2), lambda m, x, y: 1 / (x * math.log(2))),
    "log10": (lambda m, x: m.log(x) / math.log(10), lambda m, x, y: 1 / (x * math.log(10))),
    "log1p": (lambda m, x: m.log(1 + x), lambda m, x, y: 1 / (1 + x)),
    "sqrt": (lambda m, x: m.sqrt(x), lambda m, x, y: 0.5 / y),
    "cbrt": (lambda m, x: x ** (1 / 3), lambda m, x, y: y / (3 * x)),
    "degrees": (lambda m, x: x * 180 / math.pi, lambda m, x, y: 180 / math.pi),
    "radians": (lambda m, x: x * math.pi / 180, lambda m, x, y: math.pi / 180),
}


def _method(function: Callable[..., Any], derivative: Callable[..., Any]) -> Callable[..., Dual]:
    def method(x: Dual) -> Dual:
        library = _library(x.value)
        y = function(library, x.value)
        return Dual(y, derivative(library, x.value, y) * x.slope)

    return method


for _name, _rules in _FUNCTIONS.items():
    setattr(Dual, _name, _method(*_rules))


def value_of(x: Any) -> Any:
    """The value of a Dual; a plain number as it is."""
    return x.value if isinstance(x, Dual) else x


def values(x: Any) -> Any:
    """The values of an array of duals, or of one dual, as floats."""
    if not isinstance(x, np.ndarray):
        return np.float64(value_of(x).real)
    return np.array([value_of(e).real for e in x.ravel().tolist()], float).reshape(x.shape)


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
    out = np.empty_like(x)  # in the same layout, on which later views depend
    for i, e in enumerate(x.flat):
        out.flat[i] = Dual(e.value, 0 * e.slope)
    return out
