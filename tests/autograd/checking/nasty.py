"""A catalogue of right gradients that are hard to check: none of them is failed.

Scales from 1e-300 to 1e300, float32, points next to kinks, poles and the edges of domains, long
sums, ill-conditioned systems, fast oscillation, layers with buffers and random numbers, functions
that raise where they are not defined, and every odd way of passing arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
import nn.functional as F
from autograd import Function, Tensor, primitive


def drawn() -> tuple[Any, ...]:
    rng = np.random.default_rng(11)
    arrays = [rng.normal(size=shape) for shape in (5, (3, 4), (4, 2))]
    return *arrays, rng.uniform(0.2, 0.8, size=(3, 4))


V, X, W, P = drawn()
TENTHS = np.array([0.1, 0.2, 0.3])
norm64 = nn.BatchNorm1d(3, affine=False).to("float64")
NEARLY_MEAN = np.random.default_rng(0).permutation(np.linspace(-2.5, 2.5, 15) + 0.03).reshape(5, 3)


@dataclass
class Nasty:
    """One function that is right."""

    id: str
    f: Any
    inputs: Any
    grad: Any = None
    order: int = 1


def op(forward: Any, *rules: Any, **options: Any) -> Any:
    return primitive(forward, *rules, name="op", **options)


# -- scales ---------------------------------------------------------------------------------------

SCALES = [
    Nasty("a slope of 1e-7", lambda x: 1e-7 * x, V, order=2),
    Nasty("1e-8 outside", lambda x: 1e-8 * np.tanh(x), V, order=2),
    Nasty("1e8 outside", lambda x: 1e8 * np.sin(x), V, order=2),
    Nasty("1e8 inside", lambda x: np.sin(1e8 * x), V * 1e-8),
    Nasty("1e-8 inside", lambda x: np.sin(1e-8 * x), V * 1e8),
    Nasty("1e-300", lambda x: 1e-300 * np.exp(x), V),
    Nasty("1e300", lambda x: 1e300 * np.tanh(x), V),
    Nasty("1e8 and 1e-8 beside each other", lambda x: x * np.array([1e8, 1.0, 1e-8]), np.ones(3)),
    Nasty("a large offset", lambda x: 3 * x + 1e6, V),
    Nasty("a staircase of 1e-8", lambda x: (1e8 + x) - 1e8, X),
    Nasty("inputs of 1e8 and 1e-8", lambda x: x**2, np.array([1e8, -1e-8, 1.0])),
    Nasty("exp of -40 and 40", np.exp, np.array([-40.0, 40.0]), order=2),
    Nasty("a power of 20", lambda x: x**20, np.array([0.1, 1.0, 3.0]), order=2),
    Nasty(
        "a sum of 1e10 and 1e-2",
        lambda x: np.sum(x * np.array([1e10, 1e-2])),
        np.array([1e-10, 1e2]),
    ),
]

# -- precision ------------------------------------------------------------------------------------


def sine32(x: Any) -> Any:
    return np.sin(x.astype(np.float32))


class Only32(Function):
    """Refuses float64."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        if x.dtype != np.float32:
            raise TypeError("expected float32")
        ctx.save_for_backward(x)
        return np.tanh(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * (1 - np.tanh(x) ** 2)


def variance(x: Any) -> Any:
    return np.mean((x - np.mean(x)) ** 2)


PRECISION = [
    Nasty("sine of float32", np.sin, V.astype(np.float32)),
    Nasty(
        "sine computed in float32",
        op(sine32, lambda g, out, x: g * np.cos(x.astype(np.float32))),
        V.astype(np.float32),
    ),
    Nasty(
        "float32 inside, float64 outside",
        lambda x: np.tanh(x.astype("float32")).astype("float64"),
        V,
    ),
    Nasty(
        "a little of it in float32", lambda x: x + (x / 10).astype("float32").astype("float64"), X
    ),
    Nasty("float32 from the first op on", lambda x: np.tanh(x.astype("float32")), V, order=2),
    Nasty("an op that takes float32 only", Only32, V.astype(np.float32)),
    Nasty("float16", np.exp, V.astype(np.float16)),
    Nasty("float32 by hand", np.cos, V.astype(np.float32), grad=lambda g, x: -g * np.sin(x)),
    Nasty("a sum of 10000", lambda x: np.sum(np.tanh(np.tile(x, 2000))), V),
    Nasty("a product of 30", lambda x: np.prod(np.tile(x, 6)), V, order=2),
    Nasty(
        "a solve of condition 1e8",
        np.linalg.solve,
        (np.array([[1.0, 1.0], [1.0, 1.0 + 1e-8]]), np.array([1.0, 2.0])),
    ),
    Nasty(
        "the inverse of a Hilbert matrix",
        np.linalg.inv,
        1.0 / (np.arange(4)[:, None] + np.arange(4) + 1),
    ),
    Nasty("a difference that cancels", lambda x: (x + 1e4) ** 2 - (x - 1e4) ** 2, V),
    Nasty("a variance whose gradient is 0 at the mean", variance, TENTHS, order=2),
    Nasty("a deviation whose gradient is 0 at the mean", np.nanstd, TENTHS, order=2),
    Nasty("nothing but rounding", lambda x: np.sum(x - np.mean(x)), X, order=2),
    Nasty("the sum of what has mean 0", lambda x: np.sum(norm64(x)), NEARLY_MEAN),
    Nasty("a determinant of 0", lambda x: np.linalg.det(x[:, :2] @ x[:2]), X[:, :3]),
    Nasty("derivatives that cancel to rounding", F.softmax, np.array([1.0, 1.0]), order=2),
    Nasty("the sum of a softmax", lambda x: np.sum(F.softmax(x)), V),
    Nasty("a constant", lambda x: np.sum(x) * 0 + 7, V, order=2),
    Nasty("no dependence at all", lambda x: Tensor(np.ones(3)), V),
    Nasty("only a part of the input", lambda x: x[1:3], V, order=2),
]

# -- kinks, poles, edges --------------------------------------------------------------------------


def probability_only(p: Any) -> Any:
    if np.any(np.asarray(getattr(p, "data", p)) < 0) or np.any(
        np.asarray(getattr(p, "data", p)) > 1
    ):
        raise ValueError("expected probabilities")
    return p * (2 - p)


EDGES = [
    Nasty("abs close to 0", np.abs, np.array([1e-3, -1e-5, 3e-6]), order=2),
    Nasty("relu at 1e-9", F.relu, np.array([1e-9, -1e-9, 1.0])),
    Nasty("maximum, close", np.maximum, (np.array([1.0, 2.0]), np.array([1.0001, 1.99999]))),
    Nasty("sort, close", lambda x: np.sort(x), np.array([1.0, 1.0001, 0.9999])),
    Nasty("clip, close to its edges", lambda x: np.clip(x, 0, 1), np.array([0.999, 1.001, 1e-4])),
    Nasty("softplus, steep", lambda x: F.softplus(1000 * x), np.array([0.0, 1e-3, -0.2])),
    Nasty("log next to its pole", np.log, np.array([1e-8, 1e-3, 5.0]), order=2),
    Nasty("1/x next to its pole", lambda x: 1 / x, np.array([1e-6, -1e-3]), order=2),
    Nasty("square root close to 0", np.sqrt, np.array([1e-10, 1e-3]), order=2),
    Nasty("tan close to its pole", np.tan, np.array([1.5707, -1.57]), order=2),
    Nasty("arcsin close to 1", np.arcsin, np.array([0.99999, -0.999]), order=2),
    Nasty("arccosh close to 1", np.arccosh, np.array([1.00001]), order=2),
    Nasty("refuses what is outside", probability_only, np.array([1e-5, 0.5, 1 - 1e-6])),
    Nasty("at the edge of what it takes", probability_only, np.array([0.0, 1.0, 0.5])),
    Nasty(
        "binary cross-entropy of probabilities close to 0",
        F.binary_cross_entropy,
        (np.array([1e-4, 0.5, 0.9999]), np.array([0.25, 0.5, 0.75])),
    ),
    Nasty("cube at 0", lambda x: x**3, np.zeros(2), order=2),
    Nasty("x|x| at 0", lambda x: x * np.abs(x), np.zeros(2)),
    Nasty("sine of 1000 x", lambda x: np.sin(1000 * x), V, order=2),
    Nasty("sine of 1e7 x", lambda x: np.sin(1e7 * x), X),
    Nasty("sine of 1e8 x", lambda x: np.sin(1e8 * x), X),
    Nasty("sine of 1e10 x", lambda x: np.sin(1e10 * x), X),
    Nasty("sine of 1e11 x", lambda x: x + 1e-3 * np.sin(1e11 * x), np.array([0.3, 0.7])),
    Nasty("a narrow peak", lambda x: np.exp(-((x / 1e-4) ** 2)), np.array([1e-5, 2e-4])),
    Nasty("floor between integers", np.floor, np.array([0.5, 1.7])),
    Nasty("jumps of 1 on the way, at 1e4", lambda x: x + np.floor(x), 1e4 * X),
    Nasty("digits after the point, at 1e4", lambda x: x - np.floor(x), 1e4 * X),
]

# -- layers, random numbers -----------------------------------------------------------------------

norm = nn.BatchNorm1d(4)
dropout = nn.Dropout(0.5)
own_generator = nn.Dropout(0.5, rng=3)


def noisy(generator: np.random.Generator) -> Any:
    return lambda x: x * generator.random(x.shape)


net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Dropout(0.3), nn.Linear(3, 2))

