"""Products with derivative matrices, without forming them: v·J, J·v, H·v."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..engine import gradients
from ..modes import enable_grad, grad_enabled
from ..registry import unwrap
from ..tensor import Tensor, wrap
from .gradient import check_scalar
from .trace import Trace, as_tuple, check_callable, depends_on_older, matched

__all__ = ["hvp", "jvp", "vjp"]


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and the map from dJ/d(value) to dJ/d(primal): vector times Jacobian.

    Args:
        f: takes arrays and returns an array, or nested lists, tuples and dicts of them.
        primals: its arguments; it is differentiated with respect to all of them.

    Returns: (value, vjp_fn). `vjp_fn(v)` takes v nested and shaped like the value and returns a
    tuple with one gradient per primal; it can be called any number of times.

    Raises: TypeError for integer primals; ValueError and TypeError for a v of another nesting,
    shape or dtype.

    As in JAX.

    >>> import numpy as np
    >>> value, vjp_fn = vjp(lambda x, y: x * y, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> vjp_fn(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    check_callable("vjp", f)
    trace = Trace("vjp", f, primals, {}, range(len(primals)))

    def vjp_fn(v: Any) -> tuple[Any, ...]:
        """The gradient with respect to each primal, given that with respect to the value."""
        seeds = matched("vjp_fn", "the vector", v, trace.out)
        found = trace.gradients(tree.leaves(trace.out), seeds)
        given_tensor = tree.any_tensor(v)
        return tuple(trace.nested(found if given_tensor else trace.derived(found)))

    return trace.released(trace.out), vjp_fn


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of f and its directional derivative: Jacobian times vector.

    Args:
        f: takes arrays and returns an array, or nested lists, tuples and dicts of them.
        primals: a tuple of its arguments; a single array counts as a tuple of one.
        tangents: a direction, nested and shaped like the primals.

    Returns: (value, sum over the primals of df/d(primal) · tangent), both nested like the value.

    It is computed beside the value, op by op. Where an op of f has no derivative forward, such as
    one of your own, it takes two backward passes: the vector-Jacobian product v·J is linear in v,
    and differentiating it along the tangent gives J·t (Townsend, "A new trick for calculating
    Jacobian vector products", 2017). Then an op that is differentiable once only raises
    RuntimeError.

    As in JAX.

    >>> import numpy as np
    >>> jvp(np.sin, (0.0,), (2.0,))
    (np.float64(0.0), np.float64(2.0))
    """
    check_callable("jvp", f)
    primals = as_tuple(primals)
    directions = matched("jvp", "tangents", as_tuple(tangents), primals)
    trace = Trace("jvp", f, primals, {}, range(len(primals)))
    trace.has_tensors |= tree.any_tensor(directions)
    outputs = tree.leaves(trace.out)
    linked = trace.linked or (
        grad_enabled.get() and any(isinstance(t, Tensor) and t.requires_grad for t in directions)
    )
    found = trace.pushed(directions, recorded=linked)
    if found is None:
        found = _by_two_backward_passes(trace, directions, linked)
    results = []
    for out, tangent in zip(outputs, found, strict=True):
        if tangent is None:
            tangent = wrap(np.zeros_like(np.asarray(unwrap(out))))
        elif not (isinstance(tangent, Tensor) and tangent.requires_grad):
            tangent = wrap(np.array(unwrap(tangent)))  # it may be the direction itself
        results.append(tangent)
    return trace.released(trace.out), tree.rebuild(trace.out, trace.derived(results))


def _by_two_backward_passes(trace: Trace, directions: Sequence[Any], linked: bool) -> list[Any]:
    """The derivative of each leaf of `trace.out` along `directions`, None where there is none."""
    outputs = tree.leaves(trace.out)
    # The point v at which v·J is differentiated does not matter: it is linear.
    vectors = [
        Tensor(np.zeros_like(out.data), requires_grad=True)
        if isinstance(out, Tensor) and out.requires_grad
        else None
        for out in outputs
    ]
    with enable_grad():
        products = trace.gradients(outputs, vectors, create_graph=True)
    pairs = [(p, t) for p, t in zip(products, directions, strict=True) if p.requires_grad]
    wanted = [v for v in vectors if v is not None]
    found: Sequence[Any] = [None] * len(wanted)
    if pairs and wanted:
        found = gradients([p for p, _ in pairs], wanted, [t for _, t in pairs], create_graph=linked)
    rest = iter(found)
    return [None if vector is None else next(rest) for vector in vectors]


def hvp(f: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    """Hessian times vector, for a scalar function, without forming the Hessian.

    Args:
        f: takes arrays and returns a scalar.
        primals: a tuple of its arguments; a single array counts as a tuple of one.
        tangents: the vector, nested and shaped like the primals.

    Returns: the product, shaped like the primal if there is one, a tuple if there are several;
    all blocks of the Hessian take part.

    The gradient of the derivative along the vector, which is computed beside the value: one
    backward pass (Pearlmutter, "Fast exact multiplication by the Hessian", 1994). Where an op of f
    has no derivative forward, such as one of your own, it is the gradient of (gradient · vector):
    two backward passes. The signature is that of the JAX cookbook's `hvp`, which is
    `jvp(grad(f), primals, tangents)[1]`.

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    check_callable("hvp", f)
    primals, tangents = as_tuple(primals), as_tuple(tangents)
    directions = matched("hvp", "tangents", tangents, primals)
    trace = Trace("hvp", f, primals, {}, range(len(primals)))
    check_scalar("hvp", trace.out)
    trace.has_tensors |= tree.any_tensor(directions)
    outputs: Sequence[Any] | None = trace.pushed(directions)
    seeds: Sequence[Any] = [None]
    if outputs is None:
        outputs, seeds = trace.gradients([trace.out], [None], create_graph=True), directions
    if trace.has_tensors or trace.linked:
        trace.linked = grad_enabled.get() and depends_on_older(outputs, trace.born)
    products = trace.nested(trace.derived(trace.gradients(outputs, seeds)))
    return products[0] if len(primals) == 1 else tuple(products)
