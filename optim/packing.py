"""Many small parameters updated as one.

What a step costs a parameter of a thousand elements is not arithmetic but calls: SGD with momentum
takes 12 us for a bias of 64, and NumPy computes for 1 us of it. So small parameters are gathered
into one array, with their gradients, updated together and written back; what the optimizer
remembers of each is a view of what it remembers of all.

The parameters and their gradients stay where they are: whoever holds one notices nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        self._alone: list[int] = []

    def update(
        self,
        members: Sequence[Member],
        state: dict[str, dict[str, Any]],
        update: Callable[[Any, Any, dict[str, Any]], None],
    ) -> tuple[list[Tensor], list[Member]]:
        """Call `update(values, gradients, state)` for each pack; returns who is in one, and others.

        Args:
            members: names and parameters that have a gradient.
            state: what the optimizer remembers, by name.
            update: changes the values in place; new entries of the state are spread to `state`.
        """
        names = [name for name, _ in members]
        if names != self._names or not all(pack.is_valid(members, state) for pack in self._packs):
            small = [i for i, (_, p) in enumerate(members) if _is_small(p)]
            self._names, self._packs = names, _packed(members, small, state)
            inside = {i for pack in self._packs for i in pack.places}
            self._alone = [i for i in range(len(members)) if i not in inside]
        packed: list[Tensor] = []
        for pack in self._packs:
            pack.update(state, update)
            packed += pack.params
        return packed, [members[i] for i in self._alone]


def _is_small(p: Tensor) -> bool:
    value = p.data
    return type(value) is ndarray and value.size <= _SMALL and _fits(p.grad.data, value)  # type: ignore[union-attr]


def _fits(g: Any, value: Any) -> bool:
    return g.dtype is value.dtype and g.shape == value.shape


def _packed(
    members: Sequence[Member], small: list[int], state: dict[str, dict[str, Any]]
) -> list[_Pack]:
    """Packs of the small members that have the same dtype and the same state but for its arrays."""
    alike: dict[Any, list[int]] = {}
    end = 0
    for i in sorted(small, key=lambda i: _address(members[i][1])):
        name, p = members[i]
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
            alike.setdefault((value.dtype, scalars), []).append(i)
    return [_Pack(members, sorted(group), state) for group in alike.values() if len(group) > 1]


def _address(p: Tensor) -> int:
    return int(p.data.__array_interface__["data"][0])


class _Pack:
    """Small parameters, where they stand in the arrays of all, and the state of all.

    Attributes:
        places: where its members are among those that have a gradient.
        names, params, values: of the members.
        all_values, all_grads, state: of all members, in a row.
        inside, grads_inside, views: the parts of those that belong to each member, in its shape
            and memory order.
    """

    def __init__(
        self, members: Sequence[Member], places: list[int], state: dict[str, dict[str, Any]]
    ) -> None:
        self.places = places
        self.names = [members[i][0] for i in places]
        self.params = [members[i][1] for i in places]
        self.values = [p.data for p in self.params]
        ends = np.cumsum([v.size for v in self.values]).tolist()
        self.spans = [slice(end - v.size, end) for v, end in zip(self.values, ends, strict=True)]
        self.all_values, self.all_grads = np.empty((2, ends[-1]), self.values[0].dtype)
        self.inside, self.grads_inside = self._parts(self.all_values), self._parts(self.all_grads)
        self.state: dict[str, Any] = {}
        known = [state.get(name, {}) for name in self.names]
        for key, value in known[0].items():
            self.state[key] = value
            if isinstance(value, ndarray):
                self.state[key] = np.empty(ends[-1], value.dtype)
                for part, entries in zip(self._parts(self.state[key]), known, strict=True):
                    part[...] = entries[key]
        self.views: list[dict[str, Any]] = []
        self._spread(state)

    def _parts(self, array: Any) -> list[Any]:
        """The part of `array` that belongs to each member."""
        return [_like(array[span], v) for span, v in zip(self.spans, self.values, strict=True)]

    def _spread(self, state: dict[str, dict[str, Any]]) -> None:
        """Let the state of each member be views of that of all."""
        parts = {
            key: self._parts(value) if isinstance(value, ndarray) else [value] * len(self.names)
            for key, value in self.state.items()
        }
        self.views = [{key: parts[key][i] for key in parts} for i in range(len(self.names))]
        for name, views in zip(self.names, self.views, strict=True):
            state[name] = dict(views)

    def is_valid(self, members: Sequence[Member], state: dict[str, dict[str, Any]]) -> bool:
        """Whether members still have the memory that was packed, and the state that was spread."""
        for i, p, value, views in zip(
            self.places, self.params, self.values, self.views, strict=True
        ):
            name, member = members[i]
            if member is not p or p.data is not value or not _fits(p.grad.data, value):  # type: ignore[union-attr]
                return False
            known = state.get(name, {})
            if len(known) != len(views):
                return False
            for key, view in views.items():
                if known.get(key) is not view and (isinstance(view, ndarray) or known[key] != view):
                    return False
        return True

    def update(
        self, state: dict[str, dict[str, Any]], update: Callable[[Any, Any, dict[str, Any]], None]
    ) -> None:
        """Gather, update, write back."""
        for part, value in zip(self.inside, self.values, strict=True):
            part[...] = value
        for part, p in zip(self.grads_inside, self.params, strict=True):
            part[...] = p.grad.data  # type: ignore[union-attr]
        update(self.all_values, self.all_grads, self.state)
        for part, value in zip(self.inside, self.values, strict=True):
            value[...] = part
        if self.state.keys() != self.views[0].keys():
            self._spread(state)
            return
        for key, value in self.state.items():
            if not isinstance(value, ndarray):
                for name, views in zip(self.names, self.views, strict=True):
                    state[name][key] = views[key] = value


def _like(flat: Any, array: Any) -> Any:
    """A view of `flat` with the shape and the memory order of `array`."""
    if array.flags.c_contiguous:
        return flat.reshape(array.shape)
    return flat.reshape(array.shape[::-1]).T
