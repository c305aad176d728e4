"""One check: what is looked at, in which order, and what comes of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..primitive import Primitive
from . import names
from .compare import compare
from .conduct import (
    Backward,
    BackwardError,
    aliases,
    behaviour,
    overwritten,
    short,
    steadiness,
    steady,
    unsteady,
    writes_inputs,
)
from .directions import Hit, fast
from .foreign import ForeignProblem
from .glance import DIRECTIONS, glance
from .jacobian import analytic_jacobian, full, numeric_input
from .modes import forward_against_reverse, recorded_against_plain
from .problem import Problem, Record, quiet
from .report import Coverage, Finding, Report
from .symmetry import symmetrized
from .tensors import Derivative, Taped, TensorProblem
from .variations import OTHER_SHAPES, tried
from .verdict import findings_of

__all__ = ["Run"]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True

# A Jacobian of up to this many elements either way is looked at whole for a diagnosis.
_SMALL = 64


class Run:
    """One check, and what it has found so far."""

    def __init__(
        self,
        f: Any,
        inputs: Any,
        order: int,
        grad: Callable[..., Any] | None,
        speed: str,
        rtol: float,
        seed: int | np.random.Generator,
        wrt: int | Sequence[int] | None = None,
    ) -> None:
        self.f, self.order, self.speed, self.rtol, self.seed = f, order, speed, rtol, seed
        self.problem: Problem = (
            TensorProblem(f, inputs, wrt) if grad is None else ForeignProblem(f, grad, inputs, wrt)
        )
        self.coverage: list[Coverage] = []
        self.shared: list[str] = []
        self.evaluations = 0

    @functools.cached_property
    def rng(self) -> np.random.Generator:
        """The source of random vectors, which a glance at what is right does not need."""
        return np.random.default_rng(self.seed)

    def report(self, variations: bool | None) -> Report:
        """Do it all; with `variations` None, other shapes are tried and decide nothing."""
        names_: list[str] = []
        beyond: list[Finding] = []
        try:
            with quiet():
                findings = self.look_through()
                if any(x.verdict == names.FAIL for x in findings):
                    along = self.look_along_symmetric()
                    findings = findings if along is None else along
                first = self.problem
                # An f that is never twice the same gives other results for other layouts too.
                told = any(
                    x.verdict == names.FAIL
                    or x.diagnosis in (names.STATEFUL, names.NONDETERMINISTIC)
                    for x in findings
                )
                empty = not (first.size and any(v.size for v in first.values))
                if variations is not False and not told and not empty:
                    names_, more = tried(first, self.rng, self.variation)
                    for x in more:
                        unasked = variations is None and x.variation in self.unpromised()
                        (beyond if unasked else findings).append(x)
        finally:
            self.problem.frozen.release()
        findings.sort(key=lambda x: (names.VERDICTS.index(x.verdict), bool(x.variation)))
        return Report(
            first.name,
            self.order,
            self.speed,
            tuple(findings),
            tuple(self.coverage),
            tuple(names_),
            tuple(self.notes()),
            self.evaluations,
            tuple(beyond),
        )

    def unpromised(self) -> frozenset[str]:
        """The variations that say nothing against f: it takes what it was not made for."""
        promised = isinstance(self.f, Primitive) and self.f.elementwise
        return frozenset() if promised else OTHER_SHAPES

    def look_through(self) -> list[Finding]:
        """What is to be found at the first order at which there is something."""
        problem, findings = self.problem, list[Finding]()
        for current in range(1, self.order + 1):
            if current > 1:
                assert isinstance(problem, Taped)
                problem = Derivative(problem, self.rng)
            findings = self.look_at(problem, self.speed)
            self.evaluations += problem.evaluations
            if findings:
                break
        return findings

    def look_along_symmetric(self) -> list[Finding] | None:
        """The same along symmetric directions; None if f reads no symmetric matrix."""
        if not isinstance(self.problem, TensorProblem):
            return None
        other, notes = symmetrized(self.problem)
        if other is None:
            self.shared += notes
            return None
        self.problem, self.coverage = other, []
        findings = self.look_through()
        self.shared += notes
        return findings

    def notes(self) -> list[str]:
        """What decides nothing and a reader should know."""
        if hasattr(self.f, "named_parameters"):
            return self.shared
        return self.shared + [
            f"f closes over a module, {type(m).__name__}: its parameters are not checked; pass the "
            "module itself"
            for m in self.problem.frozen.modules
        ]

    def variation(self, problem: Problem) -> list[Finding]:
        """What a fast check finds wrong at other inputs; what is undecided does not count."""
        coverage = self.coverage
        self.coverage = []
        try:
            if not problem.size or not sum(v.size for v in problem.values):
                backward = Backward(problem, problem.record())
                backward(backward.random(self.rng))
                return []
            found = self.look_at(problem, "fast")
        except BackwardError as error:
            return [] if isinstance(problem, ForeignProblem) else [error.finding]
        finally:
            self.coverage = coverage
        if isinstance(problem, ForeignProblem):
            # Written for the shapes at hand: that it does not fit others is no mistake.
            found = [x for x in found if x.analytic is not None]
        return [x for x in found if x.verdict == names.FAIL]

    def look_at(self, problem: Problem, speed: str) -> list[Finding]:
        """All that is to be found at one order."""
        seen = glance(problem, self.rtol, self.seed) if speed == "fast" else None
        if seen is not None:
            for which, value in enumerate(problem.values):
                self.cover_fast(problem, which, seen.largest if value.size else 0.0)
            if problem is self.problem:
                self.shared = aliases(problem, seen.backward.record)
            try:
                return self.modes(problem, seen.backward)
            except BackwardError as error:
                return [error.finding]
        return self.look_closer(problem, speed)

    def look_closer(self, problem: Problem, speed: str) -> list[Finding]:
        """All that is to be found at one order, with whatever effort that takes."""
        if not sum(v.size for v in problem.values):
            return [_nothing_in(problem)]
        try:
            record, at_point, same = self.started(problem)
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            return [writes_inputs(problem, error)]
        if not problem.size:
            return [_nothing_out(problem)]
        kept = [np.array(out) for out in record.outputs]
        if problem is self.problem:
            self.shared = aliases(problem, record)
        backward = Backward(problem, record)
        try:
            findings = overwritten(problem, record, kept)
            if findings:
                return findings
            with problem.evaluating():
                if not same:
                    return unsteady(problem)
                _widen(problem)
            look = self.look_fully if speed == "full" else self.look_fast
            findings = look(problem, backward, at_point)
            after = overwritten(problem, record, kept)
            if after or backward.findings:
                return after + backward.findings
            if any(x.verdict == names.FAIL for x in findings):
                seeds = backward.random(self.rng)
                findings = steadiness(problem, backward, seeds, backward(seeds)) or findings
        except BackwardError as error:
            return [error.finding, *backward.findings]
        return findings

    def started(self, problem: Problem) -> tuple[Record, ndarray, bool]:
        """A record, the outputs evaluated once more, perhaps with random numbers held still, and
        whether those are the same.
        """
        while True:
            record = problem.start()
            at_point = problem.again(record)
            same = steady(problem, record, at_point)
            if same or not problem.frozen.settle():
                return record, at_point, same

    def look_fully(self, problem: Problem, backward: Backward, at_point: ndarray) -> list[Finding]:
        """Every entry."""
        comparisons = full(problem, backward, at_point, self.rtol)
        floors = {
            c.which: np.where(np.isfinite(c.numeric.bar), c.numeric.bar, 0.0) for c in comparisons
        }

        def rounding(weights: Any) -> list[Any]:
            row = np.concatenate([w.reshape(-1) for w in weights])
            return [
                (row @ floors[k]).reshape(v.shape) if k in floors else 0.0
                for k, v in enumerate(problem.values)
            ]

        for c in comparisons:
            shape = problem.values[c.which].shape
            # Not a number where an undecided entry leaves it open; wrong entries come first.
            worst = np.nanmax(np.nan_to_num(c.error, posinf=np.inf), axis=0)
            error = np.where(np.isnan(c.error).any(axis=0) & (worst <= 1), np.nan, worst)
            self.cover(problem, c.which, c.error.size, error.reshape(shape))
        seeds = backward.random(self.rng)
        conduct = self.conduct(problem, backward, rounding, seeds, backward(seeds))
        comparisons.sort(key=lambda c: -float(np.nanmax(c.error, initial=0.0)))
        return _replaced(
            [x for c in comparisons for x in findings_of(problem, c, comparisons)], conduct
        )

    def look_fast(self, problem: Problem, backward: Backward, at_point: ndarray) -> list[Finding]:
        """Directions, and what bisection finds."""
        outcome = fast(problem, backward, at_point, self.rtol, self.rng)
        for which, largest in enumerate(outcome.largest):
            self.cover_fast(problem, which, largest)
        findings: list[Finding] = []
        for hit in outcome.hits:
            findings += self.looked_into(problem, backward, at_point, hit)
        floors = outcome.floor
        conduct = self.conduct(
            problem, backward, lambda _: floors, outcome.seeds, outcome.gradients
        )
        return _replaced(findings, conduct)

    def conduct(
        self,
        problem: Problem,
        backward: Backward,
        rounding: Callable[[Any], Any],
        seeds: list[ndarray],
        gradients: list[ndarray | None],
    ) -> list[Finding]:
        """What is wrong with the backward pass as a function of g, its other modes included."""
        found = behaviour(problem, backward, self.rng, self.rtol, rounding, seeds, gradients)
        return found or self.modes(problem, backward)

    def modes(self, problem: Problem, backward: Backward) -> list[Finding]:
        """What is wrong with a derivative of a derivative that is computed in other modes."""
        if not isinstance(problem, Derivative):
            return []
        return recorded_against_plain(problem, backward, self.rtol) or forward_against_reverse(
            problem, backward, self.rng, self.rtol
        )

    def looked_into(
        self, problem: Problem, backward: Backward, at_point: ndarray, hit: Hit
    ) -> list[Finding]:
        """The findings about a direction that is wrong or undecided."""
        which = hit.comparison.which
        found = findings_of(problem, hit.comparison)
        failed = bool(found) and found[0].verdict == names.FAIL
        if max(problem.values[which].size, problem.size) <= _SMALL and (failed or not found):
            analytic, shape = analytic_jacobian(problem, backward), problem.values[which].shape
            comparisons = [
                compare(
                    k, a, numeric_input(problem, k, a, at_point, self.rtol), self.rtol, problem.eps
                )
                for k, a in enumerate(analytic)
                if problem.values[k].shape == shape
            ]
            this = next(c for c in comparisons if c.which == which)
            return findings_of(problem, this, comparisons)
        if found:
            return found
        return [
            Finding(
                names.FAIL if hit.wrong else names.CANNOT_TELL,
                names.WRONG_VALUE if hit.wrong else names.NOISY,
                f"along a direction of {problem.names[which]} and others the derivative is "
                f"{hit.analytic:.9g} by the rules and {hit.numeric:.9g} ± {hit.bar:.1g} by "
                'differences, but no single entry of it gives itself away; see speed="full"',
                problem.order,
                analytic=hit.analytic,
                numeric=hit.numeric,
                bar=hit.bar,
            )
        ]

    def cover_fast(self, problem: Problem, which: int, largest: float) -> None:
        """Note that one input was compared along directions."""
        name, shape = problem.names[which], problem.values[which].shape
        self.coverage.append(Coverage(problem.order, name, shape, DIRECTIONS, largest))

    def cover(self, problem: Problem, which: int, entries: int, error: ndarray) -> None:
        """Note what was compared."""
        self.coverage.append(
            Coverage(
                problem.order,
                problem.names[which],
                error.shape,
                entries,
                float(np.nanmax(error, initial=0.0)),
                error,
            )
        )


def _replaced(entries: list[Finding], conduct: list[Finding]) -> list[Finding]:
    """Both, but where a backward pass misbehaves, the entries that come of it say nothing."""
    inputs = {x.input for x in conduct}
    if None in inputs:
        entries = [x for x in entries if x.verdict != names.FAIL]
    return conduct + [x for x in entries if x.input not in inputs]


def _widen(problem: Problem) -> None:
    """Take f for a float32 function if its numbers are that short at a point of no importance.

    This is a call of f elsewhere, before the backward passes: one that keeps its state outside of
    the record gives itself away.
    """
    result = problem.evaluate(problem.nearby())
    if problem.eps > np.finfo(float).eps:
        return
    if short(result) and np.isfinite(result).all() and not short(result, np.float16):
        problem.eps = float(np.finfo(np.float32).eps)


def _nothing_in(problem: Problem) -> Finding:
    given = ", ".join(problem.names) or "none"
    return Finding(
        names.NOTHING_CHECKED,
        names.EMPTY,
        "nothing checked: gradcheck expects at least one floating-point input that is not empty, "
        f"got {given}{' of size 0' if problem.names else ''}",
        problem.order,
    )


def _nothing_out(problem: Problem) -> Finding:
    return Finding(
        names.NOTHING_CHECKED,
        names.EMPTY,
        "nothing checked: gradcheck expects at least one element of output, got only empty outputs",
        problem.order,
    )
