"""From a data set to mini-batches."""

import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from autograd.settings import generator
from autograd.tensor import wrap
from nn.data.dataset import Dataset, stack
from nn.data.prefetch import ahead


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
        prefetch: How many batches a background thread may be ahead of the consumer; 0 gathers each
            batch when it is asked for. It pays where fetching a sample waits for a disk or a
            network, or spends its time in NumPy. Order and batches are the same for any number.
            The data set is then used by another thread: it must not draw from the generator that
            ``autograd.manual_seed`` sets, which dropout draws from in the meantime.

    An exception of the data set reaches the consumer at the batch it belongs to, also from the
    thread; the thread ends when the consumer stops early.

    Raises:
        TypeError: ``batch_size`` or ``prefetch`` is not an integer, ``dataset`` has no length or no
            items, or ``rng`` is neither a seed nor a generator.
        ValueError: ``batch_size`` is less than 1, or ``prefetch`` less than 0.
    """

    def __init__(
        self,
        dataset: Dataset | Sequence[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        rng: int | np.random.Generator | None = None,
        prefetch: int = 0,
    ) -> None:
        if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
            raise TypeError(
                "DataLoader: expected a data set with __len__ and __getitem__, got "
                f"{type(dataset).__name__}; wrap arrays in TensorDataset, an iterator in list()"
            )
        self.dataset = dataset
        self.batch_size = _integer(
            "batch_size", batch_size, 1, "the whole data set is batch_size=len(dataset)"
        )
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.rng = None if rng is None else generator(rng)
        self.prefetch = _integer("prefetch", prefetch, 0, "prefetch=0 does without a thread")

    def __len__(self) -> int:
        """Count the batches of one pass: N / B, rounded up, or down with ``drop_last``."""
        samples = len(self.dataset)
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """Begin a pass: draw its order, then give one batch after the other."""
        return self.iterate()

    def iterate(self, start: int = 0) -> Iterator[tuple[Tensor, ...]]:
        """Begin a pass at batch number ``start``.

        The order is drawn as for a whole pass; the batches before ``start`` are not gathered.
        """
        # The order is drawn here, not at the first batch, so that two passes begun one after the
        # other get the same orders however their batches are interleaved.
        batches = self._batches(self._order(), start)
        return self._tensors(ahead(batches, self.prefetch) if self.prefetch else batches)

    def state_dict(self) -> dict[str, Any]:
        """The state of the loader's own generator, under "rng"; None if it has none of its own."""
        return {"rng": None if self.rng is None else self.rng.bit_generator.state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the generator into a state that `state_dict` returned: the same orders follow.

        Raises:
            ValueError: The state is of another kind of generator, or one side has none.
        """
        saved = state["rng"]
        if (saved is None) != (self.rng is None):
            raise ValueError(
                f"DataLoader: expected the state of a loader {'without' if saved else 'with'} rng; "
                "build the loader as it was when the state was saved"
            )
        if self.rng is not None:
            self.rng.bit_generator.state = saved

    def _order(self) -> NDArray[np.intp]:
        if not self.shuffle:
            return np.arange(len(self.dataset), dtype=np.intp)
        # None is looked up at each pass: a later manual_seed counts for a loader made before it.
        return generator(self.rng).permutation(len(self.dataset)).astype(np.intp, copy=False)

    def _batches(self, order: NDArray[np.intp], start: int) -> Iterator[tuple[NDArray[Any], ...]]:
        size = self.batch_size
        short = len(order) % size if self.drop_last else 0
        for first in range(start * size, len(order) - short, size):
            yield self._gather(order[first : first + size])

    @staticmethod
    def _tensors(batches: Iterator[tuple[NDArray[Any], ...]]) -> Iterator[tuple[Tensor, ...]]:
        for fields in batches:
            yield tuple(map(wrap, fields))

    def _gather(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        if isinstance(self.dataset, Dataset):
            return self.dataset.batch(indices)
        return stack([self.dataset[int(index)] for index in indices])


def _integer(name: str, value: int, least: int, remedy: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"DataLoader: expected an integer as {name}, got {value!r}; {remedy}"
        ) from None
    if number < least:
        raise ValueError(
            f"DataLoader: expected a {name} of at least {least}, got {number}; {remedy}"
        )
    return number
