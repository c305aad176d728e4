"""Sixty steps of every optimizer beside PyTorch's, with random options and several groups."""

import json

import numpy as np
import pytest

import optim
from autograd import Tensor
from nn import Parameter

from .recorded import load
from .recorded.problem import RECORDED, SHAPES, STEPS, gradient, start

CASES = load("optimizers")
NAMES = [f"{case['kind']}-{i % 6}" for i, case in enumerate(CASES)]


def build(case):
    params = {name: Parameter(start(name)) for name in SHAPES}
    groups = [g | {"params": [(n, params[n]) for n in g["params"]]} for g in case["groups"]]
    return params, getattr(optim, case["kind"])(groups, **case["options"])


def run(params, optimizer, steps):
    """Values of all parameters after each step."""
    path = []
    for t in steps:
        for name, p in params.items():
            g = gradient(name, np.asarray(p.data), t)
            p.grad = None if g is None else Tensor(g)
        optimizer.step()
        path.append({name: np.array(p.data) for name, p in params.items()})
    return path


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_path_is_that_of_pytorch(case):
    params, optimizer = build(case)
    path = run(params, optimizer, range(1, STEPS + 1))
    for name in SHAPES:
        ours = np.array([path[t - 1][name] for t in RECORDED])
        np.testing.assert_allclose(ours, case["path"][name], rtol=1e-10, atol=1e-10)
    for key, value in optimizer.state["bias"].items():
        np.testing.assert_allclose(value, case["bias_state"][key], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_run_that_was_stopped_goes_on_to_the_last_bit(case):
    params, optimizer = build(case)
    run(params, optimizer, range(1, 31))
    values = {name: np.array(p.data) for name, p in params.items()}
    state = optimizer.state_dict()
    whole = run(params, optimizer, range(31, STEPS + 1))

    again = {name: Parameter(value) for name, value in values.items()}
    groups = [{"params": [(n, again[n]) for n in group["params"]]} for group in case["groups"]]
    resumed = getattr(optim, case["kind"])(groups)
    resumed.load_state_dict(state)
    for before, after in zip(whole, run(again, resumed, range(31, STEPS + 1)), strict=True):
        for name in SHAPES:
            np.testing.assert_array_equal(before[name], after[name])


def test_the_options_of_a_state_survive_json():
    _, optimizer = build(CASES[NAMES.index("NAdam-2")])
    groups = optimizer.state_dict()["param_groups"]
    again = json.loads(json.dumps(groups))
    optimizer.load_state_dict({"state": {}, "param_groups": again})
    assert list(optimizer.param_groups[1]["betas"]) == list(groups[1]["betas"])
