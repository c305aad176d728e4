"""np.linalg: inverses, equations, determinants, powers and norms, and their derivatives.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear
least squares problems whose variables separate" (1973).

All of it works on stacks of matrices, the last two axes being rows and columns.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine import unbroadcast
from ..primitive import primitive
from ..registry import composite, plain, unwrap
from .decompositions import svdvals

__all__ = [
    "cond",
    "det",
    "inv",
    "lstsq",
    "matrix_norm",
    "matrix_power",
    "norm",
    "pinv",
    "slogdet",
    "solve",
    "tensorinv",
    "tensorsolve",
    "vector_norm",
]

# -- inverses and equations ----------------------------------------------------------------------

inv = primitive(np.linalg.inv, lambda g, out, a: -(out.mT @ g @ out.mT))


def _solve_rule(needs: Sequence[bool], g: Any, out: Any, a: Any, b: Any) -> list[Any]:
    """dJ/db = A⁻ᵀ g and dJ/dA = −(dJ/db) xᵀ."""
    gb = np.linalg.solve(a.mT, g)
    return [
        unbroadcast(-(gb @ out.mT), a.shape) if needs[0] else None,
        unbroadcast(gb, b.shape) if needs[1] else None,
    ]


_solve = primitive(np.linalg.solve, joint=_solve_rule)


@composite(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """The x of A x = b; b is a vector if it has one axis, else a stack of matrices."""
    return _solve(a, np.expand_dims(b, 1))[..., 0] if np.ndim(b) == 1 else _solve(a, b)


def _pinv_rule(
    g: Any, out: Any, a: Any, *, rcond: Any = None, hermitian: bool = False, rtol: Any = None
) -> Any:
    """−PᵀgPᵀ + (1 − AP) gᵀPPᵀ + PᵀPgᵀ (1 − PA) (Golub and Pereyra 1973): the rank stays."""
    p, pt, gt = out, out.mT, g.mT
    left, right = gt @ p @ pt, pt @ p @ gt
    return left - a @ (p @ left) + right - (right @ p) @ a - pt @ g @ pt


pinv = primitive(np.linalg.pinv, _pinv_rule)


def _lstsq_rule(
    needs: Sequence[bool], g: Any, out: Any, a: Any, b: Any, *, rcond: float
) -> list[Any]:
    """As of x = pinv(A) b: dJ/db = Pᵀg, dJ/dA = −Pᵀg xᵀ + r (PPᵀg)ᵀ + Pᵀx ((1 − PA) g)ᵀ."""
    p = np.linalg.pinv(a, rcond=rcond)
    gb = p.mT @ g
    if not needs[0]:
        return [None, gb]
    residual = b - a @ out
    ga = residual @ (p @ gb).mT - gb @ out.mT + p.mT @ out @ (g - p @ (a @ g)).mT
    return [ga, gb]


_lstsq = primitive(
    lambda a, b, *, rcond: np.linalg.lstsq(a, b, rcond=rcond)[0], joint=_lstsq_rule, name="lstsq"
)


class LstsqResult(NamedTuple):
    """The solution, sums of squared residuals, the rank and the singular values of A."""

    x: Any
    residuals: Any
    rank: int
    s: Any


@composite(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """The shortest x that minimizes |A x − b|², and what NumPy returns with it.

    The residuals are empty, as in NumPy, unless A is taller than wide and of full rank. The
    derivative is that of the pseudo-inverse: right as long as the rank does not change.
    """
    m, n = a.shape
    epsilon = float(np.finfo(a.dtype).eps)
    cut = epsilon * max(m, n) if rcond is None else epsilon if rcond < 0 else rcond
    s = svdvals(a)
    values = unwrap(s)
    rank = int(np.sum(values > cut * np.max(values, initial=0)))
    columns = np.expand_dims(b, 1) if np.ndim(b) == 1 else b
    x = _lstsq(a, columns, rcond=cut)
    error = columns - a @ x
    residuals = np.sum(error * error, axis=0)
    if rank < n or m <= n:
        residuals = residuals[:0]
    return LstsqResult(x[:, 0] if np.ndim(b) == 1 else x, residuals, rank, s)


@composite(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of a as a matrix: its first `ind` axes are the rows, the others the columns."""
    if ind <= 0:
        raise ValueError(f"tensorinv expects ind > 0, got {ind}")
    rows, columns = a.shape[:ind], a.shape[ind:]
    matrix = np.reshape(a, (math.prod(rows), math.prod(columns)))
    return np.reshape(np.linalg.inv(matrix), (*columns, *rows))


