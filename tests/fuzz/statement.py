"""A program as data: its leaves and its statements, which print as the script that they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


class DisagreementError(Exception):
    """The tensors and the reference differ."""


class RefusedError(Exception):
    """A documented error."""


class BoomError(Exception):
    """Raised on purpose, in a hook or a rule."""


@dataclass(frozen=True)
class Leaf:
    """A variable of the program that nothing has computed."""

    name: str
    value: Any
    tracked: bool


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        kind: the name of a method of `Machine`, without the underscore.
        target: the name that is made, written, or differentiated.
        text: the expression of a let, a hook or a retain, the whole line of a write.
        inputs: the names that `text` reads; the second output of a "joint" backward.
        quiet: run it under `no_grad`.
        guard: a condition on the values of the first input: "distinct", "away from 0", "off steps".
        seed: the gradient that a backward begins with, or the factor of a hook (None: it looks).
        other: the seed of the second output, or the direction of a second derivative by leaf.
        retain: whether a backward keeps the graph.
        create: whether a backward records itself.
    """

    kind: str
    target: str
    text: str = ""
    inputs: tuple[str, ...] = ()
    quiet: bool = False
    guard: str = ""
    seed: Any = None
    other: Any = None
    retain: bool = True
    create: bool = False

    def __str__(self) -> str:
        line = _LINES.get(self.kind, "{text}").format(
            t=self.target,
            text=self.text,
            x=self.inputs[0] if self.inputs else "",
            seed=_literal(self.seed),
            other=_literal(self.other),
            keep=f"retain_graph={self.retain}, create_graph={self.create}",
        )
        return f"with no_grad(): {line}" if self.quiet else line


_LINES = {
    "let": "{t} = {text}",
    "detach": "{t} = {x}.detach()",
    "hook": "{t} = {text}; {t}.register_hook(lambda g: g if {seed} is None else {seed} * g)",
    "retain": "{t} = {text}; {t}.retain_grad()",
    "backward": "{t}.backward({seed}, {keep})",
    "joint": "backward([{t}, {x}], [{seed}, {other}], {keep})",
    "gradients": "gradients({t}, leaves_and_retained, {seed})",
    "second": "gs = gradients({t}, leaves, {seed}, create_graph=True); "
    "gradients(sum(np.sum(g * d) for g, d in zip(gs, {other}.values())), leaves)",
    "raise": "{t}.register_hook(raises); {t}.backward(...)",
    "del": "del {t}",
}


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_literal(v)}" for k, v in value.items()) + "}"
    if not isinstance(value, (np.ndarray, np.generic)):
        return repr(value)
    array = f"np.array({value.tolist()})"
    return array if value.size else f"{array}.reshape({value.shape})"
