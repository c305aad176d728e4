"""Checkpointing: trade a second evaluation for the memory of the intermediate results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import clock, settings, tree
from ..engine import partials
from ..gradient import seeds_of
from ..history import history
from ..modes import enable_grad, grad_enabled
from ..primitive import Primitive
from ..tensor import Tensor

__all__ = ["checkpoint"]


def checkpoint(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """f(*args, **kwargs), remembering how to compute it again instead of what it computed.

    The intermediate results of f are freed at once; backward evaluates f a second time. The
    gradients are those of the plain call: of the arguments, and of everything f closes over, such
    as the parameters of a layer. Derivatives of higher order work too.

    Args:
        f: returns a Tensor, or a tuple or list of them. It is evaluated twice and must give the
            same result both times; what it draws from the library's own random generator is drawn
            again the same.
        args, kwargs: its arguments.

    Returns: what f returns.

    Raises, in backward: RuntimeError if f gave another result, or used other tensors, the second
    time, or if a tensor it uses was changed in place in between.

    As in PyTorch's `torch.utils.checkpoint.checkpoint`; the method is that of Chen et al.,
    "Training deep nets with sublinear memory cost", 2016.

    >>> import numpy as np
    >>> from autograd import Tensor, checkpoint
    >>> x = Tensor(2.0, requires_grad=True)
    >>> checkpoint(lambda x: np.exp(np.sin(x)), x).backward()
    """
    if not callable(f):
        raise TypeError(
            f"checkpoint expects a function and its arguments, got {type(f).__name__} first; "
            "write checkpoint(layer, x) instead of checkpoint(layer(x))"
        )
    if not grad_enabled.get():
        return f(*args, **kwargs)
    segment = _Segment(f, args, kwargs)
    result = segment.run()
    outputs = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    live = _live(outputs)
    if not live:
        return result
    given = [x for x in tree.leaves([args, kwargs]) if isinstance(x, Tensor)]
    segment.inputs = _distinct([*_frontier(live, segment.born), *given])
    segment.first = _values(live)
    recorded = _op.apply(segment.inputs, {"segment": segment})
    rest = iter(recorded if isinstance(recorded, tuple) else (recorded,))
    final = [
        next(rest) if _is_live(out) else out.detach() if isinstance(out, Tensor) else out
        for out in outputs
    ]
    return type(result)(final) if isinstance(result, (tuple, list)) else final[0]


class _Segment:
    """One checkpointed call: the function, its arguments, and the tensors it turned out to use."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs
        self.random_state = settings.generator().bit_generator.state
        self.inputs: list[Tensor] = []
        self.first: Any = None
        self.born = 0

    def __repr__(self) -> str:
        return getattr(self.f, "__qualname__", type(self.f).__name__)

    def run(self) -> Any:
        """Evaluate f and record it; nodes younger than `born` are its own."""
        self.born = clock.tick()
        with enable_grad():
            return self.f(*self.args, **self.kwargs)

    def run_again(self) -> list[Tensor]:
        """The differentiable results of a second evaluation, with the same random numbers."""
        bits = settings.generator().bit_generator
        before = bits.state
        bits.state = self.random_state
        try:
            result = self.run()
        finally:
            bits.state = before
        return _live(result if isinstance(result, (tuple, list)) else (result,))


def _forward(*values: Any, segment: _Segment) -> Any:
    # The evaluation that found out which tensors f uses has the result already.
    first, segment.first = segment.first, None
    return _values(segment.run_again()) if first is None else first


def _backward(needs: Any, g: Any, out: Any, *values: Any, segment: _Segment) -> Any:
    recording = any(isinstance(v, Tensor) for v in values)
    for x, value in zip(segment.inputs, values, strict=True):
        if (value.data if isinstance(value, Tensor) else value) is not x.data:
            _raise_different(segment, f"a tensor of shape {x.shape} was changed in place since")
    outputs = segment.run_again()
    before = out if isinstance(out, tuple) else (out,)
    known = {x._id for x in segment.inputs}
    if any(x._id not in known for x in _frontier(outputs, segment.born)):
        _raise_different(segment, "it used other tensors the second time")
    if len(outputs) != len(before) or not all(map(_same, outputs, before)):
        _raise_different(segment, "it gave another result the second time")
    targets = [x for x, need in zip(segment.inputs, needs, strict=True) if need]
    seeds = seeds_of(outputs, list(g) if isinstance(g, tuple) else [g], recording)
    found = partials(seeds, targets, recording, independent=True)
    gradients = [found.get(x._id) for x in segment.inputs]
    return gradients if recording else [None if x is None else x.data for x in gradients]


_op = Primitive(_forward, (), _backward, False, False, "checkpoint")


def _is_live(out: Any) -> bool:
    return isinstance(out, Tensor) and out.requires_grad


def _live(outputs: Sequence[Any]) -> list[Tensor]:
    return [out for out in outputs if _is_live(out)]


def _values(outputs: Sequence[Tensor]) -> Any:
    values = tuple(out.data for out in outputs)
    return values if len(values) > 1 else values[0]


def _frontier(outputs: Sequence[Tensor], born: int) -> list[Tensor]:
    """The tensors older than `born` that the record behind `outputs` starts from."""
    return [node for node in history(outputs, since=born) if node._id < born]


def _distinct(tensors: Sequence[Tensor]) -> list[Tensor]:
    return list({t._id: t for t in tensors}.values())


def _same(again: Tensor, before: Any) -> bool:
    """Equal up to the order in which a library may have summed."""
    value = before.data if isinstance(before, Tensor) else before
    if again.shape != value.shape or again.dtype != value.dtype:
        return False
    array = np.asarray(value)
    scale = np.max(np.abs(array[np.isfinite(array)]), initial=0.0)
    tolerance = float(np.finfo(value.dtype).eps) ** 0.75
    return np.allclose(again.data, value, rtol=0, atol=tolerance * scale, equal_nan=True)


def _raise_different(segment: _Segment, what: str) -> None:
    raise RuntimeError(
        f"checkpoint({segment!r}): {what}, so its gradient would be wrong; expected a function "
        "that computes the same again. Draw random numbers beforehand and pass them in, and change "
        "tensors only after backward()"
    )
