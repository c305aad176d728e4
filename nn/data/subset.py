"""Parts of a data set."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import expect
from autograd.settings import generator
from nn.data.dataset import Dataset, stack


class Subset(Dataset):
    """Some samples of a data set, in an order of their own: sample i is ``dataset[indices[i]]``.

    Nothing is copied; a Subset of a Subset is one as well.

    Args:
        dataset: A `Dataset`, or any sequence of samples.
        indices: Positions in it, of shape (M,); negative ones count from the end, repeated ones
            give repeated samples. Or booleans of shape (N,), one per sample.

    Attributes:
        dataset: What it is a part of.
        indices: The positions, from 0 to N - 1, as an array.

    Raises:
        TypeError: ``indices`` are neither integers nor booleans.
        ValueError: ``indices`` are not in one dimension, or N booleans are expected and others
            came.
        IndexError: An index is outside the data set.
    """

    def __init__(self, dataset: Dataset | Sequence[Any], indices: ArrayLike) -> None:
        self.dataset = dataset
        self.indices = _positions(np.asarray(indices), _length("Subset", dataset))

    def __len__(self) -> int:
        """Count the samples of the part."""
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        """Give one sample; a slice or an array gives what the data set gives for many."""
        picked = self.indices[index]
        return self.dataset[int(picked) if picked.ndim == 0 else picked]

    def batch(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        """Gather the samples at ``indices`` of the part, as fast as the data set can."""
        picked = self.indices[indices]
        if isinstance(self.dataset, Dataset):
            return self.dataset.batch(picked)
        return stack([self.dataset[int(index)] for index in picked])


def random_split(
    dataset: Dataset | Sequence[Any],
    lengths: Sequence[int | float],
    rng: np.random.Generator | int | None = None,
) -> list[Subset]:
    """Cut a data set at random into parts that have no sample in common.

    Args:
        dataset: A `Dataset`, or any sequence of samples.
        lengths: Numbers of samples that add up to ``len(dataset)``; or fractions (at least one of
            them a float) that add up to 1. A fraction f gives ⌊f · N⌋ samples, and what is left
            over goes to the first parts, one sample each.
        rng: A generator or a seed; None takes the generator that ``autograd.manual_seed`` sets.

    Returns:
        A `Subset` for each length, in their order. The same seed gives the same parts.

    Raises:
        ValueError: The lengths are negative or do not add up.
        TypeError: A length is not a number.
    """
    total = _length("random_split", dataset)
    counts = _counts(lengths, total)
    order = generator(rng).permutation(total)
    ends = np.cumsum(counts)
    return [
        Subset(dataset, order[end - count : end]) for count, end in zip(counts, ends, strict=True)
    ]


def _length(who: str, dataset: Any) -> int:
    if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
        raise TypeError(
            f"{who} expects a data set with __len__ and __getitem__, got {type(dataset).__name__}"
        )
    return len(dataset)


def _positions(indices: NDArray[Any], length: int) -> NDArray[np.intp]:
    if indices.ndim != 1:
        raise ValueError(
            f"Subset: expected indices of shape (M,), got the shape {indices.shape}; "
            "pass a list of positions"
        )
    if indices.dtype.kind == "b":
        if len(indices) != length:
            raise ValueError(
                f"Subset: expected {length} booleans, one per sample, got {len(indices)}"
            )
        return np.flatnonzero(indices)
    if not len(indices):
        return np.zeros(0, dtype=np.intp)
    if indices.dtype.kind not in "iu":
        raise TypeError(
            f"Subset: expected integers or booleans as indices, got dtype {indices.dtype}"
        )
    outside = (indices < -length) | (indices >= length)
    if outside.any():
        raise IndexError(
            f"Subset: index {indices[outside][0]} is outside a data set of {length} samples"
        )
    positions = indices.astype(np.intp)
    return np.where(positions < 0, positions + length, positions)


def _counts(lengths: Sequence[int | float], total: int) -> list[int]:
    """How many samples each part gets."""
    lengths = [
        expect.number("random_split", "a length", n)
        for n in expect.items("random_split", "lengths", lengths)
    ]
    if any(length < 0 for length in lengths):
        raise ValueError(f"random_split: expected lengths of at least 0, got {list(lengths)}")
    if not any(isinstance(length, (float, np.floating)) for length in lengths):
        counts = [operator.index(length) for length in lengths]  # type: ignore[arg-type]
        if sum(counts) != total:
            raise ValueError(
                f"random_split: expected lengths that add up to the {total} samples of the data "
                f"set, got {counts}, together {sum(counts)}; fractions such as [0.8, 0.2] fit any "
                "data set"
            )
        return counts
    if not math.isclose(math.fsum(lengths), 1):
        raise ValueError(
            f"random_split: expected fractions that add up to 1, got {list(lengths)}, together "
            f"{math.fsum(lengths):g}; numbers of samples are integers"
        )
    counts = [math.floor(total * fraction) for fraction in lengths]
    for i in range(total - sum(counts)):
        counts[i % len(counts)] += 1
    return counts
