"""Equal steps, arrays of one number, and arrays put together from parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor, gradients, ops
from autograd.testing import Call, broadcastable, call

from .opcase import Battery, OpCase, array, seeds
from .test_joining import joined


@st.composite
def steps(draw: st.DrawFn, low: float = -2.0, high: float = 2.0, base: bool = False) -> Call:
    """Start and stop, and perhaps an array of bases, that broadcast."""
    first, *rest = draw(broadcastable(3 if base else 2))
    args = [array(draw(seeds), s, low, high) for s in (first, rest[0])]
    if base:
        args.append(array(draw(seeds), rest[1], 0.5, 2.0))
    params: dict[str, Any] = {"num": draw(st.integers(0, 4)), "endpoint": draw(st.booleans())}
    ndim = max(np.ndim(a) for a in args)
    params["axis"] = draw(st.integers(-ndim - 1, ndim))
    return call(*args, **params)


def with_base(start: Any, stop: Any, base: Any, **params: Any) -> Any:
    return np.logspace(start, stop, base=base, **params)


def full_like(value: Any, shape: Any) -> Any:
    # NumPy does not look for tensors in the value alone.
    prototype = np.zeros(shape, value.dtype)
    return np.full_like(Tensor(prototype) if isinstance(value, Tensor) else prototype, value)


@st.composite
def full_of(draw: st.DrawFn) -> Call:
    value, whole = draw(broadcastable(2))
    return call(array(draw(seeds), value), shape=np.broadcast_shapes(value, whole))


@st.composite
def grid(draw: st.DrawFn) -> Call:
    rows, columns = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    widths = [draw(st.integers(0, 3)) for _ in range(columns)]
    heights = [draw(st.integers(0, 2)) for _ in range(rows)]
    return call([[array(draw(seeds), (h, w)) for w in widths] for h in heights])


def row(parts: Any, **params: Any) -> Any:
    return ops.r_[tuple(parts)]


CASES = [
    OpCase(np.linspace, steps()),
    OpCase(np.logspace, steps(-1.0, 1.0)),
    OpCase(np.logspace, steps(-1.0, 1.0, base=True), with_base, name="base"),
    OpCase(np.geomspace, steps(0.5, 2.0)),
    OpCase(np.geomspace, steps(-2.0, -0.5), name="negative"),
    # Whether a shape fits is not the question of the filled array.
    OpCase(np.full_like, full_of(), full_like, without=("shapes",)),
    OpCase(ops.full, full_of(), lambda value, shape: ops.full(shape, value), without=("shapes",)),
    OpCase(np.block, grid()),
    OpCase(np.block, joined().map(lambda c: call(c[0][0][0])), name="one array"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestCreation(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


t, s, m = leaf([1.0, 2.0, 3.0]), leaf(4.0), leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


class TestSteps:
    def test_the_step(self) -> None:
        y, step = np.linspace(s, 1.0, 4, retstep=True)
        assert step.item() == -1
        assert gradients(step, [s])[0].item() == pytest.approx(-1 / 3)
        assert y.tolist() == [4, 3, 2, 1]
        assert np.isnan(np.linspace(s, 1.0, 1, retstep=True)[1])

    def test_integers_are_rounded_down_and_carry_no_gradient(self) -> None:
        y = np.linspace(s, 0.0, 4, dtype=int)
        assert y.tolist() == np.linspace(4.0, 0.0, 4, dtype=int).tolist()
        assert not y.requires_grad

    def test_dtypes_are_those_of_numpy(self) -> None:
        x = Tensor(np.float32(2), requires_grad=True)
        for function in (np.linspace, np.logspace, np.geomspace):
            for stop in (3.0, np.float32(3)):
                assert function(x, stop, 3).dtype == function(x.data, stop, 3).dtype
        assert np.linspace(x, 3, 3, dtype=np.float64).dtype == np.float64

    def test_the_ends_of_geomspace_are_exact(self) -> None:
        y = np.geomspace(leaf(3.0), leaf(7.0), 5)
        assert (y.data[0], y.data[-1]) == (3, 7)

    def test_geomspace_from_zero(self) -> None:
        with pytest.raises(ValueError, match="other than 0"):
            np.geomspace(leaf(0.0), 1.0)


class TestFull:
    def test_full_like_keeps_the_gradient_of_the_value(self) -> None:
        y = np.full_like(t, t[0] * 3)
        assert gradients(y.sum(), [t])[0].tolist() == [9, 0, 0]

    def test_full_like_of_a_number_is_an_array(self) -> None:
        assert type(np.full_like(t, 3.0)) is np.ndarray

    def test_the_dtype_is_that_of_the_prototype(self) -> None:
        x = Tensor(np.ones(2, np.float32))
        assert np.full_like(x, s).dtype == np.float32
        assert np.full_like(x, s, dtype=float, shape=(3,)).shape == (3,)

    def test_full(self) -> None:
        assert gradients(ops.full(3, s).sum(), [s])[0].item() == 3
        assert ops.full((2,), 1.5).tolist() == [1.5, 1.5]
        assert ops.full((2, 3), t, dtype=np.float32).dtype == np.float32

    def test_a_filled_tensor_may_be_written_to(self) -> None:
        y = ops.full(3, s)
        y[0] = 0.0
        assert gradients(y.sum(), [s])[0].item() == 2

    def test_an_array_is_not_filled_with_a_tensor(self) -> None:
        with pytest.raises(TypeError, match=r"autograd.ops.full in place of np.full"):
            np.full_like(np.ones(3), s)
        with pytest.raises(TypeError):
            np.full(3, s)


JOINS: list[Any] = [
    (t, t),
    (s, s),
    (s, 1.0, t),
    (t, [1.0, 2.0], 0),
    (s,),
    (slice(0, 3), t),
    (slice(0, 1, 4j), t),
    (m, m),
]


class TestJoiners:
    @pytest.mark.parametrize("key", JOINS, ids=str)
    @pytest.mark.parametrize("name", ["r_", "c_"])
    def test_as_numpys(self, name: str, key: Any) -> None:
        plain = tuple(k.data if isinstance(k, Tensor) else k for k in key)
        try:
            expected = getattr(np, name)[plain]
        except ValueError:
            with pytest.raises(ValueError, match="dimension"):
                getattr(ops, name)[key]
            return
        got = getattr(ops, name)[key]
        assert isinstance(got, Tensor)
        assert got.requires_grad
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got.data, expected)

    @pytest.mark.parametrize("directive", ["0", "-1", "0,2", "1,2", "0,3,1", "1,3,0", "0,2,-1"])
    @pytest.mark.parametrize("items", [(t, t), (m, m), (t, s)], ids=["tt", "mm", "ts"])
    def test_directives(self, directive: str, items: Any) -> None:
        plain = [k.data for k in items]
        try:
            expected = np.r_[(directive, *plain)]
        except (ValueError, np.exceptions.AxisError) as error:
            with pytest.raises(type(error)):
                ops.r_[(directive, *items)]
            return
        np.testing.assert_array_equal(ops.r_[(directive, *items)].data, expected)

    def test_gradients(self) -> None:
        y = ops.r_[t, s, 2.0, s]
        g_t, g_s = gradients(y[2:].sum(), [t, s])
        assert (g_t.tolist(), g_s.item()) == ([0, 0, 1], 2)
        (g,) = gradients((ops.c_[t, t] * [1.0, 10.0]).sum(), [t])
        assert g.tolist() == [11, 11, 11]

    def test_a_range_from_a_tensor(self) -> None:
        y = ops.r_[s : s + 3]
        assert y.tolist() == [4, 5, 6]
        assert gradients(y.sum(), [s])[0].item() == 3

    def test_float32_stays_beside_numbers(self) -> None:
        x = Tensor(np.ones(2, np.float32), requires_grad=True)
        assert ops.r_[x, 1.0].dtype == np.float32

    def test_without_tensors_they_are_numpys(self) -> None:
        assert type(ops.r_[1:4, 0]) is np.ndarray
        assert ops.c_[[1, 2], [3, 4]].tolist() == [[1, 3], [2, 4]]
        assert repr(ops.r_) == "autograd.ops.r_"

    def test_matrices_are_refused(self) -> None:
        with pytest.raises(ValueError, match="one to three integers, got 'c'"):
            ops.r_["c", t]

    @pytest.mark.parametrize("joiner", [np.r_, np.c_])
    def test_numpys_own_refuse_a_tensor(self, joiner: Any) -> None:
        for key in ((t, t), (s, s), s):
            with pytest.raises(TypeError, match="turned into an array silently"):
                joiner[key]


class TestBlock:
    @pytest.mark.parametrize(
        "arrays",
        [[t, t], [[t], [t]], [s, s], [[s, s], [s, 1.0]], s, t, [[[m]], [[m]]], [[m, m], [m, m]]],
        ids=str,
    )
    def test_as_numpys(self, arrays: Any) -> None:
        from autograd.registry import unwrap

        np.testing.assert_array_equal(np.block(arrays).data, np.block(unwrap(arrays)))

    def test_gradients(self) -> None:
        y = np.block([[t[:1], t[1:]], [t[:2], s]])
        (g,) = gradients((y * np.array([[1.0, 2, 3], [4, 5, 6]])).sum(), [t])
        assert g.tolist() == [5, 7, 3]

    @pytest.mark.parametrize(
        ("arrays", "error", "words"),
        [
            ([t, [t]], ValueError, "depths 0 and 1 side by side"),
            ([t, []], ValueError, "an empty list"),
            ([(t, t)], TypeError, "is a tuple"),
        ],
        ids=["depths", "empty", "tuple"],
    )
    def test_what_is_refused(self, arrays: Any, error: Any, words: str) -> None:
        with pytest.raises(error, match=words):
            np.block(arrays)


def test_higher_derivatives_of_steps() -> None:
    hessian = autograd.hessian(lambda x: np.sum(np.linspace(x, 2.0, 3) ** 3))(1.0)
    expected = sum(6 * (1 - p) ** 2 * (1 + p) for p in (0, 0.5, 1))
    assert hessian == pytest.approx(expected)


def test_a_fill_value_may_have_leading_axes_of_length_one() -> None:
    x = Tensor([[2.0]], requires_grad=True)
    filled = np.full_like(Tensor(np.zeros(2)), x)
    assert filled.tolist() == [2, 2]
    filled.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[2]]
