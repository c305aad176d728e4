"""Losses as modules."""

import numpy as np
import pytest

import nn
from autograd import Tensor
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


VALUES = [nn.MSELoss, nn.HalfMSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss]
BINARY = [nn.BCELoss, nn.BCEWithLogitsLoss]


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss, nn.NLLLoss, *VALUES, *BINARY])
def test_an_unknown_reduction(loss):
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', got 'average'"):
        loss(reduction="average")


@pytest.mark.parametrize("loss", [*VALUES, *BINARY, nn.KLDivLoss])
def test_a_column_is_not_compared_with_a_row(loss):
    with pytest.raises(ValueError, match=r"got \(5, 1\) and \(5,\).*reshape"):
        loss()(Tensor(np.zeros((5, 1))), np.zeros(5))


def test_weights_are_state_and_do_not_learn():
    loss = nn.CrossEntropyLoss(weight=Tensor([1.0, 2.0, 3.0], requires_grad=True))
    assert list(loss.state_dict()) == ["weight"]
    assert list(loss.parameters()) == []
    assert list(nn.BCEWithLogitsLoss(pos_weight=[2.0]).state_dict()) == ["pos_weight"]
    assert nn.CrossEntropyLoss().state_dict() == {}
    labels = np.array([0, 2, 1, 1])
    weights = np.array([1.0, 3, 2, 2])
    each = F.cross_entropy(SCORES, labels, reduction="none")
    assert loss(SCORES, labels).item() == pytest.approx((weights * each).sum() / weights.sum())


def test_the_looks_of_losses():
    assert repr(nn.HuberLoss(delta=2.0)) == "HuberLoss(reduction='mean', delta=2.0)"
    assert repr(nn.SmoothL1Loss(beta=0.5)) == "SmoothL1Loss(reduction='mean', beta=0.5)"
    assert repr(nn.KLDivLoss(reduction="batchmean")) == "KLDivLoss(reduction='batchmean')"


def test_options_that_are_none():
    for make, message in (
        (lambda: nn.HuberLoss(delta=0), "delta > 0"),
        (lambda: nn.SmoothL1Loss(beta=-1), "beta >= 0"),
        (lambda: nn.KLDivLoss(reduction="average"), "'batchmean'"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
