"""Tensor: a value plus where it came from.

The tensor *is* the node of the computational graph. It holds its data, its gradient once
`backward` has run, and the record of how it was made: the op, the inputs, the parameters. Edges
point only to inputs, so there is no reference cycle, and a graph dies with its last name.

Operators and the methods that ndarray has are attached by `autograd.methods`, from the tables.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, SupportsIndex

import numpy as np
from numpy import ndarray

from . import clock
from .foreign import is_foreign, read
from .modes import grad_enabled
from .source import Line, locate
from .views import link

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .methods import ArrayMethods
    from .primitive import Primitive
else:
    # The operators and methods are set on the class later; only a type checker needs their names.
    ArrayMethods = object

__all__ = ["Tensor"]

Hook = Callable[["Tensor"], "Tensor | None"]


class _Released:
    """Stands where the inputs of a node were until `backward` released them."""

    def __repr__(self) -> str:
        return "<released>"


RELEASED = _Released()


class Tensor(ArrayMethods):
    """An array that remembers how it was computed.

    Args:
        data: anything NumPy turns into an array of numbers or booleans, such as lists, or arrays
            of other libraries (a tensor of PyTorch that requires no gradient); it is copied, so
            the tensor never shares memory with what it was made from. A 0-d value is kept as a
            NumPy scalar.
        requires_grad: whether `backward` shall leave dJ/d(this) in `.grad`. Only for floating
            dtypes.
        dtype: convert to this dtype.
        name: how errors, drawings and reports call it.

    Attributes:
        data: the value, an `ndarray` (a NumPy scalar when 0-d). Writing through it is not noticed.
        grad: the accumulated gradient, a Tensor of the same shape and dtype, or None.
        requires_grad: whether a gradient flows to it.
        name: its name, or None.

    Raises:
        TypeError: for complex, text or object data, or a gradient asked of integers or booleans.

    >>> b, c = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    >>> u = b * c
    >>> u.backward()
    >>> b.grad, c.grad
    (Tensor(3.0), Tensor(2.0))
    """

    __slots__ = (
        "__weakref__",
        "_code",
        "_hooks",
        "_id",
        "_kept",
        "_lasti",
        "_op",
        "_params",
        "_x",
        "_y",
        "data",
        "grad",
        "name",
        "requires_grad",
    )

    data: Any
    grad: Tensor | None
    requires_grad: bool
    name: str | None
    # The record. Inputs stand in two slots, `_x` and `_y`; an op of more has a tuple in `_x`. One
    # tracked object per node, and no container, is what keeps scalar graphs cheap to collect.
    _op: Primitive | None
    _x: Any
    _y: Any
    _params: dict[str, Any] | None
    # What the op's kernel keeps for backward; None where the op's rules are to be used.
    _kept: Any
    _id: int
    _hooks: dict[int, Any] | None
    _code: CodeType | None
    _lasti: int
    # `engine.backward`: the engine, which is made of tensors, sets it. To import it at every call
    # takes 2 % of a training step of 784-128-64-10.
    _run_backward: ClassVar[Callable[..., None]]

    def __init__(
        self,
        data: Any,
        requires_grad: bool = False,
        dtype: DTypeLike | None = None,
        name: str | None = None,
    ) -> None:
        if isinstance(data, Tensor):
            data = data.numpy()
        elif data.__class__ is not ndarray and is_foreign(data):
            data = read(data)
        value = np.array(data, dtype=dtype)
        if not value.dtype.isnative:
            value = value.astype(value.dtype.newbyteorder("="))
        check_dtype(value.dtype, requires_grad)
        self.data = value if value.ndim else value[()]
        self.grad = None
        self.requires_grad = requires_grad
        self.name = name
        self._op = self._x = self._y = self._params = self._kept = None
        self._hooks = self._code = None
        self._lasti = 0
        self._id = clock.tick()

    # -- what it is ---------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self.data.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.data.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy dtype of the elements."""
        return self.data.dtype  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """Bytes of the elements."""
        return self.data.nbytes  # type: ignore[no-any-return]

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.data.itemsize  # type: ignore[no-any-return]

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made it: the user did, or it needs no gradient."""
        return self._op is None

    @property
    def op(self) -> Primitive | None:
        """The primitive that made it; None for a leaf."""
        return self._op

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the op was applied to: tensors, and plain values as they were given.

        Empty for a leaf, and after `backward` has released the record.
        """
        if self._op is None or self._x is RELEASED:
            return ()
        if clock.last_overwrite > self._id:
            settle(self)
        if self._op.arity == 1:
            return (self._x,)
        return (self._x, self._y) if self._op.arity == 2 else self._x

    @property
    def params(self) -> dict[str, Any]:
        """The op's keyword parameters, a copy."""
        return dict(self._params or {})

    @property
    def line(self) -> Line | None:
        """The user's line that recorded it; None for a leaf."""
        return locate(self._code, self._lasti)

    # -- gradients ----------------------------------------------------------------------------

    def backward(
        self, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Add dJ/dx to `.grad` of every leaf x that this tensor J was computed from.

        Args:
            gradient: dJ/d(this), of this shape and dtype; 1 for a tensor of one element.
            retain_graph: keep the graph, so that backward can run again.
            create_graph: record the backward pass itself, for higher derivatives; it keeps the
                graph.

        Raises:
            RuntimeError: nothing here requires a gradient; this is not a scalar and `gradient` is
                missing; the graph was released before; a value that a rule needs was overwritten.
            ValueError, TypeError: `gradient` has another shape, another dtype.

        Backward either succeeds or changes nothing: an exception on the way leaves every `.grad`
        and the whole graph as they were.
        """
        self._run_backward([self], [gradient], retain_graph, create_graph)

    def detach(self) -> Tensor:
        """The same memory as a new leaf without a past; writing to one writes to the other."""
        alias = wrap(self.data)
        if isinstance(self.data, ndarray):
            link(alias, (self,), flows=False)
        return alias

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient, or no longer; only of a leaf. Returns the tensor itself."""
        if not self.is_leaf and not requires_grad:
            raise RuntimeError(
                f"requires_grad_(False) expects a leaf, got the result of {self._op}; "
                "detach() gives its value without a past"
            )
        check_dtype(self.dtype, requires_grad)
        self.requires_grad = requires_grad
        return self

    def retain_grad(self) -> None:
        """Let `backward` fill `.grad` of this tensor although it is not a leaf."""
        if not self.requires_grad:
            raise RuntimeError(
                "retain_grad() expects a tensor that requires a gradient, got one that does not; "
                "create its inputs with requires_grad=True"
            )
        if self._op is not None:
            self._hooks = {**(self._hooks or {}), RETAIN: _no_change}

    def register_hook(self, hook: Hook) -> HookHandle:
        """Call `hook(grad)` when the gradient of this tensor is complete.

        The hook gets a Tensor and may return another one to replace it (same shape and dtype), or
        None. Returns a handle; `handle.remove()` takes the hook away.
        """
        if not self.requires_grad:
            raise RuntimeError(
                "register_hook() expects a tensor that requires a gradient, got one that does "
                "not; create it, or its inputs, with requires_grad=True"
            )
        handle = HookHandle(self, clock.tick())
        self._hooks = {**(self._hooks or {}), handle.key: hook}
        return handle

    # -- values -------------------------------------------------------------------------------

    def item(self) -> Any:
        """The only element, as a Python number."""
        return self.data.item()

    def numpy(self) -> Any:
        """The value as a NumPy array (a NumPy scalar when 0-d), sharing memory.

        Raises TypeError when a gradient is required and operations are being recorded: leaving
        the graph is said with `detach()`, or with `no_grad()`.
        """
        if self.requires_grad and grad_enabled.get():
            raise TypeError(
                "a tensor that requires a gradient is not turned into an array silently: its "
                "graph would be lost. Write t.detach().numpy() for the value, np.stack([t, u]) for "
                "an array of several tensors (see also autograd.ops.full, r_ and c_), or call the "
                "NumPy function on the tensor itself, as in np.exp(t)"
            )
        return self.data

    def tolist(self) -> Any:
        """The values as nested Python lists (a number when 0-d)."""
        return self.data.tolist()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return np.asarray(self.numpy()).__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return np.asarray(self.data).__dlpack_device__()

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor: expected at least one axis")
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor: expected at least one axis; see item()")
        return (self[i] for i in range(len(self.data)))

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return float(self._number("float"))

    def __int__(self) -> int:
        return int(self._number("int"))

    def __complex__(self) -> complex:
        return complex(self._number("complex"))

    def __index__(self) -> int:
        return operator.index(self._number("int"))

    def _number(self, kind: str) -> Any:
        """The data, for a conversion to a Python number, which leaves the graph."""
        if self.requires_grad and grad_enabled.get():
            raise TypeError(
                f"a tensor that requires a gradient is not turned into a Python {kind} silently: "
                "its graph would be lost. Write t.item() for the number, np.sin(t) instead of "
                "math.sin(t), and np.stack([t, u]) instead of a[0] = t with an array a (or make a "
                "a Tensor)"
            )
        return self.data

    def __round__(self, digits: SupportsIndex | None = None) -> Any:
        return round(self.item(), digits)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __repr__(self) -> str:
        label = type(self).__name__
        if not isinstance(self.data, ndarray):
            parts = [str(self.data)]
        else:
            parts = [np.array2string(self.data, separator=", ", prefix=f"{label}(")]
            if not self.size:
                parts.append(f"shape={self.shape}")
        if self.dtype not in (np.float64, np.int64, np.bool_):
            parts.append(f"dtype={self.dtype}")
        if self.name is not None:
            parts.append(f"name={self.name!r}")
        if self._op is not None:
            parts.append(f"op={self._op}")
        elif self.requires_grad:
            parts.append("requires_grad=True")
        return f"{label}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        from .drawing.notebook import tensor_html

        return tensor_html(self)

    __hash__ = object.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        if self._op is not None:
            raise RuntimeError(
                f"only leaves are copied and pickled, got the result of {self._op}: its graph "
                "would have to come along. Write t.detach() first, or t.copy() for a copy that "
                "stays in the graph"
            )
        return rebuild, (type(self), self.data, self.requires_grad, self.name, self.grad)


class HookHandle:
    """What `register_hook` returns; `remove()` takes the hook away again."""

    def __init__(self, tensor: Tensor, key: int) -> None:
        self._tensor = tensor
        self.key = key

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        hooks = self._tensor._hooks or {}
        self._tensor._hooks = {k: hook for k, hook in hooks.items() if k != self.key} or None


# Among the hooks stand, under keys of their own, the mark of `retain_grad` and what a tensor was
# before a recorded write in place: the usual node pays for neither.
RETAIN, PAST = 0, -1


def _no_change(grad: Tensor) -> None:
    """Leave the gradient as it is."""


def wrap(value: Any) -> Tensor:
    """A tensor around `value` itself, without a copy, a check or a past."""
    tensor = object.__new__(Tensor)
    tensor.data = value if type(value) is not ndarray or value.ndim else value[()]
    tensor.grad = tensor.name = None
    tensor.requires_grad = False
    tensor._op = tensor._x = tensor._y = tensor._params = tensor._kept = None
    tensor._hooks = tensor._code = None
    tensor._lasti = 0
    tensor._id = clock.tick()
    return tensor


def settle(node: Tensor) -> None:
    """Point the inputs of `node` that were overwritten since at what they were when it was made."""

    def then(x: Any) -> Any:
        while isinstance(x, Tensor) and x._id > node._id and x._hooks and PAST in x._hooks:
            x = x._hooks[PAST]
        return x

    node._x = tuple(map(then, node._x)) if isinstance(node._x, tuple) else then(node._x)
    node._y = then(node._y)


def rebuild(
    kind: type[Tensor], data: Any, requires_grad: bool, name: str | None, grad: Tensor | None
) -> Tensor:
    """Make a leaf again from what `Tensor.__reduce__` gave: copies and unpickled tensors."""
    tensor = kind.__new__(kind)
    Tensor.__init__(tensor, data, requires_grad, name=name)
    tensor.grad = grad
    return tensor


def check_dtype(dtype: np.dtype[Any], requires_grad: bool) -> None:
    """Raise TypeError for a dtype that a Tensor does not hold, or cannot have a gradient of."""
    if dtype.kind == "c":
        raise TypeError(
            f"complex numbers are not supported: expected a real dtype, got {dtype}; "
            "compute with the real and the imaginary part as two tensors"
        )
    if dtype.kind not in "fiub":
        raise TypeError(
            f"a Tensor holds numbers or booleans, got dtype {dtype}; convert the values first, as "
            "with np.asarray(values, float)"
        )
    if requires_grad and dtype.kind != "f":
        _raise_not_floating(dtype)


def _raise_not_floating(dtype: np.dtype[Any]) -> NoReturn:
    raise TypeError(
        f"only floating-point tensors can require a gradient, got dtype {dtype}; "
        "write 1.0 instead of 1, or pass dtype=float"
    )
