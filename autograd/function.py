"""Function: a custom operation written as a `forward` and a `backward` that share a context.

    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x**2

    y = Cube.apply(x)

Underneath it is a `Primitive` with one joint rule. The context travels among the parameters of the
recorded node, so the record can be run again.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy import ndarray

from . import expect, tree
from .errors import WrongShapeError
from .modes import grad_enabled
from .primitive import Primitive
from .registry import unwrap
from .tensor import Tensor, wrap

__all__ = ["Context", "Function", "once_differentiable"]

F = TypeVar("F", bound=Callable[..., Any])

_ONCE = "_once_differentiable"


class Context:
    """What `forward` leaves for `backward`: saved arrays, and any attribute you set.

    Attributes:
        needs_input_grad: a bool per positional argument of `apply`: whether its gradient is asked
            for. A `forward` or `backward` may skip work that nobody needs.
        saved_tensors: what `save_for_backward` was given. In plain backward the same arrays; under
            `create_graph` tensors, see `Function`.
    """

    needs_input_grad: tuple[bool, ...]

    def __init__(self, needs_input_grad: Sequence[bool]) -> None:
        self._saved: tuple[Any, ...] = ()
        self._flat: tuple[Any, ...] = ()
        self.needs_input_grad = tuple(needs_input_grad)

    def save_for_backward(self, *arrays: Any) -> None:
        """Keep `arrays` (None is allowed) for `backward`, which finds them in `saved_tensors`.

        Inputs and outputs of `forward` can be differentiated again later; anything else is an
        intermediate, which a second derivative refuses.
        """
        self._saved = arrays

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` was given, in order."""
        return self._saved

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """Declare that no gradient flows through these outputs; `backward` gets zeros for them.

        Outputs of integers or booleans are never differentiable and need not be declared.
        """
        self._flat = outputs


