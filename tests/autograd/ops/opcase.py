"""One `OpCase` per differentiable function, and the battery that each of them runs.

A case says how to draw valid arguments for a function; the battery compares value, gradient and
second derivative with NumPy and with central differences. Arrays are drawn as shapes and a seed:
hypothesis looks for the shapes and parameters that break a rule, NumPy fills in generic values.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor

Args = tuple[Any, ...]
Call = tuple[Args, dict[str, Any]]


@dataclass(frozen=True)
class OpCase:
    """How to test one function.

    Attributes:
        function: the function as users reach it, usually NumPy's; the key in the registry.
        calls: strategy of (args, params). Every float array or NumPy float scalar in `args`, also
            inside a list or tuple, is differentiated; everything else is passed as it is.
        call: how args and params are handed over, if not as `function(*args, **params)`.
        name: distinguishes several cases of one function.
        order: how many derivatives to check (0: gradient is zero or undefined by nature).
        tol: relative tolerance against central differences.
    """

    function: Callable[..., Any]
    calls: st.SearchStrategy[Call]
    call: Callable[..., Any] | None = None
    name: str = ""
    order: int = 2
    tol: float = 1e-5

    @property
    def id(self) -> str:
        base = getattr(self.function, "__name__", str(self.function))
        module = "linalg." if "linalg" in (getattr(self.function, "__module__", None) or "") else ""
        return f"{module}{base}" + (f"-{self.name}" if self.name else "")

    def run(self, args: Args, params: dict[str, Any]) -> Any:
        return (self.call or self.function)(*args, **params)


# -- drawing arguments ---------------------------------------------------------------------------

seeds = st.integers(0, 2**32 - 1)
sides = st.integers(0, 4)
shapes = st.lists(sides, max_size=3).map(tuple)
shapes_1d_up = st.lists(sides, min_size=1, max_size=3).map(tuple)
filled = st.integers(1, 4)
filled_shapes = st.lists(filled, max_size=3).map(tuple)
filled_shapes_1d_up = st.lists(filled, min_size=1, max_size=3).map(tuple)


def array(seed: int, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Any:
    """Values in (low, high), no two closer than a thousandth of an even spacing: no ties."""
    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    grid = np.linspace(low, high, 2 * size + 3)[1:-1:2][:size]
    jitter = rng.uniform(-0.3, 0.3, size) * (high - low) / (2 * size + 2)
    return rng.permutation(grid + jitter).reshape(shape)[()]


@st.composite
def arrays(
    draw: st.DrawFn,
    shape: st.SearchStrategy[tuple[int, ...]] = shapes,
    low: float = -2.0,
    high: float = 2.0,
) -> Any:
    """One array; a 0-d one comes as a NumPy scalar or as a 0-d array."""
    value = array(draw(seeds), draw(shape), low, high)
    return np.asarray(value) if np.ndim(value) == 0 and draw(st.booleans()) else value


@st.composite
def broadcastable(draw: st.DrawFn, count: int, shape: Any = shapes) -> list[tuple[int, ...]]:
    """Shapes that broadcast together: axes of one common shape cut off or set to 1."""
    common = draw(shape)
    result = []
    for _ in range(count):
        cut = draw(st.integers(0, len(common)))
        result.append(tuple(1 if draw(st.booleans()) else n for n in common[cut:]))
    return result


def elementwise(*domains: tuple[float, float], **params: st.SearchStrategy[Any]) -> Any:
    """Calls with one broadcastable array per domain (low, high), and drawn parameters."""

    @st.composite
    def calls(draw: st.DrawFn) -> Call:
        drawn = draw(broadcastable(len(domains)))
        args = [
            array(draw(seeds), shape, low, high)
            for shape, (low, high) in zip(drawn, domains, strict=True)
        ]
        return tuple(args), {name: draw(strategy) for name, strategy in params.items()}

    return calls()


@st.composite
def axis_of(draw: st.DrawFn, ndim: int, *, none: bool = True, several: bool = True) -> Any:
    """An axis (negative ones too), a tuple of distinct axes, or None."""
    kinds = (["none"] if none else []) + (["one"] if ndim else [])
    kinds += ["several"] if several and ndim else []
    kind = draw(st.sampled_from(kinds or ["none"]))
    if kind == "none":
        return None
    if kind == "one":
        return draw(st.integers(-ndim, ndim - 1))
    chosen = draw(st.lists(st.integers(0, ndim - 1), unique=True, max_size=ndim))
    return tuple(a - ndim if draw(st.booleans()) else a for a in chosen)


# -- the battery ---------------------------------------------------------------------------------


def is_float(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"


def map_floats(function: Callable[[Any], Any], args: Any) -> Any:
    """`args` with `function` applied to every float array, inside lists and tuples too."""
    if is_float(args):
        return function(args)
    if type(args) in (list, tuple):
        return type(args)(map_floats(function, a) for a in args)
    return args


def floats_of(args: Any) -> list[Any]:
    found: list[Any] = []
    map_floats(lambda a: found.append(a) or a, args)
    return found


def replace_floats(args: Any, values: Sequence[Any]) -> Any:
    source = iter(values)
    return map_floats(lambda a: next(source), args)


def outputs_of(result: Any) -> list[Any]:
    """The float results of a call, as a list."""
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    arrays = [r if isinstance(r, Tensor) else np.asarray(r) for r in results]
    return [r for r, a in zip(results, arrays, strict=True) if a.dtype.kind == "f"]


def random_like(value: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.uniform(0.5, 1.5, np.shape(value)) * rng.choice([-1, 1], np.shape(value)))


def weighted_sum(outputs: Sequence[Any], seed: int) -> Any:
    """One number from all outputs, so that a gradient with a generic g flows into each."""
    total: Any = 0.0
    for i, out in enumerate(outputs):
        weights = random_like(out, seed + i).astype(out.dtype)
        total = total + np.sum(out * weights)
    return total


def leaves(values: Sequence[Any]) -> list[Tensor]:
    return [Tensor(v, requires_grad=True) for v in values]


def gradient_of(case: OpCase, args: Args, params: dict[str, Any], seed: int = 1) -> list[Any]:
    """Value of the weighted sum's gradient with respect to every float argument, as arrays."""
    inputs = leaves(floats_of(args))
    outputs = outputs_of(case.run(replace_floats(args, inputs), params))
    total = weighted_sum(outputs, seed)
    if not isinstance(total, Tensor) or not total.requires_grad:
        return [np.zeros_like(x.data) for x in inputs]
    found = autograd.gradients(total, inputs, materialize=True)
    return [np.asarray(g.numpy()) for g in found]


