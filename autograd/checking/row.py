"""All inputs of a problem as one row of elements, which move together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from .problem import Problem, vector

__all__ = ["Row"]

# Gradients are of one size if none is this many times another.
_ONE_SIZE = 1e3


class Row:
    """The elements of all inputs.

    Attributes:
        starts, spans: where each input begins, and its part: pairs of first and last + 1.
        point: the values.
        sizes: of the values, at least 1: a move is meant beside those.
        scale: how much shorter than usual a step has to be. All elements move at once: what f
            computes on the way moves further than any of them.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.starts = list(itertools.accumulate((v.size for v in problem.values), initial=0))
        self.spans = list(itertools.pairwise(self.starts))
        self.point = vector(problem.values)
        self.sizes = np.fmax(np.abs(self.point), 1.0)
        self.scale = 2.0 ** -round(math.log2(self.point.size) / 4)

    def joined(self, gradients: Sequence[ndarray | None]) -> ndarray:
        """The gradients of all inputs as one row."""
        pairs = zip(gradients, self.problem.values, strict=True)
        return np.concatenate([np.zeros(v.size) if g is None else g.reshape(-1) for g, v in pairs])

    def moved(self, moves: ndarray) -> ndarray:
        """The outputs at the point + each of `moves`, which become those points."""
        moves += self.point
        parts = [
            moves[:, i:j].reshape(len(moves), *v.shape).astype(v.dtype, copy=False)
            for v, (i, j) in zip(self.problem.values, self.spans, strict=True)
        ]
        evaluate = self.problem.evaluate
        return np.array([evaluate([part[k, ...] for part in parts]) for k in range(len(moves))])

    def groups(self, gradient: ndarray) -> list[list[int]]:
        """The inputs, those together whose gradients are of one size: none hides another."""
        norms = {}
        for which, (start, end) in enumerate(self.spans):
            if start < end:
                part = gradient[start:end]
                norms[which] = math.sqrt(part.dot(part) / (end - start))
        groups: list[list[int]] = []
        for which in sorted(norms, key=lambda k: -norms[k]):
            alike = groups and norms[which] * _ONE_SIZE > norms[groups[-1][0]]
            if alike and norms[which]:
                groups[-1].append(which)
            else:
                groups.append([which])
        return groups
