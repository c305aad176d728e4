"""Names, order and defaults of arguments are PyTorch's; what is out of range is refused."""

import inspect
import json

import pytest

import optim
from nn import Parameter
from optim import Adadelta, Adagrad, Adamax, NAdam, RMSprop, lr_scheduler

from .recorded import load


@pytest.mark.parametrize(("name", "expected"), load("signatures"))
def test_arguments(name, expected):
    kind = getattr(optim, name, None) or getattr(lr_scheduler, name)
    parameters = list(inspect.signature(kind).parameters.values())
    ours = [[p.name, None if p.default is p.empty else p.default] for p in parameters]
    assert json.loads(json.dumps([given for given in ours if given[0] != "params"])) == expected


BETAS = [
    (dict(betas=(1.0, 0.9)), r"betas\[0\] in \[0, 1\), got 1.0"),
    (dict(betas=(0.9, -0.1)), r"betas\[1\] in \[0, 1\), got -0.1"),
    (dict(betas=0.9), "betas to be two numbers, got 0.9"),
]
OWN = {
    Adadelta: [(dict(rho=1.1), r"rho in \[0, 1\], got 1.1")],
    Adagrad: [
        (dict(lr_decay=-1), "lr_decay >= 0, got -1"),
        (dict(initial_accumulator_value=-1), "initial_accumulator_value >= 0"),
    ],
    Adamax: BETAS,
    NAdam: [*BETAS, (dict(momentum_decay=-0.1), "momentum_decay >= 0")],
    RMSprop: [
        (dict(alpha=-0.1), r"alpha in \[0, 1\], got -0.1"),
        (dict(momentum=-1), "momentum >= 0"),
    ],
}
COMMON = [
    (dict(lr=-0.1), "lr >= 0, got -0.1"),
    (dict(lr=float("nan")), "lr >= 0, got nan"),
    (dict(eps=-1e-8), "eps >= 0"),
    (dict(weight_decay=-1), "weight_decay >= 0"),
]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [(kind, *case) for kind, own in OWN.items() for case in COMMON + own],
)
def test_options_out_of_range(kind, options, message):
    with pytest.raises(ValueError, match=f"{kind.__name__} expects {message}"):
        kind([Parameter(1.0)], **options)
    with pytest.raises(ValueError, match=message):
        kind([dict(params=[Parameter(1.0)]) | options])
