"""What every op has to stand: the checks that `check_op` runs on each example.

Each check takes an op under test and an example, and raises AssertionError if the law that its
docstring states does not hold.
"""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import tree
from ..checking import Report, check, numeric_jacobian
from ..engine import gradients
from ..modes import no_grad
from ..registry import unwrap
from ..tensor import Tensor
from .example import Example
from .values import LAYOUTS

__all__ = ["CHECKS", "Subject", "UnsoundError", "altered", "full_report"]

# In pytest the traceback of an op that raises goes straight to the op.
__tracebackhide__ = True

# Of values against the reference, and of one path through the engine against another.
_SAME = 1e-12
_CLOSE = 1e-10
# float32 has 7 digits, and a rule may lose some.
_SINGLE = 2e-3
# Beyond this, relative to the derivative, the error bar of the differences decides nothing.
_VAGUE = 1e-4


@dataclass
class Subject:
    """An op under test.

    Attributes:
        name: how reports call it.
        op: called with tensors.
        reference: called with arrays; what `op` has to give.
        order: how many derivatives are checked.
        speed: "full" for a full `autograd.check` of each example; "fast" for three random
            directions, and the full check where that leaves a doubt.
        without: names of checks that are left out.
        told: how many examples had a derivative that differences could confirm.
        untold: the reports of those that had none.
        sure: whether a derivative was found wrong by the full check; then, while hypothesis looks
            for a smaller example, differing along a line is enough.
    """

    name: str
    op: Callable[..., Any]
    reference: Callable[..., Any]
    order: int = 2
    speed: str = "fast"
    without: Collection[str] = ()
    told: int = 0
    untold: list[Report] = field(default_factory=list)
    sure: bool = False

    def outputs(self, example: Example, inputs: Sequence[Any]) -> list[Any]:
        """The floating results of the op for these inputs, as a list."""
        return floating(self.op(*example.given(inputs), **example.params))


class UnsoundError(AssertionError):
    """A derivative that is wrong; `report` of `autograd.check` says how, if that was asked."""

    def __init__(self, report: Report | None = None) -> None:
        words = "the derivative differs from that by differences" if report is None else report
        super().__init__(str(words))
        self.report = report


# -- parts ---------------------------------------------------------------------------------------


def floating(result: Any) -> list[Any]:
    """The floating arrays and tensors of a result, nested or not."""
    found = [r if isinstance(r, Tensor) else np.asarray(r) for r in tree.leaves(result)]
    return [r for r in found if r.dtype.kind == "f"]


def random_like(value: Any, seed: int) -> Any:
    """Numbers of both signs, none of them small, in the shape and dtype of `value`."""
    rng = np.random.default_rng(seed)
    numbers = rng.uniform(0.5, 1.5, value.shape) * rng.choice([-1.0, 1.0], value.shape)
    return np.asarray(numbers, value.dtype)


def leaves(values: Sequence[Any]) -> list[Tensor]:
    """Leaf tensors around the very arrays, in their own memory layout."""
    found = []
    for value in values:
        leaf = Tensor(0.0, requires_grad=True)
        leaf.data = value
        found.append(leaf)
    return found


def pulled_back(
    outputs: Sequence[Any], inputs: Sequence[Tensor], seed: int = 1, create_graph: bool = False
) -> list[Any]:
    """Gradients of the outputs, each with a generic gradient coming in, as tensors."""
    pairs = [(out, random_like(out, seed + i)) for i, out in enumerate(outputs)]
    live = [(out, g) for out, g in pairs if isinstance(out, Tensor) and out.requires_grad]
    if not live:
        return [Tensor(np.zeros_like(x.data)) for x in inputs]
    tensors, incoming = [out for out, _ in live], [g for _, g in live]
    kept = [g.copy() for g in incoming]
    found = gradients(tensors, inputs, incoming, create_graph=create_graph, materialize=True)
    for g, before in zip(incoming, kept, strict=True):
        assert np.array_equal(g, before), "a rule writes into the gradient that comes in"
    return list(found)


def gradient(subject: Subject, example: Example) -> list[Any]:
    """The gradient with respect to each value of the example, as arrays."""
    inputs = leaves(example.values)
    found = pulled_back(subject.outputs(example, inputs), inputs)
    return [np.asarray(g.data) for g in found]


def weighted(outputs: Sequence[Any], seed: int) -> float:
    """The number whose derivative `pulled_back` gives."""
    arrays = [np.asarray(unwrap(out)) for out in outputs]
    return float(sum(np.sum(a * random_like(a, seed + i)) for i, a in enumerate(arrays)))


