"""Products of vectors, matrices and arrays of any rank, and their derivatives.

All of them are sums of products, linear in each operand: the derivative with respect to one is the
same kind of product of g with the others.
"""

from __future__ import annotations

import math
import operator
import string
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..engine import unbroadcast
from ..primitive import primitive
from ..registry import cast, composite, registry
from ..tangents import declare, multilinear

__all__ = [
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "matmul",
    "multi_dot",
    "outer",
    "tensordot",
    "trace",
    "vdot",
    "vecdot",
]

# -- the matrix product --------------------------------------------------------------------------


def _matmul_left(g: Any, out: Any, x: Any, y: Any) -> Any:
    """dJ/dx = g yᵀ; a vector y is a column without its axis, a vector x is a row without its."""
    if y.ndim == 1:
        return unbroadcast(g[..., None] * y, x.shape)
    if x.ndim == 1:
        return unbroadcast((y @ g[..., None])[..., 0], x.shape)
    return unbroadcast(g @ y.mT, x.shape)


def _matmul_right(g: Any, out: Any, x: Any, y: Any) -> Any:
    """dJ/dy = xᵀ g; to a y that is the same for a whole stack x, x is one tall matrix."""
    if x.ndim == 1:
        return g * x if y.ndim == 1 else unbroadcast(x[:, None] * g[..., None, :], y.shape)
    if x.ndim == 2 >= y.ndim:
        return x.T @ g
    if y.ndim <= 2:
        rows = math.prod(x.shape[:-1])
        return np.reshape(x, (rows, x.shape[-1])).T @ np.reshape(g, (rows, *y.shape[1:]))
    return unbroadcast(x.mT @ g, y.shape)


matmul = primitive(operator.matmul, _matmul_left, _matmul_right, name="matmul")
registry[np.matmul] = registry[np.linalg.matmul] = matmul
matmul.on_arrays = np.matmul


