"""Adagrad."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.kernel import constant

from .arithmetic import compiled, direction
from .blocks import blocks
from .checks import not_negative
from .optimizer import Optimizer
from .packing import elementwise

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Divides the gradient by the root of the sum of all its squares so far.

        g ← dJ/dp            (−dJ/dp with maximize)
        g ← g + weight_decay · p
        s ← s + g²           (s = initial_accumulator_value at first)
        p ← p − lr / (1 + (t − 1) · lr_decay) · g / (√s + eps)    at step t

    Args:
        params: see `Optimizer`.
        lr: the learning rate.
        lr_decay: how the learning rate falls with the number of steps.
        weight_decay: strength of the L2 penalty weight_decay/2 · ||p||².
        initial_accumulator_value: where s starts; each group may have its own.
        eps: keeps the quotient finite where s is 0.
        maximize: climb instead of descend.

    Raises:
        ValueError: a negative number among them.

    State per parameter: "step" (t), "sum" (s); it begins with the first step (in PyTorch, when the
    optimizer is built).

    Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and
    Stochastic Optimization", 2011.
    """

    remembers = ("step", "sum")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range."""
        names = "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"
        not_negative("Adagrad", options, *names)

    @elementwise
    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """One step of one parameter; see the class."""
        if not state:
            start = options["initial_accumulator_value"]
            state.update(step=0, sum=np.full_like(p, start))
        rate = float(options["lr"]) / (1 + state["step"] * options["lr_decay"])
        lr, eps = constant(rate, p.dtype), constant(options["eps"], p.dtype)
        state["step"] += 1
        arrays = p, g, state["sum"]
        decay, maximize = options["weight_decay"], options["maximize"]
        if compiled("adagrad", arrays, maximize, decay, lr, eps):
            return
        for p_, g_, total, s, t in blocks(*arrays, scratch=2):
            d = direction(p_, g_, decay, maximize, s)
            total += np.multiply(d, d, t)
            np.sqrt(total, t)
            t += eps
            np.divide(d, t, t)
            t *= lr
            p_ -= t
