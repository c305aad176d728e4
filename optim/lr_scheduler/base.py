"""LRScheduler: when a learning rate is set, and what is remembered of it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ..optimizer import Optimizer

__all__ = ["LRScheduler", "one_per_group", "require_optimizer"]


class LRScheduler:
    """The base class: a subclass writes `get_lr`, and `closed_form` if it can.

    Args:
        optimizer: whose learning rates to set, one for each parameter group.
        last_epoch: how often `step` has been called before; −1 to begin. To go on from elsewhere,
            every group needs the entry "initial_lr"; loading states does all that by itself.

    Attributes:
        optimizer: the optimizer.
        last_epoch: how often `step` has been called.
        base_lrs: the learning rate of each group at the beginning.

    Building a scheduler sets the rates of epoch 0. Call `step` after the optimizer's steps of an
    epoch, or of a mini-batch if the schedule counts those; called before, it skips the rates of
    epoch 0, and warns.

    `get_lr` goes from the rate as it is to the next, so that several schedulers of one optimizer
    multiply, and a rate that was changed by hand goes on from there.

    Raises:
        TypeError: `optimizer` is none.
        KeyError: last_epoch is given, and a group has no "initial_lr".
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        require_optimizer(self, optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{type(self).__name__} with last_epoch={last_epoch} expects 'initial_lr' in "
                    f"param_groups[{i}]; load the optimizer's state first, or leave out last_epoch"
                )
        self.optimizer = optimizer
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._begin()

    def step(self) -> None:
        """Set the learning rates of the next epoch.

        Warns at the first call if the optimizer has taken no step yet.
        """
        if self.last_epoch == 0 and not self.optimizer.has_stepped:
            warnings.warn(
                f"{type(self).__name__}.step() was called before any optimizer.step(): the "
                "learning rates of epoch 0 are never used. Call optimizer.step() first, and "
                "scheduler.step() after it",
                stacklevel=2,
            )
        self.last_epoch += 1
        self._set(self.get_lr())

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group, as this scheduler has set it last."""
        return list(self._last_lr)

    def get_lr(self) -> list[float]:
        """The rates of epoch `last_epoch`, from those of the epoch before in the groups."""
        raise NotImplementedError(
            f"{type(self).__name__} does not define get_lr; write def get_lr(self) in it, which "
            "returns a learning rate for each parameter group"
        )

    def first_lr(self) -> list[float]:
        """The rates to begin with, when the scheduler is built."""
        return self.get_lr()

    def closed_form(self) -> list[float]:
        """The rates of epoch `last_epoch` from `base_lrs` alone, without the epochs before."""
        return self.get_lr()

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything but the optimizer: numbers, strings and lists of them."""
        return {k: copy.deepcopy(v) for k, v in vars(self).items() if k != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict()` of a scheduler of the same kind returned.

        The optimizer's learning rates are part of the optimizer's state; load that too.

        Raises:
            ValueError: listing everything that does not fit. Nothing has been changed then.
        """
        self._check_state(state_dict)
        vars(self).update(copy.deepcopy(dict(state_dict)))

    def _check_state(self, state: Any) -> None:
        kind = type(self).__name__
        if not isinstance(state, Mapping):
            raise ValueError(
                f"{kind}.load_state_dict expects what state_dict() returned, got "
                f"{type(state).__name__}"
            )
        ours = self.state_dict()
        problems = [f"missing {key}" for key in ours if key not in state]
        problems += [f"unexpected {key}" for key in state if key not in ours]
        groups = len(self.optimizer.param_groups)
        lists = [key for key in ("base_lrs", "_last_lr", "lr_lambdas") if key in state]
        lengths = {key: len(state[key]) for key in lists}
        problems += [
            f"{key}: expected one for each of {groups} parameter groups, got {length}"
            for key, length in lengths.items()
            if length != groups
        ]
        if problems:
            raise ValueError(
                f"{kind}.load_state_dict: the state does not fit, and nothing was loaded:\n  "
                + "\n  ".join(problems)
                + "\nBuild the scheduler as the one that was saved, for an optimizer of the same "
                "groups"
            )

    def _begin(self) -> None:
        self.last_epoch += 1
        self._set(self.first_lr())

    def _rewind(self) -> None:
        """Begin again, now that the rates are those from before this scheduler was built."""
        self.last_epoch -= 1
        self._begin()

    def _restart(self) -> None:
        """Set the rates of epoch 0, whatever they are now."""
        self.last_epoch = 0
        self._set(self.closed_form())

    def _current(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def _set(self, rates: Sequence[float]) -> None:
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ValueError(
                f"{type(self).__name__} was built for {len(rates)} parameter groups, the optimizer "
                f"has {len(groups)} now; build a scheduler after add_param_group"
            )
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = self._current()


def require_optimizer(scheduler: LRScheduler, optimizer: Any) -> None:
    """Raise TypeError unless `optimizer` is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{type(scheduler).__name__} expects an Optimizer, got {type(optimizer).__name__}"
        )


def one_per_group(scheduler: LRScheduler, name: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """`value` for each parameter group: itself if it is a list, else repeated."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(
            f"{type(scheduler).__name__} expects {name} to be one value, or one for each of "
            f"{groups} parameter groups, got {len(value)}"
        )
    return list(value)
