"""Two settings of the library: the dtype of new parameters, and the source of random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["default_dtype", "generator", "manual_seed", "set_default_dtype"]

_dtype: np.dtype[np.floating] = np.dtype(np.float32)
_generator: np.random.Generator | None = None


def default_dtype() -> np.dtype[np.floating]:
    """The dtype of parameters that are created without one; float32 unless set otherwise."""
    return _dtype


def set_default_dtype(dtype: DTypeLike) -> None:
    """Create parameters in `dtype` from now on; a floating dtype, else TypeError."""
    global _dtype
    wanted: np.dtype[Any] = np.dtype(dtype)
    if wanted.kind != "f":
        raise TypeError(
            f"set_default_dtype expects a floating dtype such as 'float32', got {wanted}"
        )
    _dtype = wanted


def manual_seed(seed: int) -> np.random.Generator:
    """Start the library's random numbers from `seed`; returns their generator."""
    global _generator
    _generator = np.random.default_rng(seed)
    return _generator


def generator(rng: np.random.Generator | int | None = None) -> np.random.Generator:
    """The generator that `rng` stands for: itself, a new one from a seed, or the library's own.

    Without `manual_seed` the library's own generator starts from the system's entropy.
    """
    global _generator
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool):
        return np.random.default_rng(int(rng))
    if rng is not None:
        raise TypeError(
            f"rng expects a numpy.random.Generator, a seed or None, got {type(rng).__name__}"
        )
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator
