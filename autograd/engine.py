"""Backward: walk the record once, newest node first, and add up what flows.

Every node is younger than its inputs, so the numbers of the nodes in descending order are a
topological order: when a node's turn comes, everything that depends on it has been there. Nothing
recurses, so a graph may be a million nodes deep.

Plain backward hands raw arrays to the rules: no graph, full NumPy speed. With `create_graph` the
same rules get tensors and record themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from . import clock, expect
from .errors import check_writes, origin, raise_released, require_finite
from .gradient import checked_gradient, fitted, is_fresh, own_copy, seeds_of, unbroadcast, updated
from .history import Needed
from .modes import anomaly, set_grad_enabled
from .primitive import Bundle, Primitive, pick
from .registry import unwrap
from .tensor import PAST, RELEASED, RETAIN, Tensor, wrap

__all__ = ["backward", "gradients", "unbroadcast"]

# What a contribution to a gradient is: the input, its value as the rule saw it, the gradient.
Edge = tuple[Tensor, Any, Any]
# A finished gradient: the node, the gradient, whether nobody else can hold that array.
Arrival = tuple[Tensor, Any, bool]


def backward(
    tensors: Sequence[Tensor] | Tensor,
    gradients: Sequence[Any] | Any = None,
    retain_graph: bool = False,
    create_graph: bool = False,
) -> None:
    """Add dJ/dx to `.grad` of every leaf x, where J is the sum of `tensors`, each times its seed.

    Args:
        tensors: one tensor or several; each takes part in the same single walk.
        gradients: a seed per tensor, of its shape and dtype; None stands for 1 at a tensor of one
            element.
        retain_graph: keep the graph for another backward.
        create_graph: record the walk, so that the gradients can be differentiated.

    Raises: as `Tensor.backward`. An exception leaves every `.grad` and the graph untouched.
    """
    seeds = seeds_of(tensors, gradients, create_graph)
    with set_grad_enabled(create_graph), np.errstate(all="ignore"):
        arrived, visited = _walk(seeds, create_graph, None)
        complete = [(leaf, updated(leaf, g, own, create_graph)) for leaf, g, own in arrived]
    # Nothing has been changed so far, and from here on nothing can fail.
    for leaf, grad in complete:
        leaf.grad = grad
    if not (retain_graph or create_graph):
        for node in visited:
            node._x = RELEASED
            node._y = node._params = node._kept = None


def gradients(
    outputs: Sequence[Tensor] | Tensor,
    inputs: Sequence[Tensor] | Tensor,
    grad_outputs: Sequence[Any] | Any = None,
    create_graph: bool = False,
    materialize: bool = False,
) -> tuple[Tensor | None, ...]:
    """dJ/dx for each x of `inputs`, where J is the sum of `outputs` times `grad_outputs`.

    No `.grad` is written and the graph is kept. Inputs may be leaves or intermediate results; only
    the part of the graph between them and the outputs is walked.

    Args:
        outputs, grad_outputs: as `tensors` and `gradients` of `backward`.
        inputs: what to differentiate with respect to.
        create_graph: record the walk, for higher derivatives.
        materialize: give zeros instead of None for an input that the outputs do not depend on.

    Returns: a tuple, one gradient per input.
    """
    targets = expect.items(
        "gradients", "inputs", [inputs] if isinstance(inputs, Tensor) else inputs
    )
    for target in targets:
        if not isinstance(target, Tensor):
            raise TypeError(f"gradients expects tensors as inputs, got {type(target).__name__}")
        if not target.requires_grad:
            raise RuntimeError(
                f"gradients expects inputs that require a gradient, got {target!r}; create it "
                "with requires_grad=True"
            )
    found = partials(seeds_of(outputs, grad_outputs, create_graph), targets, create_graph)
    results = []
    for target in targets:
        g = found.get(target._id)
        results.append(wrap(np.zeros_like(target.data)) if g is None and materialize else g)
    return tuple(results)


def partials(
    seeds: list[tuple[Tensor, Any]],
    targets: Sequence[Tensor],
    create_graph: bool,
    independent: bool = False,
) -> dict[int, Tensor]:
    """The gradients of `targets` by their numbers; those that nothing reaches are left out.

    `independent`: the targets count as independent of each other, as the arguments of a function
    do, also where the graph has computed one from another.
    """
    wanted = {target._id for target in targets}
    needed = Needed(wanted, [tensor for tensor, _ in seeds])
    if independent:
        needed.passing -= wanted
    found = reached(seeds, needed, create_graph)
    return found if create_graph else {number: wrap(g) for number, g in found.items()}


def reached(
    seeds: list[tuple[Tensor, Any]], needed: Needed, create_graph: bool = False
) -> dict[int, Any]:
    """The gradients of the targets of `needed`, by their numbers, of those that are reached.

    They are tensors with `create_graph`, else arrays that nobody else holds.
    """
    found: dict[int, Any] = {}
    with set_grad_enabled(create_graph), np.errstate(all="ignore"):
        arrived, _ = _walk(seeds, create_graph, None if needed.everything else needed)
        for node, g, owned in arrived:
            if node._id in needed.targets:
                found[node._id] = g if create_graph or owned else own_copy(g)
    return found


# -- the walk ------------------------------------------------------------------------------------


def _walk(
    seeds: list[tuple[Tensor, Any]], create_graph: bool, wanted: Needed | None
) -> tuple[list[Arrival], list[Tensor]]:
    """Run the rules from the seeds down; returns the gradients that arrived, the nodes visited.

    Gradients arrive at leaves and at nodes that retain theirs, or, if given, at `wanted.targets`.
    """
    arrived: list[Arrival] = []
    visited: list[Tensor] = []
    # Nodes that wait for their turn, and leaves, which have nothing to hand on and come last.
    pending: dict[int, Tensor] = {}
    leaves: dict[int, Tensor] = {}
    grads: dict[int, Any] = {}
    # Law of ownership: the first gradient that reaches a node is borrowed, the second allocates,
    # later ones are added in place. These are the nodes whose gradient nobody else holds.
    owned: set[int] = set()
    for tensor, seed in seeds:
        known = grads.get(tensor._id)
        (leaves if tensor._op is None else pending)[tensor._id] = tensor
        grads[tensor._id] = seed if known is None else known + seed

    general = create_graph or wanted is not None or anomaly.get()
    find, get = pending.pop, grads.get
    turn, misses = max(pending, default=0) + 1, 0
    second: Tensor | None = None
    more: list[Edge] = []
    while pending:
        turn -= 1
        node = find(turn, None)
        if node is None:
            # Numbers of one graph are dense. Where they are not, go on from the largest pending
            # one, but only after as many steps as looking for it takes.
            misses += 1
            if misses > len(pending):
                turn, misses = max(pending) + 1, 0
            continue
        g = grads.pop(turn)
        op = node._op
        assert op is not None
        if node._hooks is not None:
            g = _run_hooks(node, g, owned, arrived, create_graph)
        if wanted is not None and turn in wanted.targets:
            arrived.append((node, g, turn in owned))
            if turn not in wanted.passing:
                continue
        x = node._x
        if x is RELEASED:
            raise_released(node)
        if clock.last_write > turn:
            check_writes(node)
            x = node._x
        visited.append(node)

        # The usual op has one or two inputs: its rules are called right here, and the edge to y
        # waits in `second` while that to x is dealt with. Any other op lists its edges in `more`.
        try:
            by_kernel = node._kept is not None and not general
            arity = 0 if general or by_kernel or node._params is not None else op.arity
            if arity == 2:
                if isinstance(x, Tensor):
                    value = x.data
                    needs_x = x.requires_grad
                else:
                    value = x
                    needs_x = False
                y = node._y
                if isinstance(y, Tensor):
                    value_y = y.data
                    if y.requires_grad:
                        if needs_x:
                            second = y
                            gx = op.rules[0](g, node.data, value, value_y)
                            gy = op.rules[1](g, node.data, value, value_y)
                        else:
                            gx = op.rules[1](g, node.data, value, value_y)
                            x, value = y, value_y
                    else:
                        gx = op.rules[0](g, node.data, value, value_y)
                else:
                    gx = op.rules[0](g, node.data, value, y)
            elif arity == 1:
                value = x.data
                gx = op.rules[0](g, node.data, value)
            else:
                if by_kernel:
                    # Hooks and `retain_grad` have seen g, and may hold it.
                    more = _kernel_edges(node, g, turn in owned and node._hooks is None)
                else:
                    more = edges(node, g, create_graph, wanted)
                if not more:
                    continue
                x, value, gx = more.pop()
        except Exception as error:
            error.add_note(
                f"in the backward pass of {origin(node)}\n"
                "If the op is yours, autograd.gradcheck looks for the mistake in its rule"
            )
            raise

        while True:
            kind = type(value)
            if not by_kernel and (
                type(gx) is not kind
                or (kind is ndarray and (gx.shape != value.shape or gx.dtype is not value.dtype))
            ):
                gx = fitted(gx, x, node)
            key = x._id
            known = get(key)
            if known is None:
                grads[key] = gx
                is_leaf = x._op is None
                (leaves if is_leaf else pending)[key] = x
                if by_kernel or (
                    is_leaf and kind is ndarray and not create_graph and is_fresh(gx, g, node)
                ):
                    owned.add(key)
            elif key in owned and not create_graph:
                known += gx
                grads[key] = known
            else:
                grads[key] = known + gx
                owned.add(key)
            if second is not None:
                x, value, gx = second, value_y, gy
                second = None
            elif more:
                x, value, gx = more.pop()
            else:
                break
    for key, leaf in leaves.items():
        g = grads[key]
        if leaf._hooks is not None:
            g = _run_hooks(leaf, g, owned, arrived, create_graph)
        if wanted is None or key in wanted.targets:
            arrived.append((leaf, g, key in owned))
    return arrived, visited


def _kernel_edges(node: Tensor, g: Any, own: bool) -> list[Edge]:
    """The contributions of `node` to its inputs by the kernel of its op, last input first.

    `own`: nobody else holds g, so the kernel may overwrite it.
    """
    op, x, params = node._op, node._x, node._params
    assert op is not None
    assert op.kernel is not None
    backward = op.kernel.backward
    if op.arity == 1:
        (gx,) = backward((True,), g, own, node.data, node._kept, x.data, **(params or {}))
        return [(x, x.data, gx)]
    inputs = (x, node._y) if op.arity == 2 else x
    values, needs = [], []
    for x in inputs:
        if isinstance(x, Tensor):
            values.append(x.data)
            needs.append(x.requires_grad)
        else:
            values.append(x)
            needs.append(False)
    grads = backward(needs, g, own, node.data, node._kept, *values, **(params or {}))
    edges = [*zip(inputs, values, grads, strict=True)]
    if False in needs:
        edges = [edge for edge, need in zip(edges, needs, strict=True) if need]
    edges.reverse()
    return edges


def edges(node: Tensor, g: Any, create_graph: bool, wanted: Needed | None) -> list[Edge]:
    """The contributions of `node` to its inputs, last input first: any op, any mode."""
    op = node._op
    assert op is not None
    inputs = node.inputs
    needs = [
        isinstance(x, Tensor) and x.requires_grad and (wanted is None or wanted.leads(x._id))
        for x in inputs
    ]
    record = create_graph and not op.once_differentiable
    values = list(inputs) if record else [x.data if isinstance(x, Tensor) else x for x in inputs]
    out: Any = node if record else node.data
    if isinstance(node, Bundle):
        if record:
            out = tuple(pick(node, index=i) for i in range(len(node.data)))
        g = g.filled(out)
    params = node._params or {}
    if create_graph and not record:
        g = unwrap(g)
    if node._kept is not None and not create_graph:
        kernel = op.kernel
        assert kernel is not None
        grads = kernel.backward(needs, g, False, out, node._kept, *values, **params)
    elif op.joint is not None:
        grads = op.joint(needs, g, out, *values, **params)
        if len(grads) != len(inputs):
            raise ValueError(
                f"{op}: the backward rule returned {len(grads)} gradients, expected "
                f"{len(inputs)}, one per input (None where there is none)"
            )
    else:
        grads = [
            rule(g, out, *values, **params) if need and rule is not None else None
            for rule, need in zip(op.rules, needs, strict=True)
        ]
    found = []
    for x, value, need, gx in zip(inputs, values, needs, grads, strict=True):
        if not need or gx is None:
            continue
        if create_graph and op.once_differentiable:
            gx = barrier(gx, *inputs, op=op)
        gx = _fitted_quickly(gx, x, node)
        if anomaly.get():
            require_finite(node, x, g, gx)
        if create_graph and isinstance(gx, (ndarray, np.generic)):
            # A rule may return plain arrays, as sign's zeros: constants, but tensors from here on.
            gx = wrap(gx)
        found.append((x, value, gx))
    found.reverse()
    return found


def _fitted_quickly(gx: Any, x: Tensor, node: Tensor) -> Any:
    """`fitted`, without its questions where the answer is seen at a glance."""
    data, value = gx.data if isinstance(gx, Tensor) else gx, x.data
    if type(data) is type(value) and data.shape == value.shape and data.dtype is value.dtype:
        return gx
    return fitted(gx, x, node)


def _barrier_rule(needs: Any, g: Any, out: Any, *values: Any, op: Primitive) -> Any:
    raise RuntimeError(
        f"{op} is differentiable once only, and its derivative was to be differentiated. Write "
        "its rule with operators and NumPy functions of g and the inputs, or compose it of ops"
    )


# Between a rule that cannot be differentiated and a graph that asks for it: lets the value through
# and raises only if a gradient really comes back.
barrier = Primitive(lambda gx, *inputs, op: gx, (), _barrier_rule, False, False, "barrier")


def _run_hooks(
    node: Tensor, g: Any, owned: set[int], arrived: list[Arrival], create_graph: bool
) -> Any:
    """The gradient after the hooks of `node`; `retain_grad` comes last and sees their result."""
    hooks = node._hooks or {}
    for key, hook in hooks.items():
        if key in (RETAIN, PAST):
            continue
        try:
            changed = hook(g if create_graph else wrap(g))
            if changed is not None:
                g = checked_gradient(node, changed, create_graph, "a hook returned")
                owned.discard(node._id)
        except Exception as error:
            error.add_note(f"in hook {hook!r} of {origin(node)}")
            raise
    if RETAIN in hooks:
        arrived.append((node, g, False))
    return g


Tensor._run_backward = staticmethod(backward)
