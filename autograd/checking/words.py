"""Factors in words."""

from __future__ import annotations

import math

from .view import FIT, Shape

__all__ = ["factor_in_words"]

_FACTORS = [
    (0.5, "half of it"),
    (2.0, "twice, as the exponent of a square"),
    (math.pi, "π"),
    (1 / math.pi, "1/π"),
    (math.tau, "2π"),
    (math.pi / 180, "π/180, degrees for radians"),
    (180 / math.pi, "180/π, radians for degrees"),
    (math.log(10), "ln 10"),
    (1 / math.log(10), "1/ln 10"),
    (math.log(2), "ln 2"),
    (1 / math.log(2), "1/ln 2"),
    (math.sqrt(2), "√2"),
    (1 / math.sqrt(2), "1/√2"),
]


def factor_in_words(factor: float, output: Shape, input: Shape) -> str:
    """Where such a factor usually comes from: a number of elements, a constant; or nothing."""
    counts: dict[int, str] = {}
    for of, shape in (("output", output), ("input", input)):
        counts.setdefault(math.prod(shape), f"the elements of the {of}")
    for of, shape in (("output", output), ("input", input)):
        for axis, length in enumerate(shape):
            counts.setdefault(length, f"the length of axis {axis} of the {of}")
    known = list(_FACTORS)
    for n, what in counts.items():
        if n > 2:
            known += [
                (n, f"n = {n}, {what}"),
                (1 / n, f"1/n, n = {n}, {what}"),
                (math.sqrt(n), f"√n, n = {n}, {what}"),
                (1 / math.sqrt(n), f"1/√n, n = {n}, {what}"),
            ]
    fitting = [words for value, words in known if math.isclose(factor, value, rel_tol=FIT)]
    return ", or ".join(fitting[:2])
