"""Many small parameters updated as one.

What a step costs a parameter of a thousand elements is not arithmetic but calls: SGD with momentum
takes 12 us for a bias of 64, and NumPy computes for 1 us of it. So small parameters are gathered
into one array, with their gradients, updated together and written back; what the optimizer
remembers of each is a view of what it remembers of all.

The parameters and their gradients stay where they are: whoever holds one notices nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
from numpy import ndarray

from autograd import Tensor

__all__ = ["Packs", "elementwise"]

F = TypeVar("F", bound=Callable[..., Any])
Member = tuple[str, Tensor]

# Elements of a parameter that is small: copying more of them costs as much as the calls.
_SMALL = 8 * 1024


def elementwise(update: F) -> F:
    """Declare that an `update` treats each element by itself, so that parameters may be packed.

    A method that overrides it, such as one that looks at norms, would have to declare so again.
    """
    update.elementwise = True  # type: ignore[attr-defined]
    return update


class Packs:
    """The packs of one parameter group, made anew when the members or their state change."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._packs: list[_Pack] = []

    def update(
        self,
        members: Iterable[Member],
        state: dict[str, dict[str, Any]],
        update: Callable[[Any, Any, dict[str, Any]], None],
    ) -> tuple[list[Tensor], list[Member]]:
        """Call `update(values, gradients, state)` for each pack; returns who is in one, and others.

        Args:
            members: names and parameters that have a gradient.
            state: what the optimizer remembers, by name.
            update: changes the values in place; new entries of the state are spread to `state`.
        """
        small: list[Member] = []
        rest: list[Member] = []
        for member in members:
            (small if _is_small(member[1]) else rest).append(member)
        names = [name for name, _ in small]
        if names != self._names or not all(pack.is_valid(state) for pack in self._packs):
            self._names, self._packs = names, _packed(small, state)
        packed: list[Tensor] = []
        for pack in self._packs:
            pack.update(state, update)
            packed += pack.params
        if len(packed) < len(small):
            inside = {name for pack in self._packs for name in pack.names}
            rest += [member for member in small if member[0] not in inside]
        return packed, rest


def _is_small(p: Tensor) -> bool:
    value, g = p.data, p.grad.data  # type: ignore[union-attr]
    return bool(
        type(value) is ndarray
        and value.size <= _SMALL
        and g.dtype is value.dtype
        and g.shape == value.shape
    )


def _packed(members: list[Member], state: dict[str, dict[str, Any]]) -> list[_Pack]:
    """Packs of the members that have the same dtype and the same state but for its arrays."""
    alike: dict[Any, list[Member]] = {}
    end = 0
    for name, p in sorted(members, key=lambda member: _address(member[1])):
        value, known = p.data, state.get(name, {})
        arrays = [v for v in known.values() if isinstance(v, ndarray)]
        # Parameters in the same memory take their steps one after the other.
        apart = _address(p) >= end
        end = max(end, _address(p) + value.nbytes)
        if (
            apart
            and value.size
            and (value.flags.c_contiguous or value.flags.f_contiguous)
            and all(a.shape == value.shape and a.dtype is value.dtype for a in arrays)
        ):
            scalars = tuple((k, None if isinstance(v, ndarray) else v) for k, v in known.items())
            alike.setdefault((value.dtype, scalars), []).append((name, p))
    order = [name for name, _ in members]
    return [
        _Pack(sorted(group, key=lambda member: order.index(member[0])), state)
        for group in alike.values()
        if len(group) > 1
    ]


def _address(p: Tensor) -> int:
    return int(p.data.__array_interface__["data"][0])


class _Pack:
    """Small parameters, where they stand in the arrays of all, and the state of all."""

    def __init__(self, members: list[Member], state: dict[str, dict[str, Any]]) -> None:
        self.names = [name for name, _ in members]
        self.params = [p for _, p in members]
        self.values = [p.data for p in self.params]
        self.flat = [_ravel(v, v) for v in self.values]
        ends = np.cumsum([v.size for v in self.values]).tolist()
        self.spans = [slice(end - v.size, end) for v, end in zip(self.values, ends, strict=True)]
        self.all_values, self.all_grads = np.empty((2, ends[-1]), self.values[0].dtype)
        self.state: dict[str, Any] = {}
        known = [state.get(name, {}) for name in self.names]
        for key, value in known[0].items():
            self.state[key] = value
            if isinstance(value, ndarray):
                arrays = [k[key] for k in known]
                flat = [_ravel(a, v) for a, v in zip(arrays, self.values, strict=True)]
                self.state[key] = np.concatenate(flat)
        self.views: list[dict[str, Any]] = []
        self._spread(state)

    def _spread(self, state: dict[str, dict[str, Any]]) -> None:
        """Let the state of each member be views of that of all."""
        self.views = [
            {key: v[span] if isinstance(v, ndarray) else v for key, v in self.state.items()}
            for span in self.spans
        ]
        for name, value, views in zip(self.names, self.values, self.views, strict=True):
            for key, view in views.items():
                if isinstance(view, ndarray):
                    views[key] = _like(view, value)
            state[name] = dict(views)

    def is_valid(self, state: dict[str, dict[str, Any]]) -> bool:
        """Whether members still have the memory that was packed, and the state that was spread."""
        for name, p, value, views in zip(
            self.names, self.params, self.values, self.views, strict=True
        ):
            known = state.get(name, {})
            if p.data is not value or len(known) != len(views):
                return False
            for key, view in views.items():
                if known.get(key) is not view and (isinstance(view, ndarray) or known[key] != view):
                    return False
        return True

    def update(
        self, state: dict[str, dict[str, Any]], update: Callable[[Any, Any, dict[str, Any]], None]
    ) -> None:
        """Gather, update, write back."""
        np.concatenate(self.flat, out=self.all_values)
        pairs = zip(self.params, self.values, strict=True)
        np.concatenate([_ravel(p.grad.data, v) for p, v in pairs], out=self.all_grads)  # type: ignore[union-attr]
        update(self.all_values, self.all_grads, self.state)
        for flat, span in zip(self.flat, self.spans, strict=True):
            flat[...] = self.all_values[span]
        if self.state.keys() != self.views[0].keys():
            self._spread(state)
            return
        for key, value in self.state.items():
            if not isinstance(value, ndarray):
                for name, views in zip(self.names, self.views, strict=True):
                    state[name][key] = views[key] = value


def _ravel(array: Any, like: Any) -> Any:
    """The elements of `array` in the order in which they lie in the memory of `like`."""
    return array.ravel() if like.flags.c_contiguous else array.T.ravel()


def _like(flat: Any, array: Any) -> Any:
    """The inverse: a view of `flat` with the shape and the memory order of `array`."""
    if array.flags.c_contiguous:
        return flat.reshape(array.shape)
    return flat.reshape(array.shape[::-1]).T
