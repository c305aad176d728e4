"""RMSprop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.kernel import constant

from .arithmetic import average, average_square, compiled, direction
from .blocks import blocks
from .checks import in_unit_interval, not_negative
from .optimizer import Optimizer
from .packing import elementwise

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Divides the gradient by a running root mean square of it.

        g ← dJ/dp            (−dJ/dp with maximize)
        g ← g + weight_decay · p
        v ← alpha · v + (1 − alpha) g²
        a ← alpha · a + (1 − alpha) g          (centered: then v − a² takes the place of v below)
        b ← momentum · b + g / (√v + eps)
        p ← p − lr · b                         (momentum = 0: p − lr · g / (√v + eps))

    Args:
        params: see `Optimizer`.
        lr: the learning rate.
        alpha: how much of v is kept, in [0, 1].
        eps: keeps the quotient finite where v is 0.
        weight_decay: strength of the L2 penalty weight_decay/2 · ||p||².
        momentum: how much of the last step is kept.
        centered: divide by an estimate of the standard deviation of g.
        maximize: climb instead of descend.

    Raises:
        ValueError: a negative lr, eps, weight_decay or momentum; alpha outside [0, 1].

    State per parameter: "square_avg" (v), with momentum "momentum_buffer" (b), and with centered
    "grad_avg" (a).

    Where g stays the same for long, v − a² may round to less than 0; it counts as 0 then (PyTorch
    goes on with NaN).

    Source: Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012; centered: Graves,
    "Generating Sequences With Recurrent Neural Networks", 2013.
    """

    remembers = ("square_avg", "momentum_buffer", "grad_avg")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "maximize": maximize,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range."""
        not_negative("RMSprop", options, "lr", "eps", "weight_decay", "momentum")
        in_unit_interval("RMSprop", options, "alpha")

    @elementwise
    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """One step of one parameter; see the class."""
        used = ["square_avg"]
        used += ["momentum_buffer"] if options["momentum"] else []
        used += ["grad_avg"] if options["centered"] else []
        for name in used:
            if name not in state:
                state[name] = np.zeros_like(p)
        alpha = options["alpha"]
        lr = constant(float(options["lr"]), p.dtype)
        eps = constant(options["eps"], p.dtype)
        momentum = constant(options["momentum"], p.dtype)
        buffer = state["momentum_buffer"] if options["momentum"] else None
        mean = state["grad_avg"] if options["centered"] else None
        arrays = p, g, state["square_avg"], buffer, mean
        decay, maximize = options["weight_decay"], options["maximize"]
        numbers = lr, eps, alpha, 1 - alpha
        if len(used) == 1 and compiled("rmsprop", arrays[:3], maximize, decay, *numbers):
            return
        for p_, g_, v, b, a, s, t in blocks(*arrays, scratch=2):
            d = direction(p_, g_, decay, maximize, s)
            average_square(v, d, alpha, t)
            if a is None:
                np.sqrt(v, t)
            else:
                average(a, d, alpha, t)
                np.multiply(a, a, t)
                np.subtract(v, t, t)
                np.sqrt(np.maximum(t, constant(0.0, p.dtype), out=t), t)
            t += eps
            np.divide(d, t, t)
            if b is None:
                t *= lr
            else:
                b *= momentum
                b += t
                np.multiply(b, lr, t)
            p_ -= t