LAYERS = [
    Nasty("batch normalization in training", norm, X, order=2),
    Nasty("batch normalization, a result close to 0", norm64, NEARLY_MEAN),
    Nasty("batch normalization, closed over", lambda x: norm(x), X),
    Nasty("dropout", dropout, X, order=2),
    Nasty("dropout with a generator of its own", own_generator, X),
    Nasty("dropout, closed over", lambda x: own_generator(x) + dropout(x), X),
    Nasty("a generator, closed over", noisy(np.random.default_rng(5)), X),
    Nasty("NumPy's global generator", lambda x: x * np.random.rand(4), X),
    Nasty("a network of all these, in float32", net, X),
    Nasty("the method of a layer", net.forward, X),
]

# -- arguments ------------------------------------------------------------------------------------


class Pair(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * 2, x**2

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * g + 2 * h * x


read_only = X.copy()
read_only.flags.writeable = False

ARGUMENTS = [
    Nasty("0-d", lambda x: x**2, 3.0, order=2),
    Nasty("one element", np.exp, np.ones((1, 1, 1)), order=2),
    Nasty("read-only", np.tanh, read_only),
    Nasty("Fortran order", lambda x: np.sum(x, axis=0), np.asfortranarray(X)),
    Nasty("negative strides", lambda x: x @ W, X[::-1, ::-1]),
    Nasty("nested", lambda p: p["w"] * p["b"][0], {"w": X, "b": [2.0]}, order=2),
    Nasty("other arguments", lambda x, how, n: x**n if how == "power" else x, (X, "power", 3)),
    Nasty("several outputs", lambda x: (np.sin(x), [np.cos(x)], np.argmax(x)), X, order=2),
    Nasty("a Function of two outputs", Pair, X, order=2),
    Nasty("broadcast", lambda x, y, z: x * y + z, (np.ones((3, 1)), np.ones(4), 2.0), order=2),
    Nasty("the same array twice", lambda x, y: x @ y.T, (X, X)),
    Nasty("a view of the input", lambda x: x.reshape(-1), X),
    Nasty("the input itself", lambda x: x, X),
    Nasty("empty beside full", lambda x, y: np.sum(x) + np.sum(y), (np.ones(0), np.ones(2))),
    Nasty("repeated indices", lambda x: x[[0, 0, 2]], V, order=2),
    Nasty("writes into its own copy", lambda x: _doubled(x), V),
]


def _doubled(x: Any) -> Any:
    y = x.copy()
    y *= 2
    return y


# -- gradients from elsewhere ---------------------------------------------------------------------

FOREIGN = [
    Nasty("a vjp", lambda x: np.sin(x), X, grad=lambda g, x: g * np.cos(x)),
    Nasty("a gradient of a scalar", lambda x: np.sum(x**2), X, grad=lambda x: 2 * x),
    Nasty(
        "two inputs",
        lambda x, w: x @ w,
        (X, W),
        grad=lambda g, x, w: (g @ w.T, x.T @ g),
    ),
    Nasty("two outputs", lambda x: (x, x**2), X, grad=lambda g, x: g[0] + 2 * x * g[1]),
    Nasty("hands g on", lambda x, y: x + y, (V, V), grad=lambda g, x, y: (g, g)),
    Nasty(
        "None where nothing flows", lambda x, y: x + 0 * y, (V, V), grad=lambda g, x, y: (g, None)
    ),
    Nasty(
        "with an integer argument",
        lambda x, n: x**n,
        (P, 3),
        grad=lambda g, x, n: (g * n * x ** (n - 1), None),
    ),
]

NASTY = [*SCALES, *PRECISION, *EDGES, *LAYERS, *ARGUMENTS, *FOREIGN]
