"""The training loop."""

import numpy as np
import pytest

import nn
import optim
from autograd import is_grad_enabled
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, History, accuracy, evaluate, fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(np.int64)


def setting(batch_size=10):
    model = nn.Linear(3, 2, rng=0)
    loader = DataLoader(TensorDataset(X, LABELS), batch_size, shuffle=True, rng=0)
    return model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.5), loader


def test_it_learns_and_keeps_the_history():
    model, loss, optimizer, loader = setting()
    validation = DataLoader(TensorDataset(X, LABELS), 50)
    history = fit(model, loss, optimizer, loader, 20, validation=validation)
    assert [epoch.number for epoch in history] == list(range(1, 21))
    assert history[-1].train_loss < history[0].train_loss
    assert history[-1].test_accuracy > 0.9
    assert all(epoch.seconds > 0 for epoch in history)
    assert evaluate(model, loss, validation) == (history[-1].test_loss, history[-1].test_accuracy)


def test_same_seed_same_parameters():
    states = []
    for _ in range(2):
        model, loss, optimizer, loader = setting()
        fit(model, loss, optimizer, loader, 3)
        states.append(model.state_dict())
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name])


def test_a_history_goes_on():
    model, loss, optimizer, loader = setting()
    history = fit(model, loss, optimizer, loader, 2)
    assert history[0].test_loss is None
    assert fit(model, loss, optimizer, loader, 2, history=history) is history
    assert [epoch.number for epoch in history] == [1, 2, 3, 4]


def test_averages_weigh_samples_not_batches():
    model, loss, _, _ = setting()
    whole = evaluate(model, loss, DataLoader(TensorDataset(X, LABELS), 50))
    parts = evaluate(model, loss, DataLoader(TensorDataset(X, LABELS), 7))
    assert parts == pytest.approx(whole)


def test_evaluation_is_in_eval_mode_unrecorded_and_leaves_the_modes():
    model = nn.Sequential(nn.Linear(3, 2), nn.Sequential())
    model[1].eval()
    seen = []
    model.register_forward_hook(
        lambda module, args, out: seen.append((module.training, is_grad_enabled()))
    )
    evaluate(model, nn.CrossEntropyLoss(), DataLoader(TensorDataset(X, LABELS), 25))
    assert seen == [(False, False)] * 2
    assert (model.training, model[0].training, model[1].training) == (True, True, False)


class Watch(Callback):
    def __init__(self, stop_at=None):
        self.seen = []
        self.stop_at = stop_at

    def on_epoch_begin(self, number, steps):
        self.seen.append(("begin", number, steps))

    def on_step(self, loss):
        self.seen.append("step")
        if self.seen.count("step") == self.stop_at:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch):
        self.seen.append(("end", epoch.number))

    def on_end(self):
        self.seen.append("over")


def test_callbacks_are_called_in_order():
    watch = Watch()
    fit(*setting(25), 1, callbacks=[watch, Callback()])
    assert watch.seen == [("begin", 1, 2), "step", "step", ("end", 1), "over"]


def test_an_interruption_leaves_what_was_done():
    history, watch = History(), Watch(stop_at=3)
    with pytest.raises(KeyboardInterrupt):
        fit(*setting(25), 5, callbacks=[watch], history=history)
    assert [epoch.number for epoch in history] == [1]
    assert watch.seen[-1] == "over"


def test_a_loader_without_length_or_without_batches():
    model, loss, optimizer, loader = setting()
    watch = Watch()
    fit(model, loss, optimizer, iter(list(loader)), 1, callbacks=[watch])
    assert watch.seen[0] == ("begin", 1, None)
    with pytest.raises(ValueError, match="at least one batch"):
        fit(model, loss, optimizer, [], 1)


def test_accuracy():
    scores = nn.Parameter([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 1.0]])
    assert accuracy(scores, nn.Parameter(np.array([1, 0, 0, 0]), requires_grad=False)) == 0.75
