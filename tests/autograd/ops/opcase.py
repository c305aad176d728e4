"""One `OpCase` per differentiable function, checked by what users check theirs with: `check_op`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from autograd.testing import Call, arrays, broadcastable, check_op, shapes
from autograd.testing.shapes import sides as lengths
from autograd.testing.values import SEEDS, filled

__all__ = [
    "FILLED_SHAPES",
    "FILLED_SHAPES_1D_UP",
    "SHAPES",
    "SHAPES_1D_UP",
    "Battery",
    "OpCase",
    "array",
    "elementwise",
    "seeds",
    "sides",
]

seeds, sides = SEEDS, lengths()
SHAPES, SHAPES_1D_UP = shapes(), shapes(1)
FILLED_SHAPES, FILLED_SHAPES_1D_UP = shapes(min_side=1), shapes(1, min_side=1)


def array(seed: int, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Any:
    """An array as the kit's `arrays` makes it of a seed; generic, also of 0."""
    return filled(seed + 1, shape, [(low, high)])[()]


def elementwise(*domains: tuple[float, float], **params: st.SearchStrategy[Any]) -> Any:
    """Calls with one broadcastable array per domain (low, high), and drawn parameters."""
    count = len(domains)
    values = arrays(broadcastable(count) if count > 1 else st.tuples(SHAPES), domains)
    return st.builds(Call, values, st.fixed_dictionaries(params))


@dataclass(frozen=True)
class OpCase:
    """A row of a table of ops: which arguments a function takes.

    Attributes:
        function: the function as users reach it, usually NumPy's; the key in the registry.
        inputs: as those of `check_op`.
        call: how the arguments are handed over, if not as `function(*args, **params)`.
        name: distinguishes several cases of one function.
        order: how many derivatives to check (0: gradient is zero or undefined by nature).
        without: checks that are left out; the table says why.
    """

    function: Callable[..., Any]
    inputs: st.SearchStrategy[Any] | Call
    call: Callable[..., Any] | None = None
    name: str = ""
    order: int = 2
    without: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        base = getattr(self.function, "__name__", str(self.function))
        module = "linalg." if "linalg" in (getattr(self.function, "__module__", None) or "") else ""
        return f"{module}{base}" + (f"-{self.name}" if self.name else "")

    @property
    def op(self) -> Callable[..., Any]:
        return self.call or self.function

    def check(self, **options: Any) -> None:
        check_op(
            self.op,
            self.inputs,
            order=self.order,
            reference=self.op,
            without=self.without,
            name=self.id,
            **options,
        )


class Battery:
    """Checks every case of a table; subclass it, parametrized with `case`.

    >>> @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    ... class TestElementwise(Battery): ...
    """

    def test_law(self, case: OpCase) -> None:
        case.check()
