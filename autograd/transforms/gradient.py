"""Gradients of scalar functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..tensor import Tensor
from .trace import Trace, check_callable, derived_from, positions

__all__ = ["elementwise_grad", "grad", "per_sample_grad", "value_and_grad"]

Function = Callable[..., Any]


def grad(f: Function, argnum: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The gradient of a scalar function: `grad(f)(x)` is df/dx, of the shape of x.

    Args:
        f: takes arrays (it is called with Tensors in the differentiated places) and returns a
            scalar.
        argnum: position of the argument to differentiate, or several of them.
        has_aux: whether f returns (scalar, anything else); `grad(f)` then returns
            (gradient, anything else).

    Returns: a function of the same arguments. It returns the gradient, nested like the argument
    when that is a list, tuple or dict of arrays; a tuple of gradients if `argnum` is a sequence.

    Raises, when it is called: TypeError for integers where it differentiates (write 1.0), and for
    a result that is not one floating-point number.

    As in HIPS autograd and JAX.

    >>> grad(lambda x: x**3)(2.0)
    np.float64(12.0)
    >>> grad(grad(grad(lambda x: x**3)))(2.0)
    np.float64(6.0)
    """
    both = _value_and_grad("grad", f, argnum, has_aux)

    @derived_from(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, result = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return gradient


def value_and_grad(f: Function, argnum: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The function that returns the pair (f(x), df/dx), from one evaluation of f.

    Arguments and errors as in `grad`; with `has_aux` the pair is ((f(x), anything else), df/dx).

    >>> value_and_grad(lambda x: x * x)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """
    return _value_and_grad("value_and_grad", f, argnum, has_aux)


def elementwise_grad(f: Function, argnum: int | Sequence[int] = 0) -> Function:
    """The derivative d f(x)[i] / dx[i] of a function that works element by element.

    It has the shape of x. In general it is the gradient of the sum of what f returns; the two are
    the same when f(x)[i] depends on x[i] only.

    Arguments and errors as in `grad`, except that f returns an array. As in HIPS autograd.

    >>> import numpy as np
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """
    check_callable("elementwise_grad", f)

    @derived_from(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        argnums = positions("elementwise_grad", argnum, args)
        trace = Trace("elementwise_grad", f, args, kwargs, argnums)
        out = trace.out
        if isinstance(out, (list, tuple, dict)) or np.asarray(unwrapped(out)).dtype.kind != "f":
            raise TypeError(
                "elementwise_grad expects a function that returns one floating-point array, got "
                f"{_described(out)}"
            )
        seed = np.ones_like(out.data) if isinstance(out, Tensor) else None
        return _gradient_of(trace, out, seed, argnum)

    return derivative


def per_sample_grad(
    f: Function,
    argnum: int | Sequence[int] = 0,
    in_axes: Sequence[int | None] | None = None,
) -> Function:
    """The gradient for each sample of a batch: what JAX writes `vmap(grad(f), in_axes)`.

    Args:
        f: the scalar loss of *one* sample: `f(parameters, x, y)`.
        argnum: as in `grad`.
        in_axes: for each argument the axis along which the samples lie, or None for an argument
            that all of them share. By default the differentiated arguments are shared and all
            others have their samples along axis 0.

    Returns: a function of the same arguments, with batches for samples. Each gradient it returns
    has one more axis in front: the sample. Its mean over that axis is the gradient of the mean.

    There is one evaluation of f and one backward pass for each sample.

    >>> import numpy as np
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> per_sample_grad(lambda w, x: np.dot(w, x))(np.array([0.5, 0.5]), x)
    array([[1., 2.],
           [3., 4.]])
    """
    gradient = _value_and_grad("per_sample_grad", f, argnum, False)

    @derived_from(f)
    def gradients(*args: Any, **kwargs: Any) -> Any:
        shared = positions("per_sample_grad", argnum, args)
        axes = [None if i in shared else 0 for i in range(len(args))]
        if in_axes is not None:
            axes = list(in_axes)
        if len(axes) != len(args):
            raise ValueError(
                f"per_sample_grad expects one entry of in_axes per argument, got {len(axes)} for "
                f"{len(args)} arguments"
            )
        sizes = {
            f"argument {i}{path}": np.shape(unwrapped(leaf))[axis]
            for i, axis in enumerate(axes)
            if axis is not None
            for path, leaf in tree.paths(args[i])
        }
        if len(set(sizes.values())) != 1 or 0 in sizes.values():
            raise ValueError(
                "per_sample_grad expects the same number of samples, at least one, in every "
                f"argument that is not shared, got {sizes or 'none'}"
            )
        results = []
        for sample in range(next(iter(sizes.values()))):
            one = [
                arg if axis is None else tree.transform(_taking(sample, axis), arg)
                for arg, axis in zip(args, axes, strict=True)
            ]
            results.append(gradient(*one, **kwargs)[1])
        columns = zip(*map(tree.leaves, results), strict=True)
        return tree.rebuild(results[0], [_stacked(column) for column in columns])

    return gradients


def _value_and_grad(
    transform: str, f: Function, argnum: int | Sequence[int], has_aux: bool
) -> Function:
    check_callable(transform, f)

    @derived_from(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(transform, f, args, kwargs, positions(transform, argnum, args))
        out = trace.out
        if has_aux:
            if not isinstance(out, tuple) or len(out) != 2:
                raise TypeError(
                    f"{transform} with has_aux=True expects a function that returns the pair "
                    f"(scalar, anything else), got {_described(out)}"
                )
            out = out[0]
        check_scalar(transform, out)
        return trace.released(trace.out), _gradient_of(trace, out, None, argnum)

    return both


def _gradient_of(trace: Trace, out: Any, seed: Any, argnum: int | Sequence[int]) -> Any:
    found = trace.nested(trace.derived(trace.gradients([out], [seed])))
    return found[0] if isinstance(argnum, (int, np.integer)) else tuple(found)


def check_scalar(transform: str, out: Any) -> None:
    """Raise unless `out` is one floating number."""
    if not isinstance(out, (list, tuple, dict)) and out is not None:
        value = np.asarray(unwrapped(out))
        if value.size == 1 and value.dtype.kind == "f":
            return
    raise TypeError(
        f"{transform} expects a function that returns one floating-point number, got "
        f"{_described(out)}; reduce it, as in np.sum(...), or use jacobian for a function of "
        "several results, elementwise_grad for one that works element by element"
        + ("; has_aux=True is for (scalar, anything else)" if isinstance(out, tuple) else "")
    )


def _described(out: Any) -> str:
    value = unwrapped(out)
    if hasattr(value, "shape"):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return f"{type(out).__name__}"


def unwrapped(leaf: Any) -> Any:
    """The array of a Tensor, anything else as it is."""
    return leaf.data if isinstance(leaf, Tensor) else leaf


def _taking(sample: int, axis: int) -> Callable[[Any], Any]:
    return lambda leaf: leaf[(slice(None),) * (axis % np.ndim(unwrapped(leaf))) + (sample,)]


def _stacked(values: Sequence[Any]) -> Any:
    return np.stack(list(values))
