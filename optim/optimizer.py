"""Optimizer: parameter groups, state, and the walk over them that every optimizer shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy import ndarray

from autograd import Tensor, enable_grad, expect, set_grad_enabled
from autograd.clock import stamp

from .packing import Packs
from .state import load_state, state_of

__all__ = ["Optimizer"]


class Optimizer:
    """The base class: a subclass writes only `update`, the change of one parameter.

    Args:
        params: what to optimize: parameters (`model.parameters()`), pairs of a name and a
            parameter (`model.named_parameters()`), or dictionaries with such a list under
            "params" and options that differ from the defaults, each a group.
        defaults: the options, such as `{"lr": 0.1}`.

    Attributes:
        param_groups: dictionaries with "params", "param_names" and the options. An option may be
            changed at any time: `optimizer.param_groups[0]["lr"] = 0.01`.
        state: name of a parameter -> what the optimizer remembers of it.
        has_stepped: whether `step` has been called; a scheduler warns if it has not.

    A parameter goes by the name it was passed with, else by its own `.name`, else, or if that name
    is taken, by its position: "0", "1", …

    Raises:
        ValueError: there is no parameter, one comes twice, one is the result of an op, or an option
            is out of its range.
        TypeError: something else than tensors, or a set of them, whose order varies.

    The `update` of a subclass sees one parameter. If it is declared `elementwise` (see
    `optim.packing`) it may see several small ones as one vector.

    A subclass may name in `remembers` what it keeps in its state, and a loaded state of another
    optimizer is refused; None accepts anything.
    """

    remembers: tuple[str, ...] | None = None
    has_stepped: bool = False

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, (Tensor, ndarray)):
            raise TypeError(
                f"{type(self).__name__} expects a list of parameters, got one "
                f"{type(params).__name__}; write [parameter]"
            )
        if hasattr(params, "named_parameters"):
            raise TypeError(
                f"{type(self).__name__} expects parameters, got a {type(params).__name__}; "
                "pass model.named_parameters()"
            )
        given = _ordered(type(self).__name__, params)
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[str, dict[str, Any]] = {}
        self._packs: dict[int, Packs] = {}
        if not given:
            raise ValueError(
                f"{type(self).__name__} got no parameters; pass model.parameters(), and note that "
                "a generator is empty once it has been used"
            )
        groups = given if isinstance(given[0], Mapping) else [{"params": given}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group: Any) -> None:
        """Optimize more parameters: a dictionary with "params" and, if wanted, options."""
        name = type(self).__name__
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(
                f"{name}: a parameter group is a dictionary with the key 'params', got {group!r}"
            )
        # A scheduler that goes on where another stopped needs to be told initial_lr.
        known = {"params", "initial_lr", *self.defaults}
        unknown = [key for key in group if key not in known]
        if unknown:
            raise ValueError(
                f"{name} has no option {unknown[0]!r}; expected {', '.join(self.defaults)}"
            )
        params = [group["params"]] if isinstance(group["params"], Tensor) else group["params"]
        params = _ordered(name, params)
        options = {**self.defaults, **{key: v for key, v in group.items() if key != "params"}}
        self.check(options)
        held = {id(p) for other in self.param_groups for p in other["params"]}
        taken = [key for other in self.param_groups for key in other["param_names"]]
        first = len(taken)
        pairs = [_named(name, item) for item in params]
        for given, p in pairs:
            if id(p) in held:
                raise ValueError(
                    f"{name}: parameter {given or p.shape} was passed twice; it would take two "
                    "steps at once. parameters() of one module lists shared ones once"
                )
            held.add(id(p))
            key = str(len(taken)) if given is None or given in taken else given
            if key in taken:
                raise ValueError(
                    f"{name}: the name {key!r} stands for two parameters; pass pairs of a name and "
                    "a parameter, each name once"
                )
            taken.append(key)
        self.param_groups.append(
            {"params": [p for _, p in pairs], "param_names": taken[first:], **options}
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range; a subclass defines what that is."""

    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """Change the array `p` in place, given g = dJ/dp, which must not be changed.

        Args:
            p: the value of the parameter.
            g: its gradient, of the same shape.
            state: what to remember for the next step; empty before the first.
            options: the parameter's group.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not define update; write def update(self, p, g, state, "
            "options) in it"
        )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step: update every parameter that has a gradient.

        Args:
            closure: computes the loss and calls `backward`; it runs first.

        Returns: what the closure returned, else None.

        Gradients stay as they are; `zero_grad()` clears them for the next step.
        """
        self.has_stepped = True
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        changed: list[Tensor] = []
        try:
            with set_grad_enabled(False):
                for number, group in enumerate(self.param_groups):
                    self._step_group(number, group, changed)
        finally:
            stamp(*changed)
        return loss

    def _step_group(self, number: int, group: dict[str, Any], changed: list[Tensor]) -> None:
        """Update the parameters of a group, and append to `changed` those that have been."""
        pairs = zip(group["param_names"], group["params"], strict=True)
        learning = [(name, p) for name, p in pairs if p.grad is not None]
        if getattr(self.update, "elementwise", False) and len(learning) > 1:
            if number not in self._packs:
                self._packs[number] = Packs()
            packed, learning = self._packs[number].update(
                learning, self.state, lambda p, g, s: self.update(p, g, s, group)
            )
            changed += packed
        for name, p in learning:
            self._update(name, p, group)
            changed.append(p)

    def __getstate__(self) -> dict[str, Any]:
        # Packs share memory with the state, which a copy does not; it makes its own.
        return {**vars(self), "_packs": {}}

    def _update(self, name: str, p: Tensor, group: dict[str, Any]) -> None:
        value, g = p.data, p.grad.data  # type: ignore[union-attr]
        if g.shape != value.shape:
            raise ValueError(
                f"{type(self).__name__}: the gradient of parameter {name} has shape {g.shape}, "
                f"expected {value.shape}; was .grad assigned by hand?"
            )
        state = self.state.get(name)
        if state is None:
            state = self.state[name] = {}
        if isinstance(value, ndarray):
            self.update(value, g, state, group)
        else:
            # A 0-d value is a NumPy scalar, which cannot be written in place.
            array = np.array(value)
            self.update(array, np.asarray(g), state, group)
            p.data = array[()]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or replace them by zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none or p.grad is None:
                    p.grad = None
                else:
                    p.grad = Tensor(np.zeros_like(p.data))

    def check_parameters(self, model: Any) -> None:
        """Raise unless every parameter held here is one that `model` has now.

        A layer that was replaced, or a model that was copied, after the optimizer was built leaves
        it with tensors that nobody computes with: their `.grad` stays None, and `step` skips them
        without a word. The model may have parameters that are not optimized.

        Args:
            model: a module, or anything with `named_parameters()`.

        Raises:
            ValueError: listing each parameter that the model does not have, by name.
        """
        theirs = dict(model.named_parameters())
        present = {id(p) for p in theirs.values()}
        held = [
            (name, p)
            for group in self.param_groups
            for name, p in zip(group["param_names"], group["params"], strict=True)
        ]
        lost = [
            f"{name}: the model has another tensor of this name"
            if name in theirs
            else f"{name}: the model has nothing of this name, nor this tensor under another"
            for name, p in held
            if id(p) not in present
        ]
        if lost:
            raise ValueError(
                f"{type(self).__name__} holds {len(lost)} of {len(held)} parameters that "
                f"{type(model).__name__} does not have:\n  " + "\n  ".join(lost) + "\nThe model "
                "was copied, or a layer replaced, after the optimizer was built; build it anew "
                "from model.named_parameters()"
            )

    def state_dict(self) -> dict[str, Any]:
        """A copy of the state and the options, without the parameters themselves.

        {"state": {name: {...}}, "param_groups": [{"params": [names], "lr": ..., ...}]}
        """
        return state_of(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict()` of an optimizer of the same parameters returned.

        Raises:
            ValueError: listing everything that does not fit. Nothing has been changed then.
        """
        load_state(self, state_dict)

    def __repr__(self) -> str:
        groups = []
        for i, group in enumerate(self.param_groups):
            options = {k: v for k, v in group.items() if k not in ("params", "param_names")}
            shown = ", ".join(f"{key}={value!r}" for key, value in options.items())
            groups.append(f"group {i} of {len(group['params'])} parameters: {shown}")
        return f"{type(self).__name__}({'; '.join(groups)})"


def _ordered(optimizer: str, params: Any) -> list[Any]:
    """The items of `params`; TypeError for a set, or for something that has no items."""
    if isinstance(params, (set, frozenset)):
        raise TypeError(
            f"{optimizer} expects parameters in an order, got a {type(params).__name__}, whose "
            "order changes from run to run; pass a list"
        )
    return expect.items(optimizer, "parameters", params)


def _named(optimizer: str, item: Any) -> tuple[str | None, Tensor]:
    """The name, if there is one, and the parameter that `item` stands for."""
    name, p = item if isinstance(item, tuple) and len(item) == 2 else (None, item)
    if not isinstance(p, Tensor):
        raise TypeError(
            f"{optimizer} optimizes tensors, got {type(p).__name__}; "
            "pass model.parameters() or model.named_parameters()"
        )
    if not p.is_leaf:
        raise ValueError(
            f"{optimizer} optimizes leaves, got the result of {p.op}: a step would not reach what "
            "it was computed from. Pass the tensors that you created"
        )
    return (p.name if name is None else str(name)), p
