"""A catalogue of how gradients go wrong, second half: wrong conduct, and no derivative at all."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import nn
from autograd import Function, Tensor
from autograd.kernel import Kernel

from .wrong import P, V, Wrong, X, op

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
        "clipped g",
        op(np.exp, lambda g, out, x: np.clip(g, -1, 1) * out),
        V,
        "depends on g nonlinearly",
    ),
    Wrong(
        "a constant added",
        op(np.exp, lambda g, out, x: g * out + 1e-3),
        V,
        "depends on g nonlinearly",
    ),
    Wrong("g ignored", op(np.exp, lambda g, out, x: out), V, "ignores g"),
    Wrong(
        "g ignored by hand",
        lambda x: np.tanh(x),
        V,
        "ignores g",
        grad=lambda g, x: 1 - np.tanh(x) ** 2,
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


class WritesInput(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        x -= np.mean(x)
        return x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g - np.mean(g)


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


class LatestArray(Function):
    """The same, with the very array, which the caller may change."""

    x: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        LatestArray.x = x
        return np.sin(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * np.cos(LatestArray.x)


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
        "input overwritten by backward",
        lambda x: np.exp(x),
        V,
        "writes into inputs",
        grad=_scales_input,
    ),
    Wrong(
        "input overwritten by forward",
        _centred,
        V,
        "writes into inputs",
        grad=lambda g, x: 2 * g * x,
    ),
    Wrong("input overwritten by a Function", WritesInput, V, "writes into inputs"),
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
    Wrong("kept on the class", LatestArray, X, "stateful"),
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
    Wrong("None by hand", lambda x: x**2, V, "returned None", grad=lambda g, x: None),
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
        "not a number",
        op(np.exp, lambda g, out, x: g * np.log(-out)),
        V,
        "wrong value",
        "not finite",
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


def data(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def with_kernel() -> Any:
    """The sine, whose rule nobody looks at before a second derivative is asked for."""
    sine = op(np.sin, lambda g, out, x: -g * np.cos(x))
    sine.kernel = Kernel(
        lambda x: (np.sin(x), np.cos(x)), lambda needs, g, own, out, kept, x: (g * kept,)
    )
    return sine


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
    Wrong(
        "another rule for tensors",
        op(np.exp, lambda g, out, x: (2 if isinstance(g, Tensor) else 1) * g * out),
        V,
        "differs when recorded",
        order=2,
    ),
    Wrong("a kernel beside another rule", with_kernel(), V, "differs when recorded", order=2),
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
        "floor at an integer",
        np.floor,
        np.array([0.5, 1.0]),
        "discontinuous",
        index=(1,),
        verdict="cannot tell",
    ),
    Wrong(
        "log of a negative number",
        np.log,
        np.array([-1.0]),
        "outside the domain",
        verdict="cannot tell",
    ),
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

WRONG_CONDUCT = [*G, *CONDUCT, *RETURNS, *MODULES, *SECOND, *KINKS, *UNDECIDED]
