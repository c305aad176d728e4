"""Losses as modules."""

import numpy as np
import pytest

import nn
from nn import functional as F

SCORES = np.random.default_rng(0).normal(size=(4, 3))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_modules_hand_their_reduction_on(reduction):
    labels = np.array([0, 2, 1, 1])
    np.testing.assert_array_equal(
        nn.CrossEntropyLoss(reduction=reduction)(SCORES, labels),
        F.cross_entropy(SCORES, labels, reduction=reduction),
    )
    np.testing.assert_array_equal(
        nn.MSELoss(reduction=reduction)(SCORES, SCORES[::-1]),
        F.mse_loss(SCORES, SCORES[::-1], reduction=reduction),
    )
    assert f"reduction='{reduction}'" in repr(nn.MSELoss(reduction=reduction))


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss, nn.MSELoss])
def test_an_unknown_reduction(loss):
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', got 'average'"):
        loss(reduction="average")
