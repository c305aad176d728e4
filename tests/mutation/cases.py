"""Which examples show a mistake in a rule: those of the tables of ops, and those of the layers."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings

import nn
from autograd import Primitive, ops
from autograd.checking import check
from autograd.testing import Call, OpError
from autograd.testing.battery import Subject
from autograd.testing.check import examine
from autograd.testing.example import Example, calls
from nn.functional import special
from tests.autograd.ops.opcase import OpCase, elementwise
from tests.autograd.ops.test_registry import all_cases
from tests.nn.layercase import LayerCase
from tests.nn.test_layercases import CASES as LAYERS

# Drawn per case.
_EXAMPLES = 40


@dataclass(frozen=True)
class Witness:
    """A check of one example of the case `name`; `run` raises if some rule is wrong."""

    name: str
    run: Callable[[], None]


def primitives() -> dict[str, Primitive]:
    """Every op of the library with a rule, by the module and the name it is declared under."""
    found: dict[int, tuple[str, Primitive]] = {}
    for package in (ops, nn.functional, nn):
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            if info.ispkg or info.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(info.name)).items():
                if isinstance(value, Primitive) and (
                    id(value) not in found or value.__module__ == info.name
                ):
                    found.setdefault(id(value), (f"{value.__module__}.{name}", value))
    return dict(sorted(found.values()))


def witnesses(names: Collection[str] | None = None) -> list[Witness]:
    """The checks of the cases of these names (None: of all), small examples of each case first."""
    cases = [*all_cases(), OpCase(special.erf, elementwise((-2.5, 2.5)))]
    found = [w for case in cases if names is None or case.id in names for w in _of_op(case)]
    layers = [case for case in LAYERS if names is None or case.label in names]
    return found + [w for case in layers for w in _of_layer(case)]


def _of_op(case: OpCase) -> Iterator[Witness]:
    drawn: list[Call] = []

    @seed(0)
    @settings(
        max_examples=_EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(calls(case.inputs))
    def draw(example: Call) -> None:
        drawn.append(example)

    draw()
    # By turns one example of each kind, told by numbers of axes: each mistake needs its kind.
    turns: Counter[tuple[int, ...]] = Counter()
    found = []
    for example in sorted(map(Example, drawn), key=lambda example: example.size):
        if example.size:
            kind = tuple(value.ndim for value in example.values)
            turns[kind] += 1
            found.append((turns[kind], len(found), Call(example.args, example.params)))
    for _, _, call in sorted(found, key=lambda entry: entry[:2]):
        yield Witness(case.id, functools.partial(_check_op, case, call))


def _check_op(case: OpCase, example: Call) -> None:
    # Cycles are no matter of values, and a watched rule does keep what it is called with.
    subject = Subject(case.id, case.op, case.op, case.order, without=("cycles",))
    examine(subject, case.op, example, None)


def _of_layer(case: LayerCase) -> Iterator[Witness]:
    def run() -> None:
        # The second derivative of a mean over many samples is checked with the tables of ops.
        report = check(case.made(), case.drawn(), order=2, variations=False)
        if report.verdict == "fail":
            raise OpError(str(report), "gradient")

    yield Witness(case.label, run)
