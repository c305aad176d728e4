"""The verdict: analytic against numeric, entry by entry, within the numeric error bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..engine import gradients
from ..tensor import Tensor
from .numeric import Numeric, numeric_jacobian
from . import names
from .report import Finding, Report
from .problem import Problem, derivative, problem_of

__all__ = ["GradcheckError", "check", "gradcheck", "gradgradcheck"]

Index = tuple[int, ...]

# Roundings of the analytic derivative, relative to the largest entry of its Jacobian.
_ANALYTIC = 64 * float(np.finfo(float).eps)
# A bar wider than this, relative to the largest entry, decides nothing.
_VAGUE = 1e-2


class GradcheckError(AssertionError):
    """A derivative is wrong, or could not be checked; the message says which and how.

    Attributes:
        order: which derivative, 1 for the gradient.
        input: the name of the input, such as "input 0"; None if it is not about one.
        index: the index of the worst element of that input.
        output_index: (number of the output, index in it).
        analytic, numeric, bar: the two derivatives there, and the error bar of the second.
    """

    def __init__(
        self,
        message: str,
        order: int = 1,
        input: str | None = None,
        index: Index | None = None,
        output_index: tuple[int, Index] | None = None,
        analytic: float | None = None,
        numeric: float | None = None,
        bar: float | None = None,
        report: Report | None = None,
    ) -> None:
        super().__init__(message)
        self.report = report
        self.order, self.input, self.index, self.output_index = order, input, index, output_index
        self.analytic, self.numeric, self.bar = analytic, numeric, bar


def check(
    f: Any,
    inputs: Any,
    order: int = 1,
    *,
    grad: Any = None,
    speed: str = "full",
    rtol: float = 1e-6,
    rng: int | np.random.Generator = 0,
    variations: bool = True,
) -> Report:
    """Check the derivatives of `f` at `inputs`; the report says what is wrong, where and how."""
    name = getattr(f, "__name__", None) or str(f)
    try:
        _gradcheck(f, inputs, order, rtol=rtol, rng=rng)
    except GradcheckError as error:
        verdict = str(error).partition(":")[0]
        verdict = verdict if verdict in names.VERDICTS else names.FAIL
        finding = Finding(
            verdict,
            {"nothing checked": names.EMPTY, "cannot tell": names.NOISY}.get(
                verdict, names.WRONG_VALUE
            ),
            str(error),
            error.order,
            error.input,
            error.index,
            error.output_index,
            error.analytic,
            error.numeric,
            error.bar,
        )
        return Report(name, order, speed, (finding,))
    return Report(name, order, speed)


def _gradcheck(
    f: Any, inputs: Any, order: int = 1, *, rtol: float = 1e-6, rng: int | np.random.Generator = 0
) -> bool:
    """Check the derivatives of `f` at `inputs` against central differences.

    Args:
        f: a function of tensors, a primitive, a Function, or a module (any callable with
            `named_parameters`; then every parameter is checked too, on a copy of the module).
        inputs: its argument, or a tuple or list of its arguments: arrays, Tensors, numbers, and
            nested lists, tuples and dicts of them. If a Tensor among them requires a gradient,
            exactly those that do are checked, otherwise every floating one. Everything else is
            passed as it is.
        order: check derivatives up to this order.
        rtol: relative error allowed beyond the numeric error bar.
        rng: seed, or generator, of the random vectors that are used.

    Returns: True.

    Raises:
        GradcheckError: a derivative is wrong, at the input and the index that it names; or nothing
            was checked (no floating input, or all of them empty); or it cannot be told (f is not
            deterministic, or not smooth enough around the point for differences to decide).
        TypeError: `f` is not callable or returns no Tensor.

    Everything is evaluated in float64. The numeric derivative comes with an error bar from
    Richardson extrapolation; the verdict compares with that bar, so a small gradient is checked as
    strictly as a large one. Checked are every entry of the Jacobian, one backward pass per output
    element, and that the backward pass is linear in the gradient that comes in. The inputs are
    never written to.

    At a kink, such as relu at 0, there is no derivative to compare with: choose another point.

    >>> import numpy as np
    >>> from autograd import gradcheck
    >>> gradcheck(lambda x: np.exp(x) * x, np.array([0.5, -1.0]), order=2)
    True
    """
    if order < 1:
        raise ValueError(f"gradcheck expects an order of at least 1, got {order!r}")
    generator = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)
    problem = problem_of(f, inputs)
    for current in range(1, order + 1):
        if current > 1:
            problem = derivative(problem, generator)
        _check(problem, current, rtol, generator)
    return True


def gradcheck(
    f: Any, inputs: Any, order: int = 1, *, rtol: float = 1e-6, rng: int | np.random.Generator = 0
) -> bool:
    """Check."""
    report = check(f, inputs, order, rtol=rtol, rng=rng)
    if report:
        return True
    x = report.findings[0]
    raise GradcheckError(
        x.message,
        x.order,
        x.input,
        x.index,
        x.output_index,
        x.analytic,
        x.numeric,
        x.bar,
        report,
    )


def gradgradcheck(
    f: Any, inputs: Any, *, rtol: float = 1e-6, rng: int | np.random.Generator = 0
) -> bool:
    """Check first and second derivatives: `gradcheck` with order=2.

    Arguments, result and errors as in `gradcheck`.
    """
    return gradcheck(f, inputs, order=2, rtol=rtol, rng=rng)


def _check(problem: Problem, order: int, rtol: float, rng: np.random.Generator) -> None:
    if not sum(x.size for x in problem.values):
        given = ", ".join(problem.names) or "none"
        raise GradcheckError(
            "nothing checked: gradcheck expects at least one floating-point input that is not "
            f"empty, got {given}{' of size 0' if problem.names else ''}; write 1.0 instead of 1, "
            "or give the input more elements",
            order,
        )
    values = problem.evaluate(problem.values)
    if not values.size:
        raise GradcheckError(
            "nothing checked: gradcheck expects at least one element of output, got only empty "
            "outputs; call it with larger inputs",
            order,
        )
    if not np.array_equal(values, problem.evaluate(problem.values), equal_nan=True):
        raise GradcheckError(
            "cannot tell: f gave two different results for the same inputs; expected a "
            "deterministic function. Draw random numbers beforehand and pass them in, and put a "
            "module with random layers into eval() mode",
            order,
        )
    variables, outputs = problem.record()
    analytic = _analytic_jacobian(variables, outputs)
    numeric = [numeric_jacobian(problem.evaluate, problem.values, i) for i in range(len(variables))]
    scale = max(float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a))) for a in analytic)
    worst = _Worst()
    for i, (a, n) in enumerate(zip(analytic, numeric, strict=True)):
        worst.look_at(i, a, n, rtol, scale)
    if worst.score > 1:
        raise _wrong(problem, outputs, order, worst, analytic, numeric)
    for i, (a, n) in enumerate(zip(analytic, numeric, strict=True)):
        _require_clear(problem, outputs, order, i, a, n, scale)
    _check_linearity(problem, order, variables, outputs, analytic, numeric, rtol, rng)


def _analytic_jacobian(variables: list[Tensor], outputs: list[Tensor]) -> list[ndarray]:
    """One matrix per variable, outputs × elements: a backward pass for each output element."""
    rows: list[list[ndarray]] = []
    for out in outputs:
        for element in range(out.size):
            seed = np.zeros(out.size, out.dtype)
            seed[element] = 1
            rows.append(_products(variables, [out], [seed.reshape(out.shape)]))
    return [np.stack([row[i] for row in rows]) for i in range(len(variables))]


def _products(variables: list[Tensor], outputs: list[Tensor], seeds: list[Any]) -> list[ndarray]:
    """Seeds times Jacobian, with respect to each variable, as vectors."""
    live = [(out, seed) for out, seed in zip(outputs, seeds, strict=True) if out.requires_grad]
    if not live:
        return [np.zeros(v.size) for v in variables]
    found = gradients([o for o, _ in live], variables, [s for _, s in live], materialize=True)
    return [np.asarray(g.data, np.float64).reshape(-1) for g in found if g is not None]


class _Worst:
    """The entry whose error is largest, in units of what is allowed there."""

    def __init__(self) -> None:
        self.score = 0.0
        self.wrong = 0
        self.entry = (0, 0, 0)

    def look_at(self, i: int, a: ndarray, n: Numeric, rtol: float, scale: float) -> None:
        allowed = n.bar + rtol * np.fmax(np.abs(a), np.abs(n.value)) + _ANALYTIC * scale
        with np.errstate(all="ignore"):
            score = np.abs(a - n.value) / np.fmax(allowed, np.finfo(float).tiny)
        # Not a number in only one of the two is as wrong as can be.
        score = np.where(np.isfinite(a), score, np.inf)
        # Where the differences decide nothing they do not say "wrong" either.
        score = np.where(_vague(a, n, scale), np.nan, score)
        self.wrong += int(np.sum(score > 1))
        if np.nanmax(score, initial=0.0) > self.score:
            self.score = float(np.nanmax(score))
            row, column = np.unravel_index(int(np.nanargmax(score)), score.shape)
            self.entry = (i, int(row), int(column))


def _wrong(
    problem: Problem,
    outputs: list[Tensor],
    order: int,
    worst: _Worst,
    analytic: list[ndarray],
    numeric: list[Numeric],
) -> GradcheckError:
    i, row, column = worst.entry
    a, n = float(analytic[i][row, column]), float(numeric[i].value[row, column])
    bar = float(numeric[i].bar[row, column])
    total = sum(x.size for x in analytic)
    where, details = _place(problem, outputs, order, worst.entry)
    return GradcheckError(
        f"wrong derivative {where}: analytic {a:.9g}, numeric {n:.9g} ± {bar:.1g}; this is the "
        f"worst of {worst.wrong} wrong among {total} entries. Look at the rule for this input, or, "
        "if the point sits on a kink or a jump of f, choose another one",
        **details,
        analytic=a,
        numeric=n,
        bar=bar,
    )


def _vague(a: ndarray, n: Numeric, scale: float) -> ndarray:
    """Which entries the differences cannot decide: too wide a bar, or no finite value."""
    size = np.fmax(np.fmax(np.abs(a), np.abs(n.value)), scale)
    wide = (n.bar > _VAGUE * size) & (n.bar > 4 * n.floor)
    return ~np.isfinite(n.value) | wide  # type: ignore[no-any-return]


def _require_clear(
    problem: Problem,
    outputs: list[Tensor],
    order: int,
    i: int,
    a: ndarray,
    n: Numeric,
    scale: float,
) -> None:
    """Raise where the differences decide nothing."""
    vague = _vague(a, n, scale)
    if not vague.any():
        return
    row, column = (int(k) for k in np.argwhere(vague)[0])
    value, bar = float(n.value[row, column]), float(n.bar[row, column])
    where, details = _place(problem, outputs, order, (i, row, column))
    found = f"numeric {value:.9g} ± {bar:.1g}" if np.isfinite(value) else "f is not finite there"
    raise GradcheckError(
        f"cannot tell the derivative {where}: {found}; expected a function that is smooth around "
        "the point. Choose a point away from kinks, jumps and the edge of the domain",
        **details,
        analytic=float(a[row, column]),
        numeric=value,
        bar=bar,
    )


def _check_linearity(
    problem: Problem,
    order: int,
    variables: list[Tensor],
    outputs: list[Tensor],
    analytic: list[ndarray],
    numeric: list[Numeric],
    rtol: float,
    rng: np.random.Generator,
) -> None:
    """Backward with a dense random gradient must be the same combination of Jacobian rows."""
    seeds = [np.asarray(rng.uniform(1.5, 2.5, out.shape), out.dtype) for out in outputs]
    vector = np.concatenate([np.asarray(s, np.float64).reshape(-1) for s in seeds])
    for i, got in enumerate(_products(variables, outputs, seeds)):
        expected = vector @ analytic[i]
        # Where terms cancel to 0, what is left is rounding, of the size that the bars know.
        rounding = np.where(np.isfinite(numeric[i].bar), numeric[i].bar, 0)
        allowed = np.abs(vector) @ ((rtol + _ANALYTIC) * np.abs(analytic[i]) + rounding)
        wrong = np.abs(got - expected) > allowed
        if wrong.any():
            column = int(np.argmax(wrong))
            _, details = _place(problem, outputs, order, (i, 0, column))
            raise GradcheckError(
                f"the backward pass to {problem.names[i]} at index {details['index']} is not "
                f"linear in the gradient that comes in: with a random one it gives "
                f"{got[column]:.9g}, expected {expected[column]:.9g}, the same combination of what "
                "it gives for each output element alone. A rule multiplies by g exactly once",
                **{**details, "output_index": None},
                analytic=float(got[column]),
                numeric=float(expected[column]),
            )


def _place(
    problem: Problem, outputs: Sequence[Tensor], order: int, entry: tuple[int, int, int]
) -> tuple[str, dict[str, Any]]:
    """Where an entry of the Jacobian is, in words and as attributes of the error."""
    i, row, column = entry
    number = 0
    while row >= outputs[number].size:
        row -= outputs[number].size
        number += 1
    index = _unravel(column, problem.values[i].shape)
    output_index = _unravel(row, outputs[number].shape)
    result = f"output {number}" if order == 1 else f"gradient {number}"
    name = problem.names[i]
    text = f"of {result} at index {output_index} with respect to {name} at index {index}"
    if order > 1:
        text += f" (order {order})"
    details = {
        "order": order,
        "input": problem.names[i],
        "index": index,
        "output_index": (number, output_index),
    }
    return text, details


def _unravel(position: int, shape: tuple[int, ...]) -> Index:
    return tuple(int(k) for k in np.unravel_index(position, shape))