@composite(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """The x of tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end first."""
    if axes is not None:
        a = np.moveaxis(a, axes, range(a.ndim - len(axes), a.ndim))
    unknown = a.shape[np.ndim(b) :]
    matrix = np.reshape(a, (math.prod(a.shape[: np.ndim(b)]), math.prod(unknown)))
    return np.reshape(np.linalg.solve(matrix, np.ravel(b)), unknown)


_zeroth_power = primitive(
    lambda a: np.linalg.matrix_power(a, 0),
    lambda g, out, a: np.zeros_like(a),
    name="matrix_power",
)


@composite(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """A multiplied with itself n times, by repeated squaring; of the inverse if n < 0."""
    n = operator.index(n)
    if n < 0:
        return matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        return _zeroth_power(a)
    if a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"matrix_power expects square matrices, got shape {a.shape}")
    result: Any = None
    while n:
        if n % 2:
            result = a if result is None else result @ a
        n //= 2
        a = a @ a if n else a
    return +result  # a tensor of its own also for n = 1


# -- determinants --------------------------------------------------------------------------------


def _products_of_others(s: Any, count: int) -> Any:
    """Products of all of s but the i-th (count 1); but the i-th and the j-th, 0 if i = j (2)."""
    same = np.eye(s.shape[-1], dtype=bool)
    if count == 1:
        return np.prod(np.where(same, 1, s[..., None, :]), axis=-1)
    left_out = same[:, None] | same
    return np.where(same, 0, np.prod(np.where(left_out, 1, s[..., None, None, :]), axis=-1))


def _orientation(u: Any, vh: Any) -> Any:
    """Give det U det V, which is 1 or −1 and does not change."""
    return (np.linalg.det(unwrap(u)) * np.linalg.det(unwrap(vh)))[..., None, None]


def _cofactors(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a)
    return _orientation(u, vh) * (u * _products_of_others(s, 1)[..., None, :]) @ vh


def _cofactors_rule(g: Any, out: Any, a: Any) -> Any:
    """Between its singular vectors A is diagonal, and e = UᵀdA V changes its minors.

    dCᵢᵢ = Σⱼ≠ᵢ eⱼⱼ Π(others) and dCᵢⱼ = −eⱼᵢ Π(others), singular values but the i-th and j-th.
    """
    u, s, vh = np.linalg.svd(a)
    others = _products_of_others(s, 2)
    g = _orientation(u, vh) * (u.mT @ g @ vh.mT)
    diagonal = np.diagonal(g, 0, -2, -1)
    return (u * (others @ diagonal[..., None]).mT - u @ (others * g.mT)) @ vh


cofactors = primitive(_cofactors, _cofactors_rule, name="cofactors")


def _regular_inverse(a: Any) -> Any:
    """A⁻¹; None if a matrix is singular, or so nearly that half of the digits would be lost."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None
    condition = np.max(np.abs(unwrap(a)), axis=(-1, -2), initial=0) * np.max(
        np.abs(unwrap(inverse)), axis=(-1, -2), initial=0
    )
    return None if np.any(condition > np.finfo(a.dtype).eps ** -0.25) else inverse


def _det_rule(g: Any, out: Any, a: Any) -> Any:
    """The cofactors: det A A⁻ᵀ, or from singular values where A has no good inverse."""
    inverse = _regular_inverse(a)
    if inverse is None:
        return g[..., None, None] * cofactors(a)
    return (g * out)[..., None, None] * inverse.mT


# Of singular matrices, of any rank, first and second derivatives are right. The third one goes
# through `svd`, and exists if their singular values are distinct.
det = primitive(np.linalg.det, _det_rule)

# The sign is constant between its jumps. A singular matrix raises LinAlgError in backward.
_slogdet = primitive(
    lambda a: tuple(np.linalg.slogdet(a)),
    lambda g, out, a: g[1][..., None, None] * np.linalg.inv(a).mT,
    name="slogdet",
)


class SlogdetResult(NamedTuple):
    """det A = sign · exp(logabsdet)."""

    sign: Any
    logabsdet: Any


@composite(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Sign and logarithm of the absolute value of the determinant."""
    return SlogdetResult(*_slogdet(a))


# -- norms ---------------------------------------------------------------------------------------

# At the origin, the tip of the cone, norm' = 0.
_euclidean = primitive(
    lambda x, *, axis: np.sqrt(np.sum(x * x, axis=axis, keepdims=True)),
    lambda g, out, x, *, axis: g * x / np.where(out == 0, 1, out),
    name="norm",
)


def _p_norm_rule(g: Any, out: Any, x: Any, *, ord: float, axis: Any) -> Any:
    """sign(x) (|x|/out)^(p−1), and 0 at x = 0 for every p."""
    ratio = np.where(x == 0, 1, np.abs(x)) / np.where(out == 0, 1, out)
    return g * np.sign(x) * ratio ** (ord - 1)


_p_norm = primitive(
    lambda x, *, ord, axis: np.sum(np.abs(x) ** ord, axis=axis, keepdims=True) ** (1 / ord),
    _p_norm_rule,
    name="norm",
)


def _largest(x: Any, axis: Any) -> Any:
    """The largest of numbers that are not negative; 0 where there are none, as NumPy has it."""
    return np.max(x, axis=axis, keepdims=True) if x.size else np.sum(x, axis=axis, keepdims=True)


def _vector(x: Any, ord: Any, axis: Any) -> Any:
    """Norms over all elements along `axis` together; the axes stay, with length 1."""
    if ord is None or ord == 2:
        return _euclidean(x, axis=axis)
    if ord == math.inf:
        return _largest(np.abs(x), axis)
    if ord == -math.inf:
        return np.min(np.abs(x), axis=axis, keepdims=True)
    if ord == 0:
        return np.sum(np.abs(np.sign(x)), axis=axis, keepdims=True)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=True)
    if isinstance(ord, str):
        raise ValueError(f"norm of vectors expects a number as ord, got {ord!r}")
    return _p_norm(x, ord=float(ord), axis=axis)


