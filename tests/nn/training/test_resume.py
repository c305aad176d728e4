"""A training that is killed, really killed, and run again ends with the same bits."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, generator, manual_seed
from nn.data import DataLoader, TensorDataset
from nn.serialization import LoadError
from nn.training import Callback, Checkpoint, EarlyStopping, History, fit
from optim import lr_scheduler as schedulers

PROGRAM = Path(__file__).with_name("program.py")
posix = pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")


def run(folder, kill, plan):
    """What the program printed, or None if it was killed."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(PROGRAM.parents[3]),
    }
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), str(kill), plan],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    return done.stdout


@posix
@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "kills"),
    [
        # Before the first checkpoint, on one, behind one, at the end of an epoch; 15 in all.
        ("own", [1, 4, 5, 3]),
        # While the second, the fourth file is written; between two files of one epoch.
        ("library", ["fsync:3", "replace:4", 7, "fsync:4"]),
        ("shared", [8, "replace:2", 1]),
        ("layers", [3, 9, "fsync:2"]),
    ],
)
def test_killed_and_resumed_is_bitwise_the_same(tmp_path, plan, kills):
    uninterrupted = run(tmp_path / "whole", 0, plan)
    for kill in kills:
        assert run(tmp_path / "killed", kill, plan) is None
    assert run(tmp_path / "killed", 0, plan) == uninterrupted
    # Once more: there is nothing left to do, and the result is the same.
    assert run(tmp_path / "killed", 0, plan) == uninterrupted
    for folder in ("whole", "killed"):
        assert not list((tmp_path / folder).glob(".*.tmp"))
    tables = []
    for name in ("whole", "killed"):
        lines = (tmp_path / name / "log.csv").read_text().splitlines()
        tables.append([{**row, "seconds": ""} for row in csv.DictReader(lines)])
    assert tables[0] == tables[1]
    suffix = ".safetensors" if plan == "shared" else ".npz"
    best = [nn.load(tmp_path / name / f"best{suffix}") for name in ("whole", "killed")]
    assert best[0].metadata == best[1].metadata
    for name, value in best[0].items():
        np.testing.assert_array_equal(value, best[1][name])


# -- in one process: everything else that may differ -----------------------------------------------

X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(np.int64)


class StopAt(Callback):
    """An interruption after so many mini-batches."""

    def __init__(self, step):
        self.left = step

    def on_settled(self):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def setting(seed=0, batch_size=4, features=3):
    layers = nn.Linear(3, features, rng=seed), nn.ReLU(), nn.Linear(features, 2, rng=seed)
    model = nn.Sequential(*layers)
    loader = DataLoader(TensorDataset(X, LABELS), batch_size, shuffle=True, rng=seed)
    return (
        model,
        nn.CrossEntropyLoss(),
        optim.Adam(model.named_parameters(), lr=0.1),
        loader,
    )


def interrupted(folder, step=8, **changes):
    """A checkpoint from the middle of a training."""
    checkpoint = Checkpoint(folder, every=1)
    with pytest.raises(KeyboardInterrupt):
        fit(*setting(**changes), 4, callbacks=[checkpoint, StopAt(step)])
    return checkpoint.last


@pytest.mark.parametrize("make", [list, lambda batches: (batch for batch in batches)])
def test_loaders_of_any_kind_go_on_where_they_were(tmp_path, make):
    class Loader:
        """Shuffles with the library's generator when the first batch is asked for."""

        def __iter__(self):
            order = generator().permutation(20)
            yield from make([(X[order[i : i + 4]], LABELS[order[i : i + 4]]) for i in (0, 4, 8)])

    class Wrapped(Loader):
        def __iter__(self):
            return ((Tensor(x), Tensor(y)) for x, y in super().__iter__())

    states = []
    for interruption in (None, 5):
        manual_seed(3)
        model, loss, optimizer, _ = setting()
        loader = Wrapped()
        callbacks = [Checkpoint(tmp_path / str(interruption), every=1)]
        if interruption:
            with pytest.raises(KeyboardInterrupt):
                fit(model, loss, optimizer, loader, 3, callbacks=[*callbacks, StopAt(interruption)])
            manual_seed(99)
            model, loss, optimizer, _ = setting(seed=8)
        fit(model, loss, optimizer, loader, 3, callbacks=callbacks, resume=True)
        states.append(model.state_dict())
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name])


SCHEDULERS = {
    "LambdaLR": lambda o: schedulers.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "StepLR": lambda o: schedulers.StepLR(o, 2),
    "MultiStepLR": lambda o: schedulers.MultiStepLR(o, [1, 3, 3]),
    "ExponentialLR": lambda o: schedulers.ExponentialLR(o, 0.7),
    "CosineAnnealingLR": lambda o: schedulers.CosineAnnealingLR(o, 4),
    "LinearLR": lambda o: schedulers.LinearLR(o),
    "SequentialLR": lambda o: schedulers.SequentialLR(
        o, [schedulers.LinearLR(o, total_iters=2), schedulers.StepLR(o, 1)], [2]
    ),
    "OneCycleLR": lambda o: schedulers.OneCycleLR(o, 0.5, total_steps=5),
    "ReduceLROnPlateau": lambda o: schedulers.ReduceLROnPlateau(o, patience=0, threshold=0.9),
}