def same(have: Any, want: Any, tolerance: float, what: str) -> None:
    """Raise unless two arrays agree, relative to the largest number in them."""
    finite = np.abs(want, where=np.isfinite(want), out=np.zeros_like(want))
    np.testing.assert_allclose(
        have, want, rtol=tolerance, atol=tolerance * np.max(finite, initial=0.01), err_msg=what
    )


# -- the checks ----------------------------------------------------------------------------------


def check_forward(subject: Subject, example: Example) -> bool:
    """Tensors give what arrays give: values, shapes, dtypes; and raise exactly when arrays raise.

    Returns whether there is a result.
    """
    try:
        want = floating(unwrap(subject.reference(*example.args, **example.params)))
    except Exception as expected:
        try:
            subject.op(*example.given(leaves(example.values)), **example.params)
        except Exception:
            return False
        raise AssertionError(
            f"tensors give a result where arrays raise {type(expected).__name__}: {expected}"
        ) from None
    have = subject.outputs(example, leaves(example.values))
    assert len(have) == len(want), f"{len(have)} results, of arrays there are {len(want)}"
    for number, (got, array) in enumerate(zip(have, want, strict=True)):
        for name in ("shape", "dtype"):
            ours, theirs = getattr(got, name), getattr(array, name)
            assert ours == theirs, f"result {number} has {name} {ours}, of arrays it is {theirs}"
        value = np.asarray(unwrap(got))
        same(value, array, _SAME, f"result {number} differs from that of arrays")
    return True


def check_gradient(subject: Subject, example: Example) -> None:
    """Gradients have the shape and dtype of their inputs, and every order is the right number."""
    inputs = leaves(example.values)
    outputs = subject.outputs(example, inputs)
    first = [np.asarray(g.data) for g in pulled_back(outputs, inputs)]
    for number, (g, x) in enumerate(zip(first, example.values, strict=True)):
        assert g.shape == x.shape, f"gradient {number} of shape {g.shape} for input of {x.shape}"
        assert g.dtype == x.dtype, f"gradient {number} of dtype {g.dtype} for input of {x.dtype}"
    if not subject.order or not example.size:
        return
    fast = subject.speed == "fast"
    if fast and _agrees_along_a_line(subject, example, outputs, inputs, first):
        subject.told += 1
        return
    report = None if fast and subject.sure else full_report(subject, example)
    if report is None or report.verdict == "fail":
        subject.sure = True
        raise UnsoundError(report)
    if report:
        subject.told += 1
    else:
        subject.untold.append(report)


def full_report(subject: Subject, example: Example) -> Report:
    """What `autograd.check` says of the op at an example."""

    def function(*values: Any) -> Any:
        return subject.outputs(example, values)

    function.__name__ = subject.name
    inputs = tuple(Tensor(x, requires_grad=True) for x in example.values)
    return check(function, inputs, subject.order, variations=False)


def _agrees_along_a_line(
    subject: Subject,
    example: Example,
    outputs: Sequence[Any],
    inputs: Sequence[Tensor],
    first: Sequence[Any],
) -> bool:
    """Whether first and second derivatives in a random direction are what differences give.

    With J(t) the weighted sum of the results at x + t d, this compares dJ/dt = ∇J·d, and with
    weights w for the gradient d(w·∇J)/dt = d·(∇²J w). An error of a rule in any entry shows in
    either sum, unless by a coincidence of random numbers.
    """
    directions = [random_like(x, 100 + i) for i, x in enumerate(example.values)]
    slopes = [float(np.sum(g * d)) for g, d in zip(first, directions, strict=True)]
    scales = [sum(float(np.sum(np.abs(g * d))) for g, d in zip(first, directions, strict=True))]
    analytic = [sum(slopes)]
    if subject.order > 1:
        recorded = pulled_back(outputs, inputs, create_graph=True)
        for have, want in zip(recorded, first, strict=True):
            same(np.asarray(have.data), want, _SAME, "a recorded backward pass gives other numbers")
        second = [np.asarray(g.data) for g in pulled_back(recorded, inputs, seed=7)]
        products = [np.sum(g * d) for g, d in zip(second, directions, strict=True)]
        analytic.append(float(sum(products)))
        scales.append(
            sum(float(np.sum(np.abs(g * d))) for g, d in zip(second, directions, strict=True))
        )

    def along(t: Sequence[Any]) -> Any:
        step = float(t[0][0])
        moved = [np.asarray(x + step * d) for x, d in zip(example.values, directions, strict=True)]
        if subject.order < 2:
            with no_grad():
                return np.array([weighted(subject.outputs(example, leaves(moved)), 1)])
        points = leaves(moved)
        results = subject.outputs(example, points)
        return np.array([weighted(results, 1), weighted(pulled_back(results, points), 7)])

    numeric = numeric_jacobian(along, [np.zeros(1)], 0)
    value, bar = numeric.value[:, 0], numeric.bar[:, 0]
    scale = np.maximum(scales, 1e-3)
    error = np.abs(np.array(analytic) - value)
    return bool(np.all((error <= bar + 1e-6 * scale) & (bar <= _VAGUE * scale)))


