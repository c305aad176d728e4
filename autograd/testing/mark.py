"""`gradcheck_op`: mark an op, and pytest checks it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from .check import called, check_op, name_of

__all__ = ["Mark", "gradcheck_op", "mark_of"]

T = TypeVar("T")
_NAME = "_gradcheck_op"


@dataclass(frozen=True)
class Mark:
    """How a marked op is to be checked: keywords of `check_op`, and the line of the mark."""

    options: dict[str, Any]
    line: int

    def check(self, op: Any) -> None:
        """Run `check_op` on it."""
        __tracebackhide__ = True
        check_op(op, **self.options)


@overload
def gradcheck_op(op: T, /) -> T: ...
@overload
def gradcheck_op(*, inputs: Any = None, order: int = 2, **options: Any) -> Callable[[T], T]: ...
def gradcheck_op(op: Any = None, /, **options: Any) -> Any:
    """Mark an op in a test file: pytest then checks it, without a test function.

        @gradcheck_op(inputs=arrays(broadcastable(2)), order=1)
        class Mul(Function): ...

        cube = gradcheck_op(primitive(lambda x: x**3, lambda g, out, x: g * 3 * x**2))

    Takes the keywords of `check_op` and returns the op itself. `pytest -m gradcheck_op` selects
    these tests. `python -m autograd check` takes its inputs from the mark as well.

    Raises TypeError for what is not an op, for a function that takes no attributes, and
    for keywords that `check_op` does not have.
    """
    known = inspect.signature(check_op).parameters
    for name in options:
        if name not in known or name == "op":
            raise TypeError(
                f"gradcheck_op got {name!r}; expected {', '.join(n for n in known if n != 'op')}"
            )
    mark = Mark(options, sys._getframe(1).f_lineno)

    def marked(target: Any) -> Any:
        called(target)
        try:
            setattr(target, _NAME, mark)
        except (AttributeError, TypeError):
            raise TypeError(
                f"gradcheck_op cannot mark {name_of(target)}, which takes no attributes; write a "
                "test function that calls check_op"
            ) from None
        return target

    return marked if op is None else marked(op)


def mark_of(value: Any) -> Mark | None:
    """The mark of a value, if it was marked itself (and not a class that it inherits from)."""
    found = getattr(value, "__dict__", {}).get(_NAME)
    return found if isinstance(found, Mark) else None
