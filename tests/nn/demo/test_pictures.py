"""The pictures of a training, written as files."""

import numpy as np
import pytest

from nn.training import Epoch

pytest.importorskip("matplotlib")
from nn.demo import pictures


def test_the_curves_of_loss_and_accuracy(tmp_path):
    history = [Epoch(i + 1, 1 / (i + 1), 0.5, 0.9, 0.6, 0.1) for i in range(3)]
    pictures.loss_curve(history, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").stat().st_size > 10_000


def test_the_weights(tmp_path):
    pictures.weights(np.eye(4), 2, tmp_path / "weights.png")
    assert (tmp_path / "weights.png").stat().st_size > 1_000
