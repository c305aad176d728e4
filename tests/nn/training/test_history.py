"""Epochs, and the history that draws itself."""

import numpy as np
import pytest

from nn.training import Epoch, History


def history(count=3, **others):
    return History(
        Epoch(i + 1, 1 / (i + 1), 0.5, 2 / (i + 1), None, 0.1, others) for i in range(count)
    )


def test_an_epoch_by_name():
    epoch = Epoch(1, 0.5, None, 0.6, 0.9, 2.0, {"lr": 0.1, "train_mae": 3.0})
    assert epoch["test_accuracy"] == 0.9
    assert epoch["train_mae"] == 3.0
    assert list(epoch.values()) == [
        *("train_loss", "test_loss", "test_accuracy", "lr", "train_mae", "seconds")
    ]
    with pytest.raises(KeyError, match="epoch 1 has no 'train_accuracy'; expected train_loss"):
        epoch["train_accuracy"]


def test_values_over_the_epochs():
    assert history().values("train_loss") == [1, 1 / 2, 1 / 3]
    assert History().values("train_loss") == []
    mixed = History([*history(1), Epoch(2, 0.1, 0.5, None, None, 0.1)])
    assert mixed.values("test_loss") == [2.0, None]
    with pytest.raises(KeyError, match="no 'loss'"):
        history().values("loss")


def test_it_draws_itself():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    axes = history().plot()
    assert [line.get_label() for line in axes.lines] == ["train", "test"]
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [2, 1, 2 / 3])
    assert axes.get_yscale() == "log"
    pyplot.close(axes.figure)


def test_it_draws_into_given_axes_and_other_values():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.subplots()
    assert history(lr=0.1, train_mae=0.0, test_mae=1.0).plot(axes, "mae") is axes
    assert len(axes.lines) == 2
    assert axes.get_yscale() == "linear"
    axes = figure.subplots()
    history(lr=0.1).plot(axes, "lr")
    assert [line.get_label() for line in axes.lines] == ["lr"]
    with pytest.raises(KeyError, match="no 'speed'"):
        history().plot(axes, "speed")
    assert History().plot(figure.subplots()).lines[:] == []
