"""Optimizers: how a parameter moves against its gradient. Names and arguments are PyTorch's.

    optimizer = Adam(model.named_parameters(), lr=1e-3)
    for x, y in loader:
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

What is remembered of a parameter goes by its name, in `state_dict()` too. After a layer has been
replaced, `optimizer.check_parameters(model)` names what the optimizer still holds in vain.
"""

from typing import NoReturn

from autograd.source import add_library
from autograd.torch_names import advice

from . import lr_scheduler
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .nadam import NAdam
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD
from .torch_names import OPTIMIZERS

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RMSprop",
    "lr_scheduler",
]

# A node points at the line that called the optimizer, not at the optimizer's own.
add_library(__file__)


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(f"module 'optim' has no attribute {name!r}{advice(OPTIMIZERS, name)}")


def __dir__() -> list[str]:
    return sorted(__all__)
