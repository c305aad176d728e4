"""NAdam: Adam with Nesterov momentum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.kernel import constant

from .arithmetic import average, average_square, compiled, direction
from .blocks import blocks
from .checks import betas_in_range, not_negative
from .optimizer import Optimizer
from .packing import elementwise

__all__ = ["NAdam"]


class NAdam(Optimizer):
    """Adam that looks ahead along its momentum, as nesterov does for SGD.

        g ← dJ/dp            (−dJ/dp with maximize)
        g ← g + weight_decay · p    (decoupled_weight_decay: p ← (1 − lr · weight_decay) p instead)
        μₜ = β1 (1 − ½ · 0.96^(t · momentum_decay)),  Πₜ = μ₁ μ₂ … μₜ    at step t
        m ← β1 m + (1 − β1) g
        v ← β2 v + (1 − β2) g²
        m̂ = μₜ₊₁ m / (1 − Πₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)
        p ← p − lr · m̂ / (√v̂ + eps)    with v̂ = v / (1 − β2ᵗ)

    Args:
        params: see `Optimizer`.
        lr: the learning rate.
        betas: β1 and β2, in [0, 1).
        eps: keeps the quotient finite where v is 0.
        weight_decay: strength of the L2 penalty weight_decay/2 · ||p||².
        momentum_decay: how fast μ rises to β1.
        decoupled_weight_decay: decay as AdamW does.
        maximize: climb instead of descend.

    Raises:
        ValueError: a negative lr, eps, weight_decay or momentum_decay; a beta outside [0, 1).

    State per parameter: "step" (t), "mu_product" (Πₜ), "exp_avg" (m), "exp_avg_sq" (v). Πₜ has
    double precision (in PyTorch the precision of its default dtype).

    Source: Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
    """

    remembers = ("step", "mu_product", "exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
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
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range."""
        not_negative("NAdam", options, "lr", "eps", "weight_decay", "momentum_decay")
        betas_in_range("NAdam", options)

    @elementwise
    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """One step of one parameter; see the class."""
        if not state:
            state.update(step=0, mu_product=1.0)
            state.update(exp_avg=np.zeros_like(p), exp_avg_sq=np.zeros_like(p))
        state["step"] += 1
        step, decay, slowness = state["step"], options["weight_decay"], options["momentum_decay"]
        lr, (beta1, beta2) = float(options["lr"]), options["betas"]
        shrink = 1 - lr * decay if options["decoupled_weight_decay"] and decay else 1.0
        penalty = 0.0 if options["decoupled_weight_decay"] else decay
        mu, following = (beta1 * (1 - 0.5 * 0.96 ** (t * slowness)) for t in (step, step + 1))
        state["mu_product"] *= mu
        # As in Adam, numerator and denominator are multiplied by the root in v̂.
        root = math.sqrt(1 - beta2**step)
        eps = constant(options["eps"] * root, p.dtype)
        of_g = constant(lr * root * (1 - mu) / (1 - state["mu_product"]), p.dtype)
        of_m = constant(lr * root * following / (1 - state["mu_product"] * following), p.dtype)
        arrays = p, g, state["exp_avg"], state["exp_avg_sq"]
        numbers = shrink, of_m, of_g, eps, beta1, 1 - beta1, beta2, 1 - beta2
        if compiled("nadam", arrays, options["maximize"], penalty, *numbers):
            return
        for p_, g_, m, v, s, t, change in blocks(*arrays, scratch=3):
            if shrink != 1:
                p_ *= constant(shrink, p.dtype)
            d = direction(p_, g_, penalty, options["maximize"], s)
            average(m, d, beta1, t)
            average_square(v, d, beta2, t)
            np.sqrt(v, t)
            t += eps
            np.multiply(m, of_m, change)
            change += np.multiply(d, of_g, s)
            change /= t
            p_ -= change
