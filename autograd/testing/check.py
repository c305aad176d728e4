"""`check_op`: the whole battery on examples that hypothesis draws, and shrinks."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable, Collection
from typing import Any

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..checking import Report
from ..function import Function
from ..modes import no_grad
from ..primitive import Primitive
from ..registry import registry
from ..tensor import Tensor
from .battery import CHECKS, Subject, altered, full_report
from .example import Call, Example, calls
from .failure import OpError, failure, kind, nothing, tell
from .program import program
from .shapes import broadcastable, matmul_shapes
from .smaller import smallest
from .values import arrays

__all__ = ["OpError", "check_op"]

# In pytest the traceback of an op that raises goes straight to the op.
__tracebackhide__ = True
# An example of more numbers than this is no help in naming a mistake, and how many are looked at.
_READABLE = 64
_EXAMPLES = 30
_QUIETLY: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


def check_op(
    op: Any,
    inputs: Any = None,
    *,
    order: int = 2,
    reference: Callable[..., Any] | None = None,
    speed: str = "fast",
    without: Collection[str] = (),
    examples: int | None = None,
    name: str | None = None,
) -> None:
    """Check an op from all sides, on arguments that hypothesis draws.

    Args:
        op: a primitive, a Function, a NumPy function, or any function of tensors. It determines
            its result by its arguments: random numbers are drawn beforehand and passed in.
        inputs: what to call it with; each may be, or have in it, a strategy or a fixed value.
            A tuple is one entry per argument; `call(x, axis=...)` has arguments by name too; a
            strategy of tuples or calls draws all of them together, as `arrays(broadcastable(2))`
            does. Anything else is the only argument. By default as many arrays as the op takes,
            of shapes that broadcast, or that `@` takes.
            Every floating array in it is differentiated, lists and tuples looked into, but not
            a Tensor that does not require a gradient, nor numbers of Python.
        order: how many derivatives to check; 0 if they are undefined by nature.
        reference: the function on arrays that says what is right. By default NumPy's own if `op`
            is one of NumPy's, the forward function of a primitive; else `op` itself, unrecorded.
        speed: "fast" compares each example along a random direction, and hands what looks wrong
            or doubtful to `autograd.check`; "full" has that check every entry of each example.
        without: names of checks (see below) that the op is not meant to pass.
        examples: how many to draw; by default as many as the hypothesis profile says.
        name: what to call the op in messages.

    Raises:
        OpError: a check fails. What is shown is the smallest failing example: fewest axes,
            shortest, roundest numbers, simplest dtype and layout in memory.
        OpError, check "nothing checked": no example told anything, with the reason.
        ValueError, TypeError: an argument of `check_op` is not what it expects.

    The battery. "forward": values, shapes and dtypes are those of the reference. "gradient": the
    derivative of every order is what differences give (see `autograd.check`), recording the
    backward pass does not change it, and no rule writes into its g. "float32": it stays float32.
    "layouts": memory layout does not matter, read-only memory included, and a NumPy scalar is as
    good as a 0-d array. "cycles": no reference cycle keeps a result alive. "shapes": one array
    in another shape, right or wrong, is taken exactly when the reference takes it. Empty and 0-d
    arrays, and broadcasting, come from the strategies.

    >>> import numpy as np
    >>> from autograd import primitive
    >>> from autograd.testing import arrays, broadcastable, check_op
    >>> hypot = primitive(
    ...     np.hypot,
    ...     lambda g, out, x, y: g * x / out,
    ...     lambda g, out, x, y: g * y / out,
    ...     elementwise=True,
    ... )
    >>> check_op(hypot, arrays(broadcastable(2), domain=(0.5, 2)), examples=5)
    """
    if speed not in ("fast", "full"):
        raise ValueError(f"check_op expects speed 'fast' or 'full', got {speed!r}")
    if order < 0:
        raise ValueError(f"check_op expects an order of 0 or more, got {order!r}")
    unknown = set(without) - set(CHECKS)
    if unknown or isinstance(without, str):
        raise ValueError(
            f"check_op expects `without` to hold names among {', '.join(CHECKS)}; got {without!r}"
        )
    function = called(op)
    name = name or name_of(op)
    subject = Subject(name, function, reference or _reference(op, function), order, speed, without)
    refused: list[Exception] = []

    first: list[OpError] = []

    def one_example(drawn: Call, other: int) -> None:
        try:
            examine(subject, op, drawn, other, refused)
        except OpError as error:
            first.append(error)
            raise

    profile = settings()
    strategy = calls(_inputs(op, inputs))
    run = settings(
        **_QUIETLY,
        max_examples=profile.max_examples if examples is None else examples,
        report_multiple_bugs=False,
    )(given(strategy, st.integers(0, 17))(one_example))
    if profile.derandomize:
        # Otherwise every op would get the same examples.
        run = hypothesis.seed(zlib.crc32(name.encode()))(run)
    last: OpError | None = None
    try:
        run()
    except OpError as error:
        last = error
    if last is not None:
        found = _small([last, first[0]], subject, op, order)
        if found.report is not None:
            found.larger = _larger(found, subject, op, strategy)
        tell(found, subject, op, inputs is None)
        # What an assertion of the battery says is in the message; a rule that raises shows where.
        cause = found.__cause__
        raise found from None if isinstance(cause, AssertionError) else cause
    if not subject.told and order:
        raise OpError(nothing(name, subject, refused), "nothing checked")


def examine(
    subject: Subject,
    op: Any,
    drawn: Call,
    other: int | None,
    refused: list[Exception] | None = None,
) -> None:
    """Run every check on one call, and on one with the `other` change of its shapes; or OpError."""
    try:
        example = Example(drawn, op)
    except Exception as error:
        raise TypeError(
            f"check_op expects `inputs` to draw arrays and numbers, got {drawn}, of which no copy "
            "could be made; pass other arguments through a lambda as op"
        ) from error
    name, at = "forward", example
    try:
        with np.errstate(all="ignore"):
            if not CHECKS["forward"](subject, example):
                if refused is not None:
                    refused.append(_refusal(subject, example))
                return
            for name, check in CHECKS.items():
                if name in subject.without or name == "forward":
                    continue
                if name == "shapes":
                    if not example.values or other is None:
                        continue
                    at = altered(example, other)
                check(subject, at)
    except Exception as error:
        raise failure(name, Call(at.args, at.params), error) from error


def _small(errors: list[OpError], subject: Subject, op: Any, order: int) -> OpError:
    """The error of the smallest call that fails, with the program to see it.

    `errors` are that of the smallest example, and another one to fall back on: what was found
    while the full check was not asked may be a kink.
    """
    known: OpError | None = None

    def fails(drawn: Call) -> bool:
        nonlocal known
        subject.sure = False
        try:
            examine(subject, op, drawn, None)
        except OpError as error:
            # A cut may be a shape that the op was not made for: then it fails in another way.
            if known is None or kind(error) == kind(known):
                known = error
                return True
        return False

    for error in errors:
        if error.check != "shapes" and error.call is not None and fails(error.call):
            smallest(error.call, fails, op)
            break
    found = known or errors[0]
    assert found.call is not None
    found.program = program(op, found.call, order)
    found.__notes__ = []  # hypothesis describes the example, as text that is not a program
    return found.with_traceback(None)


def _larger(
    found: OpError, subject: Subject, op: Any, strategy: st.SearchStrategy[Call]
) -> Report | None:
    """What `autograd.check` says of the largest of some examples that fail, if that is more.

    One number is some multiple of any other: a pattern shows in an array, so the mistake is named
    where the example has not been made small.
    """
    assert found.call is not None
    best = Example(found.call, op)

    def keep_the_largest(drawn: Call) -> None:
        nonlocal best
        example = Example(drawn, op)
        if best.size < example.size <= _READABLE:
            try:
                examine(subject, op, drawn, None)
            except OpError as error:
                if error.check == "gradient":
                    best = example

    subject.sure = True  # to differ along a line is enough
    run = settings(**_QUIETLY, max_examples=_EXAMPLES, phases=[Phase.generate])
    hypothesis.seed(0)(run(given(strategy)(keep_the_largest)))()
    with np.errstate(all="ignore"):
        report = full_report(subject, best)
    if report.verdict != "fail" or found.report is None or not found.report.findings:
        return None
    new, old = report.findings[0], found.report.findings[0]
    return report if (new.diagnosis, new.detail) != (old.diagnosis, old.detail) else None


def _refusal(subject: Subject, example: Example) -> Exception:
    try:
        subject.reference(*example.args, **example.params)
    except Exception as error:
        return error
    raise AssertionError(
        "expected a reference that does the same for the same arguments, got one that raised once "
        "and not again; give its random numbers a seed inside it"
    )


# -- what is called ------------------------------------------------------------------------------


def called(op: Any) -> Callable[..., Any]:
    """The function to call for `op`; TypeError if there is none."""
    if inspect.isclass(op) and issubclass(op, Function):
        return op.apply
    if not callable(op):
        raise TypeError(
            "check_op expects a primitive, a Function, a NumPy function or a function of tensors, "
            f"got {type(op).__name__}"
        )
    return op  # type: ignore[no-any-return]


def name_of(op: Any) -> str:
    """How messages call the op."""
    return str(getattr(op, "__name__", None) or op)


def _reference(op: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    if isinstance(op, Primitive):
        return op.forward
    if not inspect.isclass(op) and op in registry:
        return function

    def unrecorded(*args: Any, **params: Any) -> Any:
        def tensors(value: Any) -> Any:
            return Tensor(value) if isinstance(value, (np.ndarray, np.floating)) else value

        with no_grad():
            return function(*Example(Call(args, params)).mapped(tensors).args, **params)

    return unrecorded


def _inputs(op: Any, inputs: Any) -> Any:
    """`inputs`, or what the op's signature says: as many arrays as it takes."""
    if inputs is not None:
        return inputs
    count = _arity(op)
    if not count:
        raise TypeError(
            f"check_op cannot tell how many arrays {name_of(op)} takes; pass `inputs`, such as "
            "arrays(broadcastable(2)) for two"
        )
    if count == 1:
        return arrays()
    shapes = broadcastable(count)
    elementwise = getattr(op, "elementwise", False) or isinstance(op, np.ufunc)
    if count == 2 and not elementwise:
        shapes = st.one_of(shapes, matmul_shapes())
    return arrays(shapes)


def _arity(op: Any) -> int:
    """The number of arguments that have to be given by position; 0 if that is not known."""
    if isinstance(op, Primitive) and op.arity:
        return op.arity
    if isinstance(op, np.ufunc):
        return op.nin
    target, skipped = op, 0
    if inspect.isclass(op) and issubclass(op, Function):
        target, skipped = op.forward, 1  # ctx
    elif isinstance(op, Primitive):
        target = op.forward
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return 0
    needed = [
        p
        for p in parameters
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]
    return max(len(needed) - skipped, 0)
