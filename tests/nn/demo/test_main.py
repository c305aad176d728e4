"""`python -m nn train`, as a process and, where it has to fail, inside this one."""

import functools
import gzip
import importlib.util
import os
import re
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest

from nn.demo import main as program

pytest.importorskip("tqdm")
pytest.importorskip("matplotlib")

pytestmark = pytest.mark.slow

ROW = re.compile(r"^ *\d+ +\d+\.\d{4} +\d+\.\d\d% +\d+\.\d{4} +\d+\.\d\d% +\d+\.\d\d$", re.M)


def start(*arguments, **kwargs):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "nn", "train", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, **kwargs.pop("env", {})},
        **kwargs,
    )


def test_the_digits_are_learned(tmp_path):
    process = start("--out", str(tmp_path / "out"))
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "it/s" not in errors, "no progress bar without a terminal"
    assert len(ROW.findall(output)) == 30
    accuracy = float(re.search(r"([\d.]+)% of 360 held-out", output)[1])
    assert accuracy >= 97
    assert "the first and second derivatives are right" in output
    assert "0.1966119332   0.1966119332" in output
    assert "wrong derivative" in output
    for name in ("loss.png", "weights.png"):
        assert (tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG")
    graph = (tmp_path / "out" / "graph.dot").read_text(encoding="utf-8")
    assert graph.startswith("digraph")
    for name in ("0.weight", "4.bias", "cross_entropy", "labels", "J = "):
        assert name in graph


def test_the_same_seed_gives_the_same_table(tmp_path, capsys):
    tables = []
    for _ in range(2):
        assert program.main(["train", "--epochs", "2", "--out", str(tmp_path)]) == 0
        tables.append([row[:-8] for row in ROW.findall(capsys.readouterr().out)])
    assert tables[0] == tables[1]
    assert len(tables[0]) == 2


@pytest.mark.parametrize(("activation", "optimizer"), [("sigmoid", "adam"), ("tanh", "sgd")])
def test_other_networks(tmp_path, capsys, activation, optimizer):
    line = f"train --model 64-200-10 --activation {activation} --optimizer {optimizer} --epochs 1"
    assert program.main([*line.split(), "--out", str(tmp_path)]) == 0
    assert f"64-200-10, {activation}, 15,010 parameters" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_ctrl_c_ends_it_with_what_was_done(tmp_path):
    # A program started in the background inherits that SIGINT is ignored: not this one.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    process = start("--epochs", "100000", "--out", str(tmp_path), preexec_fn=heed)
    for line in process.stdout:
        if ROW.match(line.rstrip()):
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert re.search(r"Interrupted: [1-9]\d* of 100000 epochs are complete", output)
    assert (tmp_path / "loss.png").exists()


def test_ctrl_c_before_the_training(tmp_path, capsys, monkeypatch):
    def interrupt(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "parse", interrupt)
    assert program.main([]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_divergence_is_said(tmp_path, capsys):
    line = ["train", "--lr", "1e9", "--epochs", "2", "--out", str(tmp_path)]
    assert program.main(line) == 1
    output = capsys.readouterr().out
    assert re.search(r"the loss became (nan|inf) in epoch 1: the training diverged", output)
    assert "smaller --lr than 1e+09" in output


def complaint(capsys, *arguments):
    """What a run that has to fail says, in its one line."""
    assert program.main(["train", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("nn: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_wrong_option(capsys):
    assert "such as 64-128-64-10" in complaint(capsys, "--model", "64,10")


def test_a_network_that_is_too_large(capsys, tmp_path):
    said = complaint(capsys, "--model", "64-99999999999999-10", "--out", str(tmp_path))
    assert "does not fit into memory" in said


def test_a_folder_that_cannot_be_written(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert "cannot write there" in complaint(capsys, "--out", str(tmp_path / "file"))


def test_missing_mnist(capsys, tmp_path):
    arguments = ["--data", "mnist", "--data-root", str(tmp_path), "--out", str(tmp_path)]
    assert "is missing" in complaint(capsys, *arguments)


def test_missing_extras(capsys, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = complaint(capsys)
    assert "not installed: tqdm, matplotlib" in said
    assert "pip install 'chalkgrad[train]'" in said


def test_out_of_memory(capsys, monkeypatch):
    def exhausted(arguments):
        raise MemoryError

    monkeypatch.setattr(program, "parse", exhausted)
    assert "out of memory" in complaint(capsys)


@pytest.mark.skipif(os.name != "posix", reason="pipes as on POSIX")
def test_a_reader_that_leaves(tmp_path):
    process = start("--epochs", "3", "--out", str(tmp_path))
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in errors
    process.stderr.close()


def test_a_terminal_without_the_characters(tmp_path):
    process = start("--epochs", "1", "--out", str(tmp_path), env={"PYTHONIOENCODING": "ascii"})
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


@pytest.mark.parametrize(("model", "side"), [("784-16-10", 28), ("1024-16-10", 32)])
def test_mnist_from_its_files(tmp_path, capsys, monkeypatch, model, side):
    rng = np.random.default_rng(0)
    for part, count in (("train", 60), ("t10k", 20)):
        images = struct.pack(">HBB3I", 0, 8, 3, count, 28, 28) + rng.bytes(count * 784)
        labels = struct.pack(">HBBI", 0, 8, 1, count) + bytes(i % 10 for i in range(count))
        for kind, content in (("images-idx3", images), ("labels-idx1", labels)):
            (tmp_path / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(content))
    monkeypatch.setenv("MNIST_DIR", str(tmp_path))
    line = f"train --data mnist --model {model} --epochs 1"
    assert program.main([*line.split(), "--out", str(tmp_path / "out")]) == 0
    output = capsys.readouterr().out
    assert f"mnist: 60 to learn from, 20 held out, {side} x {side} pixels" in output