def check_float32(subject: Subject, example: Example) -> None:
    """float32 in gives the dtypes that arrays give, and gradients in float32."""
    single = example.mapped(lambda x: x.astype(np.float32))
    want = floating(unwrap(subject.reference(*single.args, **single.params)))
    have = subject.outputs(single, leaves(single.values))
    for number, (got, expected) in enumerate(zip(have, want, strict=True)):
        assert got.dtype == expected.dtype, (
            f"result {number} of float32 is {got.dtype}, of arrays {expected.dtype}"
        )
    exact = gradient(subject, single.mapped(lambda x: x.astype(np.float64)))
    for g32, g64 in zip(gradient(subject, single), exact, strict=True):
        assert g32.dtype == np.float32, f"the gradient of float32 is {g32.dtype}"
        np.testing.assert_allclose(
            g32,
            g64,
            rtol=_SINGLE,
            atol=_SINGLE * np.max(np.abs(g64), initial=1.0),
            err_msg="the gradient of float32 differs from that of the same numbers in float64",
        )


def _laid_out(x: Any, layout: Callable[[Any], Any]) -> Any:
    return layout(np.asarray(x))


def check_layouts(subject: Subject, example: Example) -> None:
    """The layout in memory does not matter; a NumPy scalar is as good as an array of shape ().

    Read-only memory is among the layouts: an op that writes into its inputs raises there.
    """
    want = gradient(subject, example)
    for name, layout in LAYOUTS.items():
        kept = example.mapped(functools.partial(_laid_out, layout=layout))
        for have, g in zip(gradient(subject, kept), want, strict=True):
            same(have, g, _CLOSE, f"another gradient for inputs in memory with {name}")
    if any(x.ndim == 0 for x in example.values):
        scalars = example.mapped(lambda x: x[()])
        for have, g in zip(gradient(subject, scalars), want, strict=True):
            same(have, g, _CLOSE, "another gradient for NumPy scalars than for arrays of shape ()")


def check_cycles(subject: Subject, example: Example) -> None:
    """Without the garbage collector a graph dies with its last name, after backward or on del."""
    gc.disable()
    try:
        for run_backward in (True, False):
            inputs = leaves(example.values)
            outputs = subject.outputs(example, inputs)
            made = [o for o in outputs if isinstance(o, Tensor) and not any(o is x for x in inputs)]
            arrays = [out.data for out in made if isinstance(out.data, np.ndarray)]
            owned = [a for a in arrays if not any(a is x for x in example.values)]
            watched = [weakref.ref(held) for held in [*made, *owned]]
            if run_backward:
                pulled_back(outputs, inputs)
            del outputs, inputs, made, arrays, owned
            assert all(reference() is None for reference in watched), (
                "a result is kept alive by a reference cycle: a rule, or a closure, holds it"
            )
    finally:
        gc.enable()


CHECKS = {
    "forward": check_forward,
    "gradient": check_gradient,
    "float32": check_float32,
    "layouts": check_layouts,
    "cycles": check_cycles,
    "shapes": check_forward,
}

# How an array is changed to try shapes that the op may refuse.
_ALTERATIONS: tuple[Callable[[Any], Any], ...] = (
    lambda x: x[None],
    lambda x: x[..., None],
    lambda x: x[0] if x.ndim and len(x) else x[None],
    lambda x: x[..., :0] if x.ndim else x[None],
    lambda x: x[:1] if x.ndim else x[None],
    lambda x: np.concatenate([x, x], -1) if x.ndim else x[None],
)


def altered(example: Example, number: int) -> Example:
    """The example with one of its arrays in another shape; every `number` is another change."""
    which, how = divmod(number, len(_ALTERATIONS))
    target = which % len(example.values)
    places = iter(range(len(example.values)))

    def change(x: Any) -> Any:
        return _ALTERATIONS[how](np.asarray(x)) if next(places) == target else x

    return example.mapped(change)
