"""A training that kills itself: run by test_resume as `program.py folder kill plan`.

`kill` is a number of mini-batches in this process, or `<function>:<n>` for the n-th call of a
function of `os`, that is, in the middle of writing; 0 lets it live. `plan` chooses what is trained.
It prints a checksum of the parameters at the end, and the history.
"""

import hashlib
import os
import signal
import sys

import numpy as np

import nn
import optim
from autograd import Tensor, generator, manual_seed
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, Checkpoint, CSVLogger, EarlyStopping, fit
from optim.lr_scheduler import ExponentialLR, OneCycleLR, ReduceLROnPlateau

EPOCHS, BATCHES = 3, 5


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Kill(Callback):
    def __init__(self, step):
        self.left = step

    def on_step(self, loss):
        self.left -= 1
        if self.left == 0:
            die()


class Noise(nn.Module):
    """Draws from the library's generator, or from one of its own."""

    def __init__(self, rng=None):
        self.rng = rng

    def forward(self, x):
        if not self.training:
            return x
        return x * (generator(self.rng).random(x.shape) < 0.8).astype(np.float32)


class Center(nn.Module):
    """Subtracts a running mean, which is a buffer."""

    def __init__(self, features):
        self.register_buffer("mean", np.zeros(features, np.float32))

    def forward(self, x):
        if self.training:
            self.mean[...] = 0.9 * self.mean + 0.1 * x.detach().mean(axis=0)
        return x - self.mean


def schedule(plan, optimizer):
    """A scheduler, and when it steps."""
    if plan == "library":
        return OneCycleLR(optimizer, 0.1, total_steps=EPOCHS * BATCHES), "step"
    if plan == "shared":
        return ReduceLROnPlateau(optimizer, patience=0, threshold=0.5), "epoch"
    return ExponentialLR(optimizer, 0.97), "step"


def network(plan):
    own = np.random.default_rng(5)
    if plan == "layers":
        middle = [nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3)]
    else:
        middle = [Center(8), nn.ReLU(), Noise(), Noise(own)]
    return nn.Sequential(nn.Linear(4, 8), *middle, nn.Linear(8, 3)), own


def main(folder, kill, plan):
    manual_seed(1)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(44, 4)).astype(np.float32)
    labels = rng.integers(0, 3, 44)
    model, own = network(plan)
    # The generator of the loader: its own, the library's, or the one that a layer draws from too.
    source = {"own": 7, "library": None, "shared": own, "layers": 7}[plan]
    loader = DataLoader(
        TensorDataset(x, labels), 9, shuffle=True, rng=source, prefetch=2 * (plan == "own")
    )
    kind = optim.SGD if plan == "library" else optim.Adam
    options = {"momentum": 0.9} if plan == "library" else {"amsgrad": True}
    optimizer = kind(model.named_parameters(), lr=0.05, **options)
    callbacks = [
        Checkpoint(folder, every=2, suffix=".safetensors" if plan == "shared" else ".npz"),
        EarlyStopping(patience=2, restore_best=plan == "shared"),
        CSVLogger(os.path.join(folder, "log.csv")),
    ]
    if kill.isdigit():
        callbacks.append(Kill(int(kill)))
    else:
        name, times = kill.split(":")
        calls, real = [], getattr(os, name)

        def count(*args):
            calls.append(args)
            if len(calls) == int(times):
                die()
            return real(*args)

        setattr(os, name, count)
    scheduler, per = schedule(plan, optimizer)
    history = fit(
        model,
        {"main": nn.CrossEntropyLoss(), "small": lambda out, _: 0.01 * (out * out).mean()},
        optimizer,
        loader,
        EPOCHS,
        validation=DataLoader(TensorDataset(x, labels), 20, shuffle=True),
        scheduler=scheduler,
        scheduler_per=per,
        callbacks=callbacks,
        resume=True,
    )
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(name.encode() + value.tobytes())
    output = model.eval()(Tensor(x))
    digest.update(output.data.tobytes())
    print(digest.hexdigest(), generator().random())
    for epoch in history:
        print({name: value for name, value in epoch.values().items() if name != "seconds"})


if __name__ == "__main__":
    main(*sys.argv[1:])
