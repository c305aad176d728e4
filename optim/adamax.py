"""Adamax: Adam with the infinity norm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.kernel import constant

from .arithmetic import average, compiled, direction
from .blocks import blocks
from .checks import betas_in_range, not_negative
from .optimizer import Optimizer
from .packing import elementwise

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """Adam that divides by the largest recent gradient in place of its root mean square.

        g ← dJ/dp            (−dJ/dp with maximize)
        g ← g + weight_decay · p
        m ← β1 m + (1 − β1) g
        u ← max(β2 u, |g| + eps)
        p ← p − lr / (1 − β1ᵗ) · m / u    at step t

    Args:
        params: see `Optimizer`.
        lr: the learning rate.
        betas: β1 and β2, in [0, 1).
        eps: keeps u away from 0.
        weight_decay: strength of the L2 penalty weight_decay/2 · ||p||².
        maximize: climb instead of descend.

    Raises:
        ValueError: a negative lr, eps or weight_decay; a beta outside [0, 1).

    State per parameter: "step" (t), "exp_avg" (m), "exp_inf" (u).

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, section 7.1.
    """

    remembers = ("step", "exp_avg", "exp_inf")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range."""
        not_negative("Adamax", options, "lr", "eps", "weight_decay")
        betas_in_range("Adamax", options)

    @elementwise
    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """One step of one parameter; see the class."""
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(p), exp_inf=np.zeros_like(p))
        state["step"] += 1
        beta1, beta2 = options["betas"]
        rate = constant(float(options["lr"]) / (1 - beta1 ** state["step"]), p.dtype)
        beta2, eps = constant(beta2, p.dtype), constant(options["eps"], p.dtype)
        arrays = p, g, state["exp_avg"], state["exp_inf"]
        decay, maximize = options["weight_decay"], options["maximize"]
        numbers = rate, eps, beta1, 1 - beta1, beta2
        if compiled("adamax", arrays, maximize, decay, *numbers):
            return
        for p_, g_, m, u, s, t in blocks(*arrays, scratch=2):
            d = direction(p_, g_, decay, maximize, s)
            average(m, d, beta1, t)
            np.abs(d, t)
            t += eps
            u *= beta2
            np.maximum(u, t, out=u)
            np.divide(m, u, t)
            t *= rate
            p_ -= t
