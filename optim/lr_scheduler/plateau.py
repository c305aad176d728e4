"""ReduceLROnPlateau: a smaller learning rate where the loss stands still."""

from __future__ import annotations

import math
from typing import SupportsFloat

from ..optimizer import Optimizer
from .base import LRScheduler, one_per_group, require_optimizer

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """lr ← max(factor · lr, min_lr) when the metric has not improved for more than patience epochs.

    An improvement is, with the best value so far b:

        min, rel: metric < b (1 − threshold)      min, abs: metric < b − threshold
        max, rel: metric > b (1 + threshold)      max, abs: metric > b + threshold

    Args:
        optimizer: see `LRScheduler`.
        mode: "min" for a loss, "max" for an accuracy.
        factor: the factor of a reduction, below 1.
        patience: how many epochs without improvement are let pass.
        threshold, threshold_mode: what counts as an improvement, see above.
        cooldown: epochs after a reduction that are not counted.
        min_lr: the smallest rate, or a list, one for each group.
        eps: a reduction by less than this is left out.

    Raises:
        ValueError: factor is not below 1; an unknown mode; as many min_lr as there are not groups.

    `step` takes the metric. NaN is no improvement. The optimizer may get further groups meanwhile
    where min_lr is one value.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        require_optimizer(self, optimizer)
        if not factor < 1:
            raise ValueError(f"ReduceLROnPlateau expects factor < 1, got {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau expects mode 'min' or 'max', got {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"ReduceLROnPlateau expects threshold_mode 'rel' or 'abs', got {threshold_mode!r}"
            )
        one_per_group(self, "min_lr", min_lr, optimizer)
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.eps = eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0
        self._last_lr = self._current()

    def step(self, metrics: SupportsFloat) -> None:  # type: ignore[override] # as in PyTorch
        """Look at the metric of an epoch, and reduce the learning rates if it is time.

        Args:
            metrics: a number, or a tensor without axes, as losses are.
        """
        self.last_epoch += 1
        metric = float(metrics)
        if self._improves(metric):
            self.best = metric
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self._current()

    def _improves(self, metric: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            bar = self.best * (1 + sign * self.threshold)
        else:
            bar = self.best + sign * self.threshold
        return metric < bar if self.mode == "min" else metric > bar

    def _reduce(self) -> None:
        floors = one_per_group(self, "min_lr", self.min_lr, self.optimizer)
        for group, floor in zip(self.optimizer.param_groups, floors, strict=True):
            rate = max(group["lr"] * self.factor, floor)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate
