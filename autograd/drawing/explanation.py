"""`explain(J, wrt=b)`: why dJ/db is what it is."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..history import history
from ..primitive import Bundle
from ..source import caller
from ..tensor import Tensor
from . import chain
from .chain import Chain, Factor, Term
from .names import from_frame
from .notation import call, labels, plain
from .numbers import WRITTEN_OUT, numbers, short
from .paths import Link, Paths, maker

__all__ = ["Explanation", "explain"]

# So many paths are written out.
_LIMIT = 20


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The chain rule along the paths from J back to x; what `explain` returns.

    Shows itself as text at the prompt and as mathematics in a notebook. Keeps no tensor alive.

    Attributes:
        count: how many paths there are.
        products: what each path that is written out adds to the gradient, as arrays.
        rest: what all others add together; None if there are none.
        gradient: the sum of all, dJ/dx.
    """

    count: int
    products: tuple[Any, ...]
    rest: Any
    gradient: Any
    _chain: Chain

    def __str__(self) -> str:
        return chain.text(self._chain)

    __repr__ = __str__

    @property
    def latex(self) -> str:
        """The sum as a LaTeX formula, without dollar signs."""
        return chain.latex(self._chain)

    @property
    def markdown(self) -> str:
        """The formula between double dollars, and tables of what it does not say."""
        return chain.markdown(self._chain)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _repr_markdown_(self) -> str:
        return self.markdown


def explain(J: Tensor, wrt: Tensor) -> Explanation:
    """Why dJ/d(wrt) is what it is: the chain rule along every path from `J` back to `wrt`.

        dJ/dx = Σ over the paths J → u → … → w → x of ∂J/∂u · … · ∂w/∂x

    Args:
        J: a tensor of one element.
        wrt: a tensor that J was computed from, with requires_grad.

    Returns: an `Explanation`. It prints as text, shows itself as mathematics in a notebook, and
    `.latex` and `.markdown` are the same for a document.

    Tensors are called by their `name`, or by the variable that holds them where `explain` is
    called. The first 20 paths are written out; the others, however many, are counted and summed.
    Between single numbers a factor is a number. Between arrays it is a Jacobian, which is never
    computed: instead there stands the shape of the gradient that goes through it, in and out.

    Changes no `.grad`, runs no hook, keeps the graph.

    Raises: TypeError for anything but tensors; ValueError when J has several elements, or does not
    depend on `wrt`; RuntimeError when backward has released the graph.

    >>> from autograd import Tensor, explain
    >>> a, b, c = (Tensor(x, requires_grad=True) for x in (5.0, 3.0, 2.0))
    >>> u = b * c
    >>> v = a + u
    >>> J = 3 * v
    >>> explain(J, wrt=b)
    dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6
    """
    _check(J, wrt)
    paths = Paths(J, wrt, _LIMIT)
    if not paths.count:
        raise ValueError(
            "explain expects J to depend on wrt, and no path leads from one to the other; "
            "why_no_grad(wrt, loss=J) says what may be the matter"
        )
    products = tuple(np.asarray(path.product) for path in paths.shown)
    rest = None if paths.rest is None else np.asarray(paths.rest)
    gradient = sum(products[1:] if rest is None else (*products[1:], rest), products[0])
    nodes = [node for node in history([J], constants=True) if not isinstance(node, Bundle)]
    variables = from_frame(caller())
    known = {node._id: node.name or variables.get(node._id) for node in nodes}
    names = labels((node._id, known[node._id], "x" if node.is_leaf else "t") for node in nodes)
    made_up = {number for number, name in known.items() if name is None}
    written = _chain(J, wrt, paths, gradient, names, made_up)
    return Explanation(paths.count, products, rest, gradient, written)


def _check(J: Any, wrt: Any) -> None:
    """Raise unless both are tensors with a gradient, and J is a single number."""
    for what, given in {"J": J, "wrt": wrt}.items():
        if not isinstance(given, Tensor):
            raise TypeError(f"explain expects a tensor as {what}, got {type(given).__name__}")
        if not given.requires_grad:
            raise ValueError(
                f"explain expects {what} to require a gradient, got {given!r}; create it, or what "
                "it is computed from, with requires_grad=True"
            )
    if J.size != 1:
        raise ValueError(
            f"explain expects J to have one element, got shape {J.shape}; explain one of its "
            "elements, as J[0], or their sum"
        )


def _chain(
    J: Tensor,
    wrt: Tensor,
    paths: Paths,
    gradient: Any,
    names: Mapping[int, str],
    made_up: Container[int],
) -> Chain:
    """What there is to be written, in names and numbers."""

    def factor(link: Link) -> Factor:
        local = link.local()
        return Factor(
            names[link.node._id],
            names[link.x._id],
            None if local is None else numbers(local).text,
            str(maker(link.node).op),
            (link.node.shape, link.x.shape),
        )

    def value(array: Any) -> str | None:
        return _flat(array) if np.size(array) <= WRITTEN_OUT else None

    terms = tuple(
        Term(tuple(map(factor, path.links)), path.skipped, value(path.product))
        for path in paths.shown
    )
    ends = {
        end._id: end for path in paths.shown for link in path.links for end in (link.node, link.x)
    }
    return Chain(
        names[J._id],
        names[wrt._id],
        terms,
        paths.count,
        None if paths.rest is None else value(paths.rest) or "the others",
        value(gradient) or f"{np.shape(gradient)}: {numbers(gradient).text}",
        tuple(
            (names[key], _formula(ends[key], names))
            for key in sorted(ends)
            if key in made_up and not ends[key].is_leaf
        ),
    )


def _flat(array: Any) -> str:
    """The elements in one line."""
    return " ".join(numbers(array).text.split())


def _formula(node: Tensor, names: Mapping[int, str]) -> str:
    """The op that made `node`, with the names of its inputs."""
    source = maker(node)
    arguments = [names[x._id] if isinstance(x, Tensor) else plain(x) for x in source.inputs]
    params = ", ".join(f"{key}={short(value)}" for key, value in source.params.items())
    made = call(str(source.op), arguments, params)
    return made if source is node else f"{made}[{node.params['index']}]"
