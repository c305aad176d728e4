"""Interpolation, convolution, differences, integrals, polynomials: the table, and closed forms."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.testing import arrays, call
from tests.autograd.ops.opcase import (
    FILLED_SHAPES,
    SHAPES,
    SHAPES_1D_UP,
    Battery,
    OpCase,
    array,
    seeds,
    sides,
)


@st.composite
def interpolations(draw, periodic=False):
    """Points that no difference quotient carries over a knot."""
    n = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(seeds))
    xp = np.arange(n) + rng.uniform(-0.1, 0.1, n)
    fp = array(draw(seeds), (n,))
    shape = draw(SHAPES)
    x = rng.integers(-1, n + 1, shape) + rng.uniform(0.2, 0.8, shape)
    params = {}
    if periodic:
        x = (rng.integers(-7, 7, shape) + rng.uniform(0.2, 0.8, shape)) % 6.5 + 6.5
        x = np.where(np.abs(x % 1 - 0.5) < 0.3, x, np.floor(x) + 0.5)
        return call(np.asarray(x), rng.permutation(xp) + 0.2, fp, period=6.5)
    for name in ("left", "right"):
        if draw(st.booleans()):
            params[name] = draw(st.floats(-1, 1))
    return call(np.asarray(x), xp, fp, **params)


@st.composite
def two_vectors(draw):
    """Two vectors, either of them the longer, and a mode."""
    m, n = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    mode = draw(st.sampled_from([None, "full", "same", "valid"]))
    args = (array(draw(seeds), (m,)), array(draw(seeds), (n,)))
    return call(*args, **({} if mode is None else {"mode": mode}))


@st.composite
def differences(draw):
    """Along any axis, any number of times, with arrays, scalars or nothing at the ends."""
    shape = draw(SHAPES_1D_UP)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    params = {"axis": axis, "n": draw(st.integers(0, 3))}
    args = [array(draw(seeds), shape)]
    for _ in ("prepend", "append"):
        end = draw(st.sampled_from([None, "scalar", "array"]))
        if end is None:
            args.append(None)
        elif end == "scalar":
            args.append(np.float64(draw(st.floats(-1, 1))))
        else:
            long = list(shape)
            long[axis] = draw(sides)
            args.append(array(draw(seeds), tuple(long)))
    return call(*args, **params)


@st.composite
def jumps(draw):
    """Angles, none of them half a period from the one before it."""
    shape = draw(SHAPES_1D_UP)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    period = draw(st.sampled_from([2 * math.pi, 1.0]))
    whole = np.random.default_rng(draw(seeds)).integers(-3, 3, shape)
    return call(array(draw(seeds), shape, -0.2, 0.2) + period * whole, axis=axis, period=period)


def diff_with_ends(a, prepend, append, **params):
    ends = {"prepend": prepend, "append": append}
    return np.diff(a, **{k: v for k, v in ends.items() if v is not None}, **params)


def ediff1d_with_ends(a, begin, end):
    return np.ediff1d(a, to_begin=begin, to_end=end)


@st.composite
def sampled_functions(draw):
    """A grid of samples; steps, one for all, one per axis, or positions."""
    ndim = draw(st.integers(1, 2))
    edge_order = draw(st.sampled_from([1, 2]))
    shape = tuple(draw(st.integers(edge_order + 1, 5)) for _ in range(ndim))
    kind = draw(st.sampled_from(["none", "one", "each"]))
    params = {"edge_order": edge_order}
    axes = list(range(ndim))
    if draw(st.booleans()):
        axis = draw(st.integers(-ndim, ndim - 1))
        axes = [axis]
        params["axis"] = draw(st.sampled_from([axis, (axis,)]))
    spacings = []
    if kind == "one":
        spacings = [np.float64(draw(st.floats(0.5, 2)))]
    elif kind == "each":
        for a in axes:
            positions = np.cumsum(array(draw(seeds), (shape[a],), 0.5, 1.5))
            step = np.float64(draw(st.floats(0.5, 2)))
            spacings.append(draw(st.sampled_from([positions, step])))
    return call(array(draw(seeds), shape), *spacings, **params)


@st.composite
def integrals(draw):
    """Steps of one length, or positions: one vector, or as many as samples."""
    shape = draw(SHAPES_1D_UP)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    args = [array(draw(seeds), shape)]
    kind = draw(st.sampled_from(["dx", "vector", "array", "nothing"]))
    params = {"axis": axis}
    if kind == "dx":
        params["dx"] = draw(st.floats(0.1, 2))
    elif kind == "vector":
        args.append(array(draw(seeds), (shape[axis],)))
    elif kind == "array":
        args.append(array(draw(seeds), shape))
    return call(*args, **params)


@st.composite
def coefficients(draw, m):
    return call(array(draw(seeds), (draw(sides),)), m=draw(m))


@st.composite
def integrands(draw):
    m = draw(st.integers(0, 3))
    p = array(draw(seeds), (draw(sides),))
    k = draw(st.sampled_from([None, array(1, (m,)), np.float64(0.5)])) if m else None
    return call(p, k, m=m)


def polyint_with_constants(p, k, m):
    if isinstance(k, np.floating):
        k = float(k)
    return np.polyint(p, m, k)


# NumPy takes, and refuses, some shapes that its documentation does not speak of: the slope of a
# number, steps with more axes than the samples, polynomials with several axes or none.
UNMEANT = ("shapes",)

CASES = [
    OpCase(np.interp, interpolations()),
    OpCase(np.interp, interpolations(periodic=True), name="periodic"),
    OpCase(np.convolve, two_vectors()),
    OpCase(np.correlate, two_vectors()),
    OpCase(np.diff, differences(), call=diff_with_ends),
    OpCase(np.diff, st.tuples(arrays(SHAPES_1D_UP)), name="default"),
    OpCase(np.ediff1d, st.tuples(arrays())),
    OpCase(
        np.ediff1d,
        st.tuples(*[arrays(FILLED_SHAPES)] * 3),
        call=ediff1d_with_ends,
        name="ends",
    ),
    OpCase(np.gradient, sampled_functions(), without=UNMEANT),
    OpCase(np.trapezoid, integrals(), without=UNMEANT),
    OpCase(
        np.vander,
        st.builds(
            call,
            arrays(st.tuples(sides)),
            N=st.one_of(st.none(), st.integers(0, 4)),
            increasing=st.booleans(),
        ),
    ),
    OpCase(np.unwrap, jumps()),
    OpCase(np.polyder, coefficients(st.integers(0, 3)), without=UNMEANT),
    OpCase(np.polyint, integrands(), call=polyint_with_constants, without=UNMEANT),
    OpCase(np.polyval, st.tuples(arrays(st.tuples(sides)), arrays()), without=UNMEANT),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestSignal(Battery):
    pass


def gradient(function, a):
    x = Tensor(a, requires_grad=True)
    return autograd.gradients(function(x), x)[0].data


# -- interpolation -------------------------------------------------------------------------------


def test_at_a_knot_interp_has_the_slope_on_its_right_and_at_the_last_one_that_on_its_left():
    xp, fp = [0.0, 1.0, 3.0], [0.0, 2.0, 3.0]
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0])
    g = gradient(lambda x: np.sum(np.interp(x, xp, fp)), x)
    np.testing.assert_allclose(g, [0, 2, 2, 0.5, 0.5, 0.5, 0])


def test_outside_the_knots_the_ends_get_the_gradient_unless_left_and_right_are_given():
    x = np.array([-1.0, 5.0, 6.0])
    fp = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    np.sum(np.interp(x, [0.0, 1.0, 2.0], fp)).backward()
    assert fp.grad.tolist() == [1, 0, 2]
    left = Tensor(7.0, requires_grad=True)
    value = np.interp(x, [0.0, 1.0, 2.0], fp, left=left)
    assert value.tolist() == [7, 3, 3]
    np.sum(value).backward()
    assert left.grad.item() == 1


def test_interp_at_infinity_is_the_end_without_nan():
    x = Tensor([-math.inf, math.inf], requires_grad=True)
    fp = Tensor([1.0, 2.0], requires_grad=True)
    value = np.interp(x, [0.0, 1.0], fp)
    assert value.tolist() == [1, 2]
    np.sum(value).backward()
    assert x.grad.tolist() == [0, 0]
    assert fp.grad.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("xp", "fp", "params", "message"),
    [
        ([0.0, 1.0], [1.0], {}, r"shapes \(2,\) and \(1,\)"),
        ([], [], {}, "common length"),
        ([0.0], [1.0], {"period": 0}, "period"),
    ],
)
def test_interp_says_what_is_wrong_with_the_knots(xp, fp, params, message):
    with pytest.raises(ValueError, match=message):
        np.interp(Tensor(0.5), xp, fp, **params)


# -- convolution and differences -----------------------------------------------------------------


@pytest.mark.parametrize("function", [np.convolve, np.correlate])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_every_mode_is_numpys_whichever_vector_is_longer_even_or_odd(function, mode):
    for m, n in itertools.product(range(1, 6), repeat=2):
        a, v = array(m, (m,)), array(10 + n, (n,))
        np.testing.assert_allclose(function(Tensor(a), v, mode).data, function(a, v, mode))


def test_convolution_with_a_number_scales():
    v = Tensor([1.0, 2.0], requires_grad=True)
    assert np.convolve(v, 3.0).tolist() == [3, 6]


@pytest.mark.parametrize("function", [np.convolve, np.correlate])
def test_an_unknown_mode_or_an_empty_vector_raises(function):
    with pytest.raises(ValueError, match="'full', 'same' or 'valid'"):
        function(Tensor([1.0]), [1.0], mode="wide")
    with pytest.raises(ValueError, match="empty"):
        function(Tensor([1.0], requires_grad=True), [])


def test_diff_is_transposed_to_the_difference_of_the_gradient():
    g = np.array([1.0, 2.0, 4.0])
    got = gradient(lambda x: np.sum(g * np.diff(x)), np.zeros(4))
    np.testing.assert_allclose(got, -np.diff(g, prepend=0, append=0))


def test_diff_raises_as_numpy_does():
    with pytest.raises(ValueError, match="n >= 0"):
        np.diff(Tensor([1.0]), n=-1)
    with pytest.raises(ValueError, match="0-d"):
        np.diff(Tensor(1.0))


def test_gradient_is_exact_on_parabolas_of_uneven_samples():
    positions = Tensor([0.0, 1.0, 1.5, 4.0], requires_grad=True)
    slopes = np.gradient(positions**2, positions, edge_order=2)
    np.testing.assert_allclose(slopes.data, [0, 2, 3, 8], atol=1e-12)
    # Exact at every choice of positions: its derivative is that of 2x.
    np.sum(slopes).backward()
    np.testing.assert_allclose(positions.grad.data, [2, 2, 2, 2], atol=1e-12)


def test_gradient_of_several_axes_is_a_tuple():
    slopes = np.gradient(Tensor(array(0, (3, 3)), requires_grad=True))
    assert isinstance(slopes, tuple)
    assert [type(s) for s in slopes] == [Tensor, Tensor]


@pytest.mark.parametrize(
    ("shape", "spacing", "params", "error", "message"),
    [
        ((3,), [], {"edge_order": 3}, ValueError, "edge_order 1 or 2"),
        ((1,), [], {}, ValueError, "at least 2 samples"),
        ((2,), [], {"edge_order": 2}, ValueError, "at least 3 samples"),
        ((3,), [np.ones(2)], {}, ValueError, "3 positions"),
        ((3, 3), [1.0, 1.0, 1.0], {}, TypeError, "spacing per axis"),
    ],
)
def test_gradient_says_what_is_wrong(shape, spacing, params, error, message):
    with pytest.raises(error, match=message):
        np.gradient(Tensor(np.ones(shape)), *spacing, **params)


@pytest.mark.parametrize("function", [np.diff, np.gradient, np.trapezoid])
def test_an_axis_that_is_not_there_raises(function):
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        function(Tensor(np.ones((3, 3))), axis=2)


# -- integrals and polynomials -------------------------------------------------------------------


def test_the_trapezoidal_rule_gives_half_weight_to_the_ends():
    got = gradient(lambda y: np.trapezoid(y, dx=0.5), np.zeros(4))
    np.testing.assert_allclose(got, [0.25, 0.5, 0.5, 0.25])
    x = Tensor([0.0, 1.0, 3.0], requires_grad=True)
    np.trapezoid([1.0, 1.0, 1.0], x).backward()
    assert x.grad.tolist() == [-1, 0, 1]


def test_all_derivatives_of_a_polynomial():
    p = [2.0, -3.0, 0.0, 5.0]
    x = Tensor(1.5, requires_grad=True)
    value = np.polyval(p, x)
    for m in range(1, 5):
        (value,) = autograd.gradients(value, x, create_graph=True, materialize=True)
        assert value.item() == pytest.approx(np.polyval(np.polyder(p, m), 1.5))
        if not value.requires_grad:
            break


def test_polyder_undoes_polyint():
    p = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert np.polyder(np.polyint(p, 2, [4.0, 5.0]), 2).tolist() == [1, 2, 3]


def test_polyint_takes_more_constants_than_it_needs():
    p, k = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0, 5.0], requires_grad=True)
    result = np.polyint(p, 2, k)
    assert result.tolist() == np.polyint([1.0, 2.0], 2, [3.0, 4.0, 5.0]).tolist()
    assert autograd.gradients(np.sum(result), k)[0].tolist() == [1, 1, 0]


def test_vander_expects_a_vector():
    with pytest.raises(ValueError, match="expects a vector"):
        np.vander(Tensor(np.ones((2, 2))))


@pytest.mark.parametrize(
    ("p", "x"), [((3, 3), (2, 3)), ((2, 1), ()), ((0, 2), (2,)), ((1, 2), (3, 1))]
)
def test_the_coefficients_of_a_polynomial_may_be_rows(p, x):
    numbers = np.random.default_rng(0)
    p = Tensor(numbers.normal(size=p), requires_grad=True)
    x = Tensor(numbers.normal(size=x), requires_grad=True)
    np.testing.assert_allclose(np.polyval(p, x).data, np.polyval(p.data, x.data))
    if p.size:
        assert autograd.check(np.polyval, (p.data, x.data))


@pytest.mark.parametrize("axis", [0, -1])
def test_the_samples_of_an_integral_may_have_more_axes_than_its_values(axis):
    y, x = Tensor([1.0, 2.0], requires_grad=True), np.arange(4.0).reshape(2, 2) ** 2
    assert np.trapezoid(y, x, axis=axis).tolist() == np.trapezoid(y.data, x, axis=axis).tolist()


def test_a_number_has_no_axis_to_integrate_along():
    with pytest.raises(IndexError):
        np.trapezoid(Tensor(1.0))
