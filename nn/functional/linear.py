"""The fully-connected layer as one op, and its bilinear kin. Deck, part B."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import primitive
from autograd.source import warn
from autograd.tangents import multilinear

from .. import kernels

__all__ = ["bilinear", "linear"]


# Multiplications from which on the wrong dtype of a product is worth a word: a batch in training,
# not the row of ones by which a network is tried out or drawn.
_COSTLY = 2**20


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """Multiply and add, y = W x + b, for each row x of `input`.

    Args:
        input: shape (..., n). Integers and booleans take the dtype of the weight.
        weight: W of shape (C, n).
        bias: b of shape (C,), or None.

    Returns: shape (..., C).

    Warns: the dtype of the input is wider than that of the weight, and so is the result's; said of
    a product of 2²⁰ multiplications or more.

    Raises:
        ValueError: shapes that do not fit.
    """
    return _op.apply((input, weight) if bias is None else (input, weight, bias), {})


def _forward(x: Any, weight: Any, bias: Any = None) -> Any:
    if np.ndim(weight) != 2 or (bias is not None and np.shape(bias) != weight.shape[:1]):
        raise ValueError(
            "linear expects a weight of shape (out, in) and a bias of shape (out,), got "
            f"{np.shape(weight)} and {None if bias is None else np.shape(bias)}"
        )
    if not np.ndim(x) or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"expected an input of shape (..., {weight.shape[1]}), got {np.shape(x)}; the last "
            "axis holds the features of a sample"
        )
    out = _in_kind(x, weight) @ weight.T
    if bias is None:
        return out
    if out.dtype != bias.dtype:
        return out + bias
    out += bias
    return out


def _in_kind(x: Any, weight: Any) -> Any:
    """Integers x in the dtype of the weight; x itself where it has digits behind the point.

    Kernels deal with x of the weight's own dtype, so that a training step does not come here.
    """
    if weight.dtype.kind == "f":
        if x.dtype.kind in "iub":
            return x.astype(weight.dtype)
        wider = x.dtype.itemsize > weight.dtype.itemsize
        if wider and x.size * weight.shape[0] >= _COSTLY:
            warn(
                f"linear expects data of the dtype of its weight, {weight.dtype}, got {x.dtype}: "
                "its result and all that follows have that dtype, and take more time and memory. "
                f"Write x.astype(np.{weight.dtype}), or model.to(np.{x.dtype})"
            )
    return x


def _rule(needs: Sequence[bool], g: Any, out: Any, x: Any, weight: Any, *bias: Any) -> Any:
    """dJ/dX = G W, dJ/dW = Gᵀ X, dJ/db = the sum of the rows of G."""
    dx = g @ weight if needs[0] else None
    if g.ndim != 2:
        rows = math.prod(x.shape[:-1])
        g, x = g.reshape(rows, g.shape[-1]), x.reshape(rows, x.shape[-1])
    dw = _outer_sum(g, x) if needs[1] else None
    if not bias:
        return dx, dw
    return dx, dw, np.sum(g, axis=0) if needs[2] else None


def _tangent(tangents: Sequence[Any], out: Any, x: Any, weight: Any, *bias: Any) -> Any:
    """The tangent dX Wᵀ + X dWᵀ + db."""
    dx, dw, *db = (*tangents, None)[:3]
    terms = [] if dx is None else [_op(dx, weight)]
    if dw is None:
        terms += [b for b in db if b is not None]
    else:
        terms.append(_op(x, dw, *(b for b in db if b is not None)))
    return sum(terms[1:], terms[0])


# Gᵀ X, the outer products of all samples added up: one node where operators would record two.
_outer_sum = primitive(
    lambda g, x: g.T @ x,
    lambda h, out, g, x: x @ h.T,
    lambda h, out, g, x: g @ h,
    name="outer_sum",
)
_op = primitive(_forward, joint=_rule, name="linear")
_op.kernel = kernels.linear
_op.tangent = _tangent
_outer_sum.tangent = multilinear(_outer_sum)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """Multiply from both sides, y_k = x1ᵀ W_k x2 + b_k, for each pair of rows x1, x2.

    Args:
        input1: shape (..., n1).
        input2: shape (..., n2), with the same leading axes.
        weight: one matrix per output, shape (C, n1, n2).
        bias: b of shape (C,), or None.

    Returns: shape (..., C).

    Raises:
        ValueError: shapes that do not fit.
    """
    if np.ndim(weight) != 3 or (bias is not None and np.shape(bias) != weight.shape[:1]):
        raise ValueError(
            "bilinear expects a weight of shape (out, in1, in2) and a bias of shape (out,), got "
            f"{np.shape(weight)} and {None if bias is None else np.shape(bias)}"
        )
    outputs, first, second = weight.shape
    ours, theirs = np.shape(input1), np.shape(input2)
    if ours[-1:] != (first,) or theirs[-1:] != (second,) or ours[:-1] != theirs[:-1]:
        raise ValueError(
            f"expected inputs of shapes (..., {first}) and (..., {second}) with the same leading "
            f"axes, got {ours} and {theirs}"
        )
    # Row k n2 + j of the matrix is column j of W_k: one product of matrices gives every x1ᵀ W_k.
    columns = np.reshape(np.swapaxes(weight, 1, 2), (outputs * second, first))
    left = np.reshape(linear(input1, columns), (*ours[:-1], outputs, second))
    y = (left @ input2[..., np.newaxis])[..., 0]
    return y if bias is None else y + bias
