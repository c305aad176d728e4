"""Curves of a training."""

import sys

import numpy as np
import pytest

import autograd
import nn
import optim
from nn.training import Epoch, History, Recorder, fit

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

from nn import plots


def history(count=3, **others):
    return History(
        Epoch(i + 1, 1 / (i + 1), 0.5, 2 / (i + 1), None, 0.1, others) for i in range(count)
    )


@pytest.fixture(scope="module")
def recorder():
    autograd.manual_seed(0)
    recorder = Recorder()
    model = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 2))
    x = autograd.Tensor(np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32))
    batches = [(x, autograd.Tensor(np.arange(8) % 2))] * 5
    optimizer = optim.SGD(model.named_parameters(), lr=0.1)
    fit(
        *(model, nn.CrossEntropyLoss(), optimizer, batches, 1),
        callbacks=[recorder],
        progress=False,
    )
    return recorder


def test_losses_draws_both_parts_of_the_data():
    figure = plots.losses(history())
    assert isinstance(figure, Figure)
    (ax,) = figure.axes
    assert [line.get_label() for line in ax.lines] == ["train", "test"]
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [2, 1, 2 / 3])
    assert ax.get_yscale() == "log"
    assert ax.get_title(loc="left") == "Loss"


def test_losses_of_several_trainings_differ_in_colour():
    ax = plots.losses({"plain": history(), "deep": history(2)}).axes[0]
    labels = [line.get_label() for line in ax.lines]
    assert labels == ["plain, train", "plain, test", "deep, train", "deep, test"]
    colors = [line.get_color() for line in ax.lines]
    assert colors[0] == colors[1] != colors[2] == colors[3]
    assert list(ax.lines[2].get_xdata()) == [1, 2]


def test_losses_of_another_kind():
    ax = plots.losses(history(train_mae=0.0, test_mae=1.0), "mae").axes[0]
    assert len(ax.lines) == 2
    assert ax.get_yscale() == "linear"
    ax = plots.losses(history(lr=0.1), "lr").axes[0]
    assert [line.get_label() for line in ax.lines] == ["lr"]
    with pytest.raises(KeyError, match="no 'speed'"):
        plots.losses(history(), "speed")
    # A loss of zero has no logarithm; an empty history has no curve.
    assert plots.losses([Epoch(1, 0.0, 1.0, 0.0, 1.0, 0.1)]).axes[0].get_yscale() == "linear"
    assert not plots.losses([]).axes[0].lines


def test_activations_draws_mean_and_band_of_each_layer(recorder):
    ax = plots.activations(recorder).axes[0]
    assert [line.get_label() for line in ax.lines] == list(recorder.activations)
    assert len(ax.collections) == 3
    means = [mean for mean, _ in recorder.activations["1: Sigmoid"]]
    np.testing.assert_allclose(ax.lines[1].get_ydata(), means)
    mean, deviation = recorder.activations["1: Sigmoid"][0]
    band = ax.collections[1].get_paths()[0].vertices
    at_first = band[band[:, 0] == 1, 1]
    np.testing.assert_allclose(
        [at_first.min(), at_first.max()], [mean - deviation, mean + deviation]
    )


def test_gradients_draws_the_weights_or_what_is_asked_for(recorder):
    ax = plots.gradients(recorder).axes[0]
    assert [line.get_label() for line in ax.lines] == ["0.weight", "2.weight"]
    assert ax.get_yscale() == "log"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), recorder.gradients["0.weight"])
    ax = plots.gradients(recorder, ["2.bias"]).axes[0]
    assert [line.get_label() for line in ax.lines] == ["2.bias"]


@pytest.mark.parametrize("draw", [plots.activations, plots.gradients])
def test_what_was_not_recorded_is_said(recorder, draw):
    with pytest.raises(ValueError, match="has recorded nothing"):
        draw(Recorder())
    with pytest.raises(TypeError, match=r"expects an nn\.training\.Recorder, got list"):
        draw([])
    with pytest.raises(KeyError, match="nothing is recorded of 'head'; expected 0"):
        draw(recorder, ["head"])


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("nn.plots")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(nn, "plots")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'chalkgrad\[plots\]'"):
        history().plot()
