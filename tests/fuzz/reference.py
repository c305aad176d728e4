"""The variables of a program on the side of the reference, and its second derivatives."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from . import dual
from .statement import Leaf, Statement

# The imaginary part of a leaf along a direction: its square is nothing beside any number.
_TINY = 1e-30


class Reference:
    """The leaves of a program as arrays of dual numbers.

    Attributes:
        width: the number of derivatives of each dual number.
        places: those that belong to each tracked leaf; `spare` ones are left at the end.
    """

    def __init__(self, leaves: list[Leaf], spare: int) -> None:
        self.leaves = leaves
        self.places: dict[str, slice] = {}
        start = 0
        for leaf in leaves:
            if leaf.tracked:
                self.places[leaf.name] = slice(start, start + np.size(leaf.value))
                start += np.size(leaf.value)
        self.width = start + spare

    def start(self, shifts: dict[str, Any]) -> dict[str, Any]:
        """The variables at the beginning; `shifts` are added to their values."""
        names: dict[str, Any] = {"np": np, "explode": lambda x: x * 1.0}
        for leaf in self.leaves:
            value = np.asarray(leaf.value, float).ravel() + shifts.get(leaf.name, 0.0)
            reference = np.empty(leaf.value.shape, object)
            for i, v in enumerate(value.tolist()):
                reference.flat[i] = dual.Dual(v, np.zeros(self.width))
                if leaf.tracked:
                    reference.flat[i].slope[self.places[leaf.name].start + i] = 1.0
            names[leaf.name] = reference if reference.ndim else reference[()]
        return names

    def along(self, script: list[Statement], last: Statement, direction: dict[str, Any]) -> Any:
        """The derivative along `direction` of the gradient of `last`: lets and writes run again."""
        names = self.start({name: 1j * _TINY * np.ravel(d) for name, d in direction.items()})
        for line in script:
            known = wrapped(names)
            if line.kind == "write":
                exec(line.text, known)
                names[line.target] = dual.lift(known[line.target], self.width)
            else:
                names[line.target] = dual.lift(eval(line.text, known), self.width)
        slopes = dual.slopes(names[last.target], self.width)
        return np.imag(np.ravel(last.seed) @ slopes) / _TINY


def wrapped(names: dict[str, Any]) -> dict[str, Any]:
    """`names` with single numbers as 0-d arrays, which have the methods of arrays."""
    return {
        name: np.array(value, object) if isinstance(value, dual.Dual) else value
        for name, value in names.items()
    }


def fits(guard: str, x: Any) -> bool:
    """Whether the values of `x` keep away from the kinks, jumps and ties that `guard` names."""
    value = np.ravel(dual.values(x))
    if guard == "distinct":
        return bool(value.size) and (value.size == 1 or np.min(np.diff(np.sort(value))) > 1e-3)
    if guard == "off steps":
        return bool(np.all(np.abs(2 * value - np.rint(2 * value)) > 1e-2))
    return bool(np.all(np.abs(value) > 1e-2))


def share(a: Any, b: Any) -> bool:
    """Whether an element of `a` is one of `b`, in memory."""
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.shares_memory(a, b)


def is_shared_or_fixed(value: Any) -> bool:
    """Whether the elements of an array cannot be set one by one: read-only, or broadcast."""
    return isinstance(value, np.ndarray) and (
        not value.flags.writeable or (0 in value.strides and value.size > 1)
    )


def with_slopes_of(after: Any, before: Any) -> Any:
    """The values of `after` with the derivatives of `before`: a write that is not recorded."""
    if not isinstance(after, np.ndarray):
        return dual.Dual(after.value, before.slope)
    for i, (new, old) in enumerate(zip(after.flat, before.flat, strict=True)):
        if new is not old:
            after.flat[i] = dual.Dual(new.value, old.slope)
    return after


def is_of_objects(error: Exception) -> bool:
    """Whether NumPy raises it for arrays of objects only: a dot product of nothing is None."""
    return isinstance(error, (TypeError, AttributeError, NotImplementedError)) and bool(
        re.search("object arrays|NoneType|'Dual'|'int'|of type int|'float'", str(error))
    )
