"""Layers that disturb the signal while learning, to make a network robust. Deck, part C."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import expect, generator

from . import functional
from .functional.dropout import checked_proportion
from .module import Module

__all__ = ["Corrupt", "Dropout", "GaussianNoise"]

Rng = np.random.Generator | int | None


class _Random(Module):
    """A layer that draws random numbers in training.

    Attributes:
        rng: its generator; None for the library's own, which `autograd.manual_seed` sets.
    """

    def __init__(self, rng: Rng) -> None:
        super().__init__()
        self.rng = None if rng is None else generator(rng)


class Dropout(_Random):
    """In training each feature is set to zero with probability p; at test time all are kept.

    Args:
        p: the proportion that is dropped.
        mode: where the expectation of a feature is kept. "inverted": in training what is left is
            divided by 1 − p, and nothing happens at test time, as in PyTorch. "deck": in training
            what is left stays as it is, and at test time all features are scaled by the
            proportion kept, 1 − p.
        rng: a generator or a seed for the zeros; None takes the one that `autograd.manual_seed`
            sets.

    Shape: any; the output has the input's.

    Raises:
        ValueError: p outside 0..1, or another mode.

    Backward: gradients of the dropped features are zero, those of the others scaled as they were.
    p = 0 is the identity, p = 1 gives zeros.

    Use it after fully-connected layers, but not the topmost. The training loss rises; the test
    error falls on small data sets, with little or no effect on large ones. Deck, part C; it writes
    the test-time factor as p, which is right for p the proportion that is *kept*.
    """

    def __init__(
        self, p: float = 0.5, inplace: bool = False, *, mode: str = "inverted", rng: Rng = None
    ) -> None:
        super().__init__(rng)
        self.p = checked_proportion("Dropout", p)
        if mode not in ("inverted", "deck"):
            raise ValueError(f"Dropout expects mode 'inverted' or 'deck', got {mode!r}")
        self.mode = mode

    def forward(self, z: Any) -> Any:
        """Features with zeros among them in training; all of them at test time."""
        if self.mode == "inverted":
            return functional.dropout(z, self.p, self.training, rng=self.rng)
        if self.training:
            return functional.corrupt(z, self.p, rng=self.rng)
        return z * (1 - self.p) if self.p else z

    def extra_repr(self) -> str:
        """The proportion, and the mode where it is not the usual one."""
        return f"p={self.p}" + ("" if self.mode == "inverted" else f", mode={self.mode!r}")


class Corrupt(_Random):
    """In training each element is set to zero with probability p, the others stay as they are.

    Args:
        p: the proportion of zeros.
        rng: a generator or a seed for the zeros; None takes the one that `autograd.manual_seed`
            sets.

    Shape: any; the output has the input's.

    Raises:
        ValueError: p outside 0..1.

    For a denoising autoencoder, which is to reconstruct the clean input: at the bottom it corrupts
    the input, further up intermediate features. At test time it does nothing, and nothing is
    rescaled: the zeros are part of the task. Deck, part C.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng = None) -> None:
        super().__init__(rng)
        self.p = checked_proportion("Corrupt", p)

    def forward(self, x: Any) -> Any:
        """The input with zeros in training, itself at test time."""
        return functional.corrupt(x, self.p, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """The proportion."""
        return f"p={self.p}"


class GaussianNoise(_Random):
    """In training y = x + ε with independent normal ε of mean 0; at test time y = x.

    Args:
        std: deviation of the noise, in the units of the input.
        rng: a generator or a seed for the noise; None takes the one that `autograd.manual_seed`
            sets.

    Shape: any; the output has the input's.

    Raises:
        ValueError: std < 0.
    """

    def __init__(self, std: float = 0.1, *, rng: Rng = None) -> None:
        super().__init__(rng)
        if not expect.number("GaussianNoise", "std", std) >= 0:
            raise ValueError(f"GaussianNoise expects std >= 0, got {std}")
        self.std = std

    def forward(self, x: Any) -> Any:
        """The input with noise in training, itself at test time."""
        return functional.gaussian_noise(x, self.std, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """The deviation."""
        return f"std={self.std}"
