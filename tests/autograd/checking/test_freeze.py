"""Anything that can be called can be checked: what it holds is looked for with care."""

import functools
import operator
from typing import Any

import numpy as np
import pytest

from autograd import check, gradcheck, primitive

from ...compiled import require_numba

V = np.linspace(0.1, 1.0, 5)
# A global generator, as programs have it; each test has one of its own.
random_numbers: Any = None


@pytest.fixture(autouse=True)
def _generator(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    monkeypatch.setitem(globals(), "random_numbers", rng)


class Square:
    def __call__(self, x: Any) -> Any:
        return x * x

    def method(self, x: Any) -> Any:
        return np.exp(x)


class Compiled:
    """It shows the code of a function, as Numba's do, and is none."""

    __code__ = Square.method.__code__

    def __call__(self, x: Any) -> Any:
        return x * x


def noisy(x: Any) -> Any:
    return x * random_numbers.random(x.shape)


@functools.wraps(noisy)
def wrapped(*args: Any) -> Any:
    return noisy(*args)


def test_functions_of_numba_are_checked() -> None:
    require_numba()
    import numba

    bump = numba.njit(lambda x: np.sin(x) * x)
    bump_back = numba.njit(lambda g, x: g * (np.cos(x) * x + np.sin(x)))
    wrong = numba.njit(lambda g, x: g * np.cos(x) * x)
    assert gradcheck(bump, [V], grad=bump_back)
    assert check(bump, [V], grad=wrong).verdict == "fail"
    op = primitive(bump, lambda g, out, x: bump_back(g, x), once_differentiable=True)
    assert gradcheck(op, [V])


@pytest.mark.parametrize(
    "f",
    [
        functools.partial(np.multiply, 2.0),
        functools.partial(Square().method),
        operator.neg,
        abs,
        Square(),
        Square().method,
        Compiled(),
    ],
)
def test_whatever_can_be_called(f: Any) -> None:
    assert gradcheck(f, [V], order=2)


def test_what_a_wrapped_function_draws_is_held_still() -> None:
    assert gradcheck(noisy, [V])
    assert gradcheck(wrapped, [V])
