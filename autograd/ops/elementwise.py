"""Derivatives of the elementwise functions, simplest first: a page of calculus.

Each rule is (g, out, inputs...) -> dJ/d(input), with g = dJ/d(out). Broadcasting is undone by the
engine. Where a function has a kink the choice is stated beside it; each is in the documentation's
list of edge cases.
"""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np

from ..primitive import Primitive, primitive
from ..registry import composite, registry, unwrap
from ..tangents import declare, symmetric

__all__ = [
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "around",
    "cbrt",
    "ceil",
    "clip",
    "conjugate",
    "copysign",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "divide",
    "divmod",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "fix",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "heaviside",
    "hypot",
    "ldexp",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "maximum",
    "minimum",
    "modf",
    "multiply",
    "nan_to_num",
    "negative",
    "positive",
    "power",
    "rad2deg",
    "radians",
    "real",
    "real_if_close",
    "reciprocal",
    "remainder",
    "rint",
    "round",
    "sign",
    "sin",
    "sin_ratio",
    "sinc",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
]

# -- arithmetic ----------------------------------------------------------------------------------

positive = primitive(np.positive, lambda g, out, x: g, elementwise=True)
negative = primitive(operator.neg, lambda g, out, x: -g, elementwise=True, name="negative")
add = primitive(operator.add, lambda g, out, x, y: g, lambda g, out, x, y: g, elementwise=True)
subtract = primitive(
    operator.sub,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g,
    elementwise=True,
    name="subtract",
)
multiply = primitive(
    operator.mul,
    lambda g, out, x, y: g * y,
    lambda g, out, x, y: g * x,
    elementwise=True,
    name="multiply",
)
divide = primitive(
    operator.truediv,
    lambda g, out, x, y: g / y,
    lambda g, out, x, y: -g * out / y,
    elementwise=True,
    name="divide",
)
reciprocal = primitive(np.reciprocal, lambda g, out, x: -g * out * out, elementwise=True)
square = primitive(np.square, lambda g, out, x: 2 * g * x, elementwise=True)
sqrt = primitive(np.sqrt, lambda g, out, x: g / (2 * out), elementwise=True)
cbrt = primitive(np.cbrt, lambda g, out, x: g / (3 * out * out), elementwise=True)


def _one_less(x: Any, y: Any) -> Any:
    """The exponent y - 1 of the derivative; of 0**0 it is 1, so that the factor y makes it 0."""
    if isinstance(y, (int, float)):
        return y - 1 if y else 1
    return np.where((x == 0) & (y == 0), 1, y - 1)


# x**0 has derivative 0 also at x = 0; 0**y has derivative 0 with respect to y for y >= 0. A
# negative base has no derivative with respect to the exponent: NaN.
power = primitive(
    operator.pow,
    lambda g, out, x, y: g * y * x ** _one_less(x, y),
    lambda g, out, x, y: g * out * np.log(np.where((x == 0) & (y >= 0), 1, x)),
    elementwise=True,
    name="power",
)
float_power = primitive(np.float_power, *power.rules, elementwise=True)

