"""A catalogue of how gradients go wrong: each entry is caught, and named.

An entry is a callable that is wrong, what it is called with, and the diagnosis that is expected.
`grad` marks a pair of NumPy functions; `also` says that the mistake shows only in that variation.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import nn
from autograd import Function, Tensor, primitive

rng = np.random.default_rng(7)
V = rng.normal(size=4)
X = rng.normal(size=(3, 4))
S = rng.normal(size=(3, 3))
W = rng.normal(size=(4, 2))
P = rng.uniform(0.5, 2.0, size=(3, 4))


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
    slow: bool = True  # whether the fast check is to find it too
    options: dict[str, Any] = field(default_factory=dict)


def op(forward: Any, *rules: Any, **options: Any) -> Any:
    return primitive(forward, *rules, name="op", **options)


def data(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


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
        "square without its 2", op(lambda x: x**2, lambda g, out, x: g * x), V, "scale factor", "0.5"
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
            lambda g, out, x: g * (1 - out**2) * np.where(np.arange(12).reshape(3, 4) == 6, 1.01, 1),
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
        rng.normal(size=6),
        "off by an index or slice",
    ),
    Wrong(
        "slice that begins one too late",
        lambda x: x[1:4],
        rng.normal(size=6),
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
        rng.normal(size=(2, 3)),
        "off by an index or slice",
    ),
]

# -- g --------------------------------------------------------------------------------------------


def _doubles(g: Any, out: Any, x: Any) -> Any:
    g *= 2
    return g


def _writes(g: Any, *others: Any) -> Any:
    result = g * 3
    g[...] = 0
    return result


G = [
    Wrong(
        "g twice", op(lambda x: 3 * x, lambda g, out, x: 3 * g * g), V, "depends on g nonlinearly"
    ),
    Wrong(
        "g twice, scalar",
        lambda x: np.sum(x**3),
        V,
        "depends on g nonlinearly",
        grad=lambda g, x: 3 * g * g * x**2,
    ),
    Wrong("abs(g)", op(np.exp, lambda g, out, x: abs(g) * out), V, "depends on g nonlinearly"),
    Wrong(
        "clipped g", op(np.exp, lambda g, out, x: np.clip(g, -1, 1) * out), V, "depends on g nonlinearly"
    ),
    Wrong("a constant added", op(np.exp, lambda g, out, x: g * out + 1e-3), V, "depends on g nonlinearly"),
    Wrong("g ignored", op(np.exp, lambda g, out, x: out), V, "ignores g"),
    Wrong(
        "g ignored by hand", lambda x: np.tanh(x), V, "ignores g", grad=lambda g, x: 1 - np.tanh(x) ** 2
    ),
    Wrong("g overwritten", op(lambda x: 2 * x, _doubles), V, "writes into g"),
    Wrong("g overwritten by hand", lambda x: 3 * x, V, "writes into g", grad=_writes),
]

# -- arguments and state --------------------------------------------------------------------------


def _scales_input(g: Any, x: Any) -> Any:
    result = g * np.exp(x)
    x *= 0.5
    return result


def _centred(x: Any) -> Any:
    x -= x.mean()
    return x**2


class WritesSaved(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return np.exp(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        np.exp(x, out=x)
        return g * x


class Latest(Function):
    """Keeps what backward needs where the next call overwrites it."""

    x: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        Latest.x = np.array(x)
        return np.sin(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * np.cos(Latest.x)


_total = np.zeros(4)


def _adds_up(g: Any, x: Any) -> Any:
    _total[...] += g * np.exp(x)
    return _total.copy()


_kept = np.zeros(4)


def _same_array(g: Any, x: Any) -> Any:
    return np.multiply(g, np.exp(x), out=_kept)


_count = itertools.count(1)

CONDUCT = [
    Wrong(
        "input overwritten by backward", lambda x: np.exp(x), V, "writes into inputs", grad=_scales_input
    ),
    Wrong(
        "input overwritten by forward",
        _centred,
        V,
        "writes into inputs",
        grad=lambda g, x: 2 * g * x,
    ),
    Wrong("what was saved is overwritten", WritesSaved, V, "writes into inputs"),
    Wrong(
        "noise in backward",
        op(np.exp, lambda g, out, x: g * out * np.random.default_rng().uniform(0.9, 1.1)),
        V,
        "nondeterministic",
    ),
    Wrong(
        "noise in forward",
        lambda x: x * np.random.default_rng().uniform(0.9, 1.1),
        V,
        "nondeterministic",
        verdict="cannot tell",
    ),
    Wrong("a count of calls", lambda x: x * next(_count), V, "stateful", verdict="cannot tell"),
    Wrong("saved on the class", Latest, V, "stateful"),
    Wrong("gradients added up", lambda x: np.exp(x), V, "stateful", grad=_adds_up),
    Wrong("one array for every answer", lambda x: np.exp(x), V, "stateful", grad=_same_array),
]

# -- what comes back ------------------------------------------------------------------------------


class Forgets(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        _, y = ctx.saved_tensors
        return g * y, None


RETURNS = [
    Wrong("None for an input that counts", Forgets, (V, V + 1), "returned None"),
    Wrong(
        "None by hand", lambda x: x**2, V, "returned None", grad=lambda g, x: None
    ),
    Wrong(
        "a sum for a vector",
        op(np.exp, lambda g, out, x: np.sum(g * out)),
        V,
        "wrong shape or dtype",
    ),
    Wrong(
        "a column for a vector",
        lambda x: x**2,
        V,
        "wrong shape or dtype",
        grad=lambda g, x: (2 * g * x)[:2],
    ),
    Wrong(
        "complex",
        lambda x: x**2,
        V,
        "wrong shape or dtype",
        grad=lambda g, x: 2 * g * x * (1 + 0j),
    ),
    Wrong(
        "rounded to integers",
        lambda x: x**2,
        V,
        "wrong shape or dtype",
        grad=lambda g, x: (2 * g * x).astype(int),
    ),
    Wrong(
        "half precision on the way",
        op(np.exp, lambda g, out, x: g * np.exp(np.asarray(x).astype(np.float16)).astype(float)),
        V,
        "precision",
    ),
    Wrong(
        "single precision",
        op(np.exp, lambda g, out, x: (g * out).astype(np.float32)),
        V,
        "precision",
        "float32",
    ),
    Wrong(
        "a series that ends too early",
        op(np.sin, lambda g, out, x: g * (1 - x**2 / 2 + x**4 / 24 - x**6 / 720)),
        P / 2 + 0.3,
        "precision",
    ),
    Wrong("raises", op(np.exp, lambda g, out, x: g * out[9]), V, "raised"),
    Wrong(
        "another function",
        op(np.tanh, lambda g, out, x: g * (1 - out)),
        V,
        "wrong value",
    ),
    Wrong(
        "not a number", op(np.exp, lambda g, out, x: g * np.log(-out)), V, "wrong value", "not finite"
    ),
]

# -- layers ---------------------------------------------------------------------------------------


class Scaled(nn.Module):
    """A parameter whose rule is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(np.array([1.0, 2.0, 3.0, 4.0]))
        self.times = op(
            np.multiply, lambda g, out, x, w: g * w, lambda g, out, x, w: 2 * np.sum(g * x, axis=0)
        )

    def forward(self, x: Any) -> Any:
        return self.times(x, self.weight)


