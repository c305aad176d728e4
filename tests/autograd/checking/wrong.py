"""A catalogue of how gradients go wrong, first half: wrong numbers.

An entry is a callable that is wrong, what it is called with, and the diagnosis that is expected.
`grad` marks a pair of NumPy functions; `also` says that the mistake shows only in that variation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Function, primitive


def normal(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


V = normal(1, 4)
X = normal(2, 3, 4)
S = normal(3, 3, 3)
W = normal(4, 4, 2)
P = np.random.default_rng(5).uniform(0.5, 2.0, size=(3, 4))


@dataclass
class Wrong:
    """One mistake."""

    id: str
    f: Any
    inputs: Any
    diagnosis: str
    detail: str = ""
    index: Any = None
    grad: Any = None
    order: int = 1
    verdict: str = "fail"
    also: str = ""


def op(forward: Any, *rules: Any, **options: Any) -> Any:
    return primitive(forward, *rules, name="op", **options)


# -- the sign -------------------------------------------------------------------------------------

SIGN = [
    Wrong("cos", op(np.cos, lambda g, out, x: g * np.sin(x)), V, "wrong sign"),
    Wrong(
        "subtract",
        op(np.subtract, lambda g, out, x, y: g, lambda g, out, x, y: g),
        (V, V + 1),
        "wrong sign",
    ),
    Wrong("reciprocal", op(lambda x: 1 / x, lambda g, out, x: g * out**2), P, "wrong sign"),
    Wrong(
        "negative log-likelihood",
        lambda p: -np.sum(np.log(p)),
        P,
        "wrong sign",
        grad=lambda p: 1 / p,
    ),
    Wrong(
        "the denominator of a quotient",
        lambda a, b: a / b,
        (P, P + 1),
        "wrong sign",
        grad=lambda g, a, b: (g / b, g * a / b**2),
    ),
]

# -- a factor -------------------------------------------------------------------------------------

FACTOR = [
    Wrong(
        "square without its 2",
        op(lambda x: x**2, lambda g, out, x: g * x),
        V,
        "scale factor",
        "0.5",
    ),
    Wrong(
        "mean without its 1/n",
        op(lambda x: np.mean(x), lambda g, out, x: g * np.ones_like(x)),
        V,
        "scale factor",
        "4: n = 4",
    ),
    Wrong(
        "mean over one axis, divided by all",
        lambda x: x.mean(axis=0),
        X,
        "scale factor",
        "0.25: 1/n, n = 4",
        grad=lambda g, x: np.ones_like(x) * g / x.size,
    ),
    Wrong(
        "log10 taken for log",
        op(np.log10, lambda g, out, x: g / x),
        P,
        "scale factor",
        "ln 10",
    ),
    Wrong(
        "degrees",
        op(lambda x: np.sin(np.deg2rad(x)), lambda g, out, x: g * np.cos(np.deg2rad(x))),
        V,
        "scale factor",
        "180/π",
    ),
    Wrong(
        "leaky slope forgotten",
        op(lambda x: 0.1 * x, lambda g, out, x: g),
        V,
        "scale factor",
        "10",
    ),
    Wrong(
        "no gradient for a small slope",
        op(lambda x: 1e-7 * x, lambda g, out, x: g * 0),
        V,
        "scale factor",
        "0: nothing comes back",
    ),
    Wrong(
        "one entry wrong by 1 %",
        op(
            np.tanh,
            lambda g, out, x: (
                g * (1 - out**2) * np.where(np.arange(12).reshape(3, 4) == 6, 1.01, 1)
            ),
        ),
        X,
        "scale factor",
        "1.01",
        index=(1, 2),
    ),
    Wrong(
        "half squared error without its half",
        lambda z, t: np.sum((z - t) ** 2) / 2,
        (V, V[::-1].copy()),
        "scale factor",
        "2",
        grad=lambda z, t: (2 * (z - t), 2 * (t - z)),
    ),
]

# -- matrices -------------------------------------------------------------------------------------

TRANSPOSED = [
    Wrong(
        "x @ w, w not transposed in the rule of x",
        op(np.matmul, lambda g, out, x, w: g @ w, lambda g, out, x, w: x.T @ g),
        (X[:, :3].copy(), S),
        "transposed",
    ),
    Wrong(
        "x @ w, gradient of w transposed",
        op(np.matmul, lambda g, out, x, w: g @ w.T, lambda g, out, x, w: g.T @ x),
        (S + 1, S),
        "transposed",
    ),
    Wrong(
        "x @ w, gradient of w transposed, not square",
        op(np.matmul, lambda g, out, x, w: g @ w.T, lambda g, out, x, w: g.T @ x),
        (X, W),
        "transposed",
    ),
    Wrong("transpose", op(np.transpose, lambda g, out, x: g), S, "transposed"),
    Wrong(
        "matrix times vector",
        lambda a, x: a @ x,
        (S, V[:3].copy()),
        "transposed",
        grad=lambda g, a, x: (np.outer(g, x), a @ g),
    ),
    Wrong(
        "a matrix before a nonlinearity",
        lambda x, w: np.tanh(x @ w.T),
        (X[:, :3].copy(), S),
        "transposed",
        grad=lambda g, x, w: (
            (g * (1 - np.tanh(x @ w.T) ** 2)) @ w.T,
            (g * (1 - np.tanh(x @ w.T) ** 2)).T @ x,
        ),
    ),
    Wrong(
        "inverse",
        lambda a: np.linalg.inv(a),
        np.array([[2.0, 0.3], [-0.7, 1.5]]),
        "transposed",
        grad=lambda g, a: (-np.linalg.inv(a).T @ g @ np.linalg.inv(a).T).T,
    ),
]

# -- broadcasting and accumulation ----------------------------------------------------------------

SUMS = [
    Wrong(
        "bias without the sum over the batch",
        op(np.add, lambda g, out, x, b: g, lambda g, out, x, b: g),
        (X, V),
        "missing un-broadcast",
    ),
    Wrong(
        "bias with one sample for the batch",
        op(np.add, lambda g, out, x, b: g, lambda g, out, x, b: g[0]),
        (X, V),
        "missing un-broadcast",
    ),
    Wrong(
        "a column against a matrix",
        lambda x, c: x * c,
        (X, P[:, :1].copy()),
        "missing un-broadcast",
        grad=lambda g, x, c: (g * c, g * x),
    ),
    Wrong(
        "a number against a matrix, last one counted",
        lambda x, c: x * c,
        (X, 1.5),
        "missing un-broadcast",
        grad=lambda g, x, c: (g * c, (g * x)[-1, -1]),
    ),
    Wrong(
        "fits until it is broadcast",
        op(np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x),
        (X, P),
        "missing un-broadcast",
        also="broadcast",
    ),
    Wrong(
        "an index that comes twice",
        lambda x: x[[0, 0, 1]],
        V,
        "missing accumulation",
        grad=lambda g, x: _assigned(g, x),
    ),
    Wrong(
        "x @ x.T with one of its two uses",
        op(lambda x: x @ x.T, lambda g, out, x: g @ x),
        X,
        "missing accumulation",
    ),
    Wrong("cumsum", op(np.cumsum, lambda g, out, x: g), V, "missing accumulation"),
    Wrong(
        "convolution, one tap",
        lambda x: x[:-1] + 2 * x[1:],
        V,
        "missing accumulation",
        grad=lambda g, x: np.concatenate([g, [2 * g[-1]]]),
    ),
    Wrong(
        "the same tensor twice",
        lambda x, y: KeepsOne.apply(x, y) if x is y else x * y,
        (V, V + 1),
        "missing accumulation",
        also="same tensor twice",
    ),
]


def _assigned(g: Any, x: Any) -> Any:
    result = np.zeros_like(x)
    result[[0, 0, 1]] = g
    return result


class KeepsOne(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * ctx.saved_tensors[1], None


# -- places ---------------------------------------------------------------------------------------

PLACES = [
    Wrong(
        "diff, first element forgotten",
        lambda x: np.diff(x),
        V,
        "off by an index or slice",
        grad=lambda g, x: np.concatenate([[0.0], -np.diff(g), [g[-1]]]),
    ),
    Wrong("flip", op(np.flip, lambda g, out, x: g), V, "off by an index or slice"),
    Wrong(
        "roll the wrong way",
        op(lambda x: np.roll(x, 1), lambda g, out, x: np.roll(g, 1)),
        normal(6, 6),
        "off by an index or slice",
    ),
    Wrong(
        "slice that begins one too late",
        lambda x: x[1:4],
        normal(7, 6),
        "off by an index or slice",
        grad=lambda g, x: np.concatenate([[0.0, 0.0], g, [0.0]]),
    ),
    Wrong(
        "concatenate, the parts exchanged",
        op(
            lambda x, y: np.concatenate([x, y]),
            lambda g, out, x, y: g[4:],
            lambda g, out, x, y: g[:4],
        ),
        (V, V + 1),
        "off by an index or slice",
    ),
    Wrong(
        "sort, with the order for its inverse",
        op(np.sort, lambda g, out, x: g[np.argsort(x)]),
        np.array([0.3, 2.0, -1.0, 1.1]),
        "off by an index or slice",
    ),
    Wrong(
        "last row without a gradient",
        op(np.sin, lambda g, out, x: g * np.cos(x) * np.array([[1.0], [1.0], [0.0]])),
        X,
        "off by an index or slice",
    ),
    Wrong(
        "reshape in the other order",
        op(lambda x: x.reshape(6), lambda g, out, x: g.reshape(3, 2).T),
        normal(8, 2, 3),
        "off by an index or slice",
    ),
]

WRONG_NUMBERS = [*SIGN, *FACTOR, *TRANSPOSED, *SUMS, *PLACES]