def _matrix(x: Any, ord: Any, axis: tuple[int, int]) -> Any:
    """Norms of matrices with rows and columns along `axis`; the axes stay, with length 1."""
    row, column = axis
    if ord in (None, "fro", "f"):
        return _euclidean(x, axis=axis)
    if ord in (2, -2, "nuc"):
        s = svdvals(np.moveaxis(x, axis, (-2, -1)))
        if ord == 2:
            length = np.squeeze(_largest(s, -1), -1)
        else:
            length = (np.min if ord == -2 else np.sum)(s, axis=-1)
        return np.expand_dims(length, axis)
    if ord not in (1, -1, math.inf, -math.inf):
        raise ValueError(
            f"norm of matrices expects ord 'fro', 'nuc', 1, 2, inf, their negatives or None, "
            f"got {ord!r}"
        )
    summed, other = (row, column) if abs(ord) == 1 else (column, row)
    sums = np.sum(np.abs(x), axis=summed, keepdims=True)
    return _largest(sums, other) if ord > 0 else np.min(sums, axis=other, keepdims=True)


@composite(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors (one axis) or matrices (two axes), every `ord` of NumPy's."""
    if axis is None:
        axis = tuple(range(x.ndim))
        if ord is not None and x.ndim not in (1, 2):
            raise ValueError(f"norm with ord expects one or two axes, got shape {x.shape}")
    else:
        axis = normalize_axis_tuple(axis if np.ndim(axis) else int(axis), x.ndim)
        if len(axis) not in (1, 2):
            raise ValueError(f"norm expects one axis, or two, got {len(axis)}")
    length = _matrix(x, ord, axis) if len(axis) == 2 else _vector(x, ord, axis)
    return length if keepdims else np.squeeze(length, axis)


@composite(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm over one axis, over several together, or over all."""
    if axis is None:
        axis = range(x.ndim)
    axis = normalize_axis_tuple(axis if np.ndim(axis) else int(axis), x.ndim)
    length = _vector(x, ord, axis)
    return length if keepdims else np.squeeze(length, axis)


@composite(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of the matrices in the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


@composite(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """The condition number |A| |A⁻¹|; of singular values if p is None, 2 or −2."""
    if p in (None, 2, -2):
        s = svdvals(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1))


plain(np.linalg.matrix_rank)