class _Call:
    """One call of `apply`: its arguments with the tensors taken out, and what forward made."""

    def __init__(self, function: type[Function], args: Sequence[Any], kwargs: dict[str, Any]):
        self.function = function
        self.is_tensor = [isinstance(a, Tensor) for a in args]
        self.constants = [None if isinstance(a, Tensor) else a for a in args]
        self.kwargs = kwargs
        tracked = grad_enabled.get()
        needs = [tracked and isinstance(a, Tensor) and a.requires_grad for a in args]
        self.ctx = Context(needs)
        # What forward was given and what it returned: an array that backward asks for is one of
        # these if it is the same object.
        self.inputs: tuple[Any, ...] = ()
        self.outputs: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"<{sum(not t for t in self.is_tensor) + len(self.kwargs)} constants>"

    def run(self, values: Sequence[Any]) -> Any:
        """Forward on `values`, with a fresh context: the first time, or run again later."""
        # A view of its own for each input makes "the same object" mean "the same input", also
        # where two inputs share memory; read-only, because forward must not write into it.
        self.inputs = tuple(map(_own_view, values))
        rest = iter(self.inputs)
        args = [
            next(rest) if is_tensor else constant
            for is_tensor, constant in zip(self.is_tensor, self.constants, strict=True)
        ]
        self.ctx = Context(self.ctx.needs_input_grad)
        result = self.function.forward(self.ctx, *args, **self.kwargs)
        several = isinstance(result, (tuple, list))
        self.outputs = tuple(result) if several else (result,)
        arrays = tuple(self._checked_output(i, out) for i, out in enumerate(self.outputs))
        return arrays if several else arrays[0]

    def _checked_output(self, position: int, out: Any) -> Any:
        if isinstance(out, Tensor):
            raise TypeError(
                f"{self.function.__name__}.forward returned a Tensor as output {position}, "
                "expected an array: forward computes with NumPy arrays, and the graph is recorded "
                "around it"
            )
        if not isinstance(out, (ndarray, np.generic, int, float)):
            raise TypeError(
                f"{self.function.__name__}.forward returned {type(out).__name__} as output "
                f"{position}, expected an array or a number, or a tuple of them"
            )
        array = out if isinstance(out, np.generic) else np.asarray(out)
        # A view of an input is read-only, and the result belongs to the user.
        return array.copy() if isinstance(array, ndarray) and not array.flags.writeable else array

    def is_flat(self, position: int, value: Any) -> bool:
        """Whether the output of this position is declared, or known, to have no derivative."""
        declared = any(out is self.outputs[position] for out in self.ctx._flat)
        return declared or value.dtype.kind != "f"

    def gradients(
        self, needs: Sequence[bool], g: Any, out: Any, values: Sequence[Any]
    ) -> list[Any]:
        """What `backward` returns, one entry per tensor among the arguments, checked."""
        name = self.function.__name__
        g = g if isinstance(g, tuple) else (g,)
        recording = any(isinstance(v, Tensor) for v in values)
        wanted = iter(needs)
        ctx = Context(())
        ctx.__dict__.update(self.ctx.__dict__)
        ctx.needs_input_grad = tuple(is_tensor and next(wanted) for is_tensor in self.is_tensor)
        if recording:
            g = tuple(x if isinstance(x, Tensor) else wrap(x) for x in g)
            outs = out if isinstance(out, tuple) else (out,)
            self._restore(ctx, values, outs)
        returned = self.function.backward(ctx, *g)
        grads = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        count = len(self.is_tensor)
        while len(grads) > count and grads[-1] is None:
            grads.pop()  # for an argument of forward that was left at its default
        if len(grads) != count:
            raise ValueError(
                f"{name}.backward returned {len(grads)} gradients, expected {count}, one per "
                "argument of apply (None for an argument without a gradient)"
            )
        result: list[Any] = []
        for position, (grad, is_tensor) in enumerate(zip(grads, self.is_tensor, strict=True)):
            if is_tensor:
                needed = ctx.needs_input_grad[position]
                value = unwrap(values[len(result)])
                result.append(self._checked(position, grad, value) if needed else None)
        return [wrap(np.asarray(x)) if recording and _is_plain(x) else x for x in result]

    def _restore(self, ctx: Context, values: Sequence[Any], outs: Sequence[Any]) -> None:
        """Give `ctx` the tensors that its arrays stand for, so that backward is recorded."""
        known = {id(array): x for array, x in zip(self.outputs, outs, strict=True)}
        known |= {id(array): x for array, x in zip(self.inputs, values, strict=True)}
        constants = {id(c) for c in (*self.constants, *self.kwargs.values())}

        def restored(value: Any, what: str) -> Any:
            if id(value) in known:
                return known[id(value)]
            is_float = isinstance(value, (ndarray, np.floating)) and value.dtype.kind == "f"
            if not is_float or id(value) in constants:
                return value
            return _intermediate(value, *values, function=self.function, what=what)

        for name, held in ctx.__dict__.items():
            if name == "_saved":
                ctx._saved = tuple(
                    restored(x, f"entry {i} of ctx.saved_tensors") for i, x in enumerate(held)
                )
            elif name not in ("_flat", "needs_input_grad"):
                found = [restored(x, f"ctx.{name}{path}") for path, x in tree.paths(held)]
                ctx.__dict__[name] = tree.rebuild(held, found)

    def _checked(self, position: int, grad: Any, value: Any) -> Any:
        """`grad`, if it can be the gradient of `value`: None, or of its shape."""
        if grad is None or np.shape(unwrap(grad)) == np.shape(value):
            return grad
        names = list(inspect.signature(self.function.forward).parameters)[1:]
        name = f" ({names[position]!r})" if position < len(names) else ""
        raise WrongShapeError(
            f"{self.function.__name__}.backward returned a gradient of shape "
            f"{np.shape(unwrap(grad))} for argument {position}{name}, expected "
            f"{np.shape(value)}, the shape of that argument; sum over the axes along which it was "
            "broadcast",
            np.shape(unwrap(grad)),
            np.shape(value),
        )


def _is_plain(grad: Any) -> bool:
    return grad is not None and not isinstance(grad, Tensor)


def _own_view(value: Any) -> Any:
    """Another object with the same value: a read-only view, or a copy of a scalar."""
    if not isinstance(value, ndarray):
        return value.copy()
    view = value.view()
    view.flags.writeable = False
    return view


def _intermediate_rule(
    needs: Any, g: Any, out: Any, *values: Any, function: type[Function], what: str
) -> Any:
    name = function.__name__
    raise RuntimeError(
        f"{name}: a second derivative needs how {what} depends on the inputs, but it was computed "
        f"inside {name}.forward, where nothing is recorded; expected an input or an output of "
        "forward. Compute it in backward from the saved inputs, or return it as one more output; "
        "if it is a constant, pass it to apply. To forbid second derivatives decorate backward "
        "with @once_differentiable"
    )


# Stands under create_graph for an array that forward computed: right in a first derivative, and
# an error, not a wrong number, as soon as a derivative flows into it.
_intermediate = Primitive(
    lambda value, *inputs, function, what: value, (), _intermediate_rule, False, False, "saved"
)