@composite(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Σᵢ x1ᵢ x2ᵢ along `axis`, for stacks of vectors that broadcast."""
    x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return (x1[..., None, :] @ x2[..., None])[..., 0, 0]


# Since NumPy 2.2.
if hasattr(np, "matvec"):

    @composite(np.matvec)
    def matvec(x1: Any, x2: Any, /) -> Any:
        """A x for stacks of matrices and vectors."""
        if np.ndim(x1) < 2 or not np.ndim(x2):
            raise ValueError(
                f"matvec expects a matrix and a vector, got {np.shape(x1)} and {np.shape(x2)}"
            )
        return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]

    @composite(np.vecmat)
    def vecmat(x1: Any, x2: Any, /) -> Any:
        """xᵀ A for stacks of vectors and matrices."""
        if not np.ndim(x1) or np.ndim(x2) < 2:
            raise ValueError(
                f"vecmat expects a vector and a matrix, got {np.shape(x1)} and {np.shape(x2)}"
            )
        return np.matmul(np.expand_dims(x1, -2), x2)[..., 0, :]

    __all__ += ["matvec", "vecmat"]


# -- contraction of chosen axes ------------------------------------------------------------------


def _contracted(axes: Any, x: Any, y: Any) -> tuple[list[int], list[int], list[int], list[int]]:
    """The axes of x and y that tensordot sums over, pair by pair, and those that remain."""
    if isinstance(axes, np.ndarray):
        axes = axes.tolist()
    if isinstance(axes, Iterable):
        ax, ay = ([a] if np.ndim(a) == 0 else list(a) for a in axes)
    else:
        ax, ay = list(range(x.ndim - axes, x.ndim)), list(range(axes))
    ax, ay = [a % x.ndim for a in ax], [a % y.ndim for a in ay]
    free_x = [a for a in range(x.ndim) if a not in ax]
    return ax, ay, free_x, [a for a in range(y.ndim) if a not in ay]


def _tensordot_left(g: Any, out: Any, x: Any, y: Any, *, axes: Any = 2) -> Any:
    """dJ/dx: sum g over the axes that came from y; what remains of y takes the places in x."""
    ax, ay, free_x, free_y = _contracted(axes, x, y)
    product = np.tensordot(g, y, (list(range(len(free_x), g.ndim)), free_y))
    return np.transpose(product, np.argsort(free_x + [ax[i] for i in np.argsort(ay)]))


def _tensordot_right(g: Any, out: Any, x: Any, y: Any, *, axes: Any = 2) -> Any:
    """dJ/dy: sum g over the axes that came from x; what remains of x takes the places in y."""
    ax, ay, free_x, free_y = _contracted(axes, x, y)
    product = np.tensordot(x, g, (free_x, list(range(len(free_x)))))
    return np.transpose(product, np.argsort([ay[i] for i in np.argsort(ax)] + free_y))


tensordot = primitive(np.tensordot, _tensordot_left, _tensordot_right)
registry[np.linalg.tensordot] = tensordot


@composite(np.dot)
def dot(a: Any, b: Any) -> Any:
    """Σ over the last axis of a and the last but one of b (the only one of a vector)."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if np.ndim(b) <= 2 else np.tensordot(a, b, (-1, -2))


@composite(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """Σ over the last axis of both."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.tensordot(a, b, (-1, -1))


@composite(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """Σᵢ aᵢ bᵢ over all elements."""
    return np.matmul(np.ravel(a), np.ravel(b))


def _chain_rule(needs: Sequence[bool], g: Any, out: Any, *matrices: Any) -> list[Any]:
    """d(A B C) with respect to B is Aᵀ g Cᵀ, multiplied in the best order again."""
    turned = [m.mT for m in matrices]
    return [
        np.linalg.multi_dot([*turned[:i][::-1], g, *turned[i + 1 :][::-1]]) if need else None
        for i, need in enumerate(needs)
    ]


_chain = primitive(lambda *ms: np.linalg.multi_dot(ms), joint=_chain_rule, name="multi_dot")


@composite(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of matrices in the cheapest order; the first and the last may be vectors."""
    if len(arrays) == 2:
        return dot(*arrays)
    first, *middle, last = arrays
    row, column = np.ndim(first) == 1, np.ndim(last) == 1
    product = _chain(
        np.expand_dims(first, 0) if row else first,
        *middle,
        np.expand_dims(last, 1) if column else last,
    )
    return (
        product[0 if row else slice(None), 0 if column else slice(None)]
        if row or column
        else product
    )


# -- Einstein's sum ------------------------------------------------------------------------------


def _terms(subscripts: str, ndims: Sequence[int]) -> tuple[list[str], str]:
    """Labels of every operand and of the result, the ellipsis written out, the arrow resolved."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    widths = [n - len(t) + 3 if "..." in t else 0 for t, n in zip(terms, ndims, strict=True)]
    widest = max(widths)
    dots = "".join(c for c in string.ascii_letters if c not in inputs)[:widest]
    if not arrow:
        letters = inputs.replace(",", "").replace(".", "")
        output = "..." + "".join(sorted(c for c in letters if letters.count(c) == 1))
    written = [t.replace("...", dots[widest - w :]) for t, w in zip(terms, widths, strict=True)]
    return written, output.replace("...", dots)


def _einsum_rule(
    needs: Sequence[bool],
    g: Any,
    out: Any,
    *operands: Any,
    subscripts: str,
    optimize: Any = False,
) -> list[Any]:
    """dJ/dx is the Einstein sum of g and the other operands that leaves the labels of x.

    A label of x that nobody else has stands on a vector of ones; one that repeats in x (a trace, a
    diagonal) becomes two, joined by δ.
    """
    terms, output = _terms(subscripts, [x.ndim for x in operands])
    grads: list[Any] = []
    for i, (need, x, term) in enumerate(zip(needs, operands, terms, strict=True)):
        factors = [g, *operands[:i], *operands[i + 1 :]]
        labels = [output, *terms[:i], *terms[i + 1 :]]
        unused = iter(
            c for c in string.ascii_letters if c not in output and c not in "".join(terms)
        )
        target = ""
        for c, n in zip(term, x.shape, strict=True):
            if c in target:
                twin = next(unused)
                factors.append(np.eye(n, dtype=x.dtype))
                labels.append(c + twin)
                target += twin
                continue
            lengths = {f.shape[t.index(c)] for f, t in zip(factors, labels, strict=True) if c in t}
            if n not in lengths and (n != 1 or not lengths):
                factors.append(np.ones(n, x.dtype))
                labels.append(c)
            target += c
        equation = f"{','.join(labels)}->{target}"
        grads.append(
            unbroadcast(np.einsum(equation, *factors, optimize=bool(optimize)), x.shape)
            if need
            else None
        )
    return grads


_einsum = primitive(
    lambda *operands, subscripts, optimize=False: np.einsum(
        subscripts, *operands, optimize=optimize
    ),
    joint=_einsum_rule,
    name="einsum",
)


@composite(np.einsum)
def einsum(*operands: Any, optimize: Any = False, dtype: Any = None) -> Any:
    """Σ of products of the operands over the labels that the result does not have.

    Every form of NumPy's: einsum("ij,jk->ik", a, b), without the arrow, with repeated labels and
    the ellipsis, and einsum(a, [0, 1], b, [1, 2], [0, 2]). With `dtype` it computes in that dtype.
    """
    if isinstance(operands[0], str):
        subscripts, *arrays = operands
    else:
        arrays, lists = list(operands[: len(operands) // 2 * 2 : 2]), operands[1::2]
        subscripts = ",".join(map(_letters, lists))
        if len(operands) % 2:
            subscripts += "->" + _letters(operands[-1])
    if dtype is not None:
        arrays = cast(np.einsum, arrays, dtype)
    return _einsum(*arrays, subscripts=subscripts, optimize=optimize)


def _letters(labels: Sequence[Any]) -> str:
    return "".join("..." if i is Ellipsis else string.ascii_letters[i] for i in labels)


# -- products without a sum, and the trace -------------------------------------------------------


@composite(np.outer)
def outer(a: Any, b: Any) -> Any:
    """aᵢ bⱼ for all elements."""
    return np.multiply(np.ravel(a)[:, None], np.ravel(b))


@composite(np.linalg.outer)
def _outer_of_vectors(x1: Any, x2: Any, /) -> Any:
    """aᵢ bⱼ of two vectors."""
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"outer expects two vectors, got shapes {np.shape(x1)}, {np.shape(x2)}")
    return outer(x1, x2)


@composite(np.kron)
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: every element of a times the whole of b."""
    ndim = max(np.ndim(a), np.ndim(b))
    rows = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    columns = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    blocks = np.multiply(
        np.reshape(a, [n for m in rows for n in (m, 1)]),
        np.reshape(b, [n for m in columns for n in (1, m)]),
    )
    return np.reshape(blocks, [m * n for m, n in zip(rows, columns, strict=True)])


# The triple product: g · (x × y) = x · (y × g) = y · (g × x).
_cross = primitive(
    lambda x, y: np.cross(x, y),
    lambda g, out, x, y: unbroadcast(np.cross(y, g), x.shape),
    lambda g, out, x, y: unbroadcast(np.cross(g, x), y.shape),
    name="cross",
)


declare(multilinear, matmul, tensordot, _chain, _einsum, _cross)


@composite(np.cross, np.linalg.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The vector product a × b. A vector of two elements has 0 for a third.

    Of two vectors of two elements the result is the third element alone.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    lengths = a.shape[-1], b.shape[-1]
    if not {*lengths} <= {2, 3}:
        raise ValueError(f"cross expects vectors of 2 or 3 elements, got {lengths}")
    a, b = (
        np.concatenate([v, np.zeros_like(v[..., :1])], -1) if n == 2 else v
        for v, n in zip((a, b), lengths, strict=True)
    )
    product = _cross(a, b)
    return product[..., 2] if lengths == (2, 2) else np.moveaxis(product, -1, axisc)


@composite(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Σ of the diagonal."""
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@composite(np.linalg.trace)
def _trace_of_stack(x: Any, /, *, offset: int = 0) -> Any:
    """Σ of the diagonal of each matrix in the last two axes."""
    return np.sum(np.diagonal(x, offset, -2, -1), axis=-1)


@composite(np.linalg.diagonal)
def _diagonal_of_stack(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of each matrix in the last two axes, as the last axis."""
    return np.diagonal(x, offset, -2, -1)


@composite(np.linalg.matrix_transpose)
def _matrix_transpose(x: Any, /) -> Any:
    """Each matrix in the last two axes transposed."""
    return np.swapaxes(x, -1, -2)
