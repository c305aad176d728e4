"""OneCycleLR: up to a large learning rate and down to a tiny one, momentum the other way."""

from __future__ import annotations

import math
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, one_per_group, require_optimizer

__all__ = ["OneCycleLR"]

# What a phase leads from and to: the names of entries in the parameter groups.
_UP = ("initial_lr", "max_lr", "max_momentum", "base_momentum")
_DOWN = ("max_lr", "initial_lr", "base_momentum", "max_momentum")
_ALL_THE_WAY_DOWN = ("max_lr", "min_lr", "base_momentum", "max_momentum")
_OUT = ("initial_lr", "min_lr", "max_momentum", "max_momentum")


class OneCycleLR(LRScheduler):
    """One cycle over a whole training; `step` is called after every mini-batch.

    lr goes from max_lr / div_factor to max_lr in the first pct_start of the steps, then to
    max_lr / div_factor / final_div_factor; momentum goes from max_momentum to base_momentum and
    back. From a to b, at the part x in [0, 1] of a phase:

        cos:     b + ½ (a − b) (1 + cos(π x))
        linear:  a + (b − a) x

    Args:
        optimizer, last_epoch: see `LRScheduler`.
        max_lr: the largest rate, or a list, one for each group.
        total_steps: mini-batches of the whole training; or give the next two.
        epochs, steps_per_epoch: total_steps is their product, if it is not given.
        pct_start: the part of the steps in which lr rises, in [0, 1].
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether to change momentum (β1 for an optimizer with betas).
        base_momentum, max_momentum: its smallest and largest value, or lists, one for each group.
        div_factor: max_lr by the first rate.
        final_div_factor: the first rate by the last.
        three_phase: come down as steeply as up, then sink for the rest of the steps.

    Raises:
        ValueError: an argument out of its range; cycle_momentum with an optimizer that has neither
            momentum nor betas; a step beyond total_steps.

    Source: Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2018.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        require_optimizer(self, optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError(
                    "OneCycleLR expects total_steps, or both epochs and steps_per_epoch, got "
                    f"epochs={epochs} and steps_per_epoch={steps_per_epoch}"
                )
            _positive_integers(epochs=epochs, steps_per_epoch=steps_per_epoch)
            total_steps = epochs * steps_per_epoch
        _positive_integers(total_steps=total_steps)
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR expects pct_start in [0, 1], got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"OneCycleLR expects anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}"
            )
        if cycle_momentum and not {"momentum", "betas"} & set(optimizer.defaults):
            raise ValueError(
                f"{type(optimizer).__name__} has neither momentum nor betas for OneCycleLR to "
                "change; pass cycle_momentum=False"
            )
        self.total_steps = total_steps
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.three_phase = three_phase
        tops = one_per_group(self, "max_lr", max_lr, optimizer)
        fast = one_per_group(self, "max_momentum", max_momentum, optimizer)
        slow = one_per_group(self, "base_momentum", base_momentum, optimizer)
        if last_epoch == -1:
            groups = zip(optimizer.param_groups, tops, fast, slow, strict=True)
            for group, top, largest, smallest in groups:
                first = top / div_factor
                group.update(initial_lr=first, max_lr=top, min_lr=first / final_div_factor)
                if cycle_momentum:
                    group.update(max_momentum=largest, base_momentum=smallest)
        super().__init__(optimizer, last_epoch)

    def step(self) -> None:
        """Set learning rate and momentum of the next mini-batch."""
        if self.last_epoch >= self.total_steps:
            raise ValueError(
                f"OneCycleLR was built for {self.total_steps} steps, and this would be step "
                f"{self.last_epoch + 1}; count mini-batches, not epochs, in total_steps"
            )
        super().step()

    def get_lr(self) -> list[float]:
        """The rates of this step; momentum is set on the way."""
        (start_lr, end_lr, start_momentum, end_momentum), x = self._phase()
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[start_lr], group[end_lr], x))
            if self.cycle_momentum:
                momentum = self._between(group[start_momentum], group[end_momentum], x)
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return rates

    def _phase(self) -> tuple[tuple[str, str, str, str], float]:
        """The phase of this step, and how far in it the step is, 1 at its end."""
        rise, last = self.pct_start * self.total_steps, self.total_steps - 1
        phases = [(rise - 1, _UP), (last, _ALL_THE_WAY_DOWN)]
        if self.three_phase:
            phases = [(rise - 1, _UP), (2 * rise - 2, _DOWN), (last, _OUT)]
        begin: float = 0
        while len(phases) > 1 and self.last_epoch > phases[0][0]:
            begin = phases.pop(0)[0]
        end, names = phases[0]
        # A phase of one step is at its end at once.
        return names, (self.last_epoch - begin) / (end - begin) if end != begin else 1.0

    def _between(self, start: Any, end: Any, x: float) -> Any:
        if self.anneal_strategy == "cos":
            return end + (start - end) / 2 * (math.cos(math.pi * x) + 1)
        return (end - start) * x + start


def _positive_integers(**values: Any) -> None:
    for name, value in values.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"OneCycleLR expects {name} to be an integer > 0, got {value!r}")
