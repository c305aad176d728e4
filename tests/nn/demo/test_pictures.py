"""The pictures."""

import numpy as np
import pytest

from nn.training import Epoch

pytest.importorskip("matplotlib")
from nn.demo import pictures


@pytest.mark.parametrize("epochs", [1, 2, 40])
def test_a_loss_curve_of_any_length(tmp_path, epochs):
    history = [Epoch(i + 1, 1 / (i + 1), 0.5, 0.9, 0.6, 0.1) for i in range(epochs)]
    pictures.loss_curve(history, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").stat().st_size > 10_000


def test_a_loss_of_zero_has_no_logarithm(tmp_path):
    pictures.loss_curve([Epoch(1, 0.0, 1.0, 0.0, 1.0, 0.1)], tmp_path / "loss.png")


@pytest.mark.parametrize("neurons", [1, 10, 17, 128, 200])
@pytest.mark.parametrize("side", [1, 8])
def test_weights_of_any_number_of_neurons(tmp_path, neurons, side):
    matrix = np.random.default_rng(0).normal(size=(neurons, side * side))
    pictures.weights(matrix, side, tmp_path / "weights.png")
    assert (tmp_path / "weights.png").exists()


def test_weights_that_are_all_zero(tmp_path):
    pictures.weights(np.zeros((3, 4)), 2, tmp_path / "weights.png")
