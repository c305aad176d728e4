"""The experiments of the lecture: in little, interrupted, and without their data."""

import json
import multiprocessing
import os
import re

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from benchmarks.reproduce import report, training
from benchmarks.reproduce.__main__ import main
from benchmarks.reproduce.autoencoder import mean_squared, principal_components
from benchmarks.reproduce.experiment import Job
from benchmarks.reproduce.log import Log
from benchmarks.reproduce.plan import EXPERIMENTS, plan
from benchmarks.reproduce.runner import train

pytestmark = pytest.mark.slow


def entry(job, cpu_seconds=1.0):
    epoch = dict(number=1, train_loss=1.0, seconds=2.0, cpu_seconds=cpu_seconds)
    return {
        **dict(key=job.key, epochs=[epoch], steps=3, parameters=1, measured={}),
        "versions": {"NumPy": np.__version__},
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All experiments in little."""
    folder = tmp_path_factory.mktemp("reproduce")
    assert main(["--quick", "--processes", "1", "--out", str(folder)]) == 0
    return folder


def test_every_experiment_has_its_section_and_its_pictures(folder):
    text = (folder / "docs" / "results.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert titles == [experiment.title for experiment in EXPERIMENTS.values()]
    assert "Not complete" not in text
    linked = re.findall(r"!\[.+\]\((.+)\)", text)
    written = [path.name for path in (folder / "docs" / "figures").iterdir()]
    assert sorted(linked) == sorted(f"figures/{name}" for name in written)
    assert len(linked) == 8
    assert f"NumPy {np.__version__}" in text


def test_its_numbers_are_those_of_the_log(folder):
    text = (folder / "docs" / "results.md").read_text(encoding="utf-8")
    (job,) = EXPERIMENTS["mlp"].jobs(quick=True)
    accuracy = Log(folder).entries()[job.key]["epochs"][-1]["test_accuracy"]
    assert f"Test error after the last epoch: **{100 * (1 - accuracy):.2f} %**" in text


def test_what_is_done_is_not_done_again(folder):
    path = folder / "log.jsonl"
    before = path.stat()
    assert {json.loads(line)["key"] for line in path.read_text().splitlines()} == {
        job.key for job in plan(quick=True)
    }
    train(plan(quick=True), Log(folder), 1)
    assert path.stat() == before
    assert not list(folder.glob("*/*/checkpoint"))


def test_a_killed_training_goes_on_where_it_was(tmp_path, monkeypatch):
    experiment = EXPERIMENTS["dropout"]
    job = next(job for job in experiment.jobs(quick=True) if job.settings["p"])
    whole = training.run(experiment, job, tmp_path / "whole")

    def killed(self, number, steps):
        if number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.Table, "on_epoch_begin", killed)
    with pytest.raises(KeyboardInterrupt):
        training.run(experiment, job, tmp_path / "parts")
    assert (tmp_path / "parts" / "checkpoint" / "last.npz").exists()
    numbers = []
    monkeypatch.setattr(training.Table, "on_epoch_begin", lambda self, n, s: numbers.append(n))
    parts = training.run(experiment, job, tmp_path / "parts")
    assert numbers == [2]
    for one, other in zip(whole["epochs"], parts["epochs"], strict=True):
        clocks = {"seconds", "cpu_seconds"}
        assert {k: v for k, v in one.items() if k not in clocks} == {
            k: v for k, v in other.items() if k not in clocks
        }
        assert other["cpu_seconds"] > 0


def test_a_training_ends_with_the_process_that_asked_for_it(monkeypatch):
    class Parent:
        alive = True

        def is_alive(self):
            return self.alive

    def leave(code):
        raise SystemExit(code)

    parent = Parent()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", leave)
    training.WithParent().on_step(1.0)
    parent.alive = False
    with pytest.raises(SystemExit):
        training.WithParent().on_step(1.0)


def test_without_mnist_it_says_what_it_needs(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MNIST_DIR", raising=False)
    assert main(["--out", str(tmp_path)]) == 2
    assert "expected MNIST_DIR to name a folder with the four files" in capsys.readouterr().err


def test_other_settings_are_another_training():
    job = Job("mlp", "relu", {"lr": 0.1, "epochs": 1})
    assert job.key == Job("mlp", "relu", {"epochs": 1, "lr": 0.1}).key
    assert job.key != Job("mlp", "relu", {"epochs": 2, "lr": 0.1}).key
    jobs = plan()
    assert len({job.key for job in jobs}) == len(jobs) == 28
    # What takes longest comes last.
    assert [job.settings.get("width") == 2048 for job in jobs] == [False] * 22 + [True] * 6


def test_a_report_of_what_is_done_so_far(tmp_path):
    jobs = plan(quick=True)
    log = Log(tmp_path)
    log.add(entry(jobs[1]))
    log.add(entry(jobs[3]))
    assert log.results(jobs).keys() == {jobs[1].key, jobs[3].key}
    text = report.write(jobs, log, tmp_path / "docs").read_text(encoding="utf-8")
    assert "2 of 28 trainings are done" in text
    assert "Not complete: 2 of 12 trainings are done." in text
    assert "Not complete: 0 of 1 trainings are done." in text


def test_dropout_is_reported_as_soon_as_there_is_a_pair_to_compare():
    experiment = EXPERIMENTS["dropout"]
    jobs = experiment.jobs(quick=True)
    assert not experiment.enough({"2x1024-with", "3x1024-without"}, jobs)
    assert experiment.enough({"2x1024-with", "2x1024-without", "3x1024-without"}, jobs)
    assert not EXPERIMENTS["denoising"].enough({"clean"}, EXPERIMENTS["denoising"].jobs(quick=True))


def test_the_time_on_two_cores(tmp_path):
    jobs = plan(quick=True)[:3]
    log = Log(tmp_path)
    for job, seconds in zip(jobs, (3.0, 1.0, 4.0), strict=True):
        log.add(entry(job, seconds))
    # The third begins when the second is over.
    assert report._makespan(log.results(jobs).values()) == 5.0


def test_principal_components_are_those_of_the_singular_values():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6)) + 3
    mean, axes = principal_components(x, 2)
    np.testing.assert_allclose(mean, x.mean(axis=0))
    expected = np.linalg.svd(x - mean, full_matrices=False)[2][:2]
    np.testing.assert_allclose(np.abs(axes @ expected.T), np.eye(2), atol=1e-10)
    residue = np.linalg.svd(x - mean, compute_uv=False)[2:] ** 2
    rebuilt = (x - mean) @ axes.T @ axes + mean
    np.testing.assert_allclose(mean_squared(rebuilt, x), residue.sum() / x.size)
