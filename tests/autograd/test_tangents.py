"""Forward mode: the same Hessian-vector products as by two backward passes, with less work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn.functional as F
from autograd import Function, Tensor, debug, grad, hessian, hvp, jvp, primitive, tree, vjp
from autograd.errors import NotFiniteError
from autograd.testing.example import Example, calls
from autograd.transforms.products import _by_two_backward_passes as by_differentiating_twice
from autograd.transforms.trace import Trace

from .ops.opcase import OpCase
from .ops.test_registry import all_cases


def by_two_backward_passes(f: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    return vjp(grad(f, range(len(primals))), *primals)[1](tuple(tangents))


def is_forward(f: Callable[..., Any], *primals: Any) -> bool:
    """Whether every op of f has a tangent, so that hvp needs one backward pass only."""
    trace = Trace("hvp", f, primals, {}, range(len(primals)))
    return trace.pushed(primals) is not None


def agree(f: Callable[..., Any], primals: Any, tangents: Any) -> None:
    found = hvp(f, primals, tangents)
    found = found if len(primals) > 1 else (found,)
    for ours, theirs in zip(found, by_two_backward_passes(f, primals, tangents), strict=True):
        assert ours.dtype == theirs.dtype
        scale = np.max(np.abs(theirs), initial=1, where=np.isfinite(theirs))
        np.testing.assert_allclose(ours / scale, theirs / scale, rtol=1e-8, atol=1e-10)


def drawn_like(primals: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=np.shape(p)).astype(p.dtype)[()] for p in primals)


CASES = [case for case in all_cases() if case.order]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@settings(max_examples=5)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_every_op_of_numpy(case: OpCase, data: st.DataObject, seed: int) -> None:
    example = Example(data.draw(calls(case.inputs)), case.op)

    def f(*values: Any) -> Any:
        # The sine of the result makes every op a nonlinear one.
        return sum((np.sum(np.sin(p)) for p in parts(*values)), np.float64(0))

    def parts(*values: Any) -> Any:
        out = tree.leaves(case.op(*example.given(values), **example.params))
        return [p for p in out if isinstance(p, Tensor) and p.dtype.kind == "f"]

    values = tuple(example.values)
    tangents = drawn_like(values, seed)
    with np.errstate(all="ignore"):
        if values and is_forward(f, *values):
            agree(f, values, tangents)
            trace = Trace("jvp", parts, values, {}, range(len(values)))
            theirs = by_differentiating_twice(trace, tangents, False)
            for a, b in zip(jvp(parts, values, tangents)[1], theirs, strict=True):
                if b is None:
                    assert not np.any(a)
                    continue
                assert (a.shape, a.dtype) == (b.shape, b.dtype)
                np.testing.assert_allclose(a, b.data, rtol=1e-8, atol=1e-10)


LABELS = np.array([2, 0, 1, 2])
TARGETS = np.random.default_rng(1).dirichlet(np.ones(3), 4)
REDUCTIONS = ("mean", "sum", "none")
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    **{
        f.__name__ if hasattr(f, "__name__") else str(f): f
        for f in (
            *(F.relu, F.sigmoid, F.tanh, F.leaky_relu, F.elu, F.selu, F.gelu, F.silu),
            *(F.softplus, F.logsigmoid, F.hardtanh, F.softmax, F.log_softmax),
            *(F.relu6, F.celu, F.mish, F.softsign, F.tanhshrink, F.hardsigmoid, F.hardswish),
            *(F.hardshrink, F.softshrink, F.softmin),
        )
    },
    "threshold": lambda x: F.threshold(x, 0.1, 20.0),
    "softmax over columns": lambda x: F.softmax(x, dim=0),
    "log_softmax over columns": lambda x: F.log_softmax(x, dim=0),
    "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
    **{
        f"{name} {reduction}": lambda x, loss=loss, r=reduction: loss(x, reduction=r)
        for reduction in REDUCTIONS
        for name, loss in {
            "labels": lambda x, **r: F.cross_entropy(x, LABELS, **r),
            "label": lambda x, **r: F.cross_entropy(x[0], 2, **r),
            "weighted": lambda x, **r: F.cross_entropy(x, LABELS, np.array([1.0, 2, 3]), **r),
            "smooth": lambda x, **r: F.cross_entropy(x, LABELS, label_smoothing=0.1, **r),
            "probabilities": lambda x, **r: F.cross_entropy(x, TARGETS, **r),
            "learned targets": lambda x, **r: F.cross_entropy(x, F.softmax(x * x), **r),
            "nll": lambda x, **r: F.nll_loss(F.log_softmax(x), LABELS, **r),
            "plain": lambda x, **r: F.cross_entropy_from_probabilities(F.softmax(x), LABELS, **r),
            "kl": lambda x, **r: F.kl_div(F.log_softmax(x), TARGETS, **r),
            "mse": lambda x, **r: F.mse_loss(x, TARGETS, **r),
            "half mse": lambda x, **r: F.half_mse_loss(x, np.sin(x), **r),
            "huber": lambda x, **r: F.huber_loss(x, np.cos(x), **r),
        }.items()
    },
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(seed=st.integers(0, 2**32 - 1))
def test_activations_and_losses(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    f = lambda x: np.sum(np.sin(FUNCTIONS[name](x)))
    assert is_forward(f, x)
    agree(f, (x,), (v,))


@given(seed=st.integers(0, 2**32 - 1), biased=st.booleans(), fixed=st.sets(st.integers(0, 2)))
def test_linear_with_any_of_its_inputs_constant(seed: int, biased: bool, fixed: set[int]) -> None:
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=s) for s in ((2, 4, 3), (5, 3), (5,))][: 3 if biased else 2]
    free = [i for i in range(len(values)) if i not in fixed]

    def f(*given: Any) -> Any:
        args = list(values)
        for i, value in zip(free, given, strict=True):
            args[i] = value
        return np.sum(np.tanh(F.linear(*args)))

    if free:
        primals = tuple(values[i] for i in free)
        assert is_forward(f, *primals)
        agree(f, primals, drawn_like(primals, seed))


def network(x: Any, labels: Any) -> Callable[..., Any]:
    def loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        return F.cross_entropy(F.linear(np.tanh(F.linear(x, w1, b1)), w2, b2), labels)

    return loss


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_multiplies_its_inputs_three_times(dtype: Any) -> None:
    """The value, its tangent, and the product: of the gradient itself nobody asks the value."""
    products = []

    class Counting(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            if ufunc is np.matmul:
                products.append(ufunc)
            plain = [i.view(np.ndarray) if isinstance(i, Counting) else i for i in inputs]
            return getattr(ufunc, method)(*plain, **kwargs)

    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(6, 7)).astype(dtype), rng.integers(0, 3, 6)
    primals = tuple(rng.normal(size=s).astype(dtype) for s in ((5, 7), (5,), (3, 5), (3,)))
    tangents = drawn_like(primals, 1)
    found = hvp(network(x.view(Counting), labels), primals, tangents)
    assert len(products) == 3
    for ours, theirs in zip(
        found, by_two_backward_passes(network(x, labels), primals, tangents), strict=True
    ):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)


def test_results_can_be_differentiated_again() -> None:
    f = lambda x: np.sum(np.tanh(x) * np.sin(x[::-1])) + F.cross_entropy(x * x, 1)
    x, v = np.array([0.3, 1.2, -0.4]), np.array([1.0, -2.0, 0.5])
    w = np.array([0.7, 0.1, 2.0])
    # Of vᵀ H w along the third side, by differences of the Hessian.
    slope = grad(lambda x: np.sum(hvp(f, x, v) * w))(x)
    h = 1e-5
    steps = [(hessian(f)(x + h * e) - hessian(f)(x - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(slope, [w @ step @ v for step in steps], rtol=1e-6)
    np.testing.assert_allclose(grad(lambda v: np.sum(hvp(f, x, v) * w))(v), hessian(f)(x) @ w)
    inner = lambda x: np.sum(hvp(f, x, v) * w)
    np.testing.assert_allclose(
        hvp(inner, x, v), by_two_backward_passes(inner, (x,), (v,))[0], rtol=1e-10
    )


def test_gradients_changed_on_their_way_back_are_those_that_are_differentiated() -> None:
    class Doubled(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.copy()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g * abs(g)

    def hooked(x: Any) -> Any:
        y = x * x
        y.register_hook(lambda g: 2 * g * abs(g))
        return y

    def hooked_itself(x: Any) -> Any:
        x.register_hook(lambda g: 2 * g * abs(g))
        return x * x

    x = np.array([0.5, -1.5])
    for change in (lambda x: Doubled.apply(x * x), hooked, hooked_itself):
        f = lambda x, change=change: np.sum(change(x) ** 2)
        assert not is_forward(f, x)
        agree(f, (x,), (np.ones(2),))


def test_an_op_of_ones_own_is_differentiated_backward() -> None:
    """An op that only broadcasts as elementwise ones do is taken for what its rule says."""
    shifted = primitive(
        lambda x: np.roll(x, 1) ** 2,
        lambda g, out, x: 2 * np.roll(g, -1) * x,
        elementwise=True,
        name="shifted",
    )
    f = lambda x: np.sum(shifted(x) * np.arange(3.0))
    assert not is_forward(f, np.ones(3))
    np.testing.assert_allclose(hvp(f, np.ones(3), np.ones(3)), [2, 4, 0])


def test_anomalies_and_writes_in_place_are_watched_for() -> None:
    def overwritten(x: Any) -> Any:
        scale = Tensor(np.ones(2))
        y = x * x * scale
        scale[...] = 2.0
        return np.sum(y)

    with pytest.raises(RuntimeError, match=r"overwritten|in place"):
        hvp(overwritten, np.ones(2), np.ones(2))
    with debug.detect_anomaly(), pytest.raises(NotFiniteError, match="sqrt"):
        hvp(lambda x: np.sum(np.sqrt(x)), np.zeros(2), np.ones(2))


def test_a_record_that_f_released_is_missed() -> None:
    def released(x: Any) -> Any:
        y = np.sum(x**3)
        y.backward()
        return y

    with pytest.raises(RuntimeError, match="released by an earlier backward"):
        hvp(released, np.ones(2), np.ones(2))


def test_transforms_inside_f_take_part() -> None:
    inner = lambda x: np.sum(hvp(lambda z: np.sum(np.sin(z) ** 3), x, x) ** 2)
    x, v = np.array([0.3, 1.2]), np.array([1.0, -2.0])
    assert is_forward(inner, x)
    agree(inner, (x,), (v,))


def test_a_closed_over_tensor_has_no_part_in_the_direction() -> None:
    w = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    product = hvp(lambda x: np.sum(w * x**3), np.array([1.0, 1.0]), np.ones(2))
    np.testing.assert_allclose(product.data, [6, 12])
    np.sum(product).backward()
    np.testing.assert_allclose(w.grad.data, [6, 6])
    assert type(hvp(lambda x: np.sum(x**3) + np.sum(w), np.ones(2), np.ones(2))) is np.ndarray


def test_a_result_that_does_not_bend() -> None:
    x = np.ones(2)
    for f in (np.sum, lambda x: 3.0, lambda x: Tensor(3.0), lambda x: np.sum(np.sign(x))):
        np.testing.assert_array_equal(hvp(f, x, x), [0, 0])
    assert hvp(lambda x: x, 1.0, 1.0) == 0


def test_a_tangent_has_memory_of_its_own() -> None:
    v = np.ones(3)
    for f in (lambda x: x, lambda x: x[::-1], lambda x: np.broadcast_to(x, (2, 3))):
        _, tangent = jvp(f, (v,), (v,))
        assert not np.shares_memory(tangent, v)
        tangent += 1
    assert v.tolist() == [1, 1, 1]


def test_jvp_computes_no_gradient() -> None:
    """Forward alone: the rule of an op on the way is not called, and an array stays an array."""
    calls = []
    rules = F.linear(np.ones((1, 2)), Tensor(np.ones((1, 2)), requires_grad=True)).op
    kept = rules.joint
    rules.joint = lambda *args: calls.append(args) or kept(*args)
    try:
        value, tangent = jvp(
            lambda w: F.linear(np.ones((1, 2)), w), np.ones((1, 2)), np.ones((1, 2))
        )
    finally:
        rules.joint = kept
    assert (value.item(), tangent.item(), calls) == (2, 2, [])
    assert type(tangent) is np.ndarray
