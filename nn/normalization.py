"""Normalization: each feature brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, default_dtype, expect, no_grad
from autograd.clock import stamp

from . import functional, init
from .functional.loss import with_shape
from .module import Module
from .parameter import Parameter
from .population import Calibrated, measured

__all__ = ["BatchNorm1d", "LayerNorm"]


class BatchNorm1d(Module, Calibrated):
    """y = γ (x − μ) / √(σ² + ε) + β, each channel with its own μ, σ², γ and β.

    Args:
        num_features: C, the number of channels.
        eps: ε. The deck writes (x − μ)/(σ + ε); under the root is the practice.
        momentum: m of the running estimate x ← (1 − m) x + m x̂; None for the plain average of all
            batches so far.
        affine: whether there are γ and β; they are learned.
        track_running_stats: whether there are running estimates; without them the statistics are
            those of the batch at all times.
        test_stats: what μ and σ² are at test time (`eval()`), the deck's three choices.
            "batch": of the current batch. "running": the running estimates. "population": of the
            whole training set, computed layer by layer by `model.recalibrate(loader)`.
        dtype: of parameters and estimates; None takes `autograd.default_dtype()`.

    Attributes:
        weight, bias: γ and β of shape (C,), at first 1 and 0; None with `affine=False`.
        running_mean, running_var: the estimates, shape (C,), at first 0 and 1; buffers.
        num_batches_tracked: how many batches they come from; a buffer.

    Shape:
        (N, C) or (N, C, L); the output has the input's. Statistics are over N, and L.

    Raises:
        ValueError: an input of another shape; in training a single value per channel.
        RuntimeError: "population" at test time, without statistics of the present parameters.

    In training μ and σ² are those of the mini-batch: σ² divides by the number of values n, the
    estimate of it for test time by n − 1. An empty batch changes no estimate.

    Backward, with z = (x − μ)/√(σ² + ε): dJ/dβ = Σ dJ/dy, dJ/dγ = Σ z dJ/dy, and
    dJ/dx = γ/√(σ² + ε) (dJ/dy − mean(dJ/dy) − z mean(z dJ/dy)).

    With "population" training leaves the estimates alone, and each training batch makes those of
    an earlier `recalibrate` invalid, for the parameters below are about to change. `recalibrate`
    works with "running" too, and then replaces the running estimates.

    Deck, part C; source: Ioffe and Szegedy, "Batch Normalization", 2015.
    """

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        test_stats: str = "running",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        if test_stats not in ("running", "batch", "population"):
            raise ValueError(
                "BatchNorm1d expects test_stats 'running', 'batch' or 'population', got "
                f"{test_stats!r}"
            )
        if test_stats == "population" and not track_running_stats:
            raise ValueError(
                "BatchNorm1d with test_stats='population' keeps statistics: expected "
                "track_running_stats=True"
            )
        self.num_features = expect.integer("BatchNorm1d", "num_features", num_features, 0)
        self.eps = eps
        self.momentum = momentum
        self.test_stats = test_stats
        kind = default_dtype() if dtype is None else np.dtype(dtype)
        self.weight = Parameter(np.ones(self.num_features, kind)) if affine else None
        self.bias = Parameter(np.zeros(self.num_features, kind)) if affine else None
        tracked = track_running_stats
        self.register_buffer("running_mean", np.zeros(num_features, kind) if tracked else None)
        self.register_buffer("running_var", np.ones(num_features, kind) if tracked else None)
        self.register_buffer("num_batches_tracked", np.zeros((), np.int64) if tracked else None)

    def reset_running_stats(self) -> None:
        """Set the estimates to 0 and 1, from no batches."""
        if self.keeps_statistics():
            self.set_statistics(0, 1, 0)

    def reset_parameters(self) -> None:
        """Set γ to 1, β to 0, and the estimates to their first values."""
        self.reset_running_stats()
        if self.weight is not None and self.bias is not None:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def keeps_statistics(self) -> bool:
        """Whether there are running estimates."""
        return self.running_mean is not None

    def set_statistics(self, mean: Any, variance: Any, batches: int) -> None:
        """Write the estimates and the number of batches that they come from."""
        buffers = (self.running_mean, self.running_var, self.num_batches_tracked)
        with no_grad():
            for buffer, value in zip(buffers, (mean, variance, batches), strict=True):
                if buffer is not None:
                    buffer[...] = value

    def forward(self, x: Any) -> Any:
        """Normalize `x` with the statistics that belong to the mode."""
        x = with_shape(x)
        if x.ndim not in (2, 3) or x.shape[1] != self.num_features:
            n = self.num_features
            raise ValueError(f"expected an input of shape (N, {n}) or (N, {n}, L), got {x.shape}")
        measured(self, x)
        if self.training:
            mean, variance, momentum = self._tracked(x)
        elif self.test_stats == "batch":
            mean = variance = None
            momentum = 0.0
        else:
            mean, variance, momentum = self._known(), self.running_var, 0.0
        return functional.batch_norm(
            x,
            mean,
            variance,
            self.weight,
            self.bias,
            training=self.training or mean is None,
            momentum=momentum,
            eps=self.eps,
        )

    def _tracked(self, x: Any) -> tuple[Tensor | None, Tensor | None, float]:
        """The estimates that this training batch is to change, and by which momentum."""
        counter = self.num_batches_tracked
        if counter is None or x.size <= self.num_features:
            return None, None, 0.0
        known = self.test_stats != "population"
        counter.data = counter.data + 1 if known else counter.dtype.type(0)
        stamp(counter)
        if not known:
            return None, None, 0.0
        momentum = 1 / counter.item() if self.momentum is None else self.momentum
        return self.running_mean, self.running_var, momentum

    def _known(self) -> Tensor | None:
        counter = self.num_batches_tracked
        if self.test_stats == "population" and counter is not None and not counter.item():
            raise RuntimeError(
                "the statistics of the training set are not known for the present parameters; "
                "call model.recalibrate(loader) after training, or choose test_stats='running'"
            )
        return self.running_mean

    def extra_repr(self) -> str:
        """Size and options, as PyTorch shows them; test_stats where it is not the usual one."""
        text = (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.weight is not None}, track_running_stats={self.keeps_statistics()}"
        )
        return text + (f", test_stats={self.test_stats!r}" if self.test_stats != "running" else "")


class LayerNorm(Module):
    """y = γ (x − μ) / √(σ² + ε) + β with μ and σ² of each sample, over its last axes.

    Args:
        normalized_shape: the lengths of those axes; an integer for one axis.
        eps: ε.
        elementwise_affine: whether there are γ and β; they are learned.
        bias: whether there is a β.
        dtype: of γ and β; None takes `autograd.default_dtype()`.

    Attributes:
        weight, bias: γ and β of shape normalized_shape, at first 1 and 0, or None.

    Shape:
        (..., *normalized_shape); the output has the input's.

    Raises:
        ValueError: an input of another shape.

    The variance divides by the number of values. Batch size and mode make no difference. Backward
    as for `BatchNorm1d`, with means over the axes of one sample. Source: Ba et al., "Layer
    Normalization", 2016.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        lengths = normalized_shape if isinstance(normalized_shape, Sequence) else [normalized_shape]
        self.normalized_shape = tuple(
            expect.integer("LayerNorm", "a length of normalized_shape", n, 0) for n in lengths
        )
        self.eps = eps
        kind = default_dtype() if dtype is None else np.dtype(dtype)
        affine = elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape, kind)) if affine else None
        self.bias = Parameter(np.zeros(self.normalized_shape, kind)) if affine and bias else None

    def reset_parameters(self) -> None:
        """Set γ to 1 and β to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, x: Any) -> Any:
        """Normalize each sample of `x`."""
        return functional.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Shape and options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None}"
        )
