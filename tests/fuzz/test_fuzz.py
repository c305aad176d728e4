"""Random programs against the reference, and broken engines that random programs have to find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import engine, inplace, views
from autograd.ops import indexing
from autograd.registry import registry, unwrap
from autograd.tensor import PAST

from . import machine as fuzz
from .machine import Machine
from .run import replay, run
from .statement import Leaf, Statement

pytestmark = pytest.mark.slow
_CHUNK = 500


@pytest.mark.parametrize("chunk", range(8))
def test_tensors_agree_with_the_reference(chunk: int) -> None:
    outcome = run(range(chunk * _CHUNK, (chunk + 1) * _CHUNK), most=1)
    assert not outcome.findings, str(outcome.findings[0])
    # The programs do what they are for, and are not refused at every turn.
    refused = sum(n for name, n in outcome.counts.items() if name.startswith("refused"))
    assert refused < 0.1 * outcome.counts["let"]
    for kind in ("backward", "joint", "gradients", "second", "write", "hook", "retain", "raise"):
        assert outcome.counts[kind] > _CHUNK / 20, kind


# -- broken engines --------------------------------------------------------------------------------


def _rule(function: Any, rule: Callable[..., Any], place: int = 0) -> Callable[..., None]:
    """Replace one derivative rule of the primitive that is `function` on tensors."""

    def break_(patch: pytest.MonkeyPatch) -> None:
        primitive = registry.get(function, function)
        rules = list(primitive.rules)
        rules[place] = rule
        patch.setattr(primitive, "rules", tuple(rules))

    return break_


def _name(module: Any, name: str, value: Any) -> Callable[..., None]:
    return lambda patch: patch.setattr(module, name, value)


def _no_hooks_of_the_past(patch: pytest.MonkeyPatch) -> None:
    """A write after which the hooks of the value before are not called."""
    become = inplace._become

    def forgetful(tensor: Any, result: Any, past: Any) -> None:
        become(tensor, result, past)
        past._hooks = {key: value for key, value in (past._hooks or {}).items() if key == PAST}

    patch.setattr(inplace, "_become", forgetful)


BROKEN = {
    "a wrong sign": _rule(np.cos, lambda g, out, x: g * np.sin(x)),
    "a forgotten factor": _rule(np.square, lambda g, out, x: g * x),
    "the other operand": _rule(np.multiply, lambda g, out, x, y: g * x),
    "wrong only where axes differ": _rule(
        np.swapaxes, lambda g, out, x, *, axis1, axis2: np.reshape(g, x.shape)
    ),
    "an index that counts once": _rule(
        indexing._getitem,
        lambda g, out, x, *, index: indexing.setitem(np.zeros_like(x), g, index=index),
    ),
    "a maximum that passes everything": _rule(np.maximum, lambda g, out, x, y: g),
    "right once, constant the second time": _rule(
        np.sin, lambda g, out, x: g * np.cos(np.array(unwrap(x)))
    ),
    "views that do not follow a write": _name(views, "relatives", lambda tensor: []),
    "views that follow in value only": _name(inplace, "_followed", lambda past, *_: past),
    "a write that reads its own result": _name(inplace, "_at", lambda past, value, tensor: value),
    "overwritten values that are used": _name(engine, "check_writes", lambda node: None),
    "gradients in one memory": _name(engine, "is_fresh", lambda gx, g, node: True),
    "hooks that a write forgets": _no_hooks_of_the_past,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_engine_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN[name](monkeypatch)
    monkeypatch.setattr(fuzz, "_SECONDS", 0.5)  # some of them never come to an end
    outcome = run(range(1000), most=1)
    assert outcome.findings
    # The finding is a program that disagrees when it is run again, and a short one.
    finding = outcome.findings[0]
    assert replay(finding.leaves, finding.statements) is not None
    assert len(finding.statements) <= 8
    assert str(finding.statements[-1]) in str(finding)


# -- the parts -------------------------------------------------------------------------------------


def test_a_program_is_drawn_from_its_seed() -> None:
    assert run(range(40, 60)).counts == run(range(40, 60)).counts


def test_the_second_derivative_of_the_reference() -> None:
    """Of x³, written in place: along d it is 6xd, exactly."""
    machine = Machine([Leaf("x0", np.array([0.5, -1.0]), True)])
    machine.step(Statement("let", "v0", "x0 ** 2", ("x0",)))
    machine.step(Statement("write", "v0", "v0 *= x0", ("v0", "x0")))
    last = Statement("second", "v0", seed=np.array([1.0, 2.0]), other={"x0": np.array([1.0, 3.0])})
    found = machine.reference.along(machine.script or [], last, last.other)
    assert found[machine.places["x0"]] == pytest.approx([3, -36], rel=1e-14)
    assert machine.step(last)
