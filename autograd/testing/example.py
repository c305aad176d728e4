"""One call of an op: its arguments, and which of them are differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from .. import tree
from ..primitive import Primitive
from ..tensor import Tensor

__all__ = ["Call", "Example", "call", "calls"]


class Call(NamedTuple):
    """Arguments of an op: those by position, and those by name."""

    args: tuple[Any, ...]
    params: dict[str, Any]


def call(*args: Any, **params: Any) -> Call:
    """The arguments of one call of an op, where some go by name.

    >>> from hypothesis import find, strategies as st
    >>> from autograd.testing import arrays, axes
    >>> inputs = call(arrays((2, 3)), axis=axes(2), keepdims=st.booleans())

    Strategies may stand in it, as here, and then `check_op` draws from each. Where one depends on
    another, draw them together and return a call:

    >>> @st.composite
    ... def reduction(draw):
    ...     x = draw(arrays())
    ...     return call(x, axis=draw(axes(x.ndim)))
    >>> find(reduction(), lambda drawn: isinstance(drawn.params["axis"], int)).args[0].ndim
    1
    """
    return Call(args, params)


def calls(inputs: Any) -> st.SearchStrategy[Call]:
    """The strategy of calls that `inputs` of `check_op` stands for."""
    if isinstance(inputs, st.SearchStrategy):
        return inputs.map(_as_call)
    args, params = _as_call(inputs)
    return st.builds(
        Call,
        st.tuples(*map(_strategy, args)),
        st.fixed_dictionaries({name: _strategy(value) for name, value in params.items()}),
    )


def _as_call(drawn: Any) -> Call:
    if isinstance(drawn, Call):
        return drawn
    return Call(drawn if isinstance(drawn, tuple) else (drawn,), {})


def _strategy(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


def is_float(value: Any) -> bool:
    """Whether a value is a floating array or NumPy scalar: what an op is differentiated by."""
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"


class Example:
    """A call whose floating arrays, inside lists, tuples and dicts too, can be exchanged.

    Attributes:
        args, params: the call, with the data of tensors in place of the tensors.
        values: the arrays that are differentiated, in order. Not among them are tensors that do
            not require a gradient, and arguments that a primitive has no rule for.
    """

    def __init__(self, drawn: Call, op: Any = None) -> None:
        self.params = drawn.params
        rules = op.rules if isinstance(op, Primitive) else ()
        leaves: list[Any] = []
        self._slots: list[int] = []
        for position, arg in enumerate(drawn.args):
            constant = position < len(rules) and rules[position] is None
            for leaf in tree.leaves(arg):
                fixed = constant
                if isinstance(leaf, Tensor):
                    fixed = fixed or not leaf.requires_grad
                    leaf = leaf.data
                if is_float(leaf) and not fixed:
                    self._slots.append(len(leaves))
                leaves.append(leaf)
        self._leaves = leaves
        self.args = tuple(tree.rebuild(drawn.args, leaves))
        self.values = [leaves[slot] for slot in self._slots]

    def given(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments with `values` in place of those that are differentiated."""
        leaves = list(self._leaves)
        for slot, value in zip(self._slots, values, strict=True):
            leaves[slot] = value
        return tuple(tree.rebuild(self.args, leaves))

    def mapped(self, function: Callable[[Any], Any]) -> Example:
        """The example with `function` applied to every array that is differentiated."""
        changed = Example.__new__(Example)
        changed.params, changed._slots = self.params, self._slots
        changed.values = [function(value) for value in self.values]
        changed._leaves = list(self._leaves)
        for slot, value in zip(self._slots, changed.values, strict=True):
            changed._leaves[slot] = value
        changed.args = tuple(tree.rebuild(self.args, changed._leaves))
        return changed

    @property
    def size(self) -> int:
        """How many numbers are differentiated."""
        return sum(np.size(value) for value in self.values)
