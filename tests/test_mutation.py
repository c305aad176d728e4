"""The mutation proof itself: what it changes, and that it would notice a check that is blind."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import Primitive
from tests.mutation.cases import Witness, primitives, witnesses
from tests.mutation.mutants import mutants_of
from tests.mutation.proof import CAUGHT, SAME, SURVIVED, UNREACHED, prove, watch


def _helper(g, x):
    return g * x if x.ndim else -g


rule = lambda g, out, x: _helper(g, x) - 2 * out


def test_a_rule_is_changed_in_one_place_at_a_time():
    changes = {mutant.what for mutant in mutants_of(lambda g, out, x: -g * x.T)}
    assert changes == {
        "-g * x.T  ->  -(-g * x.T)",
        "-g * x.T  ->  2 * (-g * x.T)",
        "-g * x.T  ->  -g",
        "-g * x.T  ->  x.T",
        "-g * x.T  ->  -g / x.T",
        "-g  ->  g",
        "x.T  ->  x",
    }


def test_mutants_compute_what_they_say_and_know_that_they_were_reached():
    g, out, x = 3.0, 5.0, np.array([2.0])
    values = {m.what: (m.rule(g, out, x), bool(m.reached)) for m in mutants_of(rule)}
    assert values["_helper(g, x) - 2 * out  ->  _helper(g, x) + 2 * out"] == (16.0, True)
    assert values["_helper(g, x) - 2 * out  ->  2 * out - _helper(g, x)"] == (4.0, True)
    assert values["_helper: g * x  ->  g"] == (-7.0, True)
    assert values["_helper: -g  ->  g"] == (-4.0, False)
    assert rule(g, out, x) == -4.0


# One op of each kind: of one input, of two that broadcast, a product, a joint rule, of a layer,
# and one that has a kernel besides.
SAMPLE = {
    "autograd.ops.elementwise.tanh": {"tanh"},
    "autograd.ops.elementwise.divide": {"divide"},
    "autograd.ops.products.matmul": {"matmul"},
    "autograd.ops.joining._concatenate": {"concatenate"},
    "nn.functional.activation.softmax": {"Softmax"},
    "nn.functional.activation.sigmoid": {"Sigmoid"},
}


def outcomes(name: str, found: list[Witness]) -> dict[str, list[str]]:
    op = primitives()[name]
    by_fate: dict[str, list[str]] = {}
    for outcome in prove(name, op, watch({name: op}, found), found):
        by_fate.setdefault(outcome.fate, []).append(outcome.change)
    return by_fate


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_every_mutant_of_a_sample_is_caught(name):
    found = outcomes(name, witnesses(SAMPLE[name]))
    assert found.keys() <= {CAUGHT, SAME}, found
    assert len(found[CAUGHT]) >= 2


def test_a_blind_check_lets_mutants_survive():
    name = "autograd.ops.elementwise.divide"
    op = primitives()[name]

    def blind():
        for rule in op.rules:
            rule(1.0, 2.0, 6.0, 3.0)

    found = outcomes(name, [Witness("blind", blind)])
    assert "g / y  ->  g * y" in found[SURVIVED]
    assert CAUGHT not in found


def test_a_rule_that_no_case_calls_is_told():
    found = outcomes("autograd.ops.elementwise.tanh", [Witness("idle", lambda: None)])
    assert found.keys() == {UNREACHED}


def test_the_ops_are_all_there():
    assert len(primitives()) > 120
    assert all(isinstance(op, Primitive) for op in primitives().values())
