"""`draw`: a tensor, a module, a function or an error in, its graph out."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, get_args

import numpy as np

from .. import tree
from ..calls import watched
from ..modes import enable_grad
from ..source import caller
from ..tensor import RELEASED, Tensor
from .build import build
from .failure import graph_of_error
from .graph import Graph, Style, View
from .names import from_calls, from_frame, from_module, is_module

__all__ = ["draw"]


def draw(
    subject: Any,
    *inputs: Any,
    grads: bool | None = None,
    view: View = "forward",
    style: Style = "graph",
    depth: int | None = None,
    collapse: str | Sequence[str] = (),
    fold: bool | None = None,
    legend: bool = True,
) -> Graph:
    """The computational graph of tensors, of a module, of a function: ready to be shown or saved.

    Args:
        subject: a tensor, or a list of several: the graph behind them; a module or a function: the
            graph of what it makes of `inputs`; an exception that was raised while tensors were
            computed: the graph up to the op that failed.
        inputs: what the module or function is called with; arrays, lists of numbers and floats
            become tensors.
        grads: whether dJ/d(node) is computed and shown, by a pass of its own that leaves every
            `.grad` and the graph alone and calls no hooks. None does so for a scalar result, and
            wherever `view` asks for them.
        view: "forward" (values, as they are computed), "backward" (what each rule makes of the
            gradient that reaches it), or "both", one over the other.
        style: "graph" (a node for each value and op), "neurons" (a circle for each feature of a
            linear, logistic or softmax regression, x0 = 1 included), or "layers" (a column of
            neurons for each layer).
        depth: how many modules inside each other are drawn open; 0 closes the outermost. None opens
            all of them, as far as not more than 500 nodes come out.
        collapse: names, paths or classes of modules to be closed.
        fold: whether at least three equal blocks in a row are rolled into one with their number.
            None does so for modules, and for bare ops in graphs of more than 500 nodes.
        legend: whether the picture explains its kinds of nodes.

    Returns: a `Graph`: `.dot` is its text, `.save("graph.svg")` writes it, a notebook shows it.

    Tensors are called by their `name`, else by the variable that holds them where `draw` is called
    or in the function that is drawn, else by their path in a module. A module is run as it is, in
    its mode; its buffers and the random generators are as before afterwards.

    Raises: TypeError for anything else; RuntimeError when backward has released the graph, and for
    `grads=True` with a result that is not a scalar; ValueError for a graph that the style cannot
    show, an unknown view or style, an error that the library did not raise.

    >>> from autograd import Tensor, draw
    >>> b, c = Tensor(3.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    >>> graph = draw(b * c)
    >>> graph
    Graph(3 values, 1 ops)
    >>> [(value.name, str(value.gradient)) for value in graph.values]
    [('b', '2'), ('c', '3'), (None, '1')]
    """
    for name, value, known in (("view", view, get_args(View)), ("style", style, get_args(Style))):
        if value not in known:
            raise ValueError(f"draw expects {name} to be one of {', '.join(known)}, got {value!r}")
    if depth is not None and depth < 0:
        raise ValueError(f"draw expects a depth of 0 or more modules, got {depth}")
    if grads is None and view != "forward":
        grads = True
    options = {
        "depth": depth,
        "collapse": (collapse,) if isinstance(collapse, str) else tuple(collapse),
        "fold": fold if style == "graph" else False,
        "innermost": style != "layers",
    }
    graph = graph_of(subject, inputs, grads, caller(), **options)
    graph = dataclasses.replace(graph, view=view, style=style, legend=legend)
    # Other styles are for some graphs only: that is said here, not when the picture is shown.
    if style != "graph":
        _ = graph.dot
    return graph


def graph_of(
    subject: Any, inputs: Sequence[Any], grads: bool | None, frame: FrameType, **options: Any
) -> Graph:
    """The graph of whatever `draw` takes; `frame` is where variables are looked up."""
    if isinstance(subject, BaseException):
        return graph_of_error(subject, **options)
    names = from_frame(frame)
    given: list[Tensor] = []
    if isinstance(subject, (Tensor, list, tuple)):
        roots = _checked_roots([subject, *inputs] if isinstance(subject, Tensor) else subject)
        return build(roots, grads=_wanted(grads, roots), names=names, **options)
    if not callable(subject):
        raise TypeError(
            "draw expects a tensor or several, a module, a function, or an error that was raised, "
            f"got {type(subject).__name__}"
        )
    arguments, given = _arguments(subject, inputs)
    with _as_before(subject), watched() as calls, from_calls() as inner, enable_grad():
        output = subject(*arguments)
    roots = _checked_roots([x for x in tree.leaves(output) if isinstance(x, Tensor)])
    if not roots:
        raise TypeError(
            f"draw expects a function that returns tensors, got {type(output).__name__} from "
            f"{getattr(subject, '__name__', type(subject).__name__)}"
        )
    paths = from_module(subject) if is_module(subject) else {}
    return build(
        roots,
        grads=_wanted(grads, roots),
        calls=calls,
        inputs=given,
        names={**names, **inner, **paths},
        **options,
    )


def _checked_roots(roots: Sequence[Any]) -> list[Tensor]:
    for root in roots:
        if not isinstance(root, Tensor):
            raise TypeError(f"draw expects a tensor or several, got {type(root).__name__}")
        if root._x is RELEASED:
            raise RuntimeError(
                f"the graph behind this result of {root.op} was released by backward(): expected "
                "one that is still there. Draw before backward(), or call "
                "backward(retain_graph=True)"
            )
    return list(roots)


def _wanted(grads: bool | None, roots: Sequence[Tensor]) -> bool:
    if grads is None:
        return all(root.size == 1 and root.requires_grad for root in roots) and bool(roots)
    return grads


def _arguments(
    function: Callable[..., Any], inputs: Sequence[Any]
) -> tuple[list[Any], list[Tensor]]:
    """`inputs` as tensors that are recorded, called like the parameters; and those tensors."""
    called = getattr(function, "forward", function)
    names = _parameter_names(called, len(inputs))
    given: list[Tensor] = []
    arguments = []
    for name, value in zip(names, inputs, strict=True):
        fresh = value
        if isinstance(value, Tensor):
            if not value.requires_grad:
                fresh = Tensor(value, value.dtype.kind == "f", name=value.name or name)
        elif isinstance(value, (np.ndarray, np.generic, float, list)) and not tree.any_tensor(
            value
        ):
            array = np.asarray(value)
            if array.dtype.kind in "fiub":
                fresh = Tensor(array, array.dtype.kind == "f", name=name)
        arguments.append(fresh)
        if isinstance(fresh, Tensor):
            given.append(fresh)
    return arguments, given


def _parameter_names(function: Callable[..., Any], count: int) -> list[str | None]:
    """The names of the first `count` positional parameters, None where there is none."""
    names: list[str | None] = []
    with contextlib.suppress(TypeError, ValueError):
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                names.append(parameter.name)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                rest = count - len(names)
                names += [f"{parameter.name}[{i}]" for i in range(rest)] if rest > 1 else ["x"]
    return (names + [None] * count)[:count]


@contextlib.contextmanager
def _as_before(subject: Any) -> Iterator[None]:
    """Puts back what running a module changes, where it is a module."""
    with subject.unchanged() if is_module(subject) else contextlib.nullcontext():
        yield
