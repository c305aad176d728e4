"""The entry: `check`, and `gradcheck` for tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .elsewhere import TORCH_RECIPE, refuse
from .report import Report
from .run import Run

__all__ = ["GradcheckError", "check", "gradcheck", "gradgradcheck"]


class GradcheckError(AssertionError):
    """A derivative is wrong, or could not be checked; the message says which and how.

    Attributes:
        report: all that was found.
        order, input, index, output_index, analytic, numeric, bar: of the worst finding; see
            `Finding`.
    """

    def __init__(self, report: Report) -> None:
        worst = report.findings[0]
        notes = [f"note: {note}" for note in report.notes]
        super().__init__("\n".join([*map(str, report.findings), *notes]))
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
    variations: bool | None = None,
    wrt: int | Sequence[int] | None = None,
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
        variations: also try, where f takes them, other memory layouts, the same tensor twice,
            and other shapes: 0-d, empty and broadcast inputs, and such as do not fit. None: in
            the full check, beside which they cost little; but then a mistake that shows for
            other shapes only is noted in `report.beyond` and decides nothing, since nobody has
            promised that f takes them, unless f is a primitive declared elementwise. True: it is
            a fail.
        wrt: position, or positions, of the arguments to check, for an op that claims no gradient
            for the others. By default all that have floating numbers.

    Returns: a `Report`, true if and only if all is right. Its verdict is "pass"; "fail";
    "non-differentiable", at a kink or a tie; "cannot tell", for a reason that it gives; or
    "nothing checked".

    Raises:
        TypeError: `f` is not callable or returns no floating Tensor (with `grad`: array); or f or
            an input is one of PyTorch or JAX, with the way to check it.
        ValueError: an order below 1, another speed, an order above 1 with `grad`, a `wrt` that is
            no position of an argument.
        Exception: any that f raises at the point itself.

    The numeric derivative comes from central differences with Richardson extrapolation and has an
    error bar of its own; the verdict compares with that bar, so a small gradient is checked as
    strictly as a large one. float32 inputs are evaluated in float64; where f computes in float32
    all the same, the bar is wider. Where f is not finite or raises near the point, smaller steps
    are taken, then one-sided ones.

    Random numbers are held still: the library's, NumPy's and Python's global generators, those that
    f holds, and the generators and buffers of modules that f is or closes over, are the same at
    every evaluation, and as they were afterwards. The inputs are never written to.

    >>> import numpy as np
    >>> from autograd import check, primitive
    >>> print(check(np.tanh, np.array([0.5, -1.0])).verdict)
    pass
    >>> half = primitive(lambda x: x**2, lambda g, out, x: g * x, name="half")
    >>> report = check(half, np.array([0.5, -1.0]))
    >>> report.verdict, report.diagnosis, report.findings[0].detail
    ('fail', 'scale factor', '0.5: half of it')
    """
    __tracebackhide__ = True
    if order < 1:
        raise ValueError(f"check expects an order of at least 1, got {order!r}")
    if speed not in ("full", "fast"):
        raise ValueError(f"check expects speed 'full' or 'fast', got {speed!r}")
    if grad is not None and order > 1:
        raise ValueError(
            "check expects order=1 with grad=, which cannot be differentiated again; check the "
            "second derivative as the gradient of the first: check(first, inputs, grad=second)"
        )
    refuse(f, inputs, grad)
    try:
        run = Run(f, inputs, order, grad, speed, rtol, rng, wrt)
        return run.report(False if variations is None and speed == "fast" else variations)
    except TypeError as error:
        if "torch" in sys.modules and "Tensor" in str(error):
            error.add_note(f"If this comes from PyTorch: {TORCH_RECIPE}")
        raise


def gradcheck(
    f: Any,
    inputs: Any,
    order: int = 1,
    *,
    grad: Callable[..., Any] | None = None,
    speed: str = "full",
    rtol: float = 1e-6,
    rng: int | np.random.Generator = 0,
    variations: bool | None = None,
    wrt: int | Sequence[int] | None = None,
) -> bool:
    """`check`, for a test: True, or an error that carries the report.

    Arguments as in `check`.

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
    __tracebackhide__ = True
    report = check(
        f,
        inputs,
        order,
        grad=grad,
        speed=speed,
        rtol=rtol,
        rng=rng,
        variations=variations,
        wrt=wrt,
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
    __tracebackhide__ = True
    return gradcheck(f, inputs, order=2, rtol=rtol, rng=rng)
