"""Primitives: an operation on arrays together with its derivative rules.

    mul = primitive(operator.mul, lambda g, out, x, y: g * y,
                                  lambda g, out, x, y: g * x, elementwise=True)

A rule is one pure expression of the incoming gradient `g` = dJ/d(out), the result `out`, the
inputs and the keyword parameters; it returns dJ/d(its input). The engine hands it arrays, or, when
the backward pass itself is to be differentiated, tensors: the same rule gives every order.
"""

from __future__ import annotations

import dis
import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

import numpy as np
from numpy import ndarray

from .arguments import WIDE, bound, checked
from .expect import refusal
from .foreign import is_foreign, read
from .kernel import Kernel
from .modes import grad_enabled
from .registry import gathered, has_tensor, registry, unwrap
from .source import caller
from .tensor import Tensor, wrap
from .views import link

__all__ = ["Primitive", "primitive"]

Rule = Callable[..., Any]

# What a rule may look at without reading the values: these survive a write in place.
_METADATA = {"shape", "ndim", "size", "dtype"}


class Primitive:
    """A differentiable operation; made by `primitive`, called like a function.

    Tensors in, Tensor out; arrays in, array out. An operation with several results (a tuple)
    gives a tuple of tensors.

    Attributes:
        name: how errors and drawings call it.
        forward: the function on arrays.
        rules: one per input, None where the input has no derivative; empty when `joint` is used.
        joint: one rule for all inputs, or None.
        elementwise: whether the inputs broadcast and each element of the result depends on those
            at its place alone; the engine then undoes the broadcasting.
        arity: number of inputs, 0 when it is not fixed.
        kernel: a faster way for arrays, or None; see `autograd.kernel`.
        tangent: the derivative forward, or None; see `autograd.tangents`.
        symmetric: positions of the inputs of which it reads one triangle, as of symmetric matrices.
        on_arrays: the call without tensors: forward, or NumPy's function where forward is Python's
            operator, which the record prefers for single numbers.
        wide: the same op with more of NumPy's parameters (`WIDE`), made of other ops, or None.
    """

    __slots__ = (
        "__dict__",
        "arity",
        "elementwise",
        "forward",
        "joint",
        "kernel",
        "name",
        "on_arrays",
        "once_differentiable",
        "rules",
        "short",
        "tangent",
        "wide",
    )
    symmetric: tuple[int, ...] = ()
    # Whether the library declared it: an op of a user may have the same name.
    ours: bool = False

    def __init__(
        self,
        forward: Callable[..., Any],
        rules: Sequence[Rule | None],
        joint: Rule | None,
        elementwise: bool,
        once_differentiable: bool,
        name: str | None,
    ) -> None:
        self.forward = self.on_arrays = forward
        self.rules: tuple[Any, ...] = tuple(rules)
        self.joint = joint
        self.elementwise = elementwise
        self.once_differentiable = once_differentiable
        self.arity = len(rules)
        self.kernel: Kernel | None = None
        self.tangent: Callable[..., Any] | None = None
        self.wide: Callable[..., Any] | None = None
        # A quick way for one tensor of one number, for the sake of scalar networks.
        self.short: Callable[[Tensor], Tensor] | None = None
        self.name: str = name or str(getattr(forward, "__name__", type(forward).__name__))
        self.__doc__ = forward.__doc__

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Apply the op: tensors in, Tensor out, recorded; arrays in, array out."""
        if self.arity and len(args) != self.arity:
            args, params = bound(self, args, params)
        if self.short is not None and not params:
            (x,) = args
            if isinstance(x, Tensor) and not isinstance(x.data, ndarray):
                return self.short(x)
        for a in args:
            if isinstance(a, Tensor):
                if params:
                    args, params = checked(self, args, params)
                    if self.wide is not None and not WIDE.isdisjoint(params):
                        return self.wide(*args, **params)
                return self.run(args, params)[0]
        for a in args:
            if isinstance(a, (list, tuple)):
                return self(*map(_as_array, args), **params)
        try:
            return self.on_arrays(*args, **params)
        except Exception as error:
            raise refusal(str(self), args, error) from error.__cause__

    def apply(self, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Run forward on the data of `args` and record the result."""
        return self.run(args, params)[0]

    def run(self, args: Sequence[Any], params: dict[str, Any]) -> tuple[Any, Any]:
        """What the call gives, and what the op's kernel kept, if it has been used."""
        inputs = args
        values: list[Any] = []
        given = needed = False
        for a in args:
            if isinstance(a, Tensor):
                given = True
                if a.requires_grad:
                    needed = True
                values.append(a.data)
            else:
                value = as_operand(a, self)
                values.append(value)
                if value is not a:
                    inputs = [value if x is a else x for x in inputs]
                    if isinstance(value, Tensor):
                        return self.run(inputs, params)
        tracked = needed and grad_enabled.get()
        if tracked and None in self.rules:
            self._require_rules(inputs)
        try:
            quick = None if self.kernel is None else self.kernel.forward(*values, **params)
            value, kept = (self.forward(*values, **params), None) if quick is None else quick
        except Exception as error:
            raise self.located(error, values, params) from error.__cause__
        several = False
        if type(value) is not ndarray:
            several = isinstance(value, _NO_ARRAY)
            if type(value) in _PYTHON_NUMBERS:
                value = np.asarray(value)[()]
        if not tracked:
            if not given:
                return value, kept
            node: Any = tuple(map(wrap, self._arrays(value))) if several else wrap(value)
            if several or value.base is not None or value is values[0]:
                _link(node, inputs, grad_enabled.get())
            return node, kept
        node = Bundle.of(self._arrays(value)) if several else wrap(value)
        node.requires_grad = True
        node._op = self
        if self.arity == 1:
            (node._x,) = inputs
        elif self.arity == 2:
            node._x, node._y = inputs
        else:
            node._x = tuple(inputs)
        # Parameters send a node the general way through the engine; so must several results.
        node._params = params if params or several else None
        node._kept = kept
        frame = caller()
        node._code, node._lasti = frame.f_code, frame.f_lasti
        if several:
            parts = tuple(pick(node, index=i) for i in range(len(value)))
            _link(parts, inputs, True)
            return parts, kept
        if value.dtype.kind == "c":
            _raise_complex(self)
        if value.base is not None or value is values[0]:
            _link(node, inputs, True)
        return node, kept

    def _arrays(self, value: Any) -> tuple[Any, ...]:
        """The results of forward; TypeError if a Tensor is among them."""
        if has_tensor((value,)):
            raise TypeError(
                f"{self}: forward returned a Tensor, expected an array: its body uses tensors "
                "other than its arguments, whose values it is given as arrays. Pass them to the "
                "op as arguments, with a rule each"
            )
        return value  # type: ignore[no-any-return]

    def _require_rules(self, inputs: Sequence[Any]) -> None:
        """Raise TypeError if a gradient is required for an input that has no derivative."""
        for position, (rule, x) in enumerate(zip(self.rules, inputs, strict=True)):
            if rule is None and isinstance(x, Tensor) and x.requires_grad:
                raise TypeError(
                    f"{self} has no derivative with respect to argument {position}, and got a "
                    "tensor that requires a gradient there; pass t.detach()"
                )

    def located(self, error: Exception, values: Sequence[Any], params: dict[str, Any]) -> Exception:
        """`error`, raised by forward, with a note: the op, what it was given, where.

        An operand that is no number is an error of its own.
        """
        error = refusal(str(self), values, error)
        given = [f"{v.dtype}{v.shape}" if hasattr(v, "shape") else repr(v) for v in values]
        given += [f"{name}={value!r}" for name, value in params.items()]
        frame = caller()
        advice = ""
        if isinstance(error, ValueError) and self.elementwise:
            advice = ". Shapes fit when, from the last axis on, the lengths are equal or one is 1: "
            advice += "see reshape, .T and t[:, None]"
        elif isinstance(error, ValueError) and self.name == "matmul":
            advice = ". (n, k) @ (k, m) needs the same k: see .T and reshape"
        error.add_note(
            f"in {self}({', '.join(given)}), called at "
            f'File "{frame.f_code.co_filename}", line {frame.f_lineno}{advice}'
        )
        return error

    # -- parameters ---------------------------------------------------------------------------

    @functools.cached_property
    def parameters(self) -> tuple[str, ...] | None:
        """Names of the keyword parameters that the rules know; None when they take any."""
        rule = self.joint or next((r for r in self.rules if r is not None), None)
        if rule is None:
            return ()
        kinds = [(p.name, p.kind) for p in inspect.signature(rule).parameters.values()]
        if any(kind is inspect.Parameter.VAR_KEYWORD for _, kind in kinds):
            return None
        return tuple(name for name, kind in kinds if kind is inspect.Parameter.KEYWORD_ONLY)

    @functools.cached_property
    def names(self) -> list[str]:
        """Names of forward's arguments, arrays first; none for a built-in function."""
        try:
            return list(inspect.signature(self.forward).parameters)
        except ValueError:
            return []

    # -- what the rules read ------------------------------------------------------------------

    @functools.cached_property
    def reads(self) -> tuple[frozenset[int] | None, ...]:
        """For each rule, the positions of the values it reads: 0 is `out`, 1 the first input, ...

        Found in the rule's bytecode. Looking at a shape or a dtype is not reading, since a write
        in place does not change it. None stands for "everything".
        """
        if self.joint is not None:
            return (None,)
        return tuple(frozenset() if rule is None else _positions_read(rule) for rule in self.rules)


