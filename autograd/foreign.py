"""Arrays of other libraries, such as PyTorch's tensors: read into NumPy, or refused by their name.

They are told by the protocols that libraries share, `__dlpack__` and `__array__`; none is imported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

__all__ = ["is_foreign", "read"]


def is_foreign(value: Any) -> bool:
    """Whether `value` is an array of another library than NumPy."""
    kind = type(value)
    return (hasattr(kind, "__dlpack__") or hasattr(kind, "__array__")) and not isinstance(
        value, (ndarray, np.generic)
    )


def read(value: Any) -> Any:
    """The values of a foreign array as NumPy's, perhaps in the same memory.

    Raises TypeError, with its full name, where it does not give them away: a tensor of PyTorch that
    requires a gradient, one on another device, one of a dtype that NumPy lacks.
    """
    try:
        return np.from_dlpack(value) if hasattr(value, "__dlpack__") else np.asarray(value)
    except Exception as error:
        name = f"{type(value).__module__}.{type(value).__qualname__}"
        raise TypeError(
            f"expected numbers that NumPy can read, got a {name}, which does not give them away "
            f"({error}); its graph, device or dtype is not known here. Write "
            "Tensor(t.detach().cpu().numpy()), after t.float() for a dtype that NumPy lacks"
        ) from None
