"""Adadelta."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.kernel import constant

from .arithmetic import average_square, compiled, direction
from .blocks import blocks
from .checks import in_unit_interval, not_negative
from .optimizer import Optimizer
from .packing import elementwise

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    """Steps as long as the last ones were, so that no learning rate has to be chosen.

        g ← dJ/dp            (−dJ/dp with maximize)
        g ← g + weight_decay · p
        v ← rho · v + (1 − rho) g²
        d ← √(u + eps) / √(v + eps) · g
        u ← rho · u + (1 − rho) d²
        p ← p − lr · d

    Args:
        params: see `Optimizer`.
        lr: a factor for the step.
        rho: how much of v and u is kept, in [0, 1].
        eps: keeps the quotient finite, and starts the movement: the first step is about
            √(eps / (1 − rho)).
        weight_decay: strength of the L2 penalty weight_decay/2 · ||p||².
        maximize: climb instead of descend.

    Raises:
        ValueError: a negative lr, eps or weight_decay; rho outside [0, 1].

    State per parameter: "square_avg" (v), "acc_delta" (u).

    Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.
    """

    remembers = ("square_avg", "acc_delta")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize},
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range."""
        not_negative("Adadelta", options, "lr", "eps", "weight_decay")
        in_unit_interval("Adadelta", options, "rho")

    @elementwise
    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """One step of one parameter; see the class."""
        if not state:
            state.update(square_avg=np.zeros_like(p), acc_delta=np.zeros_like(p))
        rho = options["rho"]
        lr, eps = constant(float(options["lr"]), p.dtype), constant(options["eps"], p.dtype)
        arrays = p, g, state["square_avg"], state["acc_delta"]
        decay, maximize = options["weight_decay"], options["maximize"]
        if compiled("adadelta", arrays, maximize, decay, lr, eps, rho, 1 - rho):
            return
        for p_, g_, v, u, s, t, delta in blocks(*arrays, scratch=3):
            d = direction(p_, g_, decay, maximize, s)
            average_square(v, d, rho, t)
            np.sqrt(np.add(v, eps, t), t)
            np.sqrt(np.add(u, eps, delta), delta)
            delta /= t
            delta *= d
            average_square(u, delta, rho, t)
            delta *= lr
            p_ -= delta
