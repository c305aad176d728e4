"""Embedding: a learned vector for each of V things."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, default_dtype, expect, generator, no_grad

from . import functional, init
from .functional.embedding import row_number
from .module import Module
from .parameter import Parameter

__all__ = ["Embedding"]


class Embedding(Module):
    """A table of V vectors of length D; the input says which rows to take.

    Args:
        num_embeddings: V.
        embedding_dim: D.
        padding_idx: a row that stands for nothing: it begins as zeros and does not learn. A
            negative one counts from the end.
        dtype: of the table; None takes `autograd.default_dtype()`.
        rng: a generator or a seed for the first values; None takes the one that
            `autograd.manual_seed` sets.

    Attributes:
        weight: the table, shape (V, D), at first normal with mean 0 and deviation 1.

    Shape:
        input: integers of any shape (*); output (*, D).

    Raises:
        IndexError: a number outside 0..V−1. TypeError: numbers that are not integers.

    A lookup is a fully-connected layer on one-hot vectors without a bias: dJ/d(row) is the sum of
    dJ/dy over all places where the row was taken.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: DTypeLike | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = expect.integer("Embedding", "num_embeddings", num_embeddings, 0)
        self.embedding_dim = expect.integer("Embedding", "embedding_dim", embedding_dim, 0)
        self.padding_idx = row_number(padding_idx, self.num_embeddings)
        kind = default_dtype() if dtype is None else np.dtype(dtype)
        self.weight = Parameter(np.zeros((self.num_embeddings, self.embedding_dim), kind))
        self.reset_parameters(rng)

    @classmethod
    def from_pretrained(
        cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None
    ) -> Self:
        """An Embedding with a table of shape (V, D) that exists; `freeze` keeps it from learning.

        Raises ValueError for a table that is not 2-d.
        """
        table = Parameter(embeddings, requires_grad=not freeze)
        if table.ndim != 2:
            raise ValueError(f"from_pretrained expects a table of shape (V, D), got {table.shape}")
        rows, length = table.shape
        layer = cls(rows, length, padding_idx, dtype=table.dtype, rng=0)
        layer.weight = table
        return layer

    def reset_parameters(self, rng: np.random.Generator | int | None = None) -> None:
        """Draw the table anew; the padding row is zeros."""
        init.normal_(self.weight, rng=generator(rng))
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor | Any) -> Any:
        """The rows whose numbers stand in `input`."""
        return functional.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Sizes, and the padding row."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
