"""SequentialLR: one scheduler after another."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, require_optimizer
from .plateau import ReduceLROnPlateau

__all__ = ["SequentialLR"]


class SequentialLR(LRScheduler):
    """Schedulers in a row: the next one begins, at its own epoch 0, at each milestone.

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        schedulers: in their order, all of this optimizer; they may be sequences themselves.
        milestones: the epochs at which the second, the third, … begins.

    Raises:
        ValueError: no scheduler, one of another optimizer, or a ReduceLROnPlateau, whose `step`
            needs a metric; not one milestone less than schedulers; milestones that go back.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        require_optimizer(self, optimizer)
        if not schedulers:
            raise ValueError("SequentialLR expects at least one scheduler, got none")
        for i, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(
                    f"SequentialLR expects schedulers, got {type(scheduler).__name__} at {i}"
                )
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"SequentialLR cannot run the ReduceLROnPlateau at {i}, whose step() needs a "
                    "metric; step that one by itself"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"SequentialLR: the {type(scheduler).__name__} at {i} belongs to another "
                    "optimizer; build all of them with the same"
                )
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR of {len(schedulers)} schedulers expects {len(schedulers) - 1} "
                f"milestones, got {len(milestones)}"
            )
        if list(milestones) != sorted(milestones):
            raise ValueError(f"SequentialLR expects milestones in order, got {list(milestones)}")
        self.optimizer = optimizer
        self._schedulers = list(schedulers)
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        self._rewind()

    def step(self) -> None:
        """Let the scheduler of the next epoch take its step, or begin."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._restart()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """As `LRScheduler.state_dict`, with the states of the schedulers."""
        kept = {k: v for k, v in vars(self).items() if k not in ("optimizer", "_schedulers")}
        return {**copy.deepcopy(kept), "_schedulers": [s.state_dict() for s in self._schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """As `LRScheduler.load_state_dict`, for the schedulers too."""
        self._check_state(state_dict)
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)
        own = {k: v for k, v in state_dict.items() if k != "_schedulers"}
        vars(self).update(copy.deepcopy(own))

    def _check_state(self, state: Any) -> None:
        super()._check_state(state)
        states = state["_schedulers"]
        if len(states) != len(self._schedulers):
            raise ValueError(
                f"SequentialLR.load_state_dict: expected the states of {len(self._schedulers)} "
                f"schedulers, got {len(states)}; nothing was loaded"
            )
        for scheduler, inner in zip(self._schedulers, states, strict=True):
            scheduler._check_state(inner)

    def _rewind(self) -> None:
        # Each scheduler has set the rates of its own epoch 0 when it was built.
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        scheduler = self._schedulers[bisect_right(self._milestones, self.last_epoch)]
        scheduler._rewind()
        self._last_lr = scheduler.get_last_lr()

    def _restart(self) -> None:
        self.last_epoch = 0
        scheduler = self._schedulers[bisect_right(self._milestones, 0)]
        scheduler._restart()
        self._last_lr = scheduler.get_last_lr()
