"""Factorizations. Factors are tested through functions that do not depend on the choice of signs
and bases: squares of elements, projections, the product of the factors.
"""

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.testing import call, shapes
from tests.autograd.ops.opcase import Battery, OpCase, array, seeds, sides

batches = shapes(0, 1, 0, 3)
filled_batches = shapes(0, 1, 1, 3)


def orthogonal(seed, *shape):
    """A stack of matrices with orthonormal columns."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=shape))[0]


def with_singular_values(seed, batch, m, n, values):
    """A stack of m x n matrices with these singular values."""
    k = min(m, n)
    u, v = orthogonal(seed, *batch, m, k), orthogonal(seed + 1, *batch, n, k)
    return (u * np.asarray(values)[:k]) @ v.mT


def symmetric(a):
    return (a + a.mT) / 2


@st.composite
def spread(draw, square=False, tall=None, **params):
    """Matrices of full rank whose singular values are well apart: 1, 1.6, 2.2, ..."""
    m, n = draw(sides), draw(sides)
    if square:
        m = n
    elif tall is not None:
        m, n = (max(m, n), min(m, n)) if tall else (min(m, n), max(m, n))
    batch = draw(filled_batches if 0 in (m, n) else batches)
    a = with_singular_values(draw(seeds), batch, m, n, 1 + 0.6 * np.arange(4))
    return call(a, **{name: draw(strategy) for name, strategy in params.items()})


@st.composite
def with_eigenvalues(draw, **params):
    """Symmetric matrices whose eigenvalues are well apart, of both signs."""
    n = draw(sides)
    v = orthogonal(draw(seeds), *draw(batches), n, n)
    a = (v * (np.arange(n) - 1.3)) @ v.mT
    return call(a, **{name: draw(strategy) for name, strategy in params.items()})


@st.composite
def square(draw, **params):
    n = draw(sides)
    a = array(draw(seeds), (*draw(batches), n, n), -1, 1)
    return call(a, **{name: draw(strategy) for name, strategy in params.items()})


def positive_definite(a):
    return a @ a.mT + np.eye(a.shape[-1], dtype=a.dtype)


def qr_invariants(a, **params):
    """Signs of columns of Q and rows of R are a convention of LAPACK's; it is smooth."""
    q, r = np.linalg.qr(a, **params)
    return q @ r, q * q, r * r


def complete_qr_invariants(a):
    """Columns that complete Q matter only through the projection on what they span."""
    q, r = np.linalg.qr(a, "complete")
    k = min(a.shape[-2:])
    rest = q[..., k:]
    return q @ r, q[..., :k] ** 2, rest @ rest.mT


def eigh_invariants(a, **params):
    w, v = np.linalg.eigh(symmetric(a), **params)
    return w, v * v, (v * np.cos(w)[..., None, :]) @ v.mT


def svd_invariants(a, **params):
    u, s, vh = np.linalg.svd(a, **params)
    k = s.shape[-1]
    rows, columns = u[..., k:], vh[..., k:, :]
    product = (u[..., :k] * (s * s)[..., None, :]) @ vh[..., :k, :]
    return s, u[..., :k] ** 2, vh[..., :k, :] ** 2, product, rows @ rows.mT, columns.mT @ columns


reading = st.sampled_from(["L", "U"])

