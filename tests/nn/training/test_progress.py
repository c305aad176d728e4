"""The bar: on a terminal, with the averages; elsewhere nothing, not even an import."""

import io
import subprocess
import sys

import pytest

from nn.training import ProgressBar, fit

from .test_loop import setting

tqdm = pytest.importorskip("tqdm")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, **options):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    fit(*setting(), 2, **options)
    return terminal.getvalue()


def test_on_a_terminal_each_epoch_has_a_bar_with_loss_and_metric(monkeypatch):
    text = shown(monkeypatch)
    last = text.split("\r")[-1]
    assert "epoch 1/2" in text
    assert "epoch 2/2: 100%" in last
    assert "5/5" in last
    for name in ("train_loss=", "train_accuracy=", "lr=0.5"):
        assert name in last


def test_it_can_be_left_out_and_comes_once(monkeypatch):
    assert shown(monkeypatch, progress=False) == ""
    once = shown(monkeypatch, callbacks=[ProgressBar(leave=False)])
    assert "epoch 1/2" in once


def test_without_tqdm_nothing_is_shown(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert shown(monkeypatch) == ""


def test_without_a_console_nothing_is_shown(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert len(fit(*setting(), 1)) == 1


def test_without_a_terminal_tqdm_is_not_imported():
    program = (
        "import sys, numpy as np, nn, optim; from nn.training import fit\n"
        "from nn.data import DataLoader, TensorDataset\n"
        "net = nn.Linear(2, 1); data = TensorDataset(np.ones((4, 2), 'f'), np.ones((4, 1), 'f'))\n"
        "fit(net, nn.MSELoss(), optim.SGD(net.parameters()), DataLoader(data, 2), 2)\n"
        "print('tqdm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
