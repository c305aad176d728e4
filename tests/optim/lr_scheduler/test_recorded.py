"""Sixty epochs of every scheduler beside PyTorch's, also chained and meddled with."""

import json

import numpy as np
import pytest

import optim
from nn import Parameter
from optim import lr_scheduler

from ..recorded import load
from ..recorded.problem import EPOCHS, LAMBDAS, metric

CASES = load("schedulers")
NAMES = [
    "+".join(name for name, _ in case["chain"]) + f"-{i}" + "-resumed" * (case["last_epoch"] > 0)
    for i, case in enumerate(CASES)
]


def scheduler(name, options, optimizer):
    options = dict(options)
    if name == "LambdaLR":
        given = options["lr_lambda"]
        options["lr_lambda"] = (
            LAMBDAS[given] if isinstance(given, str) else [LAMBDAS[one] for one in given]
        )
    if name == "SequentialLR":
        options["schedulers"] = [scheduler(*one, optimizer) for one in options["schedulers"]]
    return getattr(lr_scheduler, name)(optimizer, **options)


def build(case):
    groups = [dict(params=[Parameter(1.0)]), dict(params=[Parameter(1.0)], lr=0.05)]
    if case["last_epoch"] != -1:
        groups[0]["initial_lr"], groups[1]["initial_lr"] = 0.6, 0.07
    optimizer = getattr(optim, case["optimizer"])(groups, lr=0.5)
    return optimizer, [scheduler(name, options, optimizer) for name, options in case["chain"]]


def run(case, optimizer, schedulers, epochs):
    """Rates and momenta of both groups before each epoch, and after the last one."""
    rates, momenta = [], []

    def note():
        rates.append([group["lr"] for group in optimizer.param_groups])
        momenta.append([g.get("momentum", g.get("betas", [0])[0]) for g in optimizer.param_groups])

    note()
    for epoch in epochs:
        optimizer.step()
        if case["by_hand"] and epoch == 21:
            optimizer.param_groups[1]["lr"] *= 0.5
        for (name, options), one in zip(case["chain"], schedulers, strict=True):
            if name == "ReduceLROnPlateau":
                one.step(metric(options.get("mode", "min"), epoch))
            else:
                one.step()
        note()
    return rates, momenta


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_rates_are_those_of_pytorch(case):
    optimizer, schedulers = build(case)
    rates, momenta = run(case, optimizer, schedulers, range(EPOCHS))
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-12, atol=1e-12)
    if "momenta" in case:
        np.testing.assert_allclose(momenta, case["momenta"], rtol=1e-12, atol=1e-12)
    assert schedulers[-1].get_last_lr() == rates[-1]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_run_that_was_stopped_goes_on_to_the_last_bit(case):
    optimizer, schedulers = build(case)
    run(case, optimizer, schedulers, range(25))
    states = json.loads(json.dumps([optimizer.state_dict(), *(s.state_dict() for s in schedulers)]))
    whole = run(case, optimizer, schedulers, range(25, EPOCHS))

    optimizer, schedulers = build(case)
    for one, state in zip([optimizer, *schedulers], states, strict=True):
        one.load_state_dict(state)
    assert run(case, optimizer, schedulers, range(25, EPOCHS)) == whole
