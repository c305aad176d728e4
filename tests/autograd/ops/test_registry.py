"""The law: every function that NumPy hands to a Tensor has a case, or is declared plain."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, ops
from autograd.registry import registry

from .opcase import OpCase
from .test_plain import PLAIN


def all_cases() -> list[OpCase]:
    """The cases of every table in this folder."""
    found: list[OpCase] = []
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f".{file.stem}", __package__)
        found += getattr(module, "CASES", [])
    return found


def names(functions: set[Callable[..., Any]]) -> list[str]:
    return sorted(str(getattr(f, "__name__", f)) for f in functions)


DIFFERENTIABLE = {case.function for case in all_cases()}


def test_every_registered_function_has_a_case_or_is_plain() -> None:
    assert names(set(registry) - DIFFERENTIABLE - set(PLAIN)) == []


def test_every_case_and_every_plain_function_is_reached_through_numpy_or_ops() -> None:
    public = {getattr(ops, name) for name in dir(ops) if callable(getattr(ops, name))}
    assert names((DIFFERENTIABLE | set(PLAIN)) - set(registry) - public) == []


def test_nothing_is_both() -> None:
    assert names(DIFFERENTIABLE & set(PLAIN)) == []


def test_every_public_op_is_registered_or_has_a_case() -> None:
    known = set(registry.values()) | DIFFERENTIABLE
    public = {name: getattr(ops, name) for name in dir(ops) if not name.startswith("_")}
    missing = [
        name
        for name, value in public.items()
        if isinstance(value, autograd.Primitive) and value not in known
    ]
    assert missing == []


def test_the_number_of_differentiable_functions() -> None:
    assert len(DIFFERENTIABLE) >= 150


@pytest.mark.parametrize(
    "function", [f for f in registry if f in DIFFERENTIABLE], ids=lambda f: f.__name__
)
def test_every_numpy_function_stands_in_ops_under_its_name(function: Callable[..., Any]) -> None:
    """`autograd.ops` is the third way to reach a function, beside NumPy's and the method."""
    assert callable(getattr(ops, function.__name__))


@pytest.mark.parametrize("function", registry, ids=lambda f: f.__name__)
def test_every_function_has_a_docstring(function: Callable[..., Any]) -> None:
    assert registry[function].__doc__


def test_what_is_unknown_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"np\.roots is not supported"):
        np.roots(Tensor([1.0], requires_grad=True))


def test_arrays_may_be_passed_by_name() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert np.sum(a=x).item() == 3
    assert np.expand_dims(a=x, axis=0).shape == (1, 2)
    assert np.mean(keepdims=np._NoValue, a=x).shape == ()
