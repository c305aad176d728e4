"""Derivatives of what is done to samples of a function: interpolation, convolution, differences,
integrals; and polynomials.

Most of it is linear in the samples, and written with the ops of the other tables.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..primitive import primitive
from ..registry import composite
from ..tangents import declare, symmetric
from ..tensor import Tensor
from .shape import along

__all__ = [
    "convolve",
    "correlate",
    "diff",
    "ediff1d",
    "gradient",
    "interp",
    "polyder",
    "polyint",
    "polyval",
    "trapezoid",
    "unwrap",
    "vander",
]

# -- interpolation -------------------------------------------------------------------------------


@composite(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None
) -> Any:
    """The polygon through the points (xp, fp), at x; `left` and `right` of it, or fp's ends.

    Differentiable in everything but `period`; in `left` and `right` beside another tensor, since
    NumPy does not look for tensors there. At a knot the derivative with respect to x is the
    slope on its right; at the last knot, and nowhere beyond, the slope on its left. The result is
    float64, as NumPy's.
    """
    x, xp, fp = (np.multiply(np.float64(1), a) for a in (x, xp, fp))
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise ValueError(
            f"interp expects xp and fp of one common length, got shapes {xp.shape} and {fp.shape}"
        )
    if period is not None:
        if period == 0:
            raise ValueError("interp expects a period other than 0")
        period, left, right = abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    below, above = x < xp[0], x > xp[-1]
    i = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(xp.size - 2, 0))
    j = np.minimum(i + 1, xp.size - 1)
    # Outside the polygon x counts as the knot, so that nothing infinite is multiplied by 0.
    inside = np.where(below | above, xp[i], x)
    slope = (fp[j] - fp[i]) / np.where(i == j, 1, xp[j] - xp[i])
    value = fp[i] + slope * (inside - xp[i])
    value = np.where(below, fp[0] if left is None else left, value)
    return np.where(above, fp[-1] if right is None else right, value)


# -- convolution ---------------------------------------------------------------------------------

# (a * v)ₖ = Σ aᵢ vₖ₋ᵢ, so dJ/daᵢ = Σ gₖ vₖ₋ᵢ: a correlation.
_convolve = primitive(
    np.convolve,
    lambda g, out, a, v: np.correlate(g, v, "valid"),
    lambda g, out, a, v: np.correlate(g, a, "valid"),
)


# NumPy's numbers for the modes.
_MODES: dict[Any, str] = {0: "valid", 1: "same", 2: "full"}


def _middle(full: Any, m: int, n: int, mode: Any, swapped: bool) -> Any:
    """The part of a full convolution of lengths m and n that `mode` asks for."""
    long, short = max(m, n), min(m, n)
    mode = _MODES.get(mode, mode)
    if mode == "full":
        return full
    if mode == "same":
        start = short // 2 if swapped else (short - 1) // 2
        return full[start : start + long]
    if mode == "valid":
        return full[short - 1 : long]
    raise ValueError(f"expected mode 'full', 'same' or 'valid', got {mode!r}")


@composite(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Σᵢ aᵢ vₖ₋ᵢ of two vectors: k where they meet, in the middle, or where they overlap fully."""
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    return _middle(_convolve(a, v), a.size, v.size, mode, swapped=False)