def _link(results: Any, inputs: Sequence[Any], flows: bool) -> None:
    """List results beside the inputs whose memory they share, for writes in place to find them."""
    for result in results if isinstance(results, tuple) else (results,):
        value = result.data
        if isinstance(value, ndarray) and (value.base is not None or value is unwrap(inputs[0])):
            link(result, inputs, flows)


def _positions_read(rule: Rule) -> frozenset[int] | None:
    code: CodeType | None = getattr(rule, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS or code.co_cellvars:
        return None
    position = {name: i - 1 for i, name in enumerate(code.co_varnames[1 : code.co_argcount], 1)}
    read: set[int] = set()
    instructions = list(dis.get_instructions(code))
    for this, following in zip(instructions, [*instructions[1:], None], strict=True):
        if not this.opname.startswith("LOAD_FAST"):
            continue
        names = this.argval if isinstance(this.argval, tuple) else (this.argval,)
        if (
            following is not None
            and following.opname == "LOAD_ATTR"
            and following.argval in _METADATA
        ):
            names = names[:-1]
        read.update(position[name] for name in names if name in position)
    return frozenset(read)


def primitive(
    forward: Callable[..., Any],
    *rules: Rule | None,
    joint: Rule | None = None,
    elementwise: bool = False,
    once_differentiable: bool = False,
    name: str | None = None,
    symmetric: Sequence[int] = (),
) -> Primitive:
    """Declare a differentiable operation: the same call for the library's ops and for yours.

    Args:
        forward: `forward(*arrays, **params)` on NumPy arrays, returning an array, a scalar, or a
            tuple of them. It must not write into its inputs, and its inputs and parameters must
            determine the result (draw random numbers beforehand and pass them in).
        rules: one per array, in order: `rule(g, out, *arrays, **params)` returns dJ/d(that
            array), where g = dJ/d(out). Parameters are keyword-only with forward's defaults. None
            declares that there is no derivative. Use operators and NumPy functions only: the rule
            is called with arrays, and with tensors when higher derivatives are asked for.
        joint: instead of rules, one `joint(needs, g, out, *arrays, **params)` for all inputs (any
            number of them); `needs` holds a bool per input; returns a sequence of gradients, with
            None where none is needed.
        elementwise: the inputs broadcast against each other, and the engine sums what the rules
            return back to each input's shape.
        once_differentiable: the rules cannot be differentiated again; asking for that raises.
        name: instead of `forward.__name__`.
        symmetric: positions of the arrays that are symmetric matrices (or stacks of them), of
            which forward reads one triangle and the rule spreads the gradient over both. A check
            then moves them along symmetric directions.

    Returns:
        A `Primitive`, called like `forward`.

    >>> import numpy as np
    >>> from autograd import Tensor, primitive
    >>> cube = primitive(lambda x: x**3, lambda g, out, x: g * 3 * x**2, elementwise=True)
    >>> x = Tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    Tensor(12.0)
    """
    if not callable(forward):
        raise TypeError(f"primitive expects a function first, got {type(forward).__name__}")
    if bool(rules) == (joint is not None):
        raise TypeError(
            "primitive expects one derivative rule per array, or one joint rule for all of them; "
            f"got {len(rules)} rules and {'a' if joint else 'no'} joint rule"
        )
    for rule in (*rules, joint):
        if rule is not None and not callable(rule):
            raise TypeError(f"a derivative rule is a function or None, got {type(rule).__name__}")
    op = Primitive(forward, rules, joint, elementwise, once_differentiable, name)
    if symmetric:
        op.symmetric = tuple(symmetric)
    # Pickled by name, as functions are: it needs to know where it was declared.
    frame = sys._getframe(1)
    op.__module__ = frame.f_globals.get("__name__", "__main__")
    op.ours = _is_ours(op.__module__, frame.f_code.co_filename)
    home = getattr(forward, "__module__", None) or ""
    if isinstance(forward, np.ufunc) or home.partition(".")[0] == "numpy":
        # The first rule for a NumPy function is what np.<function>(tensor) means.
        registry.setdefault(forward, op)
    return op


def _is_ours(module: str, file: str) -> bool:
    """Return True for a file of the packages autograd and nn, not of others of these names."""
    top = module.partition(".")[0]
    home = getattr(sys.modules.get(top), "__file__", None) or ""
    return top in ("autograd", "nn") and file.startswith(os.path.dirname(home) + os.sep)


class Bundle(Tensor):
    """The node of an op with several results; its data is their tuple. Never seen by the user.

    Each result is `pick(bundle, index)`; the gradients that reach the bundle are `Parts`.
    """

    __slots__ = ()

    @staticmethod
    def of(values: tuple[Any, ...]) -> Bundle:
        """A bundle around the arrays `values`."""
        bundle = object.__new__(Bundle)
        Tensor.__init__(bundle, 0.0)
        bundle.data = tuple(values)
        return bundle

    def __repr__(self) -> str:
        return f"({', '.join(str(value.shape) for value in self.data)})"


# What forward gives that is not one array: several, or, by mistake, a Tensor.
_PYTHON_NUMBERS = frozenset({float, int, bool})
_NO_ARRAY = (tuple, Tensor)


class Parts:
    """Gradients of the results of one op, as they come in; None for those that got none."""

    __slots__ = ("items",)

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = tuple(items)

    def __add__(self, other: Parts) -> Parts:
        pairs = zip(self.items, other.items, strict=True)
        return Parts([b if a is None else a if b is None else a + b for a, b in pairs])

    def filled(self, like: Sequence[Any]) -> tuple[Any, ...]:
        """The gradients, with zeros where no gradient came."""
        pairs = zip(self.items, like, strict=True)
        return tuple(np.zeros_like(unwrap(o))[()] if g is None else g for g, o in pairs)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


def _pick_rule(needs: Any, g: Any, out: Any, values: Any, *, index: int) -> Any:
    return (Parts([g if i == index else None for i in range(len(unwrap(values)))]),)


pick = Primitive(lambda values, *, index: values[index], (), _pick_rule, False, False, "pick")


def _as_array(value: Any) -> Any:
    """A list or tuple as one Tensor if there is one in it, else as an array."""
    if not isinstance(value, (list, tuple)):
        return value
    return gathered(value) if has_tensor(value) else np.asarray(value)


def as_operand(value: Any, op: Any) -> Any:
    """A plain value as an op takes it: numbers and arrays as they are, sequences as arrays.

    A sequence of tensors becomes one Tensor.
    """
    if isinstance(value, (ndarray, np.generic)):
        if value.dtype.kind == "c":
            _raise_complex(op)
        return value
    if isinstance(value, complex):
        _raise_complex(op)
    if isinstance(value, (list, tuple)):
        if has_tensor(value):
            return gathered(value)
        return as_operand(np.asarray(value), op)
    if is_foreign(value):
        return as_operand(read(value), op)
    return value


def _raise_complex(op: Any) -> None:
    raise TypeError(
        f"{op}: complex numbers are not supported; expected real operands with a real result. "
        "Compute with the real and the imaginary part as two tensors"
    )
