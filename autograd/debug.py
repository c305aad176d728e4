"""When something is off: where a NaN comes from, why a gradient is missing, what a graph holds.

Nothing here changes a graph, a gradient or a value.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import expect
from .anomaly import bad_value, remedy, watching
from .engine import gradients
from .errors import NotFiniteError, argument, first_not_finite, origin
from .history import history
from .registry import unwrap
from .tensor import RELEASED, Tensor

__all__ = [
    "Report",
    "detect_anomaly",
    "explain_nan",
    "first_difference",
    "memory",
    "why_no_grad",
]


class Report(str):
    """Text that shows itself as it is, in a terminal and at the prompt."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@contextlib.contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise at the first operation in the block that makes a NaN or an infinity, either way.

    Forward, each operation on tensors is looked at: it raises for a NaN made of inputs without
    one, and for an infinity made of finite inputs. Backward, each rule is, in `backward` and in
    `gradients`: it raises for either, made of a finite gradient. Numbers that came in broken, such
    as a mask of -infinity, pass. The mode belongs to the running thread or asynchronous task.

    Raises: FloatingPointError, naming the op, the index, the inputs there, the line of the program,
    and the usual remedy. Slower inside, since every result is looked at; nothing outside.

    >>> import numpy as np
    >>> from autograd import Tensor, detect_anomaly
    >>> x = Tensor(0.0, requires_grad=True)
    >>> try:
    ...     with detect_anomaly():
    ...         np.sqrt(x).backward()
    ... except FloatingPointError as error:
    ...     print(str(error).partition(";")[0])
    the derivative with respect to argument 0 is inf at index ()
    >>> try:
    ...     with detect_anomaly(), np.errstate(divide="ignore"):
    ...         np.log(x)
    ... except FloatingPointError as error:
    ...     print(str(error).splitlines()[-1])
    What to do: log needs x > 0: write np.log(np.where(x > 0, x, 1)), or np.log(np.maximum(x, eps)).
    """
    with watching():
        yield


def explain_nan(tensor: Tensor) -> Report:
    """Where the first NaN or infinity in `tensor`, or in its gradient, comes from.

    Follows a value that is not finite back to the oldest op that made one out of finite numbers,
    or to the input that held one. If the value is finite, runs the backward pass of its sum and
    looks at what each rule makes. Says the op, the line, the index, what was there, and what to do
    about it. The graph must not have been released.

    >>> import numpy as np
    >>> from autograd import Tensor, explain_nan
    >>> x = Tensor([0.0, 1.0], requires_grad=True)
    >>> with np.errstate(divide="ignore"):
    ...     y = np.where(x > 0, np.log(x), 0.0)
    >>> "log" in explain_nan(np.sum(y))
    True
    """
    expect.tensor("explain_nan", "tensor", tensor)
    if tensor._x is RELEASED:
        return Report(
            "The graph behind it was released by backward(). Compute it again and ask before "
            "backward(): print(explain_nan(loss)); or call backward(retain_graph=True). To be told "
            "without asking, compute and go backward inside `with detect_anomaly():`."
        )
    bad = first_not_finite(tensor.data)
    if bad is None:
        return Report(_gradient_part(tensor) or "Values and gradients are finite.")
    node = _oldest_bad(tensor)
    bad = first_not_finite(node.data) or ()
    if node.op is None:
        return Report(f"The {_described(node)} holds {np.asarray(node.data)[bad]} at index {bad}.")
    given = [x for x in node.inputs if not isinstance(x, Tensor) and not _finite(x)]
    if given:
        return Report(f"The {argument(node, given[0])} of {origin(node)}\nwas not finite already.")
    return Report(bad_value(node, bad))


def _oldest_bad(tensor: Tensor) -> Tensor:
    """The oldest node that is not finite and leads to `tensor` through others that are not."""
    found = {tensor._id: tensor}
    waiting = [tensor]
    while waiting:
        for x in waiting.pop().inputs:
            if isinstance(x, Tensor) and x._id not in found and not _finite(x):
                found[x._id] = x
                waiting.append(x)
    return found[min(found)]


def _finite(x: Any) -> bool:
    return first_not_finite(unwrap(x)) is None


def _gradient_part(tensor: Tensor) -> str:
    leaves = [n for n in history([tensor]) if n.is_leaf and n.requires_grad]
    if not (tensor.requires_grad and leaves):
        return ""
    try:
        with detect_anomaly():
            found = gradients(tensor, leaves, np.ones_like(tensor.data)[()])
    except NotFiniteError as error:
        return f"The gradient breaks first here: {error}{remedy(error.node)}"
    if any(g is not None and first_not_finite(g.data) is not None for g in found):
        return "Each derivative is finite, but their sum overflows."
    return ""


def why_no_grad(tensor: Tensor, loss: Tensor | None = None) -> Report:
    """Why `tensor.grad` is None, and what to do; with `loss`, whether that depends on it at all.

    >>> from autograd import Tensor, why_no_grad
    >>> why_no_grad(Tensor([1, 2]))
    Its dtype is int64: only floating tensors have gradients. Write 1.0 instead of 1.
    """
    expect.tensor("why_no_grad", "tensor", tensor)
    if loss is not None:
        expect.tensor("why_no_grad", "loss", loss)
    if tensor.grad is not None:
        return Report("It has a gradient: .grad is not None.")
    if tensor.dtype.kind != "f":
        return Report(
            f"Its dtype is {tensor.dtype}: only floating tensors have gradients. Write 1.0 instead "
            "of 1."
        )
    if not tensor.requires_grad:
        return Report(
            "It does not require a gradient: it was made without requires_grad=True, or computed "
            "under no_grad(), by detach(), or from tensors that require none."
        )
    if not tensor.is_leaf and not (tensor._hooks and 0 in tensor._hooks):
        return Report(
            f"It is the result of {tensor.op}, not a leaf: only leaves keep their gradient. Call "
            "retain_grad() on it before backward(), or use autograd.gradients(loss, [it])."
        )
    if loss is None:
        return Report(
            "It is waiting for one: no backward() of something that depends on it has run. Pass "
            "loss= to see whether a loss depends on it."
        )
    if loss._x is RELEASED:
        return Report("The graph of the loss was released, so it cannot be followed any more.")
    if any(node is tensor for node in history([loss])):
        return Report("The loss depends on it: call loss.backward().")
    return Report(
        "The loss does not depend on it: on the way there the graph was left (detach(), .data, "
        "item(), a NumPy function on .data), or the value was never used."
    )


def memory(tensor: Tensor) -> Report:
    """What the graph behind `tensor` holds: nodes, bytes of its arrays, and which ops they are of.

    Arrays that share memory count once.
    """
    nodes = history([expect.tensor("memory", "tensor", tensor)], constants=True)
    seen: set[int] = set()
    sizes: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for node in nodes:
        name = str(node.op) if node.op else "leaf"
        numbers[name] += 1
        for value in node.data if isinstance(node.data, tuple) else (node.data,):
            owner = value
            while isinstance(getattr(owner, "base", None), np.ndarray):
                owner = owner.base
            if id(owner) not in seen:
                seen.add(id(owner))
                sizes[name] += owner.nbytes
    lines = [f"{len(nodes)} nodes, {sum(sizes.values()):,} bytes of values"]
    lines += [f"{name:>20} {numbers[name]:>8} {size:>14,}" for name, size in sizes.most_common()]
    return Report("\n".join(lines))


def first_difference(a: Tensor, b: Tensor, rtol: float = 0.0, atol: float = 0.0) -> Report:
    """The oldest place where the computations behind `a` and `b` part: in structure or in value.

    For two runs of what should be the same program, such as before and after a change. Values
    differ where |x - y| > atol + rtol |y|.
    """
    ours, theirs = (
        history([expect.tensor("first_difference", name, x)], constants=True)
        for name, x in (("a", a), ("b", b))
    )
    for x, y in zip(ours, theirs, strict=False):
        if str(x.op) != str(y.op) or np.shape(unwrap(x)) != np.shape(unwrap(y)):
            return Report(f"Different computations:\n  {_described(x)}\n  {_described(y)}")
        for u, v in zip(_values(x), _values(y), strict=True):
            if not np.allclose(u, v, rtol=rtol, atol=atol, equal_nan=True):
                gap = float(np.nanmax(np.abs(np.subtract(u, v, dtype=float))))
                return Report(
                    f"Different values, by up to {gap:.3g}, first here:\n  {_described(x)}"
                )
    if len(ours) != len(theirs):
        longer = (ours if len(ours) > len(theirs) else theirs)[min(len(ours), len(theirs))]
        return Report(
            f"One computation goes on: {len(ours)} and {len(theirs)} nodes; the first one more is\n"
            f"  {_described(longer)}"
        )
    return Report("No difference.")


def _values(node: Tensor) -> tuple[Any, ...]:
    return node.data if isinstance(node.data, tuple) else (node.data,)


def _described(node: Tensor) -> str:
    if node.op is None:
        name = f" {node.name!r}" if node.name else ""
        return f"leaf{name} of shape {np.shape(node.data)}"
    return origin(node)
