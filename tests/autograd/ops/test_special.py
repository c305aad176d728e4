"""The modified Bessel function, and floats by their bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.ops import i0_derivative

from .opcase import Battery, OpCase, elementwise


def exponents_and_all(x: Any) -> Any:
    """The mantissa alone: the exponent is an array of integers."""
    return np.frexp(x)[0]


CASES = [
    OpCase(np.i0, elementwise((-4.0, 4.0))),
    OpCase(np.i0, elementwise((7.0, 30.0)), name="large"),
    OpCase(i0_derivative, elementwise((-4.0, 4.0), order=st.integers(0, 3))),
    OpCase(np.angle, elementwise((0.5, 2.0), deg=st.booleans())),
    OpCase(np.angle, elementwise((-2.0, -0.5), deg=st.booleans()), name="negative"),
    OpCase(np.spacing, elementwise((1.1, 1.9))),
    OpCase(np.nextafter, elementwise((-2.0, 2.0), (3.0, 4.0))),
    OpCase(np.frexp, elementwise((0.55, 0.95)), exponents_and_all),
    OpCase(np.frexp, elementwise((-7.9, -4.1)), exponents_and_all, name="negative"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestSpecial(Battery):
    pass


# Abramowitz, Stegun, "Handbook of Mathematical Functions", table 9.8.
@pytest.mark.parametrize(("x", "i1"), [(1e-8, 5e-9), (0.5, 0.2578943053908963), (3.0, 3.95337022)])
def test_the_derivative_of_i0_is_i1_exact_also_near_0(x: float, i1: float) -> None:
    assert autograd.grad(np.i0)(x) == pytest.approx(i1, rel=1e-8)
    assert autograd.grad(np.i0)(-x) == pytest.approx(-i1, rel=1e-8)


@pytest.mark.filterwarnings("error")
def test_i0_until_it_overflows() -> None:
    x = np.linspace(-700, 700, 501)
    np.testing.assert_allclose(i0_derivative(x, order=0), np.i0(x), rtol=1e-12)
    assert i0_derivative(np.array([800.0, -800.0]), order=1).tolist() == [np.inf, -np.inf]


def test_frexp_takes_a_tensor_apart_and_ldexp_puts_it_together() -> None:
    x = Tensor([0.0, 3.0, -0.3], requires_grad=True)
    mantissa, exponent = np.frexp(x)
    assert type(exponent) is np.ndarray
    assert exponent.tolist() == np.frexp(x.data)[1].tolist()
    np.ldexp(mantissa, exponent).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1, 1]


def test_the_angle_of_a_real_number_is_flat() -> None:
    x = Tensor([-1.0, 0.0, 2.0], requires_grad=True)
    angle = np.angle(x)
    assert angle.tolist() == [np.pi, 0, 0]
    angle.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0, 0]
