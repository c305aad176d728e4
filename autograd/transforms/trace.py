"""One evaluation of a function on fresh variables: what every transform starts with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .. import clock, tree
from ..engine import gradients
from ..history import history
from ..modes import enable_grad, grad_enabled, set_grad_enabled
from ..primitive import primitive
from ..tangents import declare, linear, push, takes_part
from ..tensor import Tensor, wrap

__all__ = [
    "Trace",
    "as_tuple",
    "check_callable",
    "depends_on_older",
    "derived_from",
    "matched",
    "positions",
]

AnyCallable = Callable[..., Any]

# A variable of its own for a tensor that is itself part of a graph: same value, new node.
variable = primitive(lambda x: x, lambda g, out, x: g, name="variable")
declare(linear, variable)


class Trace:
    """f evaluated on `args`, with the leaves of the arguments in `argnums` made variables.

    Attributes:
        out: what f returned.
        trees: the differentiated arguments as they were given.
        variables: one tensor per leaf of them.
        born: what the clock showed before.
        linked: whether the result depends on older tensors that require a gradient, so that what
            is derived from it has to be recorded as well.
    """

    def __init__(
        self,
        transform: str,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        argnums: Sequence[int],
    ) -> None:
        self.transform = transform
        self.has_tensors = tree.any_tensor(list(args)) or tree.any_tensor(kwargs)
        recording = grad_enabled.get()
        self.born = clock.tick()
        self.trees = [args[i] for i in argnums]
        self.variables: list[Tensor] = []
        replaced = list(args)
        for i in argnums:
            fresh = [
                self._variable(leaf, f"argument {i}{path}", recording)
                for path, leaf in tree.paths(args[i])
            ]
            self.variables += fresh
            replaced[i] = tree.rebuild(args[i], fresh)
        with enable_grad():
            self.out = f(*replaced, **kwargs)
        self.linked = recording and depends_on_older(tree.leaves(self.out), self.born)

    @property
    def record(self) -> list[Tensor]:
        """The nodes that `out` was computed from, oldest first, and older tensors they stand on.

        Looked for each time: kept, it would hold on to what `backward` releases.
        """
        return recorded_since(tree.leaves(self.out), self.born)

    def _variable(self, leaf: Any, where: str, recording: bool) -> Tensor:
        if not isinstance(leaf, (Tensor, ndarray, np.generic, int, float, complex)):
            raise TypeError(
                f"{self.transform} expects arrays of floating-point numbers where it "
                f"differentiates, got {type(leaf).__name__} as {where}; choose other arguments "
                "with argnum"
            )
        dtype = leaf.dtype if isinstance(leaf, Tensor) else np.asarray(leaf).dtype
        if dtype.kind in "iub":
            raise TypeError(
                f"{self.transform} expects floating-point numbers where it differentiates, got "
                f"dtype {dtype} as {where}; write 1.0 instead of 1, or convert with astype(float)"
            )
        if isinstance(leaf, Tensor) and leaf.requires_grad and recording:
            fresh = variable(leaf)
            fresh.name = leaf.name
            return fresh  # type: ignore[no-any-return]
        if isinstance(leaf, Tensor):
            return Tensor(leaf.data, requires_grad=True, name=leaf.name)
        return Tensor(leaf, requires_grad=True)

    def gradients(
        self, outputs: Sequence[Any], seeds: Sequence[Any], create_graph: bool = False
    ) -> list[Tensor]:
        """dJ/d(variable) for each variable, J the sum of `outputs` times `seeds`.

        Recorded when asked for, and when it depends on something outside that is differentiated.
        """
        pairs = [
            (out, seed)
            for out, seed in zip(outputs, seeds, strict=True)
            if isinstance(out, Tensor) and out.requires_grad
        ]
        if not pairs:
            return [wrap(np.zeros_like(v.data)) for v in self.variables]
        seeded = grad_enabled.get() and any(
            isinstance(seed, Tensor) and seed.requires_grad for _, seed in pairs
        )
        found = gradients(
            [out for out, _ in pairs],
            self.variables,
            [seed for _, seed in pairs],
            create_graph=create_graph or self.linked or seeded,
            materialize=True,
        )
        return [g for g in found if g is not None]

    def pushed(self, directions: Sequence[Any], recorded: bool = True) -> list[Any] | None:
        """The derivative of each leaf of `out` along one direction per variable.

        None for a leaf that does not depend on them; None in all where an op of f does not take
        part in forward mode: see `tangents`.
        """
        known = {v._id: d for v, d in zip(self.variables, directions, strict=True)}
        # The variables too: one that f has hung a hook on takes no part.
        nodes = [node for node in self.record if node._id > self.born]
        if not takes_part(nodes, self.born):
            return None
        with set_grad_enabled(recorded):
            push(nodes, known)
        outputs = tree.leaves(self.out)
        return [known.get(out._id) if isinstance(out, Tensor) else None for out in outputs]

    def released(self, result: Any) -> Any:
        """`result` with its tensors as the caller gets them: recorded, plain, or as arrays."""

        def released_leaf(leaf: Any) -> Any:
            if not isinstance(leaf, Tensor) or (self.linked and grad_enabled.get()):
                return leaf
            return leaf.detach() if self.has_tensors else leaf.data

        return tree.transform(released_leaf, result)

    def derived(self, results: Sequence[Tensor]) -> list[Any]:
        """Derivatives as the caller gets them: tensors if a tensor came in or they are recorded."""
        if self.has_tensors or self.linked or any(r.requires_grad for r in results):
            return list(results)
        return [r.data for r in results]

    def nested(self, results: Sequence[Any]) -> list[Any]:
        """One result per variable, nested as the differentiated arguments are."""
        rest = iter(results)
        return [tree.rebuild(t, rest) for t in self.trees]


def depends_on_older(outputs: Sequence[Any], moment: int) -> bool:
    """Whether a tensor made before `moment` that requires a gradient went into `outputs`."""
    return any(node._id < moment for node in recorded_since(outputs, moment))


def recorded_since(outputs: Sequence[Any], moment: int) -> list[Tensor]:
    """The nodes behind `outputs`, oldest first; those made before `moment` without theirs."""
    live = [out for out in outputs if isinstance(out, Tensor) and out.requires_grad]
    return history(live, since=moment)


def derived_from(f: Callable[..., Any]) -> Callable[[AnyCallable], AnyCallable]:
    """Decorate the function that a transform returns: name, docstring and signature of `f`."""

    # Only those: the attributes of a callable object, such as a layer, are its own.
    def decorate(function: AnyCallable) -> AnyCallable:
        return functools.wraps(f, updated=())(function)

    return decorate


def check_callable(transform: str, f: Any) -> None:
    """Raise TypeError unless `f` can be called."""
    if not callable(f):
        raise TypeError(
            f"{transform} expects a function first, got {type(f).__name__}; it returns a function, "
            f"which takes the arguments: {transform}(f)(x)"
        )


def positions(transform: str, argnum: int | Sequence[int], args: Sequence[Any]) -> list[int]:
    """`argnum` as a list of positions in `args`."""
    wanted = [argnum] if isinstance(argnum, (int, np.integer)) else list(argnum)
    for i in wanted:
        if not -len(args) <= i < len(args):
            raise TypeError(
                f"{transform} was asked for argument {i}, but the function was called with "
                f"{len(args)} positional arguments; pass what is differentiated by position"
            )
    result = [int(i) % len(args) for i in wanted]
    if not result or len(set(result)) < len(result):
        raise ValueError(f"{transform} expects argnum to be distinct positions, got {argnum!r}")
    return result


def as_tuple(primals: Any) -> tuple[Any, ...]:
    """The arguments of a function; one array or dict counts as one argument."""
    return tuple(primals) if isinstance(primals, (tuple, list)) else (primals,)


def matched(transform: str, what: str, values: Any, likes: Any) -> list[Any]:
    """The leaves of `values`, checked against those of `likes` for nesting, shape and dtype."""
    expected, given = list(tree.paths(likes)), list(tree.paths(values))
    if [path for path, _ in expected] != [path for path, _ in given]:
        raise ValueError(
            f"{transform} expects {what} nested like its counterpart, with leaves at "
            f"{[path or '.' for path, _ in expected]}, got {[path or '.' for path, _ in given]}"
        )
    result = []
    for (path, like), (_, value) in zip(expected, given, strict=True):
        dtype = like.dtype if hasattr(like, "dtype") else np.asarray(like).dtype
        if isinstance(value, (int, float)) and not isinstance(value, np.generic):
            value = dtype.type(value)
        if not isinstance(value, Tensor):
            value = np.asarray(value)
        if value.shape != np.shape(like):
            raise ValueError(
                f"{transform} expects {what}{path} of shape {np.shape(like)}, got {value.shape}"
            )
        if value.dtype != dtype:
            raise TypeError(
                f"{transform} expects {what}{path} of dtype {dtype}, got {value.dtype}; convert "
                f"it with astype({str(dtype)!r})"
            )
        result.append(value)
    return result
