"""The table, and TensorBoard's files."""

import csv
import os
import sys

import pytest

from nn.training import Checkpoint, CSVLogger, TensorBoard, fit

from .test_loop import setting


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_the_table_has_a_row_per_epoch_with_all_digits(tmp_path):
    path = tmp_path / "logs" / "log.csv"
    history = fit(*setting(), 3, validation=setting()[3], callbacks=[CSVLogger(path)])
    assert [int(row["epoch"]) for row in rows(path)] == [1, 2, 3]
    for row, epoch in zip(rows(path), history, strict=True):
        assert {name: float(text) for name, text in row.items() if name != "epoch"} == (
            epoch.values()
        )
    assert os.listdir(path.parent) == ["log.csv"]


def test_a_training_that_goes_on_writes_no_row_twice(tmp_path):
    for epochs in (2, 4):
        callbacks = [CSVLogger(tmp_path / "log.csv"), Checkpoint(tmp_path)]
        fit(*setting(), epochs, callbacks=callbacks, resume=True)
    assert [row["epoch"] for row in rows(tmp_path / "log.csv")] == ["1", "2", "3", "4"]


def scalars(folder):
    """All scalars in the files of a folder: (tag, step, value)."""
    from tensorboardX.event_file_writer import EventFileWriter  # noqa: F401
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for file in sorted(folder.iterdir()):
        content = file.read_bytes()
        while content:
            length = int.from_bytes(content[:8], "little")
            event = Event.FromString(content[12 : 12 + length])
            found += [(v.tag, event.step, v.simple_value) for v in event.summary.value]
            found += [("start", event.step, 0.0)] * (event.session_log.status == 1)
            content = content[16 + length :]
    return found


def test_tensorboard_gets_steps_and_epochs(tmp_path):
    pytest.importorskip("tensorboardX")
    history = fit(*setting(), 2, validation=setting()[3], callbacks=[TensorBoard(tmp_path, 2)])
    found = scalars(tmp_path)
    assert [step for tag, step, _ in found if tag == "step/loss"] == [2, 4, 6, 8, 10]
    losses = [(step, value) for tag, step, value in found if tag == "loss/train"]
    assert losses == [(5, pytest.approx(history[0].train_loss)), (10, pytest.approx(losses[1][1]))]
    tags = {tag for tag, *_ in found}
    assert {"loss/test", "accuracy/train", "accuracy/test", "lr", "seconds"} <= tags


def test_tensorboard_is_told_what_to_forget(tmp_path):
    pytest.importorskip("tensorboardX")
    for epochs in (1, 2):
        callbacks = [TensorBoard(tmp_path / "board"), Checkpoint(tmp_path / "run")]
        fit(*setting(), epochs, callbacks=callbacks, resume=True)
    assert ("start", 6, 0.0) in scalars(tmp_path / "board")


def test_without_the_extra_the_error_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'chalkgrad\[tensorboard\]'"):
        TensorBoard(tmp_path)


def test_every_zeroth_step_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="every >= 1, got 0"):
        TensorBoard(tmp_path, every=0)
