"""Learning rates that move between two values: CosineAnnealingLR, LinearLR."""

from __future__ import annotations

import math

from autograd import expect

from ..optimizer import Optimizer
from .base import LRScheduler, require_optimizer

__all__ = ["CosineAnnealingLR", "LinearLR"]


class CosineAnnealingLR(LRScheduler):
    """Half a wave from lr₀ down to eta_min, and up again if the training goes on.

        lrₜ = eta_min + ½ (lr₀ − eta_min) (1 + cos(π t / T_max))

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        T_max: epochs from the top to the bottom.
        eta_min: the rate at the bottom.

    Raises:
        ValueError: T_max is not positive.

    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017,
    without the restarts.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        require_optimizer(self, optimizer)
        if not expect.number("CosineAnnealingLR", "T_max", T_max) > 0:
            raise ValueError(f"CosineAnnealingLR expects T_max > 0, got {T_max}")
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        """The rates as they are."""
        return self._current()

    def get_lr(self) -> list[float]:
        """The rates times the quotient of two neighbours on the wave, counted from eta_min."""
        t, low = self.last_epoch, self.eta_min
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The epoch before was at the bottom, where the quotient would divide by 0.
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            rates = zip(self._current(), self.base_lrs, strict=True)
            return [lr + (base - low) * rise for lr, base in rates]
        now, before = (1 + math.cos(math.pi * k / self.T_max) for k in (t, t - 1))
        return [now / before * (lr - low) + low for lr in self._current()]

    def closed_form(self) -> list[float]:
        """See the class."""
        height = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (lr - self.eta_min) * height for lr in self.base_lrs]


class LinearLR(LRScheduler):
    """A straight line of the factor from start_factor to end_factor, such as a warm-up.

        lrₜ = lr₀ · (start_factor + (end_factor − start_factor) · min(t, total_iters) / total_iters)

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        start_factor: the factor at epoch 0, in (0, 1].
        end_factor: the factor from epoch total_iters on, in [0, 1].
        total_iters: the epoch in which the line ends.

    Raises:
        ValueError: a factor out of its range; total_iters is not positive.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        require_optimizer(self, optimizer)
        if not 0 < expect.number("LinearLR", "start_factor", start_factor) <= 1:
            raise ValueError(f"LinearLR expects start_factor in (0, 1], got {start_factor}")
        if not 0 <= expect.number("LinearLR", "end_factor", end_factor) <= 1:
            raise ValueError(f"LinearLR expects end_factor in [0, 1], got {end_factor}")
        if not expect.number("LinearLR", "total_iters", total_iters) > 0:
            raise ValueError(f"LinearLR expects total_iters > 0, got {total_iters}")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        """The rates times start_factor; as they are if the line has been begun before."""
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self._current()]
        return self._current()

    def get_lr(self) -> list[float]:
        """The rates times the quotient of two neighbours on the line."""
        if self.last_epoch > self.total_iters:
            return self._current()
        way = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * way
        return [lr * (1 + way / before) for lr in self._current()]

    def closed_form(self) -> list[float]:
        """See the class."""
        part = min(self.total_iters, self.last_epoch) / self.total_iters
        factor = self.start_factor + (self.end_factor - self.start_factor) * part
        return [lr * factor for lr in self.base_lrs]
