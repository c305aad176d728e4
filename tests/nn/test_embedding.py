"""Rows of a table."""

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F

TABLE = np.arange(12.0).reshape(4, 3)


def test_a_lookup_is_a_product_with_one_hot_vectors():
    weight, same = Tensor(TABLE, requires_grad=True), Tensor(TABLE, requires_grad=True)
    ids = np.array([[0, 2], [2, 3]])
    y = F.embedding(ids, weight)
    product = np.eye(4)[ids] @ same
    np.testing.assert_array_equal(y.data, product.data)
    g = np.random.default_rng(0).normal(size=y.shape)
    y.backward(g)
    product.backward(g)
    np.testing.assert_allclose(weight.grad.data, same.grad.data)


@pytest.mark.parametrize("padding_idx", [1, -3])
def test_the_padding_row_begins_as_zeros_and_does_not_learn(padding_idx):
    layer = nn.Embedding(4, 3, padding_idx=padding_idx, rng=0)
    assert layer.padding_idx == 1
    np.testing.assert_array_equal(layer.weight.data[1], 0)
    layer([1, 0, 1]).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.data, [[1] * 3, [0] * 3, [0] * 3, [0] * 3])
    assert repr(layer) == "Embedding(4, 3, padding_idx=1)"


def test_the_first_values_are_normal():
    layer = nn.Embedding(300, 200, rng=0)
    assert abs(layer.weight.data.mean()) < 0.02
    assert layer.weight.data.std() == pytest.approx(1, abs=0.02)


def test_a_table_that_exists():
    frozen = nn.Embedding.from_pretrained(TABLE)
    assert not frozen.weight.requires_grad
    np.testing.assert_array_equal(frozen([3]).data, TABLE[[3]])
    assert nn.Embedding.from_pretrained(TABLE, freeze=False).weight.requires_grad
    with pytest.raises(ValueError, match=r"\(V, D\), got \(3,\)"):
        nn.Embedding.from_pretrained(np.zeros(3))


def test_what_is_refused():
    with pytest.raises(IndexError, match="row 4 of an embedding of 4 rows: expected 0 to 3"):
        F.embedding([0, 4], TABLE)
    with pytest.raises(IndexError, match="row -1"):
        F.embedding([-1], TABLE)
    with pytest.raises(TypeError, match=r"astype\(int\)"):
        F.embedding([0.0], TABLE)
    with pytest.raises(ValueError, match=r"\(V, D\), got \(4,\)"):
        F.embedding([0], TABLE[:, 0])
    with pytest.raises(ValueError, match="padding_idx from -4 to 3, got 4"):
        nn.Embedding(4, 3, padding_idx=4)
    with pytest.raises(TypeError, match="Embedding expects an integer as num_embeddings"):
        nn.Embedding(2.5, 3)
    assert F.embedding(np.zeros((0, 2), int), TABLE).shape == (0, 2, 3)
