from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Function, check, primitive
from autograd.checking.glance import DIRECTIONS, glance
from autograd.checking.row import Row
from autograd.checking.tensors import TensorProblem

X = np.random.default_rng(4).normal(size=30)


def seen(f: Any, *inputs: Any, seed: int = 0) -> bool:
    """Whether a glance says that all is right."""
    return glance(TensorProblem(f, inputs), 1e-6, seed) is not None


def count(f: Any, *inputs: Any) -> int:
    report = check(f, inputs, speed="fast")
    assert report.verdict == "pass"
    return report.evaluations


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.tanh(x)),
        lambda x: np.sin(x) * x[::-1],
        lambda x: (x.reshape(5, 6) @ x.reshape(6, 5)).sum(axis=0),
        lambda x: 1e-8 * np.sum(x**2),
        lambda x: 1e8 * np.exp(x),
    ],
)
def test_what_is_right_is_seen_to_be_from_three_points(f: Any) -> None:
    assert seen(f, X)
    assert count(f, X) == DIRECTIONS  # what is recorded does not count


def test_a_function_that_does_not_take_arrays_is_called_with_tensors() -> None:
    assert seen(lambda x: x.tanh().sum(), X)


@given(st.integers(0, 2**32), st.integers(0, 29))
def test_a_tie_is_never_taken_for_a_slope(seed: int, index: int) -> None:
    """At a kink any rule is right on one side; the three points are never all on that side."""
    y = X.copy()
    y[index] = 0.0
    for one_sided in (lambda g, out, x: g * (x > 0), lambda g, out, x: g * (x >= 0)):
        relu = primitive(lambda x: x * (x > 0), one_sided, name="relu")
        assert not seen(lambda x, relu=relu: np.sum(relu(x)), y, seed=seed)
        assert seen(lambda x, relu=relu: np.sum(relu(x)), X, seed=seed)
    assert not seen(lambda x: np.max(x[:2]), np.array([1.0, 1.0, *X]), seed=seed)


@given(st.integers(0, 2**32), st.integers(0, 29), st.sampled_from([-1.0, 0.0, 0.999, 1.0001, 2.0]))
def test_one_wrong_entry_is_seen(seed: int, index: int, factor: float) -> None:
    weight = np.where(np.arange(X.size) == index, factor, 1.0)
    wrong = primitive(lambda x: x**2 + x, lambda g, out, x: g * (2 * x + 1) * weight, name="wrong")
    assert not seen(wrong, X + np.sign(X), seed=seed)


class Stale(Function):
    """Reads in its backward pass what the latest forward pass wrote."""

    latest: Any = None

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        Stale.latest = x
        return np.sin(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * np.cos(Stale.latest)


REUSED = np.empty(X.size)


@pytest.mark.parametrize(
    "f",
    [
        Stale.apply,
        primitive(np.sin, lambda g, out, x: g * np.cos(x) * (1 + 1e-9 * g), name="nonlinear"),
        primitive(np.sin, lambda g, out, x: np.multiply(g, np.cos(x), out=REUSED), name="reused"),
        primitive(np.sin, lambda g, out, x: np.multiply(g, np.cos(x), out=x), name="writes"),
        primitive(np.sin, lambda g, out, x: (g * np.cos(x)).astype(np.float32), name="short"),
        lambda x: x * (1 + 1e-3 * np.random.random()),
        lambda x: np.sqrt(x),
        lambda x: x[:0],
    ],
)
def test_what_is_not_as_it_should_be_needs_a_closer_look(f: Any) -> None:
    assert not seen(f, X.copy())


def test_inputs_of_different_importance_are_looked_at_apart() -> None:
    assert not seen(lambda x, y: np.sum(x) * 1e6 + np.sum(y), X, X)
    assert Row(TensorProblem(np.add, (X, X))).groups(np.r_[X * 1e6, X]) == [[0], [1]]
    assert Row(TensorProblem(np.add, (X, X))).groups(np.r_[X, 2 * X]) == [[1, 0]]