class Function:
    """A custom differentiable operation; subclass it, and call it with `apply`.

    A subclass has two static methods.

    `forward(ctx, *args)` gets a NumPy array (a NumPy scalar when 0-d) for every tensor that `apply`
    was given, read-only, and every other argument as it is: numbers, strings, None, arrays. It
    returns an array or a tuple of arrays.

    `backward(ctx, *g)` gets dJ/d(output) for each output, zeros where none flows, and returns
    dJ/d(argument) for each positional argument of `apply`, in order; None where there is none.

    In plain backward `g` and `ctx.saved_tensors` are arrays. Under `create_graph=True` they are
    tensors, and backward, written with operators and NumPy functions, records itself: second
    derivatives come for free. There an array of `ctx` that *is* an input or an output of forward
    is that tensor again. A float array that forward computed on the way (saved, or set as an
    attribute of ctx) is a constant in the eyes of the record; it raises RuntimeError if a second
    derivative flows into it. Python numbers on ctx are always taken as constants.

    Raises, from `apply` or `backward`: TypeError for a forward that returns something else than
    arrays; ValueError, with the name of the Function and the argument, for a backward that
    returns too few, too many, or wrongly shaped gradients.

    As in PyTorch's `torch.autograd.Function`.

    >>> from autograd import Function, Tensor
    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * 3 * x**2
    >>> x = Tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    Tensor(12.0)
    """

    _primitive: Primitive

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("forward", "backward"):
            method = inspect.getattr_static(cls, name)
            if not isinstance(method, staticmethod):
                raise TypeError(
                    f"{cls.__name__}.{name} expects to be a static method, got "
                    f"{type(method).__name__}; write @staticmethod above it, and ctx as its first "
                    "parameter"
                )
        marked = inspect.getattr_static(cls, "backward")
        once = getattr(marked, _ONCE, False) or getattr(marked.__func__, _ONCE, False)
        cls._primitive = Primitive(_forward, (), _backward, False, once, cls.__name__)

    def __init__(self) -> None:
        name = type(self).__name__
        raise TypeError(f"a Function is not instantiated; call {name}.apply(...)")

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Compute the result on arrays, and leave in `ctx` what `backward` needs."""
        raise NotImplementedError("a Function expects a static method forward(ctx, *args)")

    @staticmethod
    def backward(ctx: Any, *g: Any) -> Any:
        """Return dJ/d(argument) for each argument, given g = dJ/d(output) for each output."""
        raise NotImplementedError("a Function expects a static method backward(ctx, *g)")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` and record the result. Tensors in, tensors out; arrays in, arrays out.

        Gradients flow to tensors that are positional arguments themselves. One that requires a
        gradient and comes by keyword, or inside a list, tuple or dict, is a TypeError.
        """
        if cls is Function:
            raise TypeError("Function.apply expects a subclass that defines forward and backward")
        constants = {f"argument {i}": a for i, a in enumerate(args) if not isinstance(a, Tensor)}
        for name, value in {**constants, **kwargs}.items():
            if any(isinstance(x, Tensor) and x.requires_grad for x in tree.leaves(value)):
                raise TypeError(
                    f"{cls.__name__}.apply got a tensor that requires a gradient inside {name}; "
                    "expected each such tensor as a positional argument of its own"
                )
        call = _Call(cls, args, kwargs)
        tensors = [a for a in args if isinstance(a, Tensor)]
        if not tensors:
            return call.run(())
        result = cls._primitive.apply(tensors, {"call": call})
        if isinstance(result, tuple):
            return tuple(call_output(call, i, out) for i, out in enumerate(result))
        return call_output(call, 0, result)


def call_output(call: _Call, position: int, out: Tensor) -> Tensor:
    """An output of `apply`: outside the graph if no gradient can flow through it."""
    return out.detach() if call.is_flat(position, out.data) else out


def _forward(*values: Any, call: _Call) -> Any:
    return call.run(values)


def _backward(needs: Any, g: Any, out: Any, *values: Any, call: _Call) -> Any:
    return call.gradients(needs, g, out, values)


def once_differentiable(backward: F) -> F:
    """Decorate the `backward` of a Function that cannot be differentiated again.

    It then gets arrays under `create_graph` too, and may use any library; asking for a second
    derivative through it raises RuntimeError.

        @staticmethod
        @once_differentiable
        def backward(ctx, g): ...
    """
    try:
        setattr(expect.function("once_differentiable", "backward", backward), _ONCE, True)
    except AttributeError:
        raise TypeError(
            f"once_differentiable expects a function written in Python, got {backward!r}"
        ) from None
    return backward