@composite(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Σᵢ aᵢ₊ₖ vᵢ of two vectors: the convolution with v reversed."""
    if np.ndim(a) != 1 or np.ndim(v) != 1:
        raise ValueError(f"correlate expects two vectors, got shapes {np.shape(a)}, {np.shape(v)}")
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    return _middle(_convolve(a, v[::-1]), a.size, v.size, mode, swapped=a.size < v.size)


# -- differences ---------------------------------------------------------------------------------


@composite(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """aᵢ₊₁ − aᵢ along `axis`, n times over; `prepend` and `append` are put at its ends first."""
    if n < 0:
        raise ValueError(f"diff expects n >= 0, got {n}")
    if n == 0:
        return a
    if np.ndim(a) == 0:
        raise ValueError("diff expects at least one axis, got a 0-d array")
    axis = normalize_axis_index(axis, np.ndim(a))
    single = [1 if i == axis else m for i, m in enumerate(np.shape(a))]
    ends = [
        end if end is None or np.ndim(end) else np.broadcast_to(end, single)
        for end in (prepend, append)
    ]
    parts = [part for part in (ends[0], a, ends[1]) if part is not None]
    a = np.concatenate(parts, axis) if len(parts) > 1 else a
    for _ in range(n):
        a = a[along(axis, a.ndim, slice(1, None))] - a[along(axis, a.ndim, slice(None, -1))]
    return a


@composite(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours in the flattened array, with `to_begin` and `to_end` around."""
    ary = np.ravel(ary)
    ends = [None if end is None else np.ravel(end) for end in (to_begin, to_end)]
    parts = [part for part in (ends[0], ary[1:] - ary[:-1], ends[1]) if part is not None]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _slopes(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """The derivative of samples f along one axis: `spacing` is one step, or a position each.

    Inside, the slope of the parabola through three neighbours (Quarteroni, Sacco, Saleri,
    "Numerical Mathematics", 2007); at an end that of the line or the parabola next to it.
    """
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError(
            f"gradient expects at least {edge_order + 1} samples along axis {axis}, got {n}"
        )

    if np.ndim(spacing) == 0:
        steps = spacing
    elif np.shape(spacing) == (n,):
        steps = np.reshape(np.diff(spacing), [-1 if i == axis else 1 for i in range(f.ndim)])
    else:
        raise ValueError(
            f"gradient expects one step, or {n} positions along axis {axis}, got shape "
            f"{np.shape(spacing)}"
        )

    def step(start: int, stop: int | None) -> Any:
        return steps[along(axis, f.ndim, slice(start, stop))] if np.ndim(steps) else steps

    lines = (
        f[along(axis, f.ndim, slice(1, None))] - f[along(axis, f.ndim, slice(None, -1))]
    ) / steps

    def line(start: int, stop: int | None) -> Any:
        return lines[along(axis, f.ndim, slice(start, stop))]

    before, after = step(0, -1), step(1, None)
    inner = (line(0, -1) * after + line(1, None) * before) / (before + after)
    start, end = line(0, 1), line(-1, None)
    if edge_order == 2:
        # The slope of the parabola at its end: that of the line, less what it bends on the way.
        h = step(0, 1)
        start = start - h * (line(1, 2) - start) / (h + step(1, 2))
        h = step(n - 2, None)
        end = end + h * (end - line(n - 3, n - 2)) / (h + step(n - 3, n - 2))
    return np.concatenate([start, inner, end], axis).astype(f.dtype)


@composite(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The derivative of a sampled function along each axis, by central differences.

    Args:
        f: the samples.
        varargs: nothing (step 1), one step for all axes, or per axis a step or the positions;
            differentiable.
        axis: one axis, several, or None for all.
        edge_order: 1 or 2, the degree of the polynomial at the ends.

    Returns: an array for one axis, else a tuple of them.
    """
    if edge_order not in (1, 2):
        raise ValueError(f"gradient expects edge_order 1 or 2, got {edge_order}")
    f = np.atleast_1d(f)
    axes = normalize_axis_tuple(range(f.ndim) if axis is None else axis, f.ndim)
    spacings = list(varargs) or [1.0]
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0:
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"gradient expects a spacing per axis, got {len(varargs)} for {len(axes)}")
    slopes = [_slopes(f, h, a, edge_order) for h, a in zip(spacings, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


# What is added to each sample is a whole number of periods, a constant.
unwrap = primitive(np.unwrap, lambda g, out, p, *, discont=None, axis=-1, period=2 * math.pi: g)
declare(symmetric, unwrap)

# -- integrals -----------------------------------------------------------------------------------


@composite(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """∫ y dx by the trapezoidal rule: Σ (xᵢ₊₁ − xᵢ)(yᵢ + yᵢ₊₁)/2."""
    y = y if isinstance(y, Tensor) else np.asarray(y)
    ndim = y.ndim
    own = normalize_axis_index(axis, ndim)
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
        if np.ndim(x) == 1:
            dx = np.reshape(dx, [np.size(dx) if i == own else 1 for i in range(ndim)])
    pairs = y[along(own, ndim, slice(1, None))] + y[along(own, ndim, slice(None, -1))]
    # A negative axis counts from the end of x, of y, and of their product: they may have more axes.
    return np.sum(dx * pairs / 2, axis=axis)


# -- polynomials, highest power first ------------------------------------------------------------


@composite(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The matrix of the powers xᵢⁿ, n falling from N − 1 to 0, or rising."""
    if np.ndim(x) != 1:
        raise ValueError(f"vander expects a vector, got shape {np.shape(x)}")
    powers = np.arange(np.size(x) if N is None else N)
    return np.power(x[:, None], powers if increasing else powers[::-1])


@composite(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """Coefficients of the m-th derivative of the polynomial p."""
    for _ in range(int(m)):
        p = p[:-1] * np.arange(np.size(p) - 1, 0, -1)
    return p


@composite(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """Coefficients of the m-th antiderivative of the polynomial p, with the first m of k, or 0."""
    m = int(m)
    k = np.zeros(m) if k is None else k
    constants = k if np.ndim(k) == 1 and np.size(k) > m else np.broadcast_to(k, m)
    for i in range(m):
        p = np.concatenate([p / np.arange(np.size(p), 0, -1), constants[i : i + 1]])
    return p


# p(x) is linear in p: its derivative is the row of powers of x.
_polyval = primitive(
    np.polyval,
    lambda g, out, p, x: np.ravel(g) @ np.vander(np.ravel(x), p.size),
    lambda g, out, p, x: g * np.polyval(np.polyder(p), x),
)


@composite(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """The polynomial with the coefficients p at x; those of a p of several axes are broadcast."""
    if np.ndim(p) == 1:
        return _polyval(p, x)
    result = np.zeros_like(x)
    for coefficient in p:
        result = result * x + coefficient
    return result
