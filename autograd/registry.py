"""What NumPy's functions mean when a Tensor is among their arguments: one dictionary.

`np.exp(t)` asks the tensor (`__array_ufunc__`, `__array_function__`), and the tensor looks here.
The tables of `autograd.ops` fill it: primitives under the NumPy function they differentiate,
composites through `composite`, functions without a derivative through `plain`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from .expect import refusal
from .tensor import Tensor

__all__ = [
    "cast",
    "composite",
    "defaults",
    "gathered",
    "has_tensor",
    "is_default",
    "plain",
    "registry",
    "unwrap",
]

F = TypeVar("F", bound=Callable[..., Any])

registry: dict[Callable[..., Any], Callable[..., Any]] = {}


def has_tensor(values: Iterable[Any]) -> bool:
    """Whether a Tensor is among `values`, or inside a list or tuple among them."""
    return any(
        isinstance(v, Tensor) or (isinstance(v, (list, tuple)) and has_tensor(v)) for v in values
    )


def unwrap(value: Any) -> Any:
    """`value` with every Tensor replaced by its data, in nested lists and tuples too."""
    if isinstance(value, Tensor):
        return value.data
    if isinstance(value, (list, tuple)) and has_tensor(value):
        make = getattr(type(value), "_make", type(value))  # a named tuple takes its fields apart
        return make(map(unwrap, value))
    return value


def gathered(value: Any) -> Any:
    """A list or tuple with tensors in it, nested too, as one Tensor; all else as it is."""
    if isinstance(value, (list, tuple)) and has_tensor(value):
        return registry[np.stack]([gathered(item) for item in value])
    return value


# -- parameters of NumPy's that the tables leave out ----------------------------------------------

# Of functions in C, which have no signature before NumPy 2.4; of ufuncs, and of functions that hand
# **kwargs to one.
_BUILTIN_DEFAULTS = {"out": None, "casting": "same_kind", "dtype": None}
_UFUNC_DEFAULTS = {**_BUILTIN_DEFAULTS, "order": "K", "subok": True}


@functools.cache
def defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """The optional parameters of a function of NumPy's, in its order, with their defaults."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        found: dict[str, Any] = dict(_BUILTIN_DEFAULTS)
    else:
        found = {p.name: p.default for p in parameters if p.default is not p.empty}
    if isinstance(function, np.ufunc) or function in (np.clip, np.einsum):
        found |= _UFUNC_DEFAULTS
    if function is np.einsum:
        found["casting"] = "safe"
    return found


def is_default(function: Callable[..., Any], name: str, value: Any) -> bool:
    """Whether `value` says no more than leaving out parameter `name` of `function` does."""
    if value is None or value is np._NoValue or (name == "where" and value is True):
        return True
    default = defaults(function).get(name)
    return isinstance(value, (bool, int, str)) and type(value) is type(default) and value == default


def cast(function: Callable[..., Any], value: Any, dtype: Any) -> Any:
    """An argument of `function`, arrays or a sequence of them, in the dtype that dtype= asks for.

    What NumPy does, too: it computes in that dtype. The gradient comes back in the argument's own.
    """
    if isinstance(value, (list, tuple)):
        return [cast(function, item, dtype) for item in value]
    if not isinstance(value, Tensor):
        return np.asarray(value).astype(dtype)
    if value.requires_grad and np.dtype(dtype).kind != "f":
        raise TypeError(
            f"{function.__name__}: dtype={np.dtype(dtype)} has no gradient, and got a tensor that "
            "requires one; expected a floating dtype. Pass t.detach()"
        )
    return registry[np.astype](value, dtype)


# Parameters of NumPy's that hold arrays one by one. Everywhere else a list is one array.
_SEQUENCES = {"arrays", "tup", "choices", "choicelist", "condlist", "sample", "bins"}


def composite(*functions: Callable[..., Any]) -> Callable[[F], F]:
    """Declare that the decorated function, made of other ops, is each of `functions` for tensors.

    Called without any tensor it is NumPy's own function, the first of `functions` (the others are
    found in `registry`): arrays in, array out, NumPy's speed. It takes NumPy's parameters by
    NumPy's names; of those that it leaves out it accepts NumPy's defaults and a `dtype`, to which
    its first argument is converted. Anything else raises TypeError. A list of tensors where NumPy
    expects an array is stacked.
    """

    def declare(implementation: F) -> F:
        for original in functions:
            registry[original] = _declared(implementation, original)
        for original in functions[1:]:
            registry[original].__name__ = registry[original].__qualname__ = original.__name__
        return registry[functions[0]]  # type: ignore[return-value]

    return declare


def _declared(implementation: Callable[..., Any], original: Callable[..., Any]) -> Any:
    code: Any = implementation.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    # The first argument is an array, but where it is a function to apply.
    takes_array = code.co_argcount > 0 and known[0] not in ("func", "func1d")
    # By position an implementation takes what comes first in NumPy's order; None: any number.
    most = None if code.co_flags & inspect.CO_VARARGS else code.co_argcount

    @functools.wraps(implementation)
    def function(*args: Any, **kwargs: Any) -> Any:
        found = nested = False
        for a in args:
            if isinstance(a, Tensor):
                found = True
            elif isinstance(a, (list, tuple)) and has_tensor(a):
                found = nested = True
        if kwargs and not nested:
            nested = has_tensor(kwargs.values())
        if not (found or nested):
            return _tried(original, args, kwargs)
        if most is not None and len(args) > most:
            named = list(inspect.signature(original).bind_partial(*args).arguments.items())
            args, kwargs = args[:most], {**dict(named[most:]), **kwargs}
        if nested:
            args = tuple(
                a if i < code.co_argcount and known[i] in _SEQUENCES else gathered(a)
                for i, a in enumerate(args)
            )
            kwargs = {n: v if n in _SEQUENCES else gathered(v) for n, v in kwargs.items()}
        if kwargs:
            args, kwargs = _without_defaults(args, kwargs)
        return _tried(implementation, args, kwargs)

    def _tried(run: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        try:
            return run(*args, **kwargs)
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            first = args[:1] if takes_array else ()
            raise refusal(original.__name__, first, error) from error.__cause__

    def _without_defaults(args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        kept: dict[str, Any] = {}
        for name, value in kwargs.items():
            if value is np._NoValue:
                continue
            if name in known:
                kept[name] = value
                continue
            if is_default(original, name, value):
                continue
            if name != "dtype" or name not in defaults(original):
                raise TypeError(
                    f"{original.__name__}: parameter {name!r} is not supported for tensors; "
                    f"expected {', '.join(known)}"
                )
            if args:
                args = (cast(original, args[0], value), *args[1:])
            else:
                kept[known[0]] = cast(original, kept[known[0]], value)
        return args, kept

    return function


def plain(*functions: Callable[..., Any]) -> None:
    """Declare NumPy functions that have no derivative: they see the data and return arrays."""
    for function in functions:
        registry[function] = _on_data(function)


def _on_data(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def on_data(*args: Any, **kwargs: Any) -> Any:
        return function(*unwrap(args), **{name: unwrap(v) for name, v in kwargs.items()})

    return on_data
