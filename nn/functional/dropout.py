"""Random zeros and noise. Deck, part C (dropout, denoising autoencoder).

Random numbers are drawn before the op and are an input of it, so that its record can be run again:
by checkpointing, by a gradient check, for a picture.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Primitive, expect, generator, primitive

from .. import kernels
from .loss import with_shape

__all__ = ["corrupt", "dropout", "gaussian_noise"]

Rng = np.random.Generator | int | None


def dropout(input: Any, p: float = 0.5, training: bool = True, *, rng: Rng = None) -> Any:
    """Set each element to zero with probability p and divide the others by 1 - p.

    Args:
        input: any shape.
        p: proportion of zeros, 0 to 1; rounded so that it changes by less than a ten-thousandth.
        training: whether to do so; otherwise the input is returned.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.

    Raises:
        ValueError: p outside 0..1.
    """
    checked_proportion("dropout", p)
    if not training or p == 0:
        return input
    return _with_zeros(input, p, 1 / (1 - p) if p < 1 else 0.0, rng)


def corrupt(input: Any, p: float = 0.5, training: bool = True, *, rng: Rng = None) -> Any:
    """Set each element to zero with probability p and leave the others as they are.

    Args, Raises: as `dropout`.
    """
    checked_proportion("corrupt", p)
    return _with_zeros(input, p, 1.0, rng) if training and p else input


def gaussian_noise(input: Any, std: float = 0.1, training: bool = True, *, rng: Rng = None) -> Any:
    """Add normal random numbers of mean 0 and deviation `std` to each element.

    Args:
        input: any shape.
        std: the deviation of the noise, in the units of the input.
        training: whether to do so; otherwise the input is returned.
        rng: a generator or a seed; None takes the one that `autograd.manual_seed` sets.

    Raises:
        ValueError: std < 0.
    """
    if not expect.number("gaussian_noise", "std", std) >= 0:
        raise ValueError(f"gaussian_noise expects std >= 0, got {std}")
    if not training or std == 0:
        return input
    x = with_shape(input)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    # Drawn in float64 and rounded: one seed gives the same noise in every dtype.
    return x + (std * generator(rng).standard_normal(x.shape)).astype(dtype)


def checked_proportion(name: str, p: float) -> float:
    """Return `p` if it is in 0..1; TypeError for no number, else ValueError."""
    if not 0 <= expect.number(name, "p", p) <= 1:
        raise ValueError(f"{name} expects a proportion p of zeros between 0 and 1, got {p}")
    return p


def _with_zeros(input: Any, p: float, scale: float, rng: Rng) -> Any:
    x = with_shape(input)
    if p == 1:
        # Nothing is kept: zeros also where the input is infinite.
        scale = 0.0
    return masked(x, _kept(x.shape, p, generator(rng)), scale=scale)


def _kept(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> Any:
    """Booleans, each False with probability p: random bits below the threshold p.

    For 128 x 1024 elements a float each takes 255 us, 16 bits 90 us and 8 bits 50 us. As many bits
    are taken as make the rounding of p less than a ten-thousandth of the proportion, of zeros or of
    the others: 8 where 256 p is whole, 16 down to p = 0.05 or so, otherwise 32.
    """
    for kind in (np.uint8, np.uint16, np.uint32):
        values = 256 ** np.dtype(kind).itemsize
        threshold = min(round(p * values), values - 1)
        if abs(threshold - p * values) <= 1e-4 * min(threshold, values - threshold):
            break
    count = math.prod(shape)
    bits = _words(rng, -(-count * np.dtype(kind).itemsize // 8)).view(kind)
    return (bits[:count] >= kind(threshold)).reshape(shape)


def _words(rng: np.random.Generator, count: int) -> Any:
    """So many random integers of 64 bits.

    Most generators make just those; asked for them directly they take 34 us instead of 79.
    """
    random = np.random
    if isinstance(rng.bit_generator, (random.PCG64, random.PCG64DXSM, random.SFC64, random.Philox)):
        return rng.bit_generator.random_raw(count)
    return rng.integers(0, 2**64 - 1, count, np.uint64, endpoint=True)


def _masked(x: Any, keep: Any, scale: float = 1.0) -> Any:
    if not scale:
        return np.zeros_like(x)
    out = x * keep
    if scale != 1:
        out *= scale
    return out


# Linear in x, and its own transpose.
masked: Primitive = primitive(
    _masked,
    lambda g, out, x, keep, *, scale=1.0: masked(g, keep, scale=scale),
    None,
    name="dropout",
)
masked.kernel = kernels.masked
