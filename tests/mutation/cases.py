"""Which examples show a mistake in a rule: those of the tables of ops, and those of the layers."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

import nn
from autograd import Primitive, Tensor, gradcheck, ops
from autograd.checking import check
from autograd.ops.elementwise import _tanh_slope
from autograd.testing import Call, OpError
from autograd.testing.battery import Subject
from autograd.testing.check import examine
from autograd.testing.example import Example, calls
from autograd.testing.values import filled
from nn import functional as F
from nn.functional import entropy, special
from tests.autograd.ops.opcase import OpCase, elementwise
from tests.autograd.ops.test_decompositions import (
    test_the_gradient_of_a_symmetric_matrix_is_symmetric_whichever_triangle_is_read,
)
from tests.autograd.ops.test_linalg import (
    test_lstsq_with_respect_to_the_right_hand_side_alone_is_the_pseudo_inverse_transposed,
)
from tests.autograd.ops.test_registry import all_cases
from tests.autograd.ops.test_sorting import TestTies
from tests.nn.layercase import LayerCase, check_paths
from tests.nn.test_embedding import test_the_padding_row_begins_as_zeros_and_does_not_learn
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
    cases = [*all_cases(), *_INTERNAL]
    found = [w for case in cases if names is None or case.id in names for w in _of_op(case)]
    layers = [case for case in LAYERS if names is None or case.label in names]
    found += [w for case in layers for w in _of_layer(case)]
    return found + [w for w in _BY_CONVENTION if names is None or w.name in names]


# Ops that are reached through others only.
_INTERNAL = [
    OpCase(special.erf, elementwise((-2.5, 2.5))),
    OpCase(_tanh_slope, elementwise((-2, 2), (-0.9, 0.9))),
]


def _along_direction(labels: Any, reduction: str) -> None:
    """The derivatives of what the cross-entropy grows by along a direction."""
    p, t = np.random.default_rng(0).normal(size=(2, *labels.shape, 3))
    along = functools.partial(entropy._along, labels=labels, reduction=reduction)
    report = check(along, [p, t], order=2, variations=False)
    if report.verdict == "fail":
        raise OpError(str(report), "gradient")


def _linear(weight: Any) -> None:
    """The gradients of the linear layer are products with the one that comes in."""
    outputs, features = weight.shape
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(70, features)), requires_grad=True)
    w = Tensor(0.0, requires_grad=True)
    w.data = weight
    g = rng.normal(size=(70, outputs))
    F.linear(x, w).backward(g)
    assert x.grad is not None
    assert w.grad is not None
    np.testing.assert_allclose(x.grad.data, g @ weight)
    np.testing.assert_allclose(w.grad.data, g.T @ x.data)


def _empty_partition() -> None:
    x = Tensor(np.zeros((2, 0)), requires_grad=True)
    np.partition(x, 0, axis=0).sum().backward()
    assert x.grad is not None
    assert x.grad.shape == (2, 0)


# Where a convention says what the derivative is, and differences cannot: at ties, of a matrix that
# is taken for symmetric, of a row that does not learn; and inputs that stand in no table.
_BY_CONVENTION = [
    Witness("sort-ties", TestTies().test_sort),
    Witness("partition-ties", TestTies().test_sort),
    Witness("partition-nothing", _empty_partition),
    Witness("cross_entropy_slope-mean", lambda: _along_direction(np.array([2, 0, 1]), "mean")),
    Witness("cross_entropy_slope-none", lambda: _along_direction(np.array([2, 0, 1]), "none")),
    Witness("cross_entropy_slope-one sample", lambda: _along_direction(np.array(1), "sum")),
    Witness("linear-many rows", functools.partial(_linear, filled(1, (65, 64)))),
    Witness("linear-Fortran order", functools.partial(_linear, filled(1, (3, 2)).copy("F"))),
    Witness(
        "cholesky-symmetric",
        test_the_gradient_of_a_symmetric_matrix_is_symmetric_whichever_triangle_is_read,
    ),
    Witness(
        "lstsq-right-hand side",
        test_lstsq_with_respect_to_the_right_hand_side_alone_is_the_pseudo_inverse_transposed,
    ),
    Witness(
        "embedding-padding",
        functools.partial(test_the_padding_row_begins_as_zeros_and_does_not_learn, 1),
    ),
    Witness(
        "cross_entropy-one sample",
        lambda: gradcheck(lambda x: F.cross_entropy(x, np.array(2)), np.array([0.5, -1.0, 2.0])),
    ),
]


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
    # By turns one example of each kind, told by shapes, of which hypothesis draws some many times:
    # each mistake needs its kind. The empty ones are a kind too, and come last.
    turns: Counter[tuple[Any, ...]] = Counter()
    found = []
    for example in sorted(map(Example, drawn), key=lambda example: example.size or 10**9):
        kind = tuple(value.shape for value in example.values) if example.size else (-1,)
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
        # The first derivative may come from a kernel, and has to be what the rules give.
        check_paths(case)
        report = check(case.made(), case.drawn(), order=2, variations=False)
        if report.verdict == "fail":
            raise OpError(str(report), "gradient")

    yield Witness(case.label, run)
