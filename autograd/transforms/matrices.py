"""Whole derivative matrices: Jacobian and Hessian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..tensor import Tensor, wrap
from .gradient import grad
from .trace import Trace, check_callable, derived_from, positions

__all__ = ["hessian", "jacobian"]


def jacobian(f: Callable[..., Any], argnum: int | Sequence[int] = 0) -> Callable[..., Any]:
    """All partial derivatives: `jacobian(f)(x)[i, j]` is d f(x)[i] / dx[j].

    Args:
        f: takes arrays and returns an array, or nested lists, tuples and dicts of them.
        argnum: position of the argument to differentiate, or several of them.

    Returns: a function of the same arguments. It returns an array of shape
    (*shape of the result, *shape of the argument). Where the result or the argument is nested, so
    is the Jacobian: first like the result, inside like the argument; a tuple inside if `argnum` is
    a sequence.

    Raises, when it is called: TypeError for integers where it differentiates.

    One backward pass for each element of the result. As in HIPS autograd and JAX (`jacrev`).

    >>> import numpy as np
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    check_callable("jacobian", f)

    @derived_from(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        trace = Trace("jacobian", f, args, kwargs, positions("jacobian", argnum, args))
        blocks = []
        for out in tree.leaves(trace.out):
            nested = trace.nested(trace.derived(_rows(trace, out)))
            blocks.append(nested[0] if isinstance(argnum, (int, np.integer)) else tuple(nested))
        return tree.rebuild(trace.out, blocks)

    return jacobian_of_f


def _rows(trace: Trace, out: Any) -> list[Tensor]:
    """The Jacobian of one array with respect to every variable, one backward pass per element."""
    value = out.data if isinstance(out, Tensor) else np.asarray(out)
    rows = []
    for element in range(value.size):
        seed = np.zeros(value.size, value.dtype)
        seed[element] = 1
        rows.append(trace.gradients([out], [seed.reshape(value.shape)]))
    result: list[Any] = []
    for i, variable in enumerate(trace.variables):
        shape = (*value.shape, *variable.shape)
        if not rows:
            result.append(wrap(np.zeros(shape, variable.dtype)))
        elif any(row[i].requires_grad for row in rows):
            result.append(np.reshape(np.stack([row[i] for row in rows]), shape))
        else:
            result.append(wrap(np.reshape(np.stack([row[i].data for row in rows]), shape)))
    return result


def hessian(f: Callable[..., Any], argnum: int | Sequence[int] = 0) -> Callable[..., Any]:
    """All second partial derivatives of a scalar function: d²f / dx[i] dx[j].

    Args:
        f: takes arrays and returns a scalar.
        argnum: position of the argument to differentiate, or several of them.

    Returns: a function of the same arguments. It returns an array of shape
    (*shape of the argument, *shape of the argument); nested twice where the argument is nested or
    `argnum` is a sequence, so that `hessian(f, (0, 1))(x, y)[0][1]` is d²f / dx dy.

    Raises, when it is called: TypeError for integers where it differentiates, and for a result
    that is not one floating-point number.

    The Jacobian of the gradient. As in HIPS autograd and JAX.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] * x[0] * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    check_callable("hessian", f)
    return derived_from(f)(jacobian(grad(f, argnum), argnum))
