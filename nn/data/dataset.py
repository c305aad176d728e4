"""Data sets: anything that has a length and can be asked for its i-th sample."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Dataset(ABC):
    """Samples numbered from 0 to ``len(dataset) - 1``.

    A subclass says how many samples there are and what the i-th one is: a tuple of fields, such as
    ``(features, label)``, each of them a number or an array whose shape is the same in every
    sample. One field alone may stand without its tuple.

    A subclass that can fetch many samples faster than one by one also overrides `batch`.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Count the samples."""

    @abstractmethod
    def __getitem__(self, index: Any) -> Any:
        """Give the sample at a position."""

    def batch(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        """Gather the samples at ``indices``, shape (B,): an array of shape (B, ...) per field.

        Raises:
            ValueError: The samples differ in their number of fields or in a field's shape.
            TypeError: A field is not made of numbers.
        """
        return stack([self[int(index)] for index in indices])


class TensorDataset(Dataset):
    """Arrays that run in parallel: sample i is the tuple of the i-th rows.

    ``dataset[i]`` is a tuple of rows, ``dataset[indices]`` (a slice or an array of integers or
    booleans) a tuple of whole batches, gathered by one fancy index per array. The arrays are kept
    as they are, not copied.

    Args:
        *arrays: One array per field, of shapes (N, ...) with the same N. A Tensor counts as its
            array, and must not be part of a record: ``detach()`` it.

    Raises:
        TypeError: There is no array.
        ValueError: An array has no dimension to run along, or the lengths differ.
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        if not arrays:
            raise TypeError(
                "TensorDataset: expected at least one array, got none; "
                "pass one per field, as in TensorDataset(features, labels)"
            )
        self.arrays: tuple[NDArray[Any], ...] = tuple(np.asarray(array) for array in arrays)
        for position, array in enumerate(self.arrays):
            if array.ndim == 0:
                raise ValueError(
                    f"TensorDataset: expected arrays of shape (N, ...), but array {position} has "
                    "shape (); a sample is a row, so reshape it to (1,) or leave it out"
                )
        if len({len(array) for array in self.arrays}) > 1:
            shapes = ", ".join(str(array.shape) for array in self.arrays)
            raise ValueError(
                f"TensorDataset: expected arrays of one length, got the shapes {shapes}; "
                "cut or fill them so that row i of each belongs to sample i"
            )

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        """Index every array alike: with an integer, a slice or an array of either kind."""
        return tuple(array[index] for array in self.arrays)

    def batch(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        """Gather the rows at ``indices``, shape (B,), by one fancy index per array."""
        return self[indices]


def stack(samples: Sequence[Any]) -> tuple[NDArray[Any], ...]:
    """Turn a list of samples into one array per field, of shape (number of samples, ...).

    A sample that is not a tuple or a list is taken as its only field.

    Raises:
        ValueError: There is no sample, or they differ in their number of fields or in a field's
            shape.
        TypeError: A field is not made of numbers.
    """
    if not samples:
        raise ValueError("a batch needs at least one sample, got none; pass more indices")
    rows = [sample if isinstance(sample, (tuple, list)) else (sample,) for sample in samples]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise ValueError(
            f"expected every sample to have the same number of fields, got {sorted(widths)}; "
            "return the same tuple from the data set for every index"
        )
    return tuple(
        _stack_field(position, field) for position, field in enumerate(zip(*rows, strict=True))
    )


def _stack_field(position: int, values: Sequence[Any]) -> NDArray[Any]:
    arrays = [np.asarray(value) for value in values]
    shapes = sorted({array.shape for array in arrays})
    if len(shapes) > 1:
        raise ValueError(
            f"field {position} of the samples: expected one shape, got {shapes[0]} and "
            f"{shapes[1]}; crop, pad or resize in the data set so that they can be stacked"
        )
    field = np.stack(arrays)
    if field.dtype.kind not in "biuf":
        raise TypeError(
            f"field {position} of the samples: expected numbers, got {type(values[0]).__name__} "
            f"(dtype {field.dtype}); return a tuple of numbers and arrays from the data set"
        )
    return field
