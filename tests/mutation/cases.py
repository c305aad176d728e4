"""Which examples show a mistake in a rule: those of the tables of ops, and those of the layers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
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

# Drawn per case; the first ones, which are the smallest, find most mistakes.
_EXAMPLES = 40


@dataclass(frozen=True)
class Witness:
    """A check of one example: it raises AssertionError if some rule of it is wrong."""

    name: str
    size: int
    run: Callable[[], None]


def primitives() -> dict[str, Primitive]:
    """Every op of the library with a rule, by the module and the name it is declared under."""
    import pkgutil
    from importlib import import_module

    found: dict[int, tuple[str, Primitive]] = {}
    for package in (ops, nn.functional, nn):
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            if info.ispkg or info.name.endswith("__main__"):
                continue
            for name, value in vars(import_module(info.name)).items():
                if isinstance(value, Primitive) and (
                    id(value) not in found or value.__module__ == info.name
                ):
                    found.setdefault(id(value), (f"{value.__module__}.{name}", value))
    return dict(sorted(found.values()))


@functools.cache
def witnesses() -> tuple[Witness, ...]:
    """All checks there are, smallest examples of each case first."""
    cases = [*all_cases(), OpCase(special.erf, elementwise((-2.5, 2.5)))]
    found = [w for case in cases for w in _of_op(case)]
    return (*found, *(w for case in LAYERS for w in _of_layer(case)))


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
    sizes = [Example(example).size for example in drawn]
    for size, example in sorted(zip(sizes, drawn, strict=True), key=lambda pair: pair[0]):
        if size:
            yield Witness(case.id, size, functools.partial(_check_op, case, example))


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

    yield Witness(case.label, 12, run)