# Steps are flat between their jumps; the quotient x // y too.
floor_divide = primitive(
    operator.floordiv,
    lambda g, out, x, y: np.zeros_like(x),
    lambda g, out, x, y: np.zeros_like(y),
    elementwise=True,
    name="floor_divide",
)
remainder = primitive(
    operator.mod,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * (x // y),
    elementwise=True,
    name="remainder",
)
fmod = primitive(
    np.fmod, lambda g, out, x, y: g, lambda g, out, x, y: -g * np.trunc(x / y), elementwise=True
)
# x 2**n for integers n, which have no derivative.
ldexp = primitive(np.ldexp, lambda g, out, x, n: np.ldexp(g, n), None, elementwise=True)

for _function, _op in {
    np.negative: negative,
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: divide,
    np.power: power,
    np.floor_divide: floor_divide,
    np.remainder: remainder,
}.items():
    registry[_function] = _op
    _op.on_arrays = _function

# -- exponentials and logarithms -----------------------------------------------------------------

exp = primitive(np.exp, lambda g, out, x: g * out, elementwise=True)
exp2 = primitive(np.exp2, lambda g, out, x: g * out * math.log(2), elementwise=True)
expm1 = primitive(np.expm1, lambda g, out, x: g * np.exp(x), elementwise=True)
log = primitive(np.log, lambda g, out, x: g / x, elementwise=True)
log2 = primitive(np.log2, lambda g, out, x: g / (x * math.log(2)), elementwise=True)
log10 = primitive(np.log10, lambda g, out, x: g / (x * math.log(10)), elementwise=True)
log1p = primitive(np.log1p, lambda g, out, x: g / (1 + x), elementwise=True)
logaddexp = primitive(
    np.logaddexp,
    lambda g, out, x, y: g * np.exp(x - out),
    lambda g, out, x, y: g * np.exp(y - out),
    elementwise=True,
)
logaddexp2 = primitive(
    np.logaddexp2,
    lambda g, out, x, y: g * np.exp2(x - out),
    lambda g, out, x, y: g * np.exp2(y - out),
    elementwise=True,
)

# -- trigonometric and hyperbolic functions ------------------------------------------------------

sin = primitive(np.sin, lambda g, out, x: g * np.cos(x), elementwise=True)
cos = primitive(np.cos, lambda g, out, x: -g * np.sin(x), elementwise=True)
tan = primitive(np.tan, lambda g, out, x: g + g * out * out, elementwise=True)
arcsin = primitive(np.arcsin, lambda g, out, x: g / np.sqrt(1 - x * x), elementwise=True)
arccos = primitive(np.arccos, lambda g, out, x: -g / np.sqrt(1 - x * x), elementwise=True)
arctan = primitive(np.arctan, lambda g, out, x: g / (1 + x * x), elementwise=True)
sinh = primitive(np.sinh, lambda g, out, x: g * np.cosh(x), elementwise=True)
cosh = primitive(np.cosh, lambda g, out, x: g * np.sinh(x), elementwise=True)
tanh = primitive(np.tanh, lambda g, out, x: g - g * out * out, elementwise=True)
arcsinh = primitive(np.arcsinh, lambda g, out, x: g / np.sqrt(x * x + 1), elementwise=True)
arccosh = primitive(np.arccosh, lambda g, out, x: g / np.sqrt(x * x - 1), elementwise=True)
arctanh = primitive(np.arctanh, lambda g, out, x: g / (1 - x * x), elementwise=True)
arctan2 = primitive(
    np.arctan2,
    lambda g, out, y, x: g * x / (x * x + y * y),
    lambda g, out, y, x: -g * y / (x * x + y * y),
    elementwise=True,
)
# The corner of the cone at the origin counts as flat, as norm'(0) = 0.
hypot = primitive(
    np.hypot,
    lambda g, out, x, y: g * x / np.where(out == 0, 1, out),
    lambda g, out, x, y: g * y / np.where(out == 0, 1, out),
    elementwise=True,
)
degrees = primitive(np.degrees, lambda g, out, x: g * (180 / math.pi), elementwise=True)
radians = primitive(np.radians, lambda g, out, x: g * (math.pi / 180), elementwise=True)
rad2deg = registry[np.rad2deg] = degrees
deg2rad = registry[np.deg2rad] = radians


@functools.cache
def _quadrature() -> tuple[Any, Any]:
    """Nodes and weights on (0, 1), exact for polynomials up to degree 47; computed when needed."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    return (nodes + 1) / 2, weights / 2


def _sin_ratio(u: Any, *, order: int) -> Any:
    """The derivative of the given order of f(u) = sin(u)/u.

    Since f(u) = integral of cos(ut) for t from 0 to 1, the n-th derivative is the integral of
    t^n cos(ut + n pi/2): by quadrature near 0. Elsewhere u f_n = sin(u + n pi/2) - n f_(n-1).
    """
    u = np.asarray(u)
    small = np.abs(u) <= order + 2
    t, weights = _quadrature()
    near = np.where(small, u, 0)[..., np.newaxis]
    integral = (t**order * np.cos(near * t + order * math.pi / 2)) @ weights
    far = np.where(small, 1, u)
    ratio = np.sin(far) / far
    for n in range(1, order + 1):
        ratio = (np.sin(far + n * math.pi / 2) - n * ratio) / far
    return np.where(small, integral, ratio).astype(u.dtype)[()]


sin_ratio: Primitive = primitive(
    _sin_ratio,
    lambda g, out, u, *, order: g * sin_ratio(u, order=order + 1),
    elementwise=True,
    name="sin_ratio",
)
sinc = primitive(
    np.sinc, lambda g, out, x: g * math.pi * sin_ratio(math.pi * x, order=1), elementwise=True
)

# -- kinks and jumps -----------------------------------------------------------------------------

absolute = primitive(np.absolute, lambda g, out, x: g * np.sign(x), elementwise=True)
fabs = primitive(np.fabs, lambda g, out, x: g * np.sign(x), elementwise=True)
sign = primitive(np.sign, lambda g, out, x: np.zeros_like(x), elementwise=True)
floor = primitive(np.floor, lambda g, out, x: np.zeros_like(x), elementwise=True)
ceil = primitive(np.ceil, lambda g, out, x: np.zeros_like(x), elementwise=True)
trunc = primitive(np.trunc, lambda g, out, x: np.zeros_like(x), elementwise=True)
rint = primitive(np.rint, lambda g, out, x: np.zeros_like(x), elementwise=True)
round = primitive(np.round, lambda g, out, x, *, decimals=0: np.zeros_like(x), elementwise=True)
around = registry[np.around] = round
fix = registry[np.fix] = trunc  # NumPy 2.5 deprecates its own
heaviside = primitive(
    np.heaviside,
    lambda g, out, x, h: np.zeros_like(x),
    lambda g, out, x, h: g * (x == 0),
    elementwise=True,
)
copysign = primitive(
    np.copysign,
    lambda g, out, x, y: g * np.copysign(1, x) * np.copysign(1, y),
    lambda g, out, x, y: np.zeros_like(y),
    elementwise=True,
)
# At a tie each side gets half.
maximum = primitive(
    np.maximum,
    lambda g, out, x, y: g * ((x > y) + (x == y) / 2),
    lambda g, out, x, y: g * ((x < y) + (x == y) / 2),
    elementwise=True,
)
minimum = primitive(
    np.minimum,
    lambda g, out, x, y: g * ((x < y) + (x == y) / 2),
    lambda g, out, x, y: g * ((x > y) + (x == y) / 2),
    elementwise=True,
)
# fmax and fmin prefer a number to NaN.
fmax = primitive(
    np.fmax,
    lambda g, out, x, y: g * ((x > y) + (x == y) / 2 + np.isnan(y)),
    lambda g, out, x, y: g * ((x < y) + (x == y) / 2 + np.isnan(x)),
    elementwise=True,
)
fmin = primitive(
    np.fmin,
    lambda g, out, x, y: g * ((x < y) + (x == y) / 2 + np.isnan(y)),
    lambda g, out, x, y: g * ((x > y) + (x == y) / 2 + np.isnan(x)),
    elementwise=True,
)
nan_to_num = primitive(
    np.nan_to_num,
    lambda g, out, x, *, copy=True, nan=0.0, posinf=None, neginf=None: g * np.isfinite(x),
    elementwise=True,
)
_where = primitive(
    np.where,
    None,
    lambda g, out, condition, x, y: np.where(condition, g, 0),
    lambda g, out, condition, x, y: np.where(condition, 0, g),
    elementwise=True,
    name="where",
)


@composite(np.where)
def where(condition: Any, /, *xy: Any) -> Any:
    """`x` where `condition` holds and `y` elsewhere; without them the places where it holds.

    The branch that is not taken gets the gradient 0. Where it is infinite, as log(x) at 0, its own
    rule makes 0 * inf = NaN of that: choose a harmless input for it first,
    as in where(x > 0, log(where(x > 0, x, 1)), 0).
    """
    return _where(condition, *xy) if xy else np.nonzero(unwrap(condition))


# On an edge the input passes: derivative 1.
_clip = primitive(
    np.clip,
    lambda g, out, x, low, high: g * ((x >= low) & (x <= high)),
    lambda g, out, x, low, high: g * ((x < low) & (low <= high)),
    lambda g, out, x, low, high: g * ((x > high) | (low > high)),
    elementwise=True,
    name="clip",
)


@composite(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """min(max(a, a_min), a_max); a bound that is None is no bound. On a bound `a` passes."""
    low, high = a_min if min is None else min, a_max if max is None else max
    least, greatest = number_range(np.result_type(unwrap(a)))
    return _clip(a, least if low is None else low, greatest if high is None else high)


def number_range(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """The least and the greatest number of a dtype."""
    if dtype.kind == "f":
        return -math.inf, math.inf
    return (False, True) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)


@composite(np.divmod)
def divmod(x: Any, y: Any) -> Any:
    """The pair (x // y, x % y)."""
    return floor_divide(x, y), remainder(x, y)


@composite(np.modf)
def modf(x: Any) -> Any:
    """The pair (fractional part, integral part), both with the sign of x."""
    return fmod(x, 1), trunc(x)


@composite(np.conjugate, np.real, np.real_if_close)
def conjugate(x: Any) -> Any:
    """The values themselves: tensors are real."""
    return positive(x)


real = registry[np.real]
real_if_close = registry[np.real_if_close]

declare(symmetric, *(op for op in list(vars().values()) if isinstance(op, Primitive)))

# As one op, in 21 us for 64 x 64; the three operators of the rule take 39 us.
_tanh_slope: Primitive = primitive(
    lambda t, y: t - t * y * y,
    lambda g, out, t, y: _tanh_slope(g, y),
    lambda g, out, t, y: -2 * g * t * y,
    elementwise=True,
    name="tanh_slope",
)
_tanh_slope.tangent = symmetric(_tanh_slope)
tanh.tangent = lambda tangents, out, x: _tanh_slope(tangents[0], out)
