"""EarlyStopping and Checkpoint: the best epoch, and when to give up."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn.training import Callback, Checkpoint, EarlyStopping, Epoch, fit
from nn.training.stopping import Best

from .test_loop import setting

losses = st.lists(st.floats(-10, 10) | st.just(math.nan), min_size=1, max_size=30)


def epoch(number, loss):
    return Epoch(number, loss, None, None, None, 0.0)


class Run:
    """What EarlyStopping sees of a training."""

    def __init__(self):
        self.reason = None

    def stop(self, reason):
        self.reason = reason


@given(losses, st.integers(1, 5), st.sampled_from([0.0, 0.5, 2.0]), st.sampled_from(["min", "max"]))
def test_it_stops_after_so_many_epochs_without_a_better_value(values, patience, delta, mode):
    stopping, run = EarlyStopping("train_loss", patience, delta, mode), Run()
    stopping.on_begin(run)
    sign = 1 if mode == "min" else -1
    best, last = math.inf, 0
    for number, value in enumerate(values, 1):
        stopping.on_epoch_end(epoch(number, value))
        if sign * value < best - (delta if last else 0):
            best, last = sign * value, number
        assert stopping.best_epoch == (last or None)
        assert stopping.best == (sign * best if last else None)
        assert (run.reason is not None) == (number - last >= patience)
        if run.reason:
            assert f"for {patience} epochs" in run.reason
            break


def test_an_accuracy_is_best_when_it_is_high():
    def values(accuracy):
        return Epoch(1, 1.0, accuracy, 0.5, accuracy, 0.1)

    best = Best("test_accuracy")
    assert [best.beaten_by(values(a)) for a in (0.5, 0.6, 0.55)] == [True, True, False]
    assert Best().name_in(values(0.5)) == "test_loss"
    assert Best().name_in(epoch(1, 0.5)) == "train_loss"


def test_the_training_ends_and_says_why():
    seen = []

    class Look(Callback):
        def on_begin(self, training):
            seen.append(training)

    stopping = EarlyStopping(patience=2, min_delta=100.0)
    history = fit(*setting(), 50, callbacks=[stopping, Look()])
    assert len(history) == 3
    assert seen[0].stopped.startswith("train_loss has not been better than")
    assert seen[0].complete


class Worsen(Callback):
    """Spoils the model after epoch 2."""

    def on_begin(self, training):
        self.training = training

    def on_epoch_end(self, epoch):
        if epoch.number == 2:
            self.good = self.training.model.state_dict()
        if epoch.number >= 2:
            self.training.model.load_state_dict({"weight": np.eye(2, 3) * -9, "bias": [0, 0]})


def test_the_best_state_comes_back():
    model, loss, optimizer, loader = setting()
    stopping = EarlyStopping(patience=2, restore_best=True)
    worsen = Worsen()
    history = fit(model, loss, optimizer, loader, 50, callbacks=[worsen, stopping])
    assert stopping.best_epoch == 2
    assert len(history) == 4
    # Worsen came first, so the state of epoch 2 is the spoilt one: what EarlyStopping saw.
    np.testing.assert_array_equal(model.weight.data, np.eye(2, 3) * -9)
    model, loss, optimizer, loader = setting()
    worsen = Worsen()
    stopping = EarlyStopping(patience=2, restore_best=True)
    fit(model, loss, optimizer, loader, 50, callbacks=[stopping, worsen])
    np.testing.assert_array_equal(model.weight.data, worsen.good["weight"])


def test_the_checkpoint_keeps_the_best_and_the_last(tmp_path):
    model, loss, optimizer, loader = setting()
    worsen = Worsen()
    checkpoint = Checkpoint(tmp_path / "run", monitor="train_accuracy")
    fit(model, loss, optimizer, loader, 2, callbacks=[checkpoint])
    best = nn.load(checkpoint.best)
    assert best.metadata.keys() == {"epoch", "train_accuracy"}
    model, loss, optimizer, loader = setting()
    checkpoint = Checkpoint(tmp_path / "other", suffix=".safetensors")
    history = fit(model, loss, optimizer, loader, 4, callbacks=[checkpoint, worsen])
    other = nn.Linear(3, 2)
    metadata = nn.load(checkpoint.best, other).metadata
    assert metadata == {"epoch": "2", "train_loss": repr(history[1].train_loss)}
    assert sorted(file.name for file in checkpoint.folder.iterdir()) == [
        "best.safetensors",
        "last.safetensors",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping(patience=0), "patience >= 1, got 0"),
        (lambda: EarlyStopping(min_delta=-1.0), "min_delta of at least 0"),
        (lambda: EarlyStopping(mode="up"), "'min', 'max' or None as mode, got 'up'"),
        (lambda: Checkpoint("x", every=0), "every >= 1, got 0"),
        (lambda: Checkpoint("x", suffix=".pt"), r"'.npz' or '.safetensors', got '.pt'"),
    ],
)
def test_wrong_arguments_are_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_something_that_is_not_measured_cannot_be_watched():
    with pytest.raises(KeyError, match="no 'test_loss'; expected train_loss"):
        fit(*setting(), 1, callbacks=[EarlyStopping("test_loss")])
