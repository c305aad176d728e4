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

# -- structure ------------------------------------------------------------------------------------

D5 = normal(9, 3, 5)
KEYS, TABLE = normal(10, 2, 4, 5)
ROWS = np.array([0, 2, 0, 1, 2, 0])


def softmax(s: Any) -> Any:
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_back(g: Any, q: Any) -> Any:
    """With respect to the queries, without the 1/√d of the scores."""
    p = softmax(q @ KEYS.T / np.sqrt(5))
    dp = g @ TABLE.T
    return p * (dp - np.sum(dp * p, axis=-1, keepdims=True)) @ KEYS


def normalized(x: Any) -> Any:
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def layer_norm_back(g: Any, x: Any, mean: bool, variance: bool) -> Any:
    z, s = normalized(x), np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    h = g - mean * g.mean(axis=-1, keepdims=True)
    return (h - variance * z * (g * z).mean(axis=-1, keepdims=True)) / s


def rms_back(g: Any, x: Any) -> Any:
    r = np.sqrt(np.mean(x**2, axis=-1, keepdims=True))
    return g / r - x * np.sum(g * x, axis=-1, keepdims=True) / r**3


def scatter_mean(x: Any) -> Any:
    sums = np.zeros((3, 2))
    np.add.at(sums, ROWS, x)
    return sums / np.bincount(ROWS)[:, None]


def cholesky_back(g: Any, out: Any, a: Any) -> Any:
    inner, inverse = out.T @ g, np.linalg.inv(out)
    half = inverse.T @ inner @ inverse / 2
    return (half + half.T) / 2


def logsumexp(x: Any) -> Any:
    return np.log(np.sum(np.exp(x), axis=-1))


STRUCTURE = [
    Wrong(
        "attention without its 1/√d",
        lambda q: softmax(q @ KEYS.T / np.sqrt(5)) @ TABLE,
        D5,
        "scale factor",
        "2.23607: √n, n = 5, the length of axis 1",
        grad=attention_back,
    ),
    Wrong(
        "softmax, the diagonal alone",
        softmax,
        D5,
        "missing accumulation",
        "only the diagonal",
        grad=lambda g, x: g * softmax(x) * (1 - softmax(x)),
    ),
    Wrong(
        "softmax without its second term",
        softmax,
        D5,
        "one term lost or wrong",
        "through the sum of the exponentials is lost",
        grad=lambda g, x: g * softmax(x),
    ),
    Wrong(
        "layer normalization without the term of the variance",
        normalized,
        D5,
        "one term lost or wrong",
        "through the variance",
        grad=lambda g, x: layer_norm_back(g, x, True, False),
    ),
    Wrong(
        "layer normalization without the term of the mean",
        normalized,
        D5,
        "one term lost or wrong",
        "through the mean",
        grad=lambda g, x: layer_norm_back(g, x, False, True),
    ),
    Wrong(
        "centred, without the gradient of the mean",
        op(
            lambda x: x - x.mean(axis=-1, keepdims=True),
            lambda g, out, x: g,
        ),
        D5,
        "one term lost or wrong",
        "through the mean or the sum is lost",
    ),
    Wrong(
        "RMS normalization with a sum for its mean",
        lambda x: x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True)),
        D5,
        "one term lost or wrong",
        "through the sum of squares or the norm is 5 times what it should be, n = 5",
        grad=rms_back,
    ),
    Wrong(
        "RMS normalization without the norm",
        lambda x: x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True)),
        D5,
        "one term lost or wrong",
        "through the sum of squares or the norm is lost",
        grad=lambda g, x: g / np.sqrt(np.mean(x**2, axis=-1, keepdims=True)),
    ),
    Wrong(
        "cumulative sum, not reversed",
        op(np.cumsum, lambda g, out, x: np.cumsum(g)),
        V,
        "runs the wrong way",
        "along axis 0",
    ),
    Wrong(
        "cumulative sum along an axis, not reversed",
        lambda x: np.cumsum(x, axis=1),
        X,
        "runs the wrong way",
        "along axis 1",
        grad=lambda g, x: np.cumsum(g, axis=1),
    ),
    Wrong(
        "cumulative logarithm of a sum, not reversed",
        lambda x: np.log(np.cumsum(np.exp(x))),
        V,
        "runs the wrong way",
        grad=lambda g, x: np.exp(x) * np.cumsum(g / np.cumsum(np.exp(x))),
    ),
    Wrong(
        "mean of groups without their counts",
        op(scatter_mean, lambda g, out, x: g[ROWS]),
        normal(11, 6, 2),
        "a factor that varies",
        "counts for each element of the output, 1, 2, 3",
    ),
    Wrong(
        "logarithm of a sum of exponentials, not normalised",
        op(logsumexp, lambda g, out, x: g[..., None] * np.exp(x)),
        X,
        "a factor that varies",
        "exp(out)",
    ),
    Wrong(
        "rows divided by a number of their own, not in the rule",
        lambda x: x @ np.ones((4, 3)) / np.array([[1.3], [2.1], [0.4]]),
        X,
        "a factor that varies",
        "another one for each element of the output",
        grad=lambda g, x: g @ np.ones((3, 4)),
    ),
    Wrong(
        "3x for 3x²",
        op(lambda x: x**3, lambda g, out, x: 3 * g * x),
        V,
        "a factor that varies",
        "one factor of x is lost",
    ),
    Wrong(
        "3x³ for 3x²",
        op(lambda x: x**3, lambda g, out, x: 3 * g * x**3),
        V,
        "a factor that varies",
        "one factor of x too many",
    ),
    Wrong(
        "g x for g out",
        op(np.exp, lambda g, out, x: g * x),
        V,
        "a factor that varies",
        "x stands where the result belongs",
    ),
    Wrong(
        "relu with the mask inverted",
        op(lambda x: np.maximum(x, 0), lambda g, out, x: g * (x < 0)),
        X,
        "inverted mask",
    ),
    Wrong(
        "relu without its mask",
        op(lambda x: np.maximum(x, 0), lambda g, out, x: g),
        X,
        "missing mask",
        "elements of the output are constant",
    ),
    Wrong(
        "Cholesky factor, the full matrix for its lower triangle",
        op(np.linalg.cholesky, cholesky_back, symmetric=(0,)),
        S @ S.T + 3 * np.eye(3),
        "missing mask",
        "in the upper triangle",
    ),
    Wrong(
        "clip with the mask inverted",
        op(
            lambda x: np.clip(x, -0.5, 0.5),
            lambda g, out, x: g * ((x < -0.5) | (x > 0.5)),
        ),
        X,
        "inverted mask",
    ),
    Wrong(
        "product, the rules exchanged",
        op(np.multiply, lambda g, out, x, y: g * x, lambda g, out, x, y: g * y),
        (X, P),
        "rules exchanged",
        "gradient of input",
    ),
    Wrong(
        "a square matrix product, the rules exchanged",
        op(np.matmul, lambda g, out, x, w: x.T @ g, lambda g, out, x, w: g @ w.T),
        (S, S.T + 1),
        "rules exchanged",
        "gradient of input",
    ),
]

WRONG_NUMBERS = [*SIGN, *FACTOR, *TRANSPOSED, *SUMS, *PLACES, *STRUCTURE]
