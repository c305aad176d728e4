"""The check: what is looked at, in which order, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from . import names
from .compare import Comparison
from .conduct import (
    Backward,
    BackwardError,
    behaviour,
    overwritten,
    steadiness,
    unsteady_forward,
)
from .directions import fast
from .foreign import ForeignProblem
from .freeze import modules_of
from .jacobian import analytic_jacobian, full, numeric_input
from .modes import forward_against_reverse
from .compare import compare
from .problem import Problem, quiet
from .report import Coverage, Finding, Report
from .tensors import Derivative, TensorProblem
from .variations import tried
from .verdict import findings_of

__all__ = ["GradcheckError", "check", "gradcheck", "gradgradcheck"]

# A Jacobian of up to this many elements either way is looked at whole for a diagnosis.
_SMALL = 64


class GradcheckError(AssertionError):
    """A derivative is wrong, or could not be checked; the message says which and how.

    Attributes:
        report: all that was found.
        order, input, index, output_index, analytic, numeric, bar: of the worst finding; see
            `Finding`.
    """

    def __init__(self, report: Report) -> None:
        worst = report.findings[0]
        super().__init__("\n".join(str(finding) for finding in report.findings))
        self.report = report
        self.order, self.input, self.index = worst.order, worst.input, worst.index
        self.output_index = worst.output_index
        self.analytic, self.numeric, self.bar = worst.analytic, worst.numeric, worst.bar


def check(
    f: Any,
    inputs: Any,
    order: int = 1,
    *,
    grad: Callable[..., Any] | None = None,
    speed: str = "full",
    rtol: float = 1e-6,
    rng: int | np.random.Generator = 0,
    variations: bool = True,
) -> Report:
    """Check the derivatives of `f` at `inputs`, and name the mistake.

    Args:
        f: a function of tensors, a primitive, a Function, or a module (any callable with
            `named_parameters`; then every parameter is checked too, on a copy of the module).
            With `grad` any function of NumPy arrays.
        inputs: its argument, or a tuple or list of its arguments: arrays, Tensors, numbers, and
            nested lists, tuples and dicts of them. If a Tensor among them requires a gradient,
            exactly those that do are checked, otherwise every floating one. Everything else is
            passed as it is.
        order: check derivatives up to this order; from 2 on also forward mode against reverse.
        grad: the gradient to check, of a function that is not ours (JAX, PyTorch, by hand):
            `grad(g, *inputs)` for g = dJ/d(output), or `grad(*inputs)` for a scalar f; it returns
            an array per input.
        speed: "full" compares every entry of the Jacobian. "fast" compares it along random
            directions, at a cost that does not grow with its size, and halves its way to an entry
            that is wrong.
        rtol: relative error allowed beyond the numeric error bar.
        rng: seed, or generator, of the random vectors that are used.
        variations: also try, where f takes them, other memory layouts, 0-d, empty and broadcast
            inputs, the same tensor twice, and shapes that do not fit.

    Returns: a `Report`, true if and only if all is right. Its verdict is "pass"; "fail";
    "non-differentiable", at a kink or a tie; "cannot tell", for a reason that it gives; or
    "nothing checked".

    Raises:
        TypeError: `f` is not callable or returns no floating Tensor (with `grad`: array).
        ValueError: an order below 1, another speed, an order above 1 with `grad`.
        Any exception that f raises at the point itself.

    The numeric derivative comes from central differences with Richardson extrapolation and has an
    error bar of its own; the verdict compares with that bar, so a small gradient is checked as
    strictly as a large one. float32 inputs are evaluated in float64; where f computes in float32
    all the same, the bar is wider. Where f is not finite or raises near the point, smaller steps
    are taken, then one-sided ones.

    Random numbers are held still: the library's and NumPy's global generators, and the generators
    and buffers of modules that f is or closes over, are the same at every evaluation, and as they
    were afterwards. The inputs are never written to.

    >>> import numpy as np
    >>> from autograd import check, primitive
    >>> print(check(np.tanh, np.array([0.5, -1.0])).verdict)
    pass
    >>> half = primitive(lambda x: x**2, lambda g, out, x: g * x, name="half")
    >>> report = check(half, np.array([0.5, -1.0]))
    >>> report.verdict, report.diagnosis, report.findings[0].detail
    ('fail', 'scale factor', '0.5: half of it')
    """
    if order < 1:
        raise ValueError(f"gradcheck expects an order of at least 1, got {order!r}")
    if speed not in ("full", "fast"):
        raise ValueError(f"check expects speed 'full' or 'fast', got {speed!r}")
    if grad is not None and order > 1:
        raise ValueError(
            "check expects order=1 with grad=, which cannot be differentiated again; check the "
            "second derivative as the gradient of the first: check(first, inputs, grad=second)"
        )
    run = _Run(f, inputs, order, grad, speed, rtol, np.random.default_rng(rng))
    return run.report(variations)


def gradcheck(
    f: Any,
    inputs: Any,
    order: int = 1,
    *,
    grad: Callable[..., Any] | None = None,
    speed: str = "full",
    rtol: float = 1e-6,
    rng: int | np.random.Generator = 0,
    variations: bool = False,
) -> bool:
    """`check`, for a test: True, or an error that carries the report.

    Arguments as in `check`; `variations` are tried only when asked for.

    Returns: True.

    Raises:
        GradcheckError: a derivative is wrong, at the input and the index that it names; or nothing
            was checked (no floating input, or all of them empty); or it cannot be told; or there
            is no derivative, at a kink such as relu at 0: choose another point.
        Others: as `check`.

    >>> import numpy as np
    >>> from autograd import gradcheck
    >>> gradcheck(lambda x: np.exp(x) * x, np.array([0.5, -1.0]), order=2)
    True
    """
    report = check(
        f, inputs, order, grad=grad, speed=speed, rtol=rtol, rng=rng, variations=variations
    )
    if not report:
        raise GradcheckError(report)
    return True


def gradgradcheck(
    f: Any, inputs: Any, *, rtol: float = 1e-6, rng: int | np.random.Generator = 0
) -> bool:
    """Check first and second derivatives: `gradcheck` with order=2.

    Arguments, result and errors as in `gradcheck`.
    """
    return gradcheck(f, inputs, order=2, rtol=rtol, rng=rng)


class _Run:
    """One check, and what it has found so far."""

    def __init__(
        self,
        f: Any,
        inputs: Any,
        order: int,
        grad: Callable[..., Any] | None,
        speed: str,
        rtol: float,
        rng: np.random.Generator,
    ) -> None:
        self.f, self.order, self.speed, self.rtol, self.rng = f, order, speed, rtol, rng
        self.problem: Problem = (
            TensorProblem(f, inputs) if grad is None else ForeignProblem(f, grad, inputs)
        )
        self.coverage: list[Coverage] = []

    def report(self, variations: bool) -> Report:
        """Do it all."""
        problem, first = self.problem, self.problem
        findings: list[Finding] = []
        names_: list[str] = []
        evaluations = 0
        try:
            with quiet():
                for current in range(1, self.order + 1):
                    if current > 1:
                        assert isinstance(problem, (TensorProblem, Derivative))
                        problem = Derivative(problem, self.rng)
                    findings = self.look_at(problem, self.speed)
                    evaluations += problem.evaluations
                    if findings:
                        break
                if variations and not any(f.verdict == names.FAIL for f in findings):
                    if first.size and sum(v.size for v in first.values):
                        names_, more = tried(first, self.rng, self.variation)
                        findings += more
        finally:
            first.frozen.release()
        findings.sort(key=lambda x: (names.VERDICTS.index(x.verdict), bool(x.variation)))
        return Report(
            first.name,
            self.order,
            self.speed,
            tuple(findings),
            tuple(self.coverage),
            tuple(names_),
            tuple(self.notes()),
            evaluations,
        )

    def notes(self) -> list[str]:
        """What decides nothing and a reader should know."""
        if hasattr(self.f, "named_parameters"):
            return []
        return [
            f"f closes over a module, {type(m).__name__}: its parameters are not checked; pass the "
            "module itself"
            for m in modules_of(self.f)
        ]

    def variation(self, problem: Problem) -> list[Finding]:
        """The mistakes that a fast check finds at other inputs; what is undecided does not count."""
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
        if not sum(v.size for v in problem.values):
            return [_nothing_in(problem)]
        record = problem.start()
        if not problem.size:
            return [_nothing_out(problem)]
        kept = [np.array(out) for out in record.outputs]
        backward = Backward(problem, record)
        try:
            findings = overwritten(problem, record, kept) or unsteady_forward(problem)
            if findings:
                return findings
            with problem.evaluating():
                at_point = problem.evaluate(problem.values)
                _widen(problem, self.rng)
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

    def look_fully(
        self, problem: Problem, backward: Backward, at_point: ndarray
    ) -> list[Finding]:
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
            error = np.nan_to_num(np.max(np.nan_to_num(c.error, posinf=np.inf), axis=0))
            self.cover(problem, c.which, c.error.size, error.reshape(shape))
        return self.joined(problem, backward, comparisons, rounding)

    def look_fast(self, problem: Problem, backward: Backward, at_point: ndarray) -> list[Finding]:
        """Directions, and what bisection finds."""
        outcome = fast(problem, backward, at_point, self.rtol, self.rng)
        for which, largest in enumerate(outcome.largest):
            self.coverage.append(
                Coverage(
                    problem.order,
                    problem.names[which],
                    problem.values[which].shape,
                    3,
                    largest,
                )
            )
        findings: list[Finding] = []
        for hit in outcome.hits:
            found = findings_of(problem, hit.comparison, (hit.row, hit.column))
            if not found:
                continue
            size = problem.values[hit.which].size
            if size <= _SMALL and problem.size <= _SMALL and found[0].verdict == names.FAIL:
                a = analytic_jacobian(problem, backward)[hit.which]
                n = numeric_input(problem, hit.which, a, at_point, self.rtol)
                found = findings_of(problem, compare(hit.which, a, n, self.rtol, problem.eps))
            findings += found
        floors = outcome.floor
        conduct = behaviour(problem, backward, self.rng, self.rtol, lambda _: floors)
        return _replaced(findings, conduct)

    def joined(
        self,
        problem: Problem,
        backward: Backward,
        comparisons: list[Comparison],
        rounding: Callable[[Any], Any],
    ) -> list[Finding]:
        """The findings of the entries, and of the backward pass as a function of g."""
        conduct = behaviour(problem, backward, self.rng, self.rtol, rounding)
        if isinstance(problem, Derivative) and not conduct:
            conduct = forward_against_reverse(problem, backward, self.rng, self.rtol)
        comparisons = sorted(comparisons, key=lambda c: -float(np.nanmax(c.error, initial=0.0)))
        return _replaced([x for c in comparisons for x in findings_of(problem, c)], conduct)

    def cover(self, problem: Problem, which: int, entries: int, error: ndarray) -> None:
        """Note what was compared."""
        self.coverage.append(
            Coverage(
                problem.order,
                problem.names[which],
                error.shape,
                entries,
                float(np.max(error, initial=0.0)),
                error,
            )
        )


def _replaced(entries: list[Finding], conduct: list[Finding]) -> list[Finding]:
    """Both, but where a backward pass misbehaves, the entries that come of it say nothing."""
    inputs = {x.input for x in conduct}
    if None in inputs:
        entries = [x for x in entries if x.verdict != names.FAIL]
    return conduct + [x for x in entries if x.input not in inputs]


def _widen(problem: Problem, rng: np.random.Generator) -> None:
    """Take f for a float32 function if its numbers are that short at a point of no importance.

    This is a call of f elsewhere, before the backward passes: one that keeps its state outside of
    the record gives itself away.
    """
    nearby = [np.asarray(v * (1 + 1e-3 * rng.uniform(-1, 1, v.shape))) for v in problem.values]
    result = problem.evaluate(nearby)
    if problem.eps > np.finfo(float).eps:
        return
    if not np.isfinite(result).all() or np.array_equal(result.astype(np.float16), result):
        return
    if np.array_equal(result.astype(np.float32), result):
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