@pytest.mark.parametrize("name", sorted(set(schedulers.__all__) - {"LRScheduler"}))
def test_every_scheduler_goes_on(tmp_path, name):
    results = []
    for step in (None, 13):
        checkpoint = Checkpoint(tmp_path / str(step), every=3)
        if step:
            arguments = setting()
            scheduler = SCHEDULERS[name](arguments[2])
            with pytest.raises(KeyboardInterrupt):
                fit(*arguments, 4, scheduler=scheduler, callbacks=[checkpoint, StopAt(step)])
        arguments = setting(seed=0 if step is None else 1)
        scheduler = SCHEDULERS[name](arguments[2])
        history = fit(*arguments, 4, scheduler=scheduler, callbacks=[checkpoint], resume=True)
        results.append((history.values("lr"), arguments[0].state_dict()))
    assert results[0][0] == results[1][0]
    assert len(set(results[0][0])) > 1
    for path, value in results[0][1].items():
        np.testing.assert_array_equal(value, results[1][1][path])


def test_more_epochs_can_be_asked_for_later(tmp_path):
    results = []
    for parts in ([6], [2, 6]):
        for epochs in parts:
            arguments = setting()
            checkpoint = Checkpoint(tmp_path / str(parts))
            history = fit(*arguments, epochs, callbacks=[checkpoint], resume=True)
        results.append((arguments[0].state_dict(), [epoch.train_loss for epoch in history]))
    assert results[0][1] == results[1][1]
    for name, value in results[0][0].items():
        np.testing.assert_array_equal(value, results[1][0][name])


def test_a_training_that_was_stopped_stays_stopped(tmp_path):
    lengths = []
    for _ in range(2):
        callbacks = [Checkpoint(tmp_path), EarlyStopping(patience=1, min_delta=100.0)]
        lengths.append(len(fit(*setting(), 9, callbacks=callbacks, resume=True)))
    assert lengths == [2, 2]


def test_callbacks_remember_what_they_saw(tmp_path):
    for epochs in (2, 9):
        stopping = EarlyStopping(patience=3, min_delta=100.0)
        checkpoint = Checkpoint(tmp_path, monitor="train_loss", mode="max")
        history = fit(*setting(), epochs, callbacks=[stopping, checkpoint], resume=True)
    assert len(history) == 4
    assert (stopping.best_epoch, stopping.best) == (1, history[0].train_loss)
    # The first epoch has the highest loss, also for the process that did not see it.
    assert nn.load(checkpoint.best).metadata["epoch"] == "1"


def test_a_path_goes_on_from_that_file_and_numbers_go_on(tmp_path):
    last = interrupted(tmp_path)
    history = History()
    assert fit(*setting(seed=5), 4, resume=last, history=history) is history
    assert [epoch.number for epoch in history] == [1, 2, 3, 4]
    with pytest.raises(FileNotFoundError, match="nothing"):
        fit(*setting(), 1, resume=tmp_path / "nothing.npz")


def test_without_a_checkpoint_there_is_nothing_to_go_on_from():
    with pytest.raises(ValueError, match="expects a Checkpoint among the callbacks"):
        fit(*setting(), 1, resume=True)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"features": 4}, RuntimeError, r"expected shape \(4, 3\), got \(3, 3\)"),
        ({"batch_size": 5}, ValueError, "a loader of 5 mini-batches, as when it was saved"),
    ],
)
def test_what_does_not_fit_names_the_file_and_changes_nothing(tmp_path, changes, error, message):
    last = interrupted(tmp_path)
    arguments = setting(seed=1, **changes)
    before = arguments[0].state_dict()
    history = History()
    with pytest.raises(error, match=message) as caught:
        fit(*arguments, 4, resume=last, history=history)
    assert str(last) in "".join(caught.value.__notes__)
    assert history == []
    for name, value in arguments[0].state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_scheduler_or_a_loss_that_was_not_there(tmp_path):
    last = interrupted(tmp_path)
    model, loss, optimizer, loader = setting()
    with pytest.raises(ValueError, match="saved without a scheduler"):
        fit(model, loss, optimizer, loader, 4, resume=last, scheduler=optimizer)
    with pytest.raises(ValueError, match=r"expected the modules model, loss, got model, loss\.a"):
        fit(model, {"a": loss}, optimizer, loader, 4, resume=last)


def test_an_optimizer_that_does_not_fit_leaves_the_model_as_it_was(tmp_path):
    last = interrupted(tmp_path)
    model, loss, _, loader = setting(seed=1)
    before = model.state_dict()
    optimizer = optim.SGD(model.named_parameters(), lr=0.1)
    with pytest.raises(ValueError, match="the state does not fit this optimizer"):
        fit(model, loss, optimizer, loader, 4, resume=last)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_files_that_are_no_checkpoint(tmp_path):
    nn.save(tmp_path / "x.npz", setting()[0])
    with pytest.raises(LoadError, match=r"no training to go on with; .* nn.load\(path, model\)"):
        fit(*setting(), 1, resume=tmp_path / "x.npz")
    last = interrupted(tmp_path)
    last.write_bytes(last.read_bytes()[:-40])
    with pytest.raises(LoadError, match=r"last\.npz is damaged"):
        fit(*setting(), 4, resume=last)


def test_a_layer_with_a_generator_that_the_checkpoint_does_not_know(tmp_path):
    def with_dropout(**options):
        model = nn.Sequential(nn.Linear(3, 2, rng=0), nn.Dropout(0.5, **options))
        _, loss, _, loader = setting()
        return model, loss, optim.SGD(model.named_parameters(), lr=0.1), loader

    checkpoint = Checkpoint(tmp_path, every=1)
    fit(*with_dropout(), 1, callbacks=[checkpoint])
    with pytest.raises(ValueError, match=r"1\.rng draws from a generator of its own"):
        fit(*with_dropout(rng=0), 2, resume=checkpoint.last)
