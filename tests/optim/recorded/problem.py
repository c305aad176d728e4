"""What both libraries compute: gradients that depend on where the parameters are, and metrics.

Sines would round differently from machine to machine; these are quotients of small integers.
"""

import numpy as np

SHAPES = {"weight": (2, 3), "bias": (3,), "gain": ()}
STEPS = 60
# After these steps the parameters are recorded. Each step builds on all steps before.
RECORDED = (1, 2, 3, 5, 10, 20, 30, 40, 50, 60)
EPOCHS = 60

LAMBDAS = {
    "inverse": lambda epoch: 1 / (1 + epoch),
    "saw": lambda epoch: 1 - (epoch % 7) / 8,
}


def start(name):
    """The value of a parameter at the beginning."""
    count = int(np.prod(SHAPES[name]))
    return ((np.arange(count) * 7 + len(name)) % 11 - 5).reshape(SHAPES[name]) / 4


def gradient(name, p, t):
    """dJ/dp at step t; None for bias at every fourth step.

    It changes its sign from step to step, but stays away from 0: there, the quotients of Adam and
    its kin flip with the sign, and two correct computations part from each other.
    """
    if name == "bias" and t % 4 == 0:
        return None
    i = np.arange(p.size).reshape(p.shape)
    size = (1 + i % 3) * (1.5 + ((5 * t + i) % 7) / 14)
    return size * np.where((t + i) % 3, 1.0, -1.0) + p / 16


def metric(kind, epoch):
    """A loss ("min") that falls, stands still and falls on, or an accuracy ("max") that rises."""
    progress = epoch if epoch < 12 else 12 if epoch < 35 else epoch - 23
    value = 1 / (1 + progress) + (epoch % 3) / 1000
    return value if kind == "min" else 1 - value