class Detaching(nn.Module):
    """A parameter that the record never sees."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return x @ self.inner.weight.data.T + self.inner.bias


MODULES = [
    Wrong("a parameter", Scaled(), X, "scale factor", "2"),
    Wrong("a parameter without a record", Detaching(), X, "returned None"),
]

# -- second derivatives ---------------------------------------------------------------------------

SECOND = [
    Wrong(
        "detached cube",
        op(lambda x: x**3, lambda g, out, x: g * 3 * data(x) ** 2),
        V,
        "detached at second order",
        order=2,
    ),
    Wrong(
        "half detached",
        op(lambda x: x**3, lambda g, out, x: g * 3 * x * data(x)),
        V,
        "detached at second order",
        order=2,
    ),
    Wrong(
        "g detached",
        op(np.exp, lambda g, out, x: data(g) * out),
        V,
        "detached at second order",
        order=2,
    ),
]

# -- no derivative at all -------------------------------------------------------------------------

relu = op(lambda x: np.maximum(x, 0), lambda g, out, x: g * (x > 0))
clip = op(lambda x: np.clip(x, 0, 1), lambda g, out, x: g * ((x > 0) & (x < 1)))

KINKS = [
    Wrong(id, f, np.array(x), "kink", index=index, verdict="non-differentiable")
    for id, f, x, index in [
        ("abs at 0", np.abs, [1.0, 0.0, -2.0], (1,)),
        ("relu at 0", relu, [1.0, -1.0, 0.0], (2,)),
        ("clip at its edge", clip, [0.5, 1.0], (1,)),
        ("max at a tie", lambda x: np.max(x), [2.0, 1.0, 2.0], (0,)),
        ("sort at a tie", lambda x: np.sort(x), [3.0, 1.0, 1.0], (1,)),
        ("norm at 0", lambda x: np.linalg.norm(x), [0.0, 0.0], (0,)),
        ("max at a tie, nearly", lambda x: np.max(x), [2.0, 1.0, 2.0 + 1e-10], (0,)),
    ]
]

# -- not to be told -------------------------------------------------------------------------------

UNDECIDED = [
    Wrong(
        "floor at an integer", np.floor, np.array([0.5, 1.0]), "discontinuous", index=(1,), verdict="cannot tell"
    ),
    Wrong("log of a negative number", np.log, np.array([-1.0]), "outside the domain", verdict="cannot tell"),
    Wrong(
        "hidden noise",
        op(lambda x: x + 1e-3 * np.sin(1e18 * x), lambda g, out, x: g),
        np.array([0.3, 0.7]),
        "too noisy",
        verdict="cannot tell",
    ),
    Wrong("empty", np.sin, np.ones((0, 3)), "empty", verdict="nothing checked"),
    Wrong("integers", lambda n: Tensor(1.0) * n, 3, "empty", verdict="nothing checked"),
    Wrong("no output", lambda x: x[:0], V, "empty", verdict="nothing checked"),
]

WRONG = [
    *SIGN,
    *FACTOR,
    *TRANSPOSED,
    *SUMS,
    *PLACES,
    *G,
    *CONDUCT,
    *RETURNS,
    *MODULES,
    *SECOND,
    *KINKS,
    *UNDECIDED,
]