def central(function: Callable[[float], Any], step: float = 1e-3) -> tuple[float, float]:
    """d function(t)/dt at 0 by Richardson-extrapolated central differences, and its error."""

    def difference(h: float) -> float:
        return (float(function(h)) - float(function(-h))) / (2 * h)

    d1, d2, d4 = difference(step), difference(step / 2), difference(step / 4)
    first, second = (4 * d2 - d1) / 3, (4 * d4 - d2) / 3
    return (16 * second - first) / 15, abs(second - first)


def assert_derivative(
    value_of: Callable[[list[Any]], Any],
    gradient: Sequence[Any],
    at: Sequence[Any],
    seed: int,
    tol: float,
) -> None:
    """`gradient` of the scalar function `value_of` against differences along random directions."""
    for i, (g, x) in enumerate(zip(gradient, at, strict=True)):
        direction = random_like(x, seed + 100 + i)

        def along(t: float, i: int = i, direction: Any = direction) -> Any:
            moved = [np.asarray(a) for a in at]
            moved[i] = moved[i] + t * direction
            return value_of(moved)

        numeric, error = central(along)
        analytic = float(np.sum(g * direction))
        scale = max(abs(numeric), float(np.sum(np.abs(g * direction))), 1e-3)
        assert abs(analytic - numeric) <= tol * scale + 10 * error, (
            f"argument {i} of shape {np.shape(x)}: rule gives {analytic!r}, "
            f"differences give {numeric!r} (error bar {error:.1e})"
        )


def check_forward(case: OpCase, args: Args, params: dict[str, Any]) -> None:
    """Same values, shapes and dtypes as NumPy; arrays in give arrays out."""
    expected = case.run(args, params)
    got = case.run(map_floats(Tensor, args), params)
    assert not any(isinstance(r, Tensor) for r in outputs_of(expected))
    pairs = zip(outputs_of(expected), outputs_of(got), strict=True)
    for want, have in pairs:
        assert np.shape(want) == np.shape(have)
        assert np.asarray(want).dtype == (have.dtype)
        value = np.asarray(have.data if isinstance(have, Tensor) else have)
        np.testing.assert_allclose(value, np.asarray(want), rtol=1e-12, atol=1e-14)