CASES = [
    OpCase(
        np.linalg.cholesky,
        square(upper=st.booleans()),
        call=lambda a, **params: np.linalg.cholesky(positive_definite(a), **params),
    ),
    OpCase(np.linalg.qr, spread(), call=qr_invariants),
    OpCase(np.linalg.qr, spread(), call=complete_qr_invariants, name="complete"),
    OpCase(np.linalg.qr, spread(), call=lambda a: np.linalg.qr(a, mode="r") ** 2, name="r"),
    OpCase(np.linalg.eigh, with_eigenvalues(UPLO=reading), call=eigh_invariants),
    OpCase(
        np.linalg.eigvalsh,
        with_eigenvalues(UPLO=reading),
        call=lambda a, **params: np.linalg.eigvalsh(symmetric(a), **params),
    ),
    OpCase(np.linalg.svd, spread(full_matrices=st.just(False)), call=svd_invariants),
    OpCase(np.linalg.svd, spread(), call=svd_invariants, name="full"),
    OpCase(np.linalg.svd, spread(compute_uv=st.just(False)), name="values"),
    OpCase(np.linalg.svdvals, spread()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestDecompositions(Battery):
    pass


@pytest.mark.parametrize(
    ("factors", "fields"),
    [
        (np.linalg.qr, ("Q", "R")),
        (np.linalg.eigh, ("eigenvalues", "eigenvectors")),
        (np.linalg.svd, ("U", "S", "Vh")),
    ],
    ids=["qr", "eigh", "svd"],
)
def test_factors_have_the_names_that_numpy_gives_them(factors, fields):
    a = symmetric(array(0, (3, 3)))
    want, have = factors(a), factors(Tensor(a))
    assert have._fields == fields
    for name in fields:
        np.testing.assert_array_equal(getattr(have, name).data, getattr(want, name))


def test_factors_are_taken_together_as_a_tuple_is():
    q, r = factors = np.linalg.qr(Tensor(np.eye(2), requires_grad=True))
    assert np.isclose(q, factors).shape == (2, 2, 2)
    assert np.stack(factors).tolist() == [q.tolist(), r.tolist()]


def gradient(function, a):
    x = Tensor(a, requires_grad=True)
    return autograd.gradients(function(x), x)[0].data


def test_the_product_of_the_factors_has_the_identity_for_derivative():
    g = array(5, (4, 4))
    a = with_singular_values(0, (), 4, 4, [4, 3, 2, 1])

    def from_svd(x):
        u, s, vh = np.linalg.svd(x)
        return np.sum(g * ((u * s) @ vh))

    def from_qr(x):
        q, r = np.linalg.qr(x)
        return np.sum(g * (q @ r))

    np.testing.assert_allclose(gradient(from_svd, a), g, atol=1e-12)
    np.testing.assert_allclose(gradient(from_qr, a), g, atol=1e-12)

    def from_cholesky(x):
        lower = np.linalg.cholesky(x)
        return np.sum(g * (lower @ lower.mT))

    np.testing.assert_allclose(gradient(from_cholesky, a @ a.T), symmetric(g), atol=1e-12)


def test_the_gradient_of_a_symmetric_matrix_is_symmetric_whichever_triangle_is_read():
    a = symmetric(array(0, (3, 3)))
    for read in "LU":
        g = gradient(lambda x, read=read: np.linalg.eigh(x, read)[1][0, 0], a)
        np.testing.assert_allclose(g, g.T, atol=1e-12)
    g = gradient(lambda x: np.linalg.cholesky(x)[2, 0], a @ a + np.eye(3))
    np.testing.assert_allclose(g, g.T, atol=1e-12)


def test_the_sum_of_eigenvalues_is_the_trace_and_that_of_their_squares_the_frobenius_norm():
    a = symmetric(array(0, (4, 4)))
    np.testing.assert_allclose(
        gradient(lambda x: np.sum(np.linalg.eigvalsh(x)), a), np.eye(4), atol=1e-12
    )
    np.testing.assert_allclose(
        gradient(lambda x: np.sum(np.linalg.eigvalsh(x) ** 2), a), 2 * a, atol=1e-12
    )


@pytest.mark.parametrize("values", [[2.0, 2.0, 1.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
def test_the_gradient_through_repeated_or_vanishing_values_alone_is_finite(values):
    a = np.diag(values)
    singular = gradient(lambda x: np.sum(np.linalg.svd(x)[1] ** 2), a)
    np.testing.assert_allclose(singular, 2 * a, atol=1e-12)
    eigen = gradient(lambda x: np.sum(np.linalg.eigh(x)[0] ** 2), a)
    np.testing.assert_allclose(eigen, 2 * a, atol=1e-12)


def test_the_gradient_through_vectors_of_a_repeated_value_is_not_finite():
    a = np.diag([2.0, 2.0, 1.0])
    weights = array(0, (3, 3))
    assert not np.all(np.isfinite(gradient(lambda x: np.sum(weights * np.linalg.eigh(x)[1]), a)))
    assert not np.all(np.isfinite(gradient(lambda x: np.sum(weights * np.linalg.svd(x)[0]), a)))


def test_the_spectral_norm_of_a_wide_matrix_has_a_gradient_of_rank_one():
    a = array(0, (3, 5))
    u, _, vh = np.linalg.svd(a)
    np.testing.assert_allclose(
        gradient(lambda x: np.linalg.svdvals(x)[0], a), np.outer(u[:, 0], vh[0]), atol=1e-12
    )


def test_cholesky_of_a_matrix_that_is_not_positive_definite_raises():
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        np.linalg.cholesky(Tensor(-np.eye(2), requires_grad=True))


def test_qr_names_the_modes_it_knows():
    with pytest.raises(ValueError, match="'reduced', 'complete' or 'r'"):
        np.linalg.qr(Tensor(np.eye(2)), mode="raw")


def test_svd_of_a_matrix_declared_symmetric_is_not_supported_by_that_name():
    with pytest.raises(TypeError, match="hermitian"):
        np.linalg.svd(Tensor(np.eye(2)), hermitian=True)


@pytest.mark.parametrize("function", [np.linalg.eig, np.linalg.eigvals])
def test_eigenvalues_that_may_be_complex_are_not_supported_by_name(function):
    with pytest.raises(TypeError, match=rf"np\.linalg\.{function.__name__} is not supported"):
        function(Tensor(np.eye(2)))
