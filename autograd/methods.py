"""What a Tensor can do: Python's operators and ndarray's methods, set on the class from tables.

Each method is the NumPy function of the same name, looked up in the registry; the signatures, for
type checkers and editors, stand in `methods.pyi`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .inplace import augmented, write
from .operators import binary, unary
from .ops import elementwise, indexing, products, shape
from .primitive import Primitive
from .protocol import call_function, call_ufunc, fast
from .registry import registry, unwrap
from .tensor import Tensor
from .torch_names import attach as _attach_absent

__all__ = ["BINARY"]

BINARY: dict[str, Primitive] = {
    "add": elementwise.add,
    "sub": elementwise.subtract,
    "mul": elementwise.multiply,
    "truediv": elementwise.divide,
    "floordiv": elementwise.floor_divide,
    "mod": elementwise.remainder,
    "matmul": products.matmul,
}
_UNARY: dict[str, Primitive] = {
    "neg": elementwise.negative,
    "pos": elementwise.positive,
    "abs": elementwise.absolute,
}
# No derivative: plain arrays come back.
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor", "lshift", "rshift")

# ndarray's methods whose NumPy function has the same name and arguments.
_METHODS: tuple[Callable[..., Any], ...] = (
    np.all, np.any, np.argmax, np.argmin, np.argpartition, np.argsort, np.choose, np.clip,
    np.compress, np.conjugate, np.cumprod, np.cumsum, np.diagonal, np.dot, np.max, np.mean, np.min,
    np.nonzero, np.prod, np.ptp, np.ravel, np.repeat, np.round, np.searchsorted, np.sort,
    np.squeeze, np.std, np.sum, np.swapaxes, np.take, np.trace, np.var,
)  # fmt: skip
# Functions that PyTorch has as methods too.
_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    np.cos, np.exp, np.expm1, np.log, np.log10, np.log1p, np.log2, np.reciprocal, np.sign, np.sin,
    np.sqrt, np.square, np.tan, np.tanh,
)  # fmt: skip


def _method(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(function, assigned=("__doc__",), updated=())
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__, method.__qualname__ = name, f"Tensor.{name}"
    return method


def _comparison(function: Callable[[Any, Any], Any]) -> Callable[[Tensor, Any], Any]:
    def compare(self: Tensor, other: Any) -> Any:
        return function(self.data, unwrap(other))

    return compare


def _reshape(
    self: Tensor, *newshape: Any, order: str | None = "C", copy: bool | None = None
) -> Any:
    """The same elements in another shape, given as one tuple or as several numbers.

    `copy` has no effect: a result is a value of its own.
    """
    return shape.reshape(self, _one_argument(newshape), order=order)


def _astype(
    self: Tensor,
    dtype: Any,
    order: str = "K",
    casting: Any = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> Any:
    """The values in another dtype, a new tensor; integers carry no gradient.

    Only `casting` has an effect: it says which conversions raise TypeError.
    """
    if not np.can_cast(self.dtype, dtype, casting):
        raise TypeError(
            f"astype expects a dtype that {self.dtype} can be cast to by the rule {casting!r}, got "
            f"{np.dtype(dtype)}; casting='unsafe' allows every conversion"
        )
    return shape.astype(self, dtype)


def _transpose(self: Tensor, *axes: Any) -> Any:
    """The axes in the order given, as one tuple or as several numbers; reversed if none is."""
    return shape.transpose(self, _one_argument(axes) if axes else None)


def _copy(self: Tensor, order: str = "C") -> Any:
    """The same values in memory of their own, in C order unlike `np.copy`; the gradient passes."""
    return shape.copy(self, order=order)


def _one_argument(values: tuple[Any, ...]) -> Any:
    """(2, 3) from both f(2, 3) and f((2, 3))."""
    return values[0] if len(values) == 1 else values


def _attach() -> None:
    methods: dict[str, Any] = {}
    for name, op in BINARY.items():
        methods[f"__{name}__"], methods[f"__r{name}__"] = binary(op, weak=name != "matmul")
    # NumPy has fast paths for a Python exponent (x**2 is x*x): it stays as it is.
    methods["__pow__"], methods["__rpow__"] = binary(elementwise.power, weak=False)
    for name, op in _UNARY.items():
        methods[f"__{name}__"] = unary(op)
    for name in _COMPARISONS:
        methods[f"__{name}__"] = _comparison(getattr(operator, f"__{name}__"))
    methods["__invert__"] = lambda self: ~self.data
    methods["__divmod__"] = elementwise.divmod
    for function in (*_METHODS, *_FUNCTIONS):
        name = function.__name__
        methods[name] = _method(registry[function], name)
    methods["abs"] = _method(elementwise.absolute, "abs")
    methods["reshape"], methods["transpose"] = _reshape, _transpose
    methods["flatten"] = _method(shape.flatten, "flatten")
    methods["copy"] = _copy
    methods["astype"] = _astype
    methods["T"] = property(lambda self: shape.transpose(self), doc="All axes reversed.")
    methods["mT"] = property(
        lambda self: shape.swapaxes(self, -1, -2), doc="The last two axes exchanged."
    )
    methods["__getitem__"] = lambda self, index: indexing.getitem(self, index=index)
    methods["__setitem__"] = write
    for name in (*BINARY, "pow"):
        methods[f"__i{name}__"] = augmented(getattr(operator, name))
    fast.update(
        (function, unary(op, depth=2))
        for function, op in registry.items()
        if isinstance(function, np.ufunc) and isinstance(op, Primitive) and op.arity == 1
    )
    methods["__array_ufunc__"], methods["__array_function__"] = call_ufunc, call_function
    for name, method in methods.items():
        setattr(Tensor, name, method)
    _attach_absent()


_attach()
