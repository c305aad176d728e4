"""Lengths, angles and distances: the formulas, vectors of zeros, shapes."""

import numpy as np
import pytest

import nn
from autograd import Tensor, gradcheck
from nn import functional as F


@pytest.mark.parametrize("p", [0.5, 1, 2, 3.0, np.inf])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_normalized_vectors_have_length_one(p, dim):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4))
    unit = F.normalize(x, p, dim)
    np.testing.assert_allclose(np.linalg.norm(unit, ord=p, axis=dim), 1)
    np.testing.assert_allclose(
        unit / x, np.broadcast_to((unit / x).max(dim, keepdims=True), (3, 4))
    )
    assert gradcheck(lambda t: F.normalize(t, p, dim), [x], order=2)


def test_an_axis_is_an_integer():
    with pytest.raises(TypeError, match="normalize expects an integer as dim"):
        F.normalize(np.ones((2, 3)), dim=(0, 1))
    with pytest.raises(TypeError, match="cosine_similarity expects an integer as dim"):
        F.cosine_similarity(np.ones((2, 3)), np.ones((2, 3)), dim=None)


def test_a_vector_of_zeros_stays_one():
    x = Tensor(np.zeros((2, 3)), requires_grad=True)
    y = F.normalize(x)
    y.sum().backward()
    np.testing.assert_array_equal(y.data, 0)
    np.testing.assert_allclose(x.grad.data, 1e12)


def test_cosines():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    expected = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    np.testing.assert_allclose(F.cosine_similarity(x, y), expected)
    np.testing.assert_allclose(F.cosine_similarity(x, 3 * x), 1)
    np.testing.assert_allclose(F.cosine_similarity([1.0, 0.0], [1.0, 1.0], dim=0), np.sqrt(0.5))
    assert repr(nn.CosineSimilarity(-1)) == "CosineSimilarity(dim=-1, eps=1e-08)"


def test_cosines_of_shapes_that_broadcast():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=3)
    np.testing.assert_allclose(F.cosine_similarity(x, y), F.cosine_similarity(x, y + 0 * x))
    # One number against three is a vector of three equal ones.
    column = np.abs(y[:, None])
    np.testing.assert_allclose(F.cosine_similarity(column, np.ones((3, 5))), np.ones(3), rtol=1e-12)
    assert gradcheck(F.cosine_similarity, [x, y], order=2)
    with pytest.raises(ValueError, match=r"against each other, got \(4, 3\) and \(2, 3\)"):
        F.cosine_similarity(x, np.ones((2, 3)))
    with pytest.raises(IndexError, match="axis 1 is out of bounds"):
        F.cosine_similarity(y, y)


def test_the_cosine_with_a_vector_of_zeros_is_0():
    x = Tensor(np.zeros((1, 3)), requires_grad=True)
    c = F.cosine_similarity(x, np.ones((1, 3)))
    c.sum().backward()
    assert c.item() == 0
    np.testing.assert_allclose(x.grad.data, 1e8 / np.sqrt(3))


@pytest.mark.parametrize("p", [1, 2.0, 3, np.inf])
def test_distances(p):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=3)
    expected = np.linalg.norm(x - y + 1e-6, ord=p, axis=-1)
    np.testing.assert_array_equal(F.pairwise_distance(x, y, p), expected)
    assert F.pairwise_distance(x, y, p, keepdim=True).shape == (4, 1)
    assert gradcheck(lambda a, b: F.pairwise_distance(a, b, p), [x, y], order=2)
    assert repr(nn.PairwiseDistance(3)) == "PairwiseDistance(p=3, eps=1e-06, keepdim=False)"


def test_the_distance_of_equal_points_has_a_derivative():
    x = Tensor(np.zeros((1, 3)), requires_grad=True)
    F.pairwise_distance(x, np.zeros((1, 3))).sum().backward()
    np.testing.assert_allclose(x.grad.data, 1 / np.sqrt(3))


def test_distances_of_shapes_that_do_not_broadcast():
    with pytest.raises(ValueError, match=r"\(2,3\).*\(4,3\)"):
        F.pairwise_distance(np.ones((2, 3)), np.ones((4, 3)))
