"""np.linalg's inverses, equations, determinants, powers and norms: the table, and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import autograd
from autograd import Tensor
from autograd.testing import axes, broadcastable, call, shapes
from tests.autograd.ops.opcase import Battery, OpCase, array, seeds, sides
from tests.autograd.ops.test_decompositions import (
    batches,
    filled_batches,
    gradient,
    spread,
    with_singular_values,
)

short_batches = shapes(0, 2, 0, 3)


def regular(seed, *shape):
    """Square matrices far from singular, with rows exchanged and signs changed."""
    n = shape[-1]
    rng = np.random.default_rng(seed)
    a = array(seed, shape, -1, 1) + (n + 1) * np.eye(n)
    return a[..., rng.permutation(n), :] * rng.choice([-1, 1], n)


def away_from_zero(seed, shape, low=0.3, high=2.0):
    """Elements of both signs, their absolute values apart from 0 and from each other."""
    sign = np.random.default_rng(seed).choice([-1, 1], shape)
    return np.asarray(sign * array(seed, shape, low, high))


@st.composite
def square(draw, **params):
    n = draw(sides)
    a = regular(draw(seeds), *draw(batches), n, n)
    return call(a, **{name: draw(strategy) for name, strategy in params.items()})


@st.composite
def equations(draw):
    """One vector, or stacks of matrices that broadcast."""
    n, m = draw(sides), draw(sides)
    left, right = draw(broadcastable(2, short_batches))
    shape = (n,) if draw(st.booleans()) else (*right, n, m)
    return call(regular(draw(seeds), *left, n, n), array(draw(seeds), shape))


@st.composite
def low_rank(draw):
    """Factors of square matrices of rank n - 1 or less, whose product is singular, and zeros."""
    # Evenly: `integers` would be 0 and 1 most of the time.
    n = draw(st.sampled_from(range(1, 5)))
    rank = draw(st.sampled_from(range(n)))
    batch = draw(filled_batches)
    x = array(draw(seeds), (*batch, n, rank), -1, 1)
    return call(x, array(draw(seeds), (*batch, rank, n), -1, 1), np.zeros((*batch, n, n)))


@st.composite
def full_rank_product(draw):
    """Factors of a matrix of lower rank whose inner singular values are well away from 0."""
    m, n = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    rank = draw(st.integers(1, min(m, n) - 1))
    x = with_singular_values(draw(seeds), (), m, rank, [1, 1.5, 2])
    return call(x, with_singular_values(draw(seeds), (), rank, n, [2, 1, 1.5]))


@st.composite
def least_squares(draw):
    """Tall, square and wide systems; one right-hand side or several."""
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    a = with_singular_values(draw(seeds), (), m, n, [1, 1.6, 2.2, 2.8])
    b = array(draw(seeds), draw(st.sampled_from([(m,), (m, 1), (m, 3)])))
    return call(a, b)


@st.composite
def vector_norms(draw, several=False):
    shape = draw(shapes(1, 3, 1))
    axis = draw(axes(len(shape), none=several, several=several))
    if axis == ():
        axis = None
    params = {"axis": axis, "keepdims": draw(st.booleans())}
    params["ord"] = draw(st.sampled_from([2, 1, 0, 3, 2.5, -1, -2.5, 0.5, math.inf, -math.inf]))
    if not several and draw(st.booleans()):
        del params["ord"]
    return call(away_from_zero(draw(seeds), shape), **params)


@st.composite
def matrix_norms(draw, named_axis=True):
    """Matrices along two axes, whose rows and columns have sums well apart."""
    a = with_singular_values(
        draw(seeds), (), *draw(st.tuples(*[st.integers(1, 4)] * 2)), [3, 2, 1, 4]
    )
    sign = np.where(a < 0, -1, 1)
    ord = draw(st.sampled_from([None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf]))
    if ord in (1, -1, math.inf, -math.inf):
        rows, columns = (1.7 ** np.arange(n) for n in a.shape)
        a = sign * (1 + 0.1 * np.abs(a)) * np.outer(rows, columns)
    params = {"keepdims": draw(st.booleans())}
    if ord is not None or named_axis:
        params["ord"] = "fro" if ord is None and not named_axis else ord
    if named_axis and draw(st.booleans()):
        order = draw(st.permutations(range(3)))
        a = np.transpose(np.stack([a, 2 * a]), order)
        axis = (order.index(1), order.index(2))
        params["axis"] = axis if draw(st.booleans()) else (axis[0] - 3, axis[1])
    elif not named_axis and draw(st.booleans()):
        a = np.stack([a, 2 * a])
    return call(a.copy(), **params)


@st.composite
def any_norm(draw):
    """No ord and no axis: all elements."""
    shape = draw(shapes(0, 3))
    return call(away_from_zero(draw(seeds), shape), keepdims=draw(st.booleans()))


@st.composite
def tensor_inverses(draw):
    shape, ind = draw(
        st.sampled_from([((2, 3, 6), 2), ((4, 2, 2), 1), ((2, 2, 2, 2), 2), ((6, 3, 2), 1)])
    )
    n = math.prod(shape[:ind])
    return call(regular(draw(seeds), n, n).reshape(shape), ind=ind)


@st.composite
def tensor_equations(draw):
    a = regular(draw(seeds), 6, 6)
    if draw(st.booleans()):
        return call(a.reshape(2, 3, 6), array(draw(seeds), (2, 3)))
    # axes=(0,) moves the axis of length 6 behind the others again.
    return call(np.moveaxis(a.reshape(2, 3, 6), 2, 0), array(draw(seeds), (2, 3)), axes=(0,))


def determinant_around_product(x, y, zeros):
    """Its derivative by the zeros is what matters: to the factors it is 0 all around."""
    return np.linalg.det(x @ y + zeros)


# Since NumPy 2.3 the largest of no numbers is 0 in a norm; it was an error, and here it still is.
EMPTY = ("shapes",)

CASES = [
    OpCase(np.linalg.inv, square()),
    OpCase(np.linalg.solve, equations()),
    OpCase(np.linalg.pinv, spread()),
    OpCase(
        np.linalg.pinv,
        full_rank_product(),
        call=lambda x, y: np.linalg.pinv(x @ y, rcond=1e-4),
        name="low-rank",
    ),
    OpCase(np.linalg.lstsq, least_squares()),
    OpCase(
        np.linalg.lstsq,
        full_rank_product(),
        call=lambda x, y: np.linalg.lstsq(x @ y, np.ones((len(x), 2), x.dtype), rcond=1e-4)[:2],
        name="low-rank",
    ),
    OpCase(np.linalg.tensorinv, tensor_inverses()),
    OpCase(np.linalg.tensorsolve, tensor_equations()),
    OpCase(
        np.linalg.matrix_power,
        square().flatmap(lambda drawn: st.tuples(st.just(drawn.args[0] / 4), st.integers(-3, 5))),
    ),
    OpCase(np.linalg.det, square()),
    OpCase(np.linalg.det, low_rank(), call=determinant_around_product, name="singular"),
    OpCase(np.linalg.slogdet, square()),
    OpCase(np.linalg.norm, vector_norms(), name="vector"),
    OpCase(np.linalg.norm, matrix_norms(), name="matrix", without=EMPTY),
    OpCase(np.linalg.norm, any_norm(), name="all"),
    OpCase(np.linalg.vector_norm, vector_norms(several=True), without=EMPTY),
    OpCase(np.linalg.matrix_norm, matrix_norms(named_axis=False), without=EMPTY),
    OpCase(
        np.linalg.cond,
        spread(square=True, p=st.sampled_from([None, 2, -2, "fro"])).filter(
            lambda drawn: drawn.args[0].size
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestLinalg(Battery):
    pass


# -- inverses and equations ----------------------------------------------------------------------


def test_solve_agrees_with_the_inverse():
    a, b, g = regular(0, 4, 4), array(1, (4, 2)), array(2, (4, 2))
    grads = []
    for solution in (np.linalg.solve, lambda a, b: np.linalg.inv(a) @ b):
        x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
        solution(x, y).backward(g)
        grads.append((x.grad.data, y.grad.data))
    for got, want in zip(*grads, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_solve_with_a_list_for_the_right_hand_side():
    a = Tensor(2 * np.eye(2), requires_grad=True)
    assert np.linalg.solve(a, [2.0, 4.0]).tolist() == [1, 2]


def test_solve_of_a_singular_matrix_raises_and_names_the_op():
    with pytest.raises(np.linalg.LinAlgError, match="Singular") as error:
        np.linalg.solve(Tensor(np.ones((2, 2)), requires_grad=True), np.ones(2))
    assert any("solve" in note for note in error.value.__notes__)


def test_pinv_of_a_regular_matrix_is_its_inverse_derivative_included():
    a, g = regular(0, 3, 3), array(1, (3, 3))
    np.testing.assert_allclose(
        gradient(lambda x: np.sum(g * np.linalg.pinv(x)), a),
        gradient(lambda x: np.sum(g * np.linalg.inv(x)), a),
        atol=1e-12,
    )


def test_lstsq_is_the_solution_of_the_normal_equations():
    a, b, g = array(0, (5, 3)), array(1, (5,)), array(2, (3,))
    x = Tensor(a, requires_grad=True)
    solution, residuals, rank, s = np.linalg.lstsq(x, b)
    assert rank == 3
    assert residuals.shape == (1,)
    np.testing.assert_allclose(s.data, np.linalg.svdvals(a))
    (got,) = autograd.gradients(np.sum(g * solution), x)
    want = gradient(lambda x: np.sum(g * np.linalg.solve(x.mT @ x, x.mT @ b)), a)
    np.testing.assert_allclose(got.data, want, atol=1e-10)
    # At the minimum the derivative of |r|² = |A x − b|² is that of A alone: 2 r xᵀ.
    (got,) = autograd.gradients(residuals, x)
    r = a @ solution.data - b
    np.testing.assert_allclose(got.data, 2 * np.outer(r, solution.data), atol=1e-10)


def test_lstsq_with_respect_to_the_right_hand_side_alone_is_the_pseudo_inverse_transposed():
    a, g = array(0, (5, 3)), array(2, (3,))
    b = Tensor(array(1, (5,)), requires_grad=True)
    np.sum(g * np.linalg.lstsq(a, b)[0]).backward()
    np.testing.assert_allclose(b.grad.data, np.linalg.pinv(a).T @ g, atol=1e-12)


@pytest.mark.parametrize("rcond", [None, -1, 0.5])
def test_lstsq_counts_the_rank_as_numpy_does(rcond):
    a = np.diag([1.0, 0.4, 1e-16])
    want = np.linalg.lstsq(a, np.ones(3), rcond)
    have = np.linalg.lstsq(Tensor(a), np.ones(3), rcond)
    assert have.rank == want[2]
    assert have.residuals.shape == want[1].shape
    np.testing.assert_allclose(have.x.data, want[0])


def test_powers_of_a_matrix():
    a = regular(0, 3, 3) / 3
    x = Tensor(a, requires_grad=True)
    assert np.linalg.matrix_power(x, 0).tolist() == np.eye(3).tolist()
    first = np.linalg.matrix_power(x, 1)
    assert first is not x
    np.testing.assert_allclose(
        gradient(lambda x: np.trace(np.linalg.matrix_power(x, 5)), a),
        5 * np.linalg.matrix_power(a, 4).T,
    )
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        np.linalg.matrix_power(Tensor(np.ones((2, 3))), 2)
    with pytest.raises(TypeError, match="integer"):
        np.linalg.matrix_power(x, 0.5)


def test_tensorinv_expects_a_positive_number_of_axes():
    with pytest.raises(ValueError, match="ind > 0"):
        np.linalg.tensorinv(Tensor(np.eye(2)), ind=0)


def test_matrix_rank_is_a_plain_number():
    rank = np.linalg.matrix_rank(Tensor(np.ones((2, 2)), requires_grad=True))
    assert not isinstance(rank, Tensor)
    assert rank == 1


# -- determinants --------------------------------------------------------------------------------


def test_jacobi_d_det_is_det_times_the_trace_of_inverse_times_d_a():
    a, da = regular(0, 4, 4), array(1, (4, 4))
    g = gradient(np.linalg.det, a)
    want = np.linalg.det(a) * np.trace(np.linalg.inv(a) @ da)
    np.testing.assert_allclose(np.sum(g * da), want, rtol=1e-12)


@pytest.mark.parametrize(
    ("a", "cofactors"),
    [
        ([[1, 2], [2, 4]], [[4, -2], [-2, 1]]),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]),
        ([[1, 1], [1, 1]], [[1, -1], [-1, 1]]),
        ([[0, 0], [0, 0]], [[0, 0], [0, 0]]),
        ([[1, 0, 0], [0, 0, 0], [0, 0, 0]], np.zeros((3, 3))),
        ([[0]], [[1]]),
        (np.diag([2, 2, 0]), np.diag([0, 0, 4])),
    ],
)
def test_det_of_a_singular_matrix_has_its_cofactors_for_gradient(a, cofactors):
    np.testing.assert_allclose(gradient(np.linalg.det, np.array(a, float)), cofactors, atol=1e-12)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_second_derivative_of_det_is_made_of_minors_for_every_rank(rank):
    a = np.diag([1.0] * rank + [0.0] * (3 - rank))
    x = Tensor(a, requires_grad=True)
    (first,) = autograd.gradients(np.linalg.det(x), x, create_graph=True)
    (second,) = autograd.gradients(first[0, 0], x, create_graph=True)
    # The cofactor of the first element is x11 x22 − x12 x21.
    want = np.zeros((3, 3))
    want[1:, 1:] = [[a[2, 2], -a[2, 1]], [-a[1, 2], a[1, 1]]]
    np.testing.assert_allclose(second.data, want, atol=1e-12)


def test_the_third_derivative_of_det_is_exact_for_a_regular_matrix():
    x = Tensor(np.eye(3), requires_grad=True)
    (first,) = autograd.gradients(np.linalg.det(x), x, create_graph=True)
    (second,) = autograd.gradients(first[0, 0], x, create_graph=True)
    (third,) = autograd.gradients(second[1, 1], x)
    np.testing.assert_allclose(third.data, np.diag([0, 0, 1]), atol=1e-12)


def test_one_singular_matrix_does_not_spoil_the_stack():
    a = np.stack([np.diag([1.0, 2.0]), np.ones((2, 2))])
    want = [np.diag([2, 1]), [[1, -1], [-1, 1]]]
    np.testing.assert_allclose(gradient(lambda x: np.sum(np.linalg.det(x)), a), want, atol=1e-12)


def test_slogdet_is_the_logarithm_of_det():
    a = -np.diag([1.0, 2.0, 3.0])
    x = Tensor(a, requires_grad=True)
    result = np.linalg.slogdet(x)
    assert result.sign.item() == -1
    assert result.logabsdet.item() == pytest.approx(math.log(6))
    (g,) = autograd.gradients(result.logabsdet, x)
    np.testing.assert_allclose(g.data, np.linalg.inv(a).T)
    (g,) = autograd.gradients(result.sign, x)
    np.testing.assert_array_equal(g.data, np.zeros((3, 3)))


def test_det_of_nan_has_nan_for_gradient():
    with np.errstate(invalid="ignore"):
        assert np.all(np.isnan(gradient(np.linalg.det, np.full((2, 2), np.nan))))


def test_the_condition_of_a_singular_matrix_is_infinite():
    assert np.linalg.cond(Tensor(np.diag([1.0, 0.0]))).item() == math.inf


# -- norms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ord", [None, 0, 0.5, 1, 1.5, 2, 3, math.inf, -math.inf])
def test_the_gradient_of_the_norm_of_zero_is_zero(ord):
    g = gradient(lambda x: np.linalg.norm(x, ord), np.zeros(3))
    np.testing.assert_array_equal(g, np.zeros(3))


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, 2, math.inf])
def test_the_gradient_of_a_matrix_norm_of_zero_is_finite(ord):
    g = gradient(lambda x: np.linalg.norm(x, ord), np.zeros((2, 3)))
    assert np.all(np.isfinite(g))


@pytest.mark.parametrize("ord", [0.5, 1, 1.5, 3])
def test_a_zero_among_others_gets_zero(ord):
    g = gradient(lambda x: np.linalg.norm(x, ord), np.array([0.0, 2.0]))
    np.testing.assert_allclose(g, [0, 1])


def test_ties_share_the_gradient_of_the_largest():
    g = gradient(lambda x: np.linalg.norm(x, math.inf), np.array([-2.0, 2.0, 1.0]))
    np.testing.assert_allclose(g, [-0.5, 0.5, 0])


@pytest.mark.parametrize(
    ("x", "ord", "axis", "message"),
    [
        (np.ones((2, 2, 2)), 2, None, "one or two axes"),
        (np.ones((2, 2)), None, (0, 0), "repeated axis"),
        (np.ones((2, 2, 2)), None, (0, 1, 2), "one axis, or two, got 3"),
        (np.ones((2, 2)), 3, None, "ord 'fro'"),
        (np.ones(2), "fro", None, "expects a number"),
    ],
)
def test_norms_that_do_not_exist_raise(x, ord, axis, message):
    with pytest.raises(ValueError, match=message):
        np.linalg.norm(Tensor(x), ord, axis)


@pytest.mark.parametrize("axis", [2, -3, (0, 2)])
def test_an_axis_that_is_not_there_raises(axis):
    with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
        np.linalg.norm(Tensor(np.ones((2, 2))), axis=axis)


@pytest.mark.parametrize("ord", [None, "fro", "f", "nuc", 1, 2, np.inf, -1, -2, -np.inf, 0, 3])
@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 2), (2, 3)])
def test_norms_of_nothing_are_numpys(ord, shape):
    x = np.ones(shape)
    try:
        with np.errstate(divide="ignore"):
            wanted = np.linalg.norm(x, ord)
    except ValueError:
        with pytest.raises(ValueError, match=r"zero-size|orm"):
            np.linalg.norm(Tensor(x, requires_grad=True), ord)
        return
    with np.errstate(divide="ignore"):
        found = np.linalg.norm(Tensor(x, requires_grad=True), ord)
    assert_allclose(found.data, wanted)
