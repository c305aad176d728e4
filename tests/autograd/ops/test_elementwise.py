"""The elementwise functions: every one against NumPy and differences, and their kinks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.ops import sin_ratio
from autograd.testing import Call, broadcastable, call

from .opcase import Battery, OpCase, elementwise, seeds


@st.composite
def apart(draw: st.DrawFn, count: int) -> Call:
    """Broadcastable arrays whose elements keep a distance from each other, from 0 and from 1."""
    args = []
    for i, shape in enumerate(draw(broadcastable(count))):
        rng = np.random.default_rng(draw(seeds))
        steps = rng.integers(-4, 4, shape) * 0.8 + 0.2 + 0.8 / count * i
        args.append(np.asarray(steps + rng.uniform(-0.05, 0.05, shape))[()])
    return call(*args)


@st.composite
def conditional(draw: st.DrawFn) -> Call:
    condition, x, y = draw(broadcastable(3))
    rng = np.random.default_rng(draw(seeds))
    return call(rng.random(condition) < 0.5, rng.normal(size=x), rng.normal(size=y))


@st.composite
def scaled(draw: st.DrawFn) -> Call:
    x, n = draw(broadcastable(2))
    rng = np.random.default_rng(draw(seeds))
    return call(np.asarray(rng.normal(size=x))[()], rng.integers(-3, 4, n))


ANY = (-2.0, 2.0)
POSITIVE = (0.3, 2.0)
NEGATIVE = (-2.0, -0.3)
UNIT = (-0.8, 0.8)
FRACTION = (0.1, 0.4)


def fix(x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy 2.5
        return np.fix(x)


CASES = [
    OpCase(np.positive, elementwise(ANY)),
    OpCase(np.negative, elementwise(ANY)),
    OpCase(np.add, elementwise(ANY, ANY)),
    OpCase(np.subtract, elementwise(ANY, ANY)),
    OpCase(np.multiply, elementwise(ANY, ANY)),
    OpCase(np.divide, elementwise(ANY, POSITIVE)),
    OpCase(np.reciprocal, elementwise(NEGATIVE)),
    OpCase(np.square, elementwise(ANY)),
    OpCase(np.sqrt, elementwise(POSITIVE)),
    OpCase(np.cbrt, elementwise(NEGATIVE)),
    OpCase(np.power, elementwise(POSITIVE, ANY)),
    OpCase(np.power, elementwise(ANY), lambda x: np.power(x, 3), "cube"),
    OpCase(np.power, elementwise(ANY), lambda x: np.power(2.0, x), "base"),
    OpCase(np.float_power, elementwise(POSITIVE, ANY)),
    OpCase(np.floor_divide, elementwise((0.3, 0.7), (1.2, 1.8))),
    OpCase(np.remainder, elementwise((1.2, 1.8), (-1.1, -0.95))),
    OpCase(np.fmod, elementwise((-1.8, -1.2), (0.95, 1.1))),
    OpCase(np.divmod, elementwise((1.2, 1.8), (-1.1, -0.95))),
    OpCase(np.modf, elementwise((-1.8, -1.2))),
    OpCase(np.exp, elementwise(ANY)),
    OpCase(np.exp2, elementwise(ANY)),
    OpCase(np.expm1, elementwise(ANY)),
    OpCase(np.log, elementwise(POSITIVE)),
    OpCase(np.log2, elementwise(POSITIVE)),
    OpCase(np.log10, elementwise(POSITIVE)),
    OpCase(np.log1p, elementwise((-0.6, 2.0))),
    OpCase(np.logaddexp, elementwise(ANY, ANY)),
    OpCase(np.logaddexp2, elementwise(ANY, ANY)),
    OpCase(np.sin, elementwise(ANY)),
    OpCase(np.cos, elementwise(ANY)),
    OpCase(np.tan, elementwise((-1.0, 1.0))),
    OpCase(np.arcsin, elementwise(UNIT)),
    OpCase(np.arccos, elementwise(UNIT)),
    OpCase(np.arctan, elementwise(ANY)),
    OpCase(np.sinh, elementwise(ANY)),
    OpCase(np.cosh, elementwise(ANY)),
    OpCase(np.tanh, elementwise(ANY)),
    OpCase(np.arcsinh, elementwise(ANY)),
    OpCase(np.arccosh, elementwise((1.3, 3.0))),
    OpCase(np.arctanh, elementwise(UNIT)),
    OpCase(np.arctan2, elementwise(ANY, POSITIVE)),
    OpCase(np.hypot, elementwise(ANY, POSITIVE)),
    OpCase(np.degrees, elementwise(ANY)),
    OpCase(np.radians, elementwise(ANY)),
    OpCase(np.rad2deg, elementwise(ANY)),
    OpCase(np.deg2rad, elementwise(ANY)),
    OpCase(np.sinc, elementwise((-0.2, 0.2)), name="near-0"),
    OpCase(np.sinc, elementwise((-3.0, 3.0))),
    OpCase(sin_ratio, elementwise((-6.0, 6.0), order=st.integers(0, 3))),
    OpCase(np.absolute, apart(1)),
    OpCase(np.fabs, apart(1)),
    OpCase(np.sign, apart(1)),
    OpCase(np.floor, elementwise(FRACTION)),
    OpCase(np.ceil, elementwise(FRACTION)),
    OpCase(np.trunc, elementwise(FRACTION)),
    OpCase(np.rint, elementwise(FRACTION)),
    OpCase(np.round, elementwise(FRACTION)),
    OpCase(np.round, elementwise((0.11, 0.14), decimals=st.just(1)), name="decimals"),
    OpCase(np.around, elementwise(FRACTION)),
    OpCase(np.fix, elementwise(FRACTION), fix),
    OpCase(np.heaviside, elementwise(NEGATIVE, ANY), order=1),
    OpCase(np.copysign, apart(2)),
    OpCase(np.maximum, apart(2)),
    OpCase(np.minimum, apart(2)),
    OpCase(np.fmax, apart(2)),
    OpCase(np.fmin, apart(2)),
    OpCase(np.nan_to_num, elementwise(ANY)),
    OpCase(np.where, conditional()),
    OpCase(np.clip, apart(3)),
    OpCase(np.clip, apart(1), lambda x: np.clip(x, -1, 0.6), "numbers"),
    OpCase(np.clip, apart(2), lambda x, low: np.clip(x, low, None), "low"),
    OpCase(np.clip, apart(2), lambda x, high: np.clip(x, None, high), "high"),
    OpCase(np.ldexp, scaled()),
    OpCase(np.conjugate, elementwise(ANY)),
    OpCase(np.real, elementwise(ANY)),
    OpCase(np.real_if_close, elementwise(ANY)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestElementwise(Battery):
    pass


def gradients(function: Any, *values: Any) -> list[Any]:
    """Gradients of sum(function) with respect to each float in `values`, as lists."""
    inputs = [Tensor(v, requires_grad=True, dtype=float) for v in values]
    found = autograd.gradients(np.sum(function(*inputs)), inputs, materialize=True)
    return [g.tolist() for g in found]


def second(function: Any, value: Any) -> Any:
    """Second derivatives of an elementwise function."""
    x = Tensor(value, requires_grad=True, dtype=float)
    (g,) = autograd.gradients(np.sum(function(x)), x, create_graph=True)
    assert g is not None
    (gg,) = autograd.gradients(np.sum(g), x, materialize=True)
    assert gg is not None
    return gg.tolist()


class TestTies:
    """Edge case 1: equal sides of an extreme get half each."""

    @pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
    def test_half_each(self, function: Any) -> None:
        x, y = gradients(function, [1.0, 2.0], [1.0, 2.0])
        assert x == y == [0.5, 0.5]

    @pytest.mark.parametrize("function", [np.fmax, np.fmin])
    def test_a_number_is_preferred_to_nan(self, function: Any) -> None:
        assert gradients(function, [np.nan, 1.0], [1.0, np.nan]) == [[0, 1], [1, 0]]


class TestKinks:
    """Edge case 2."""

    def test_the_derivative_of_abs_at_0_is_0(self) -> None:
        assert gradients(np.abs, [-1.0, 0.0, 1.0]) == [[-1, 0, 1]]
        assert gradients(np.fabs, 0.0) == [0]

    def test_on_an_edge_of_clip_the_input_passes(self) -> None:
        x, low, high = gradients(np.clip, [-1.0, 0.0, 0.5, 1.0, 2.0], 0.0, 1.0)
        assert (x, low, high) == ([0, 1, 1, 1, 0], 1, 1)

    def test_crossed_bounds_of_clip_give_the_upper_one(self) -> None:
        x, low, high = gradients(np.clip, [0.0, 1.5, 3.0], 2.0, 1.0)
        assert (x, low, high) == ([0, 0, 0], 0, 3)

    def test_clip_of_integers_stays_integer(self) -> None:
        clipped = np.clip(Tensor([1, 5, 9]), None, 6)
        assert clipped.dtype == int
        assert clipped.tolist() == [1, 5, 6]
        assert np.clip(Tensor([True, False]), True, None).tolist() == [True, True]

    def test_steps_are_flat_on_their_jumps(self) -> None:
        for function in (np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.fix):
            assert gradients(function, [0.0, 0.5, 1.0]) == [[0, 0, 0]]

    def test_heaviside_passes_its_second_argument_at_0(self) -> None:
        assert gradients(np.heaviside, [-1.0, 0.0, 1.0], 0.5) == [[0, 0, 0], 1]


class TestRoots:
    """Edge case 3: powers and roots at 0."""

    def test_the_slope_of_sqrt_at_0_is_infinite(self) -> None:
        assert gradients(np.sqrt, 0.0) == [np.inf]
        assert gradients(np.cbrt, 0.0) == [np.inf]

    def test_the_corner_of_hypot_is_flat(self) -> None:
        assert gradients(np.hypot, 0.0, 0.0) == [0, 0]

    @pytest.mark.parametrize("exponent", [0, 0.0, np.float64(0), np.zeros(())])
    def test_a_power_0_is_constant(self, exponent: Any) -> None:
        assert gradients(lambda x: x**exponent, [-1.0, 0.0, 2.0]) == [[0, 0, 0]]
        assert second(lambda x: x**exponent, [-1.0, 0.0, 2.0]) == [0, 0, 0]

    def test_0_to_a_tracked_power_0_is_constant(self) -> None:
        assert gradients(lambda x, y: x**y, 0.0, 0.0) == [0, 0]

    @pytest.mark.parametrize("exponent", [1, 1.0, np.ones(())])
    def test_a_power_1_is_the_identity(self, exponent: Any) -> None:
        assert gradients(lambda x: x**exponent, [-1.0, 0.0, 2.0]) == [[1, 1, 1]]
        assert second(lambda x: x**exponent, [-1.0, 0.0, 2.0]) == [0, 0, 0]

    @pytest.mark.parametrize("exponent", [2, 2.0, np.full((), 2.0), np.array(2)])
    def test_a_square_of_any_sign(self, exponent: Any) -> None:
        assert gradients(lambda x: x**exponent, [-3.0, 0.0, 2.0]) == [[-6, 0, 4]]
        assert second(lambda x: x**exponent, [-3.0, 0.0, 2.0]) == [2, 2, 2]

    def test_negative_exponents(self) -> None:
        assert gradients(lambda x: x**-1, [-2.0, 4.0]) == [[-0.25, -0.0625]]
        with np.errstate(divide="ignore"):
            assert gradients(lambda x: x**-1.0, 0.0) == [-np.inf]

    def test_0_to_a_power_is_flat_in_the_exponent(self) -> None:
        assert gradients(lambda y: 0.0**y, [0.0, 1.0, 2.5]) == [[0, 0, 0]]
        assert second(lambda y: 0.0**y, [0.5, 1.0, 2.5]) == [0, 0, 0]

    def test_a_negative_base_has_no_derivative_in_the_exponent(self) -> None:
        x, y = gradients(lambda x, y: x**y, [-2.0, 2.0], [2.0, 2.0])
        assert x == [-4, 4]
        assert np.isnan(y[0])
        assert y[1] == pytest.approx(4 * np.log(2))

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_powers_keep_their_dtype(self, dtype: Any) -> None:
        x = Tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
        for value in (x**2, x**0.5, 2**x, x**x):
            assert value.dtype == dtype


class TestWhere:
    def test_one_argument_gives_places(self) -> None:
        (places,) = np.where(Tensor([0.0, 2.0, 3.0], requires_grad=True))
        assert type(places) is np.ndarray
        assert places.tolist() == [1, 2]

    def test_the_condition_may_be_a_tensor(self) -> None:
        x = Tensor([-1.0, 2.0], requires_grad=True)
        np.where(x > 0, x, 0).sum().backward()
        assert x.grad is not None
        assert x.grad.tolist() == [0, 1]
        chosen = np.where(Tensor([True, False]), x, 7.0)
        assert chosen.tolist() == [-1, 7]

    def test_an_infinite_branch_gives_nan_and_the_remedy_works(self) -> None:
        """Edge case 6."""
        with np.errstate(divide="ignore"):
            (bad,) = gradients(lambda x: np.where(x > 0, np.log(x), 0.0), [0.0, 1.0])
        assert np.isnan(bad[0])
        (good,) = gradients(
            lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), 0.0), [0.0, 1.0]
        )
        assert good == [0, 1]

    def test_two_arguments_are_refused(self) -> None:
        with pytest.raises((TypeError, ValueError)):
            np.where(Tensor([True]), Tensor([1.0]))


class TestInfinities:
    def test_logaddexp_is_exact_far_out(self) -> None:
        assert gradients(np.logaddexp, 1e5, 0.0) == [1, 0]
        assert gradients(np.logaddexp2, 0.0, 1e5) == [0, 1]
        assert gradients(np.logaddexp, -np.inf, 0.0) == [0, 1]

    def test_what_nan_to_num_replaces_is_constant(self) -> None:
        assert gradients(np.nan_to_num, [np.nan, 1.0, np.inf]) == [[0, 1, 0]]

    def test_sinc_has_every_derivative_at_0(self) -> None:
        assert gradients(np.sinc, 0.0) == pytest.approx([0], abs=1e-15)
        assert second(np.sinc, 0.0) == pytest.approx(-(np.pi**2) / 3)