def check_gradient(case: OpCase, args: Args, params: dict[str, Any]) -> None:
    """First and second derivative against differences; every gradient has its input's shape."""
    at = floats_of(args)
    first = gradient_of(case, args, params)
    for g, x in zip(first, at, strict=True):
        assert g.shape == np.shape(x)
        assert g.dtype == x.dtype

    def value(moved: list[Any]) -> Any:
        return weighted_sum(outputs_of(case.run(replace_floats(args, moved), params)), 1)

    if case.order >= 1:
        assert_derivative(value, first, at, 1, case.tol)
    if case.order < 2:
        return
    inputs = leaves(at)
    total = weighted_sum(outputs_of(case.run(replace_floats(args, inputs), params)), 1)
    grads = autograd.gradients(total, inputs, create_graph=True, materialize=True)
    for recorded, plain in zip(grads, first, strict=True):
        np.testing.assert_allclose(np.asarray(recorded.data), plain, rtol=1e-12, atol=1e-12)
    inner = weighted_sum([g for g in grads if g.size], 7)
    if isinstance(inner, Tensor) and inner.requires_grad:
        second = [np.asarray(g.data) for g in autograd.gradients(inner, inputs, materialize=True)]
    else:
        second = [np.zeros(np.shape(x)) for x in at]

    def slope(moved: list[Any]) -> Any:
        moved_grads = gradient_of(case, replace_floats(args, moved), params)
        return weighted_sum([g for g in moved_grads if g.size], 7)

    assert_derivative(slope, second, at, 2, 10 * case.tol)


def check_float32(case: OpCase, args: Args, params: dict[str, Any]) -> None:
    """float32 in gives the same dtypes as NumPy, float32 gradients, and the float64 values."""
    single = map_floats(lambda a: a.astype(np.float32), args)
    expected = outputs_of(case.run(single, params))
    got = outputs_of(case.run(map_floats(Tensor, single), params))
    for want, have in zip(expected, got, strict=True):
        assert have.dtype == np.asarray(want).dtype
    double = map_floats(lambda a: a.astype(np.float64), single)
    pairs = zip(gradient_of(case, single, params), gradient_of(case, double, params), strict=True)
    for g32, g64 in pairs:
        assert g32.dtype == np.float32
        scale = np.max(np.abs(g64), initial=1.0)
        np.testing.assert_allclose(g32, g64, rtol=2e-3, atol=2e-3 * scale)


def layouts_of(a: Any) -> list[Any]:
    """The same values in Fortran order, behind negative strides, and read-only."""
    if np.ndim(a) == 0:
        return [a] * 3
    fortran = np.array(a, order="F")
    negative = np.flip(np.flip(a).copy())
    readonly = a.copy()
    readonly.flags.writeable = False
    return [fortran, negative, readonly]


def check_layouts(case: OpCase, args: Args, params: dict[str, Any]) -> None:
    """The memory layout of the inputs does not matter, and they are never written to."""
    expected = gradient_of(case, args, params)
    before = [np.array(a) for a in floats_of(args)]
    for layout in range(3):
        changed = map_floats(lambda a, k=layout: layouts_of(a)[k], args)
        inputs = [wrapped(a) for a in floats_of(changed)]
        total = weighted_sum(outputs_of(case.run(replace_floats(args, inputs), params)), 1)
        if not isinstance(total, Tensor) or not total.requires_grad:
            continue
        for g, want in zip(
            autograd.gradients(total, inputs, materialize=True), expected, strict=True
        ):
            np.testing.assert_allclose(g.data, want, rtol=1e-10, atol=1e-10)
    for a, old in zip(floats_of(args), before, strict=True):
        np.testing.assert_array_equal(a, old)


def wrapped(value: Any) -> Tensor:
    """A leaf around the very array, in its own memory layout."""
    leaf = Tensor(0.0, requires_grad=True)
    leaf.data = value
    return leaf


def check_no_cycle(case: OpCase, args: Args, params: dict[str, Any]) -> None:
    """Without the garbage collector a graph dies with its last name, after backward or on del."""
    gc.disable()
    try:
        for run_backward in (True, False):
            inputs = leaves(floats_of(args))
            outputs = outputs_of(case.run(replace_floats(args, inputs), params))
            watched = [weakref.ref(o) for o in outputs if isinstance(o, Tensor)]
            total = weighted_sum(outputs, 1)
            if run_backward and isinstance(total, Tensor) and total.requires_grad:
                total.backward()
            del outputs, inputs, total
            assert all(reference() is None for reference in watched)
    finally:
        gc.enable()


CHECKS = {
    "forward": check_forward,
    "gradient": check_gradient,
    "float32": check_float32,
    "layouts": check_layouts,
    "no_cycle": check_no_cycle,
}


class Battery:
    """Runs every check on a case; subclass it, parametrized with `case` over a table.

    >>> @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    ... class TestElementwise(Battery): ...
    """

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
    @settings(suppress_health_check=[HealthCheck.differing_executors])
    @given(data=st.data())
    def test_law(self, case: OpCase, check: Callable[..., None], data: st.DataObject) -> None:
        args, params = data.draw(case.calls)
        with np.errstate(all="ignore"):
            check(case, args, params)
