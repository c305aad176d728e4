"""Without a tensor every function of `autograd.ops` is NumPy's, of arrays, lists and numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from autograd import Tensor, ops
from autograd.registry import registry, unwrap
from autograd.testing.example import calls

from .opcase import OpCase
from .test_registry import all_cases


def numpys(name: str) -> Callable[..., Any] | None:
    """The function of NumPy's that `autograd.ops.<name>` stands for."""
    return getattr(np, name, None) or getattr(np.linalg, name, None)


def name_of(case: OpCase) -> str:
    return str(getattr(case.function, "__name__", ""))


COMPARED: list[OpCase] = [c for c in all_cases() if numpys(name_of(c)) is c.function]
# Those that NumPy lacks, or in which it does not ask a tensor.
OTHERS = {
    "c_", "cummax", "cummin", "flatten", "full", "getitem", "i0_derivative", "logcumsumexp",
    "logsumexp", "overlap_add", "r_", "recurrence", "scatter_add", "setitem", "sin_ratio",
    "sliding_window_view",
}  # fmt: skip
if not hasattr(np, "unstack"):  # NumPy 2.1
    OTHERS |= {"unstack", "cumulative_sum", "cumulative_prod"}


def test_every_public_function_is_compared() -> None:
    compared = {case.function for case in COMPARED}
    assert {name for name in ops.__all__ if numpys(name) not in compared} == OTHERS


class SeenError(Exception):
    """Carries the arguments with which a function of NumPy's was called."""


def arguments(case: OpCase, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What the case passes to its function when its arrays are tensors."""
    if case.call is None:
        return args, params
    before = registry[case.function]

    def seen(*args: Any, **params: Any) -> None:
        raise SeenError(unwrap(args), {name: unwrap(value) for name, value in params.items()})

    registry[case.function] = seen
    try:
        case.call(*tensors(args), **params)
    except SeenError as call:
        return call.args
    finally:
        registry[case.function] = before
    return None


def tensors(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(tensors, value))
    floating = isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"
    return Tensor(value) if floating else value


def plainly(value: Any) -> Any:
    """Nested lists and Python numbers in place of arrays."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(plainly, value))
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def outcome(function: Callable[..., Any], args: Any, params: dict[str, Any]) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return function(*args, **params)
        except Exception as error:
            return error


def assert_same(got: Any, wanted: Any) -> None:
    if isinstance(wanted, (AttributeError, KeyError)):
        # NumPy's words speak of its inside, as of a list that has no attribute 'ndim'.
        assert not isinstance(got, Exception) or "expects arrays that it can work on" in str(got)
        return
    assert type(got) is type(wanted)
    if isinstance(wanted, (list, tuple)):
        assert len(got) == len(wanted)
        for g, w in zip(got, wanted, strict=True):
            assert_same(g, w)
    elif isinstance(wanted, Exception):
        assert str(got) == str(wanted)
    elif wanted is not None:
        assert np.asarray(got).dtype == np.asarray(wanted).dtype
        assert_array_equal(got, wanted)


@pytest.mark.parametrize("case", COMPARED, ids=lambda case: case.id)
@given(data=st.data())
def test_it_is_numpys_function(case: OpCase, data: st.DataObject) -> None:
    drawn = data.draw(calls(case.inputs))
    call = arguments(case, drawn.args, drawn.params)
    if call is None:
        return  # a method, or the place of an ufunc's method
    function = getattr(ops, name_of(case))
    for args in (call[0], plainly(call[0])):
        wanted = outcome(case.function, args, call[1])
        assert_same(outcome(function, args, call[1]), wanted)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("add", ([1.0, 2.0], [3.0, 4.0])),
        ("add", ((1, 2), 3)),
        ("multiply", ([1.0, 2.0], 2)),
        ("multiply", (True, True)),
        ("subtract", ([1.0, 2.0], 2)),
        ("negative", ([1.0],)),
        ("negative", (True,)),
        ("divide", (1, 0)),
        ("power", (2, -1)),
        ("power", ([2], [-1])),
        ("remainder", ([5, -5], 3)),
        ("floor_divide", (1, 0)),
        ("matmul", ([[1.0]], [[2.0]])),
        ("real", ([1 + 2j, 3 - 1j],)),
        ("real_if_close", ([1 + 2j, 3 + 0j],)),
        ("real_if_close", ([3 + 0j],)),
        ("conjugate", ([1 + 2j],)),
        ("divmod", (7, -2)),
        ("fix", ([1.5, -1.5],)),
        ("absolute", ([3 + 4j],)),
    ],
)
def test_operators_are_not_pythons(name: str, args: Any) -> None:
    wanted = outcome(numpys(name), args, {})
    assert_same(outcome(getattr(ops, name), args, {}), wanted)
    assert_same(
        outcome(getattr(ops, name), tuple(map(np.asarray, args)), {}),
        outcome(numpys(name), tuple(map(np.asarray, args)), {}),
    )


def test_each_of_several_functions_has_a_way_of_its_own() -> None:
    z = np.array([1 + 2j, 3 - 1j])
    assert [ops.real.__name__, ops.conjugate.__name__] == ["real", "conjugate"]
    for function, known in registry.items():
        if getattr(known, "__wrapped__", None) is not None and function in (
            np.real,
            np.real_if_close,
            np.conjugate,
        ):
            assert_same(known(z), function(z))
    x = Tensor([1.0, -2.0], requires_grad=True)
    for name in ("real", "real_if_close", "conjugate"):
        assert_array_equal(getattr(ops, name)(x).data, x.data)


@pytest.mark.parametrize("name", sorted(set(ops.__all__) - OTHERS))
def test_numpy_and_ops_agree_which_function_it_is(name: str) -> None:
    """What a Tensor does by NumPy's name and by that of `ops` is one and the same."""
    assert registry[numpys(name)] is getattr(ops, name)


def test_a_text_is_no_operand() -> None:
    with pytest.raises(TypeError, match="remainder expects a tensor, an array or a number"):
        ops.remainder("%d", 3)
