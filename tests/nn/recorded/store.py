"""Many small arrays in one small file: their numbers in a row, and an index of names and shapes."""

import json
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("torch.npz")


def write(arrays: dict[str, Any]) -> None:
    """Write the arrays, as float64."""
    index, flat = {}, []
    for name, array in arrays.items():
        index[name] = list(np.shape(array))
        flat.append(np.ravel(np.asarray(array, dtype=np.float64)))
    text = np.frombuffer(json.dumps(index).encode(), np.uint8)
    np.savez_compressed(FILE, index=text, values=np.concatenate(flat))


def read() -> dict[str, Any]:
    """Read the arrays by their names."""
    with np.load(FILE, allow_pickle=False) as file:
        index, values = json.loads(file["index"].tobytes()), file["values"]
    arrays, start = {}, 0
    for name, shape in index.items():
        size = int(np.prod(shape))
        arrays[name] = values[start : start + size].reshape(shape)
        start += size
    return arrays
