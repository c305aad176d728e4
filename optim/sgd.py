"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import expect
from autograd.kernel import constant

from .arithmetic import compiled, direction
from .blocks import blocks
from .checks import not_negative
from .optimizer import Optimizer
from .packing import elementwise

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent on mini-batches, with momentum if wanted.

        g ← dJ/dp            (−dJ/dp with maximize)
        g ← g + weight_decay · p
        v ← g at the first step, then momentum · v + (1 − dampening) · g
        p ← p − lr · v       (nesterov: p − lr · (g + momentum · v); momentum = 0: p − lr · g)

    Args:
        params: see `Optimizer`.
        lr: the learning rate.
        momentum: how much of the last direction is kept.
        dampening: how much of the gradient is left out of v.
        weight_decay: strength of the L2 penalty weight_decay/2 · ||p||².
        nesterov: look ahead along v; needs momentum, and no dampening.
        maximize: climb instead of descend.

    Raises:
        ValueError: a negative lr, momentum or weight_decay; nesterov without momentum or with
            dampening.

    State per parameter: "momentum_buffer" (v).

    Source: Robbins and Monro, "A Stochastic Approximation Method", 1951; momentum: Polyak, "Some
    methods of speeding up the convergence of iteration methods", 1964; nesterov, in this form:
    Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """

    remembers = ("momentum_buffer",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError for options out of their range."""
        not_negative("SGD", options, "lr", "momentum", "weight_decay")
        expect.number("SGD", "dampening", options["dampening"])
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            raise ValueError(
                "SGD with nesterov=True expects momentum > 0 and dampening = 0, got momentum="
                f"{options['momentum']} and dampening={options['dampening']}"
            )

    @elementwise
    def update(self, p: Any, g: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        """One step of one parameter; see the class."""
        momentum, kept = options["momentum"], 1 - options["dampening"]
        decay, maximize = options["weight_decay"], options["maximize"]
        lr = constant(float(options["lr"]), p.dtype)
        ahead = constant(float(options["lr"]) * momentum, p.dtype) if options["nesterov"] else None
        buffer = state.get("momentum_buffer") if momentum else None
        first = buffer is None
        if momentum and first:
            buffer = state["momentum_buffer"] = np.empty_like(p)
        numbers = options["lr"], momentum, kept, options["nesterov"]
        if not first and compiled("sgd", (p, g, buffer), maximize, decay, *numbers):
            return
        for p_, g_, v, s in blocks(p, g, buffer, scratch=1):
            d = direction(p_, g_, decay, maximize, s)
            if v is not None:
                if first:
                    np.copyto(v, d, casting="same_kind")
                else:
                    v *= constant(momentum, p.dtype)
                    v += d if kept == 1 else d * constant(kept, p.dtype)
                if ahead is None:
                    d = v
                else:
                    p_ -= np.multiply(v, ahead, s if d is g_ else None)
            p_ -= np.multiply(d, lr, s)
