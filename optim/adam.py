"""Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .blocks import blocks
from .checks import in_unit_interval, not_negative
from .optimizer import Optimizer

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Steps of about lr for each parameter, whatever the size of its gradient.

        g ← dJ/dp            (−dJ/dp with maximize)
        g ← g + weight_decay · p
        m ← β1 m + (1 − β1) g
        v ← β2 v + (1 − β2) g²
        p ← p − lr · m̂ / (√v̂ + eps)    with m̂ = m / (1 − β1ᵗ), v̂ = v / (1 − β2ᵗ) at step t

    Args:
        params: see `Optimizer`.
        lr: the learning rate.
        betas: β1 and β2, in [0, 1).
        eps: keeps the quotient finite where v is 0.
        weight_decay: strength of the L2 penalty weight_decay/2 · ||p||².
        amsgrad: divide by the largest v so far.
        maximize: climb instead of descend.
        decoupled_weight_decay: decay as AdamW does.

    Raises:
        ValueError: a negative lr, eps or weight_decay; a beta outside [0, 1).

    State per parameter: "step" (t), "exp_avg" (m), "exp_avg_sq" (v), and with amsgrad
    "max_exp_avg_sq".

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015; amsgrad: Reddi et
    al., "On the Convergence of Adam and Beyond", 2018.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range."""
        name = type(self).__name__
        not_negative(name, options, "lr", "eps", "weight_decay")
        beta1, beta2 = options["betas"]
        in_unit_interval(name, "betas[0]", beta1)
        in_unit_interval(name, "betas[1]", beta2)

    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """One step of one parameter; see the class."""
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(p), exp_avg_sq=np.zeros_like(p))
        if options["amsgrad"] and "max_exp_avg_sq" not in state:
            state["max_exp_avg_sq"] = np.zeros_like(p)
        state["step"] += 1
        beta1, beta2 = options["betas"]
        lr, decay = options["lr"], options["weight_decay"]
        root = math.sqrt(1 - beta2 ** state["step"])
        # m̂ / (√v̂ + eps) = (root / (1 − β1ᵗ)) · m / (√v + eps · root): one division less.
        rate = -lr * root / (1 - beta1 ** state["step"])
        eps = options["eps"] * root
        largest = state["max_exp_avg_sq"] if options["amsgrad"] else None
        for p_, g_, m, v, top in blocks(p, g, state["exp_avg"], state["exp_avg_sq"], largest):
            if options["maximize"]:
                g_ = -g_
            if decay and options["decoupled_weight_decay"]:
                p_ *= 1 - lr * decay
            elif decay:
                g_ = g_ + decay * p_
            m *= beta1
            m += (1 - beta1) * g_
            v *= beta2
            square = g_ * g_
            square *= 1 - beta2
            v += square
            if top is not None:
                np.maximum(top, v, out=top)
                v = top
            change = np.sqrt(v, out=square)
            change += eps
            np.divide(m, change, out=change)
            change *= rate
            p_ += change


class AdamW(Adam):
    """Adam with decoupled weight decay: p ← (1 − lr · weight_decay) p before each step.

    Args and state: as `Adam`, with a weight_decay of 0.01 unless set otherwise.

    Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
        )
