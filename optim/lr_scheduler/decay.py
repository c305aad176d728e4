"""Learning rates that fall by factors: LambdaLR, StepLR, MultiStepLR, ExponentialLR."""

from __future__ import annotations

import copy
import types
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd import expect

from ..optimizer import Optimizer
from .base import LRScheduler, one_per_group, require_optimizer

__all__ = ["ExponentialLR", "LambdaLR", "MultiStepLR", "StepLR"]


class LambdaLR(LRScheduler):
    """A factor that a function computes: lrₜ = lr₀ · lr_lambda(t).

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        lr_lambda: a function of the epoch, or a list of them, one for each group.

    Raises:
        ValueError: as many functions as there are not groups.

    `state_dict` does not hold functions, only the attributes of callable objects.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        require_optimizer(self, optimizer)
        self.lr_lambdas = one_per_group(self, "lr_lambda", lr_lambda, optimizer)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """See the class."""
        return [
            lr * factor(self.last_epoch)
            for lr, factor in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """As `LRScheduler.state_dict`; of "lr_lambdas", attributes, or None for a function."""
        attributes = [
            None
            if isinstance(f, types.FunctionType)
            else copy.deepcopy(getattr(f, "__dict__", None))
            for f in self.lr_lambdas
        ]
        kept = {k: v for k, v in vars(self).items() if k not in ("optimizer", "lr_lambdas")}
        return {**copy.deepcopy(kept), "lr_lambdas": attributes}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """As `LRScheduler.load_state_dict`; the functions stay those of this scheduler."""
        self._check_state(state_dict)
        state = copy.deepcopy(dict(state_dict))
        for function, attributes in zip(self.lr_lambdas, state.pop("lr_lambdas"), strict=True):
            if attributes is not None:
                vars(function).update(attributes)
        vars(self).update(state)


class StepLR(LRScheduler):
    """A fall every step_size epochs: lrₜ = lr₀ · gamma^⌊t / step_size⌋.

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        step_size: epochs between falls.
        gamma: the factor of a fall.

    Raises:
        ValueError: step_size is not positive.
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        require_optimizer(self, optimizer)
        expect.integer("StepLR", "step_size", step_size, 1)
        expect.number("StepLR", "gamma", gamma)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates, multiplied by gamma if a fall is due."""
        if self.last_epoch == 0 or self.last_epoch % self.step_size:
            return self._current()
        return [lr * self.gamma for lr in self._current()]

    def closed_form(self) -> list[float]:
        """See the class."""
        return [lr * self.gamma ** (self.last_epoch // self.step_size) for lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    """Falls at given epochs: lrₜ = lr₀ · gamma^(number of milestones ≤ t).

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        milestones: epochs of falls; one that comes twice counts twice.
        gamma: the factor of a fall.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        require_optimizer(self, optimizer)
        expect.number("MultiStepLR", "gamma", gamma)
        self.milestones = sorted(
            expect.integer("MultiStepLR", "a milestone", epoch)
            for epoch in expect.items("MultiStepLR", "milestones", milestones)
        )
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates, multiplied by gamma for each fall of this epoch."""
        falls = self.milestones.count(self.last_epoch)
        return [lr * self.gamma**falls for lr in self._current()] if falls else self._current()

    def closed_form(self) -> list[float]:
        """See the class."""
        falls = bisect_right(self.milestones, self.last_epoch)
        return [lr * self.gamma**falls for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """A fall every epoch: lrₜ = lr₀ · gammaᵗ.

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        gamma: the factor.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        require_optimizer(self, optimizer)
        expect.number("ExponentialLR", "gamma", gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        """The rates as they are."""
        return self._current()

    def get_lr(self) -> list[float]:
        """The rates times gamma."""
        return [lr * self.gamma for lr in self._current()]

    def closed_form(self) -> list[float]:
        """See the class."""
        return [lr * self.gamma**self.last_epoch for lr in self.base_lrs]
