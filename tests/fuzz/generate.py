"""Draws statements that fit the variables of a program as they are."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from . import texts
from .machine import Machine
from .statement import Leaf, Statement

_SHAPES = [
    (),
    (1,),
    (2,),
    (3,),
    (4,),
    (0,),
    (2, 2),
    (2, 3),
    (3, 3),
    (3, 1),
    (1, 4),
    (2, 0),
    (2, 2, 2),
]


def leaves(rng: random.Random) -> list[Leaf]:
    """One to three leaves that require a gradient, and perhaps a constant."""
    numbers = np.random.default_rng(rng.randrange(2**32))
    found: list[Leaf] = []
    kind = np.float32 if rng.random() < 0.05 else np.float64
    for i in range(rng.randint(1, 3)):
        shape = rng.choice(_SHAPES)
        found.append(Leaf(f"x{i}", numbers.uniform(-1.5, 1.5, shape).astype(kind), True))
    if rng.random() < 0.6:
        found.append(Leaf("c", numbers.uniform(-1.5, 1.5, rng.choice(_SHAPES)), False))
    return found


def statement(rng: random.Random, machine: Machine, number: int, smooth: bool) -> Statement:
    """One more statement for the program that `machine` is running.

    `smooth`: only statements that leave the second derivatives those of the values.
    """
    names = machine.names()
    roll = rng.random()
    if roll < 0.03 and len(names) > 4:
        return Statement("del", rng.choice([n for n in names if n[0] != "x"] or names))
    if roll < 0.13:
        return _backward(rng, machine, names, smooth)
    if roll < 0.40:
        return _write(rng, machine, names, smooth)
    if roll < 0.42:
        return Statement("raise", rng.choice(names), seed=rng.random() < 0.5)
    if roll < 0.45 and not smooth:
        return Statement("detach", f"v{number}", inputs=(rng.choice(names),))
    text, inputs, guard = _expression(rng, names)
    kind = rng.choice(["retain", "let" if smooth else "hook"]) if roll < 0.53 else "let"
    return Statement(
        kind,
        f"v{number}",
        text,
        inputs,
        quiet=kind == "let" and not smooth and rng.random() < 0.05,
        guard=guard,
        seed=rng.choice([None, None, 2.0, -0.5]) if kind == "hook" else None,
    )


def _recent(rng: random.Random, names: list[str]) -> str:
    """A name, rather a late one: programs are to grow deep."""
    return names[max(rng.randrange(len(names)), rng.randrange(len(names)))]


def _expression(rng: random.Random, names: list[str]) -> tuple[str, tuple[str, ...], str]:
    x, y = _recent(rng, names), rng.choice(names)
    guard = ""
    roll = rng.random()
    if roll < 0.30:
        text = rng.choice(texts.UNARY)
    elif roll < 0.36:
        guard = rng.choice(["distinct", "away from 0", "off steps"])
        text = rng.choice(texts.GUARDED[guard])
    elif roll < 0.52:
        text = rng.choice(texts.BINARY)
    elif roll < 0.62:
        text = rng.choice(texts.REDUCE)
    else:
        text = rng.choice(texts.SHAPE)
    inputs = (x, y) if "{y}" in text else (x,)
    return text.format(x=x, y=y, a=rng.choice([0, 0, -1, 1])), inputs, guard


def _write(rng: random.Random, machine: Machine, names: list[str], smooth: bool) -> Statement:
    made = [n for n in names if n[0] == "v"] or names
    target = rng.choice(made if rng.random() < 0.95 else names)
    y = rng.choice(names)
    place = rng.choice(texts.PLACES) if machine.tensor(target).ndim else ""
    operator = rng.choice(texts.OPERATORS)
    if operator == "=" and not place:
        place, operator = ("[...]", "=") if machine.tensor(target).ndim else ("", "+=")
    shape = machine.tensor(target).shape
    element = place and not np.ndim(_selected(shape, place.format(t="a")))
    value = rng.choice(texts.NUMBERS if element else texts.VALUES)
    if operator == "@=":
        place, value = "", rng.choice(["{t}", "{t}.T", "{t}[::-1]"])
    elif operator == "/=":
        value = "(2 + np.sum(np.square({y})))" if element else "(2 + np.square({y}))"
    elif operator == "**=":
        value = "2"
    if "==" in place or "True" in place:
        value = f"+({value})"  # through a mask NumPy reads a view that it has just written
    text = f"{{t}}{place} {operator} {value}"
    if rng.random() < 0.15:
        value = rng.choice(["0.5", "{y}", "{y} * {y}", "np.sin({y})", "{t} * {t}"])
        text = rng.choice(texts.WRITERS).replace("{v}", value)
    quiet = not smooth and rng.random() < 0.06
    used = {target} | ({y} if "{y}" in text else set())
    text = text.format(t=target, y=y, p=place.format(t=target), a=rng.choice([0, -1]))
    return Statement("write", target, text, tuple(sorted(used)), quiet)


def _selected(shape: tuple[int, ...], place: str) -> Any:
    try:
        return eval(f"a{place}", {"a": np.zeros(shape), "np": np})
    except IndexError:
        return np.zeros(1)


def _backward(rng: random.Random, machine: Machine, names: list[str], smooth: bool) -> Statement:
    numbers = np.random.default_rng(rng.randrange(2**32))

    def drawn(name: str) -> Any:
        return np.round(numbers.uniform(-1, 1, machine.tensor(name).shape), 2)

    name, other = _recent(rng, names), _recent(rng, names)
    kind = rng.choice(["second", "gradients", "backward"] if smooth else _FIRST)
    retain = rng.random() < 0.85
    if kind == "second":
        direction = {leaf: drawn(leaf) for leaf in machine.places if leaf in names}
        return Statement(kind, name, seed=drawn(name), other=direction, retain=retain)
    inputs = (other,) if kind == "joint" else ()
    create = rng.random() < 0.1
    return Statement(kind, name, "", inputs, False, "", drawn(name), drawn(other), retain, create)


_FIRST = ["joint", "gradients", "gradients", "backward", "backward", "backward", "backward"]
