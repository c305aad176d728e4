"""From a data set to mini-batches."""

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from autograd.settings import generator
from autograd.tensor import wrap
from nn.data.dataset import Dataset, stack


class DataLoader:
    """Goes through a data set in mini-batches, each a tuple of Tensors with a first axis of B.

    Every pass takes each sample exactly once (with ``drop_last``, at most once)::

        for x, y in DataLoader(TensorDataset(features, labels), batch_size=32, shuffle=True):
            ...

    The order depends on the generator alone: the same seed gives the same sequence of epochs, each
    in an order of its own. It is drawn when a pass begins.

    Args:
        dataset: A `Dataset`, or any sequence of samples (a list of ``(features, label)``).
        batch_size: B, the number of samples in a batch; the last one has what is left over.
        shuffle: Take the samples in a new random order at each pass, instead of 0, 1, 2, ...
        drop_last: Leave out a last batch of fewer than ``batch_size`` samples.
        rng: A seed or a ``numpy.random.Generator`` for the order; None takes the generator that
            ``autograd.manual_seed`` sets.

    Raises:
        TypeError: ``batch_size`` is not an integer, ``dataset`` has no length or no items, or
            ``rng`` is neither a seed nor a generator.
        ValueError: ``batch_size`` is less than 1.
    """

    def __init__(
        self,
        dataset: Dataset | Sequence[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        rng: int | np.random.Generator | None = None,
    ) -> None:
        if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
            raise TypeError(
                "DataLoader: expected a data set with __len__ and __getitem__, got "
                f"{type(dataset).__name__}; wrap arrays in TensorDataset, an iterator in list()"
            )
        self.dataset = dataset
        self.batch_size = _positive_integer(batch_size)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.rng = None if rng is None else generator(rng)

    def __len__(self) -> int:
        """Count the batches of one pass: N / B, rounded up, or down with ``drop_last``."""
        samples = len(self.dataset)
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """Begin a pass: draw its order, then give one batch after the other."""
        # The order is drawn here, not at the first batch, so that two passes begun one after the
        # other get the same orders however their batches are interleaved.
        return self._batches(self._order())

    def _order(self) -> NDArray[np.intp]:
        if not self.shuffle:
            return np.arange(len(self.dataset), dtype=np.intp)
        # None is looked up at each pass: a later manual_seed counts for a loader made before it.
        return generator(self.rng).permutation(len(self.dataset)).astype(np.intp, copy=False)

    def _batches(self, order: NDArray[np.intp]) -> Iterator[tuple[Tensor, ...]]:
        short = len(order) % self.batch_size if self.drop_last else 0
        for start in range(0, len(order) - short, self.batch_size):
            fields = self._gather(order[start : start + self.batch_size])
            yield tuple(map(wrap, fields))

    def _gather(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        if isinstance(self.dataset, Dataset):
            return self.dataset.batch(indices)
        return stack([self.dataset[int(index)] for index in indices])


def _positive_integer(batch_size: int) -> int:
    try:
        size = operator.index(batch_size)
    except TypeError:
        raise TypeError(
            f"DataLoader: expected an integer as batch_size, got {batch_size!r}; "
            "the whole data set is batch_size=len(dataset)"
        ) from None
    if size < 1:
        raise ValueError(
            f"DataLoader: expected a batch_size of at least 1, got {size}; "
            "the whole data set is batch_size=len(dataset)"
        )
    return size
