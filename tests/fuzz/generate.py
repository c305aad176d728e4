"""Draws statements that fit the variables of a program as they are."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from .machine import Leaf, Machine, Statement

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

_UNARY = [
    "np.sin({x})", "np.cos({x})", "np.tanh({x})", "np.arctan({x})", "np.exp(np.sin({x}))",
    "np.exp(-np.square({x}))", "np.log(2 + np.sin({x}))", "np.sqrt(1 + {x} * {x})", "-{x}", "+{x}",
    "1 / (2 + np.cos({x}))", "{x} ** 2", "{x} * 3.0", "2.0 - {x}", "{x} / 2", "np.float64(0.5) * {x}",
    "np.expm1(np.tanh({x}))", "np.log1p(np.square({x}))", "np.sinh(np.tanh({x}))", "np.floor({x})",
    "{x} * 1", "np.positive({x})", "np.copy({x})", "np.square({x})", "np.reciprocal(2 + np.sin({x}))",
    "(1.5 + np.sin({x})) ** 1.5", "2.0 ** np.sin({x})" if False else "np.negative({x})",
]  # fmt: skip
_GUARDED = [
    ("abs({x})", "away from 0"), ("np.abs({x})", "away from 0"), ("np.maximum({x}, 0.0)", "away from 0"),
    ("np.minimum({x}, 0)", "away from 0"), ("np.sign({x})", "away from 0"), ("np.max({x})", "distinct"),
    ("np.min({x}, axis=-1)", "distinct"), ("np.max({x}, axis=0, keepdims=True)", "distinct"),
    ("np.sort({x}, axis=-1)", "distinct"), ("np.sort({x}, axis=None)", "distinct"),
    ("np.clip({x}, 0, 100)", "away from 0"), ("np.where({x} > 0, {x}, 0.5 * {x})", "away from 0"),
]  # fmt: skip
_BINARY = [
    "{x} + {y}", "{x} - {y}", "{x} * {y}", "{x} / (2 + np.square({y}))", "np.multiply({x}, {y})",
    "np.add({x}, {y})", "np.outer({x}, {y})", "{x} @ {y}", "np.dot({x}, {y})", "np.matmul({x}, {y})",
    "(1.5 + np.sin({x})) ** np.cos({y})", "np.concatenate([np.ravel({x}), np.ravel({y})])",
    "np.stack([{x}, {y}])", "np.append({x}, {y})", "np.vstack([{x}, {y}])", "np.hstack([{x}, {y}])",
    "np.concatenate([{x}, {y}], axis=-1)", "np.where(np.arange(np.size({x})).reshape(np.shape({x})) % 2 == 0, {x}, {y})",
    "np.tensordot({x}, {y}, 1)", "np.kron({x}, {y})", "np.subtract({x}, {y})",
]  # fmt: skip
_REDUCE = [
    "np.sum({x})", "np.sum({x}, axis={a})", "np.sum({x}, axis={a}, keepdims=True)", "np.prod({x})",
    "np.prod({x}, axis={a})", "np.cumsum({x}, axis={a})", "np.cumsum({x})", "np.cumprod({x})",
    "np.diff({x}, axis={a})", "np.trace({x})", "np.mean({x}, axis={a})", "np.mean({x})",
    "np.einsum('ij,kj->ik', {x}, {x})", "np.einsum('i,i->', {x}, {x})", "np.diag({x})",
]  # fmt: skip
_SHAPE = [
    "{x}.T", "np.transpose({x})", "np.reshape({x}, -1)", "{x}.reshape(-1)", "np.ravel({x})",
    "{x}.flatten()", "{x}[None]", "np.expand_dims({x}, -1)", "np.squeeze({x})", "np.flip({x})",
    "np.flip({x}, {a})", "np.swapaxes({x}, 0, -1)", "np.moveaxis({x}, 0, -1)", "{x}[::-1]", "{x}[...]",
    "{x}[0]", "{x}[-1]", "{x}[1:]", "{x}[:-1]", "{x}[::2]", "{x}[..., 0]", "{x}[..., 1:]", "{x}[:, 0]",
    "{x}[:, ::-1]", "{x}[1:][:1]", "{x}[[0, -1, 0]]", "{x}[np.array([1, 0])]", "{x}[..., [0, 0]]",
    "np.roll({x}, 1)", "np.roll({x}, 1, {a})", "np.repeat({x}, 2, axis={a})", "np.tile({x}, 2)",
    "np.broadcast_to({x}, (2,) + np.shape({x}))", "np.split({x}, 2)[0]", "np.split({x}, 2)[1]",
    "np.array_split({x}, 2)[1]", "np.atleast_1d({x})", "np.atleast_2d({x})", "np.rot90({x})",
    "{x}.copy()", "np.tril({x})", "np.triu({x})", "np.take({x}, [0, -1], axis={a})", "np.pad({x}, 1)",
    "np.delete({x}, 0, axis={a})", "np.diagonal({x})", "np.einsum('ij->ji', {x})", "np.reshape({x}, (2, -1))",
    "np.reshape({x}, (-1, 1))", "{x}.ravel()", "{x}.T[1:]", "{x}[0][1:]", "{x}.reshape(-1)[1:]",
    "np.reshape({x}, (7, 5))", "{x}[9]", "np.meshgrid(np.ravel({x}), np.ravel({x}))[0]",
    "np.insert({x}, 0, 1.0, axis={a})", "np.fliplr({x})", "np.flipud({x})", "np.hsplit({x}, 2)[1]",
    "np.take_along_axis({x}, np.zeros((1,) * np.ndim({x}), int), {a})", "explode({x})" if False else "{x}[:2]",
]  # fmt: skip
_PLACES = [
    "", "", "[...]", "[0]", "[-1]", "[1:]", "[:-1]", "[::2]", "[::-1]", "[..., 0]", "[..., 1:]", "[:, 0]",
    "[[0, -1]]", "[[0, 0]]", "[np.array([1, 0])]", "[0, 0]", "[0, ..., 1:]", "[1:, :1]", "[:2]",
]  # fmt: skip
_VALUES = [
    "0.5", "2", "{y}", "{y}", "{y}", "{y} * {y}", "np.sin({y})", "{t}", "{t}{p}", "{t}.T", "{t}[::-1]", "{t}[:-1]",
    "{t}[1:]", "{t}[0]", "{t}[-1]", "np.sum({t})", "{y}{p}", "{t}[..., :1]", "2 * {t}", "np.mean({y})",
]  # fmt: skip
# An element takes single numbers only: in an array of objects NumPy would store a whole array.
_NUMBERS = ["0.5", "np.sum({t})", "np.sum({y})", "np.sum(np.sin({t}))", "np.sum({y}) * 2.0"]
_OPERATORS = ["=", "=", "=", "+=", "-=", "*=", "+=", "*=", "/=", "@=", "**="]


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


def statement(rng: random.Random, machine: Machine, number: int) -> Statement:
    """One more statement for the program that `machine` is running."""
    names = machine.names()
    roll = rng.random()
    if roll < 0.03 and len(names) > 4:
        return Statement("del", rng.choice([n for n in names if n[0] != "x"] or names))
    if roll < 0.13:
        return _backward(rng, machine, names)
    if roll < 0.40:
        return _write(rng, machine, names)
    if roll < 0.43:
        return Statement("detach", f"v{number}", inputs=(rng.choice(names),))
    if roll < 0.45:
        return Statement("raise", rng.choice(names), seed=rng.random() < 0.5)
    text, inputs, guard = _expression(rng, names)
    hook = roll < 0.52
    return Statement(
        "hook" if hook else "let",
        f"v{number}",
        text,
        inputs,
        quiet=not hook and rng.random() < 0.05,
        guard=guard,
        seed=rng.choice([None, None, 2.0, -0.5]) if hook else None,
    )


def _recent(rng: random.Random, names: list[str]) -> str:
    """A name, rather a late one: programs are to grow deep."""
    return names[max(rng.randrange(len(names)), rng.randrange(len(names)))]


def _expression(rng: random.Random, names: list[str]) -> tuple[str, tuple[str, ...], str]:
    x, y = _recent(rng, names), rng.choice(names)
    guard = ""
    roll = rng.random()
    if roll < 0.30:
        text = rng.choice(_UNARY)
    elif roll < 0.36:
        text, guard = rng.choice(_GUARDED)
    elif roll < 0.52:
        text = rng.choice(_BINARY)
    elif roll < 0.62:
        text = rng.choice(_REDUCE)
    else:
        text = rng.choice(_SHAPE)
    inputs = (x, y) if "{y}" in text else (x,)
    return text.format(x=x, y=y, a=rng.choice([0, 0, -1, 1])), inputs, guard


def _write(rng: random.Random, machine: Machine, names: list[str]) -> Statement:
    made = [n for n in names if n[0] == "v"] or names
    target = rng.choice(made if rng.random() < 0.95 else names)
    y = rng.choice(names)
    place = rng.choice(_PLACES) if machine.tensor(target).ndim else ""
    operator = rng.choice(_OPERATORS)
    if operator == "=" and not place:
        place, operator = ("[...]", "=") if machine.tensor(target).ndim else ("", "+=")
    element = place and not np.ndim(_selected(machine.tensor(target).shape, place))
    value = rng.choice(_NUMBERS if element else _VALUES)
    if operator == "@=":
        place, value = "", rng.choice(["{t}", "{t}.T", "{t}[::-1]"])
    elif operator == "/=":
        value = "(2 + np.sum(np.square({y})))" if element else "(2 + np.square({y}))"
    elif operator == "**=":
        value = "2"
    text = f"{target}{place} {operator} " + value.format(t=target, y=y, p=place)
    used = {target} | ({y} if "{y}" in value else set())
    return Statement("write", target, text, tuple(sorted(used)), quiet=rng.random() < 0.06)


def _selected(shape: tuple[int, ...], place: str) -> Any:
    try:
        return eval(f"a{place}", {"a": np.zeros(shape), "np": np})
    except IndexError:
        return np.zeros(1)


def _backward(rng: random.Random, machine: Machine, names: list[str]) -> Statement:
    name = _recent(rng, names)
    shape = machine.tensor(name).shape
    numbers = np.random.default_rng(rng.randrange(2**32))
    seed: Any = np.round(numbers.uniform(-1, 1, shape), 2)
    kind = "gradients" if rng.random() < 0.3 else "backward"
    return Statement(kind, name, seed=seed, retain=rng.random() < 0.85)
