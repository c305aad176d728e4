"""How groups of neurons are put together: branching, concatenation, addition. Deck, part C.

And the change of shape, which has no arithmetic at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import expect

from .container import Sequential
from .module import Module

__all__ = ["Add", "Concat", "Flatten", "Residual", "Unflatten"]


class _Branches(Module):
    """Several modules side by side, whose outputs are brought together.

    Called with one input, every branch gets it: that is the deck's branching, and the gradients
    of the branches add up in the input. Called with as many inputs as there are branches, each
    gets its own. Without branches the inputs themselves are brought together.
    """

    def __init__(self, *branches: Module) -> None:
        super().__init__()
        for branch in branches:
            if not isinstance(branch, Module):
                raise TypeError(
                    f"{type(self).__name__} expects modules as branches, got "
                    f"{type(branch).__name__}; call it with the tensors instead: "
                    f"nn.{type(self).__name__}()(a, b)"
                )
        self._branches = branches

    def own_modules(self) -> Any:
        """The branches, called by their numbers."""
        return ((str(i), branch) for i, branch in enumerate(self._branches))

    def _outputs(self, inputs: tuple[Any, ...]) -> list[Any]:
        name = type(self).__name__
        if not self._branches:
            if not inputs:
                raise TypeError(f"{name} without branches expects at least one input, got none")
            return list(inputs)
        if len(inputs) == 1:
            inputs *= len(self._branches)
        if len(inputs) != len(self._branches):
            raise TypeError(
                f"{name} of {len(self._branches)} branches expects one input for all of them or "
                f"one for each, got {len(inputs)}"
            )
        return [branch(x) for branch, x in zip(self._branches, inputs, strict=True)]


class Concat(_Branches):
    """y = (f_1(x), f_2(x), …) one behind the other: two vectors become one.

    Args:
        branches: modules, called `"0"`, `"1"`, … in paths.
        dim: the axis along which their outputs are joined; the last one holds the features.

    Shape:
        branches may differ in the length of axis `dim` only; the output has the sum of those.

    Raises:
        ValueError: outputs that cannot be joined.
        TypeError: a branch that is no module; neither one input nor one for each branch.

    Backward: dJ/dy is cut where the outputs were joined.

    Called with one input, every branch gets it (branching; the gradients of the branches add up);
    with as many inputs as branches, each its own. `Concat()(a, b)` joins a and b themselves.
    Deck, part C.

    >>> import nn
    >>> nn.Concat(nn.Linear(3, 4), nn.Linear(3, 2))(np.zeros((5, 3))).shape
    (5, 6)
    """

    def __init__(self, *branches: Module, dim: int = -1) -> None:
        super().__init__(*branches)
        self.dim = dim

    def forward(self, *inputs: Any) -> Any:
        """The outputs of the branches, joined."""
        outputs = self._outputs(inputs)
        shapes = [np.shape(out) for out in outputs]
        try:
            return np.concatenate(outputs, axis=self.dim)
        except ValueError:
            raise ValueError(
                f"Concat expects outputs that differ in the length of axis {self.dim} only, got "
                f"shapes {', '.join(map(str, shapes))}"
            ) from None

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class Add(_Branches):
    """y = f_1(x) + f_2(x) + …: vectors of one length are added.

    Args:
        branches: modules, called `"0"`, `"1"`, … in paths.

    Shape:
        all branches give the same shape, which is the output's.

    Raises:
        ValueError: outputs of different shapes, which are not broadcast.
        TypeError: a branch that is no module; neither one input nor one for each branch.

    Backward: each branch gets dJ/dy as it is.

    Called with one input, every branch gets it (branching; the gradients of the branches add up);
    with as many inputs as branches, each its own. `Add()(a, b)` adds a and b themselves.
    Deck, part C.
    """

    def forward(self, *inputs: Any) -> Any:
        """The sum of the outputs of the branches."""
        total, *others = self._outputs(inputs)
        for out in others:
            if np.shape(out) != np.shape(total):
                raise ValueError(
                    f"Add expects outputs of one shape, got {np.shape(total)} and "
                    f"{np.shape(out)}; bring them to one length with a Linear first"
                )
            total = total + out
        return total


class Residual(Module):
    """y = x + f(x): branching and addition around layers that learn only what to change.

    Args:
        layers: f, one module or several in order.
        shortcut: what x passes on its way around; None for x itself. A Linear where f changes the
            number of features.

    Shape:
        f and the shortcut give the same shape, which is the output's.

    Raises:
        ValueError: f(x) and the shortcut differ in shape.

    Backward: dJ/dx is dJ/dy, around, plus what comes back through f. Deck, part C (branching and
    addition); source: He et al., "Deep Residual Learning for Image Recognition", 2015.
    """

    def __init__(self, *layers: Module, shortcut: Module | None = None) -> None:
        super().__init__()
        self.body = layers[0] if len(layers) == 1 else Sequential(*layers)
        self.shortcut = shortcut

    def forward(self, x: Any) -> Any:
        """Add f(x) to x, or to what the shortcut makes of it."""
        change = self.body(x)
        around = x if self.shortcut is None else self.shortcut(x)
        if np.shape(change) != np.shape(around):
            raise ValueError(
                "Residual expects its layers to give the shape of the shortcut, got "
                f"{np.shape(change)} and {np.shape(around)}; pass shortcut=nn.Linear(...) where "
                "the number of features changes"
            )
        return around + change


class Flatten(Module):
    """Make one axis of several: (N, C, L) becomes (N, C·L).

    Args:
        start_dim: the first axis of those.
        end_dim: the last one.

    Shape:
        axes start_dim..end_dim are replaced by one of their product; an input without axes becomes
        (1,).

    Raises:
        ValueError: start_dim behind end_dim, or an axis that the input does not have.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Any) -> Any:
        """The input with the axes in one."""
        shape = np.shape(x) or (1,)
        first, last = _axis("Flatten", self.start_dim, shape), _axis("Flatten", self.end_dim, shape)
        if first > last:
            raise ValueError(
                f"Flatten expects start_dim not behind end_dim, got {self.start_dim} and "
                f"{self.end_dim} for an input of shape {shape}"
            )
        joined = math.prod(shape[first : last + 1])
        return np.reshape(x, (*shape[:first], joined, *shape[last + 1 :]))

    def extra_repr(self) -> str:
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Make several axes of one: the inverse of `Flatten`.

    Args:
        dim: the axis.
        unflattened_size: the lengths it is cut into; one of them may be -1, for what is left.

    Shape:
        axis `dim` is replaced by `unflattened_size`.

    Raises:
        ValueError: lengths that do not multiply to that of the axis, or no such axis.
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim = dim
        self.unflattened_size = tuple(
            expect.items("Unflatten", "unflattened_size", unflattened_size)
        )

    def forward(self, x: Any) -> Any:
        """The input with the axis cut up."""
        shape = np.shape(x)
        at = _axis("Unflatten", self.dim, shape)
        sizes = self.unflattened_size
        known = math.prod(n for n in sizes if n != -1)
        if -1 in sizes and known:
            sizes = tuple(shape[at] // known if n == -1 else n for n in sizes)
        if math.prod(sizes) != shape[at]:
            raise ValueError(
                f"Unflatten expects lengths whose product is that of axis {self.dim}, "
                f"{shape[at]}; got {self.unflattened_size} for an input of shape {shape}"
            )
        return np.reshape(x, (*shape[:at], *sizes, *shape[at + 1 :]))

    def extra_repr(self) -> str:
        """The axis and the lengths."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


def _axis(layer: str, dim: int, shape: tuple[int, ...]) -> int:
    if not -len(shape) <= dim < len(shape):
        raise ValueError(f"{layer}: an input of shape {shape} has no axis {dim}")
    return dim % len(shape)
