"""Learning rates that change while an optimizer runs. Names and arguments are PyTorch's.

    scheduler = CosineAnnealingLR(optimizer, T_max=epochs)
    for epoch in range(epochs):
        train(...)           # calls optimizer.step() for each mini-batch
        scheduler.step()

A scheduler writes `param_groups[i]["lr"]`. To go on where a run stopped, build optimizer and
scheduler as before, then load the states of both.
"""

from typing import NoReturn

from autograd.torch_names import advice

from ..torch_names import SCHEDULES
from .annealing import CosineAnnealingLR, LinearLR
from .base import LRScheduler
from .decay import ExponentialLR, LambdaLR, MultiStepLR, StepLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .sequential import SequentialLR

__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"module 'optim.lr_scheduler' has no attribute {name!r}{advice(SCHEDULES, name)}"
    )


def __dir__() -> list[str]:
    return sorted(__all__)
