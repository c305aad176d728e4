"""Problems of functions of arrays that come with a gradient written by anybody, in anything."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..errors import WrongDtypeError, WrongShapeError
from .freeze import Frozen
from .problem import Problem, Record, chosen_positions

__all__ = ["ForeignProblem"]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True


class ForeignProblem(Problem):
    """f, of NumPy arrays, and `grad`: `grad(g, *inputs)`, or `grad(*inputs)` for a scalar f.

    Which of the two it is, is told by the number of arguments that it takes. It returns one
    gradient, or a tuple or list with one per input (None for none).
    """

    def __init__(
        self,
        f: Callable[..., Any],
        grad: Callable[..., Any],
        inputs: Any,
        wrt: int | Sequence[int] | None = None,
    ) -> None:
        for what, function in (("f", f), ("grad", grad)):
            if not callable(function):
                raise TypeError(f"check expects {what} to be a function, got {function!r}")
        args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
        self.args = [np.asarray(a) if np.ndim(a) or isinstance(a, float) else a for a in args]
        kinds = [np.asarray(a).dtype.kind for a in self.args]
        self.floating = [i for i, kind in enumerate(kinds) if kind == "f"]
        self.slots = sorted(chosen_positions(wrt, len(args)).intersection(self.floating))
        self.f, self.grad = f, grad
        self.takes_g = _takes(grad, len(args) + 1)
        values = [np.array(self.args[i], dtype=np.float64) for i in self.slots]
        names = [f"input {i}" for i in self.slots]
        super().__init__(getattr(f, "__name__", type(f).__name__), names, values, Frozen(f, grad))

    def results(self, values: list[ndarray]) -> list[Any]:
        """The outputs at `values`."""
        return self._outputs(self.f(*self._arguments(values)))

    def recorded(self, values: list[ndarray]) -> Record:
        """The outputs at `values`; the way back calls `grad`."""
        arguments = self._arguments(values)
        outputs = self._outputs(self.f(*arguments))
        if not self.takes_g and (len(outputs) != 1 or np.size(outputs[0]) != 1):
            raise TypeError(
                "check expects grad(g, *inputs) for a function whose result is no single number, "
                f"and grad takes {len(arguments)} arguments, as a gradient of a scalar does"
            )

        def pull(seeds: Sequence[Any]) -> list[ndarray | None]:
            if self.takes_g:
                g = seeds[0] if len(seeds) == 1 else tuple(seeds)
                returned = self.grad(g, *arguments)
            else:
                returned = self.grad(*arguments)
            several = isinstance(returned, (tuple, list))
            found = list(returned) if several else [returned]
            for given in (range(len(arguments)), self.floating):
                if len(found) == len(given) != len(self.slots):
                    found = [x for i, x in zip(given, found, strict=True) if i in self.slots]
            if len(found) != len(self.slots):
                raise TypeError(
                    f"grad returned {len(found)} gradients, expected {len(self.slots)}, one per "
                    "floating input"
                )
            found = [self._checked(k, x) for k, x in enumerate(found)]
            if self.takes_g:
                return found
            return [None if x is None else x * np.asarray(seeds[0]).reshape(()) for x in found]

        return Record([arguments[i] for i in self.slots], outputs, pull)

    def _checked(self, k: int, gradient: Any) -> ndarray | None:
        """What `grad` returned for input number k, if it can be its gradient."""
        if gradient is None:
            return None
        array, expected = np.asarray(gradient), self.values[k]
        if array.dtype.kind != "f":
            raise WrongDtypeError(
                f"grad returned dtype {array.dtype} for {self.names[k]}, expected a floating one",
                array.dtype,
                expected.dtype,
            )
        if array.shape != expected.shape:
            raise WrongShapeError(
                f"grad returned a gradient of shape {array.shape} for {self.names[k]}, expected "
                f"{expected.shape}, the shape of that input",
                array.shape,
                expected.shape,
            )
        return array

    def _arguments(self, values: Sequence[ndarray]) -> list[Any]:
        arguments = list(self.args)
        for slot, value in zip(self.slots, values, strict=True):
            arguments[slot] = value
        return arguments

    def _outputs(self, result: Any) -> list[Any]:
        outputs = list(result) if isinstance(result, (tuple, list)) else [result]
        arrays = [np.asarray(out) for out in outputs]
        if any(a.dtype.kind != "f" for a in arrays):
            raise TypeError(
                "check expects f to return a floating array, or a tuple of them, got "
                f"{', '.join(str(a.dtype) for a in arrays)}"
            )
        return arrays


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether it can be called with `count` arguments."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # a built-in function tells nothing: a gradient like any other
        return True
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True
