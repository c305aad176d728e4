"""Derivatives of elementwise functions that are rarer: a Bessel function, and floats by their bits.

Rules are as in `elementwise`.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..primitive import Primitive, primitive
from ..registry import composite, unwrap
from ..tangents import declare, symmetric
from .elementwise import ldexp

__all__ = ["angle", "frexp", "i0", "i0_derivative", "nextafter", "spacing"]

# -- the modified Bessel function I0 -------------------------------------------------------------


@functools.cache
def _cosines() -> Any:
    """The cosine of θ at the midpoints of 64 equal parts of (0, π/2); computed when needed."""
    return np.cos((np.arange(64) + 0.5) * math.pi / 128)


def _i0_derivative(x: Any, *, order: int) -> Any:
    """The derivative of the given order of I0(x).

    I0(x) is the mean of exp(x cos θ) over the circle, its n-th derivative that of
    cosⁿθ exp(x cos θ); θ and π - θ together give cosh or sinh, so nothing cancels. For a periodic
    function the midpoint rule is exact to rounding (Trefethen, Weideman, "The exponentially
    convergent trapezoidal rule", 2014), here until exp(x) overflows.
    """
    x = np.asarray(x)
    cosines = _cosines().astype(x.dtype)
    halves = np.sinh if order % 2 else np.cosh
    with np.errstate(over="ignore"):
        return np.mean(cosines**order * halves(x[..., np.newaxis] * cosines), axis=-1)[()]


i0_derivative: Primitive = primitive(
    _i0_derivative,
    lambda g, out, x, *, order: g * i0_derivative(x, order=order + 1),
    elementwise=True,
    name="i0_derivative",
)
i0 = primitive(np.i0, lambda g, out, x: g * i0_derivative(x, order=1), elementwise=True)

# -- steps ---------------------------------------------------------------------------------------

# The angle of a real number is 0 or π: flat between its jumps, as `sign`.
angle = primitive(np.angle, lambda g, out, z, *, deg=False: np.zeros_like(z), elementwise=True)
spacing = primitive(np.spacing, lambda g, out, x: np.zeros_like(x), elementwise=True)
# x and one step of its last digit; y says only in which direction.
nextafter = primitive(
    np.nextafter, lambda g, out, x, y: g, lambda g, out, x, y: np.zeros_like(y), elementwise=True
)

declare(symmetric, i0, i0_derivative, angle, spacing, nextafter)


@composite(np.frexp)
def frexp(x: Any) -> Any:
    """The pair (m, n) with x = m 2ⁿ and 1/2 <= |m| < 1; n is an array of integers.

    n counts as constant: dm/dx = 2⁻ⁿ.
    """
    _, exponent = np.frexp(unwrap(x))
    return ldexp(x, -exponent), exponent
