"""Losses: what a network's output is compared by."""

from __future__ import annotations

from typing import Any

from autograd import Tensor

from . import functional
from .functional import Reduction
from .functional.divergence import checked_divergence_reduction
from .functional.loss import checked_beta, checked_delta, checked_reduction
from .module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HalfMSELoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "SmoothL1Loss",
]


class _Loss(Module):
    """A loss with a reduction over its samples (or elements)."""

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__()
        self.reduction = checked_reduction(reduction)

    def extra_repr(self) -> str:
        """The reduction."""
        return f"reduction={self.reduction!r}"


class _WeightedLoss(_Loss):
    """A loss with weights that are part of its state, as in PyTorch, and do not learn."""

    weight: Tensor | None

    def __init__(self, weight: Any, *, reduction: Reduction) -> None:
        super().__init__(reduction=reduction)
        self._keep("weight", weight)

    def _keep(self, name: str, value: Any) -> None:
        self.register_buffer(name, value.detach() if isinstance(value, Tensor) else value)


# -- classes -------------------------------------------------------------------------------------


class CrossEntropyLoss(_WeightedLoss):
    """Softmax and cross-entropy in one: J = −Σ_k ŷ_k log p_k with p = softmax(y).

    Args:
        weight: w, a factor of each class, shape (C,): J = −Σ_k w_k ŷ_k log p_k.
        ignore_index: a label whose samples do not count.
        reduction: "mean" over the batch (the deck's J = 1/N Σ J⁽ⁱ⁾), "sum", or "none". With labels
            the mean divides by the sum of the samples' weights.
        label_smoothing: ε, what part of each target is spread over all classes:
            ŷ ← (1 − ε) ŷ + ε/C.

    Shape:
        input y (N, C), (N, C, d1, ..., dk) or (C,): scores before the softmax ("logits"). target:
        class indices (N,), (N, d1, ..., dk) or (), of an integer dtype, or probabilities ŷ of the
        input's shape. Output (), or with "none" that of the indices. A sample of (N, C, d1, ...)
        is one place of it: the mean is over N d1 ... dk.

    Backward, for one sample of class i: dJ/dy_i = −(1 − p_i), dJ/dy_j = p_j for j ≠ i; that is
    p − ŷ. Over a batch, its average.

    Raises:
        IndexError: a label outside 0..C−1.
        ValueError: shapes that do not fit. TypeError: labels that are not integers.

    The mean of no samples (an empty batch, all labels ignored) is NaN, with NumPy's warning.

    Deck, part B (softmax layer, cross-entropy layer, "both together"). The two layers apart are
    `Softmax` and `functional.cross_entropy_from_probabilities`: the same gradient, less exact.
    """

    def __init__(
        self,
        weight: Any = None,
        *,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of scores `input` for the classes or probabilities `target`."""
        return functional.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_WeightedLoss):
    """Negative log-likelihood of the labels: J = −w_i x_i for a sample of class i, x = log p.

    Args:
        weight, ignore_index, reduction: as for `CrossEntropyLoss`.

    Shape:
        input x (N, C), (N, C, d1, ..., dk) or (C,): log-probabilities, as `LogSoftmax(1)` gives.
        target: class indices (N,), (N, d1, ..., dk) or (), integers. Output (), or with "none"
        that of the indices.

    Backward: dJ/dx_i = −w_i at the label, else 0; over a batch, its average by weight.

    Raises: as `CrossEntropyLoss`. On `LogSoftmax` it is that loss. Deck, part B.
    """

    def __init__(
        self, weight: Any = None, *, ignore_index: int = -100, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of log-probabilities `input` for the classes `target`."""
        return functional.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


# -- yes or no -----------------------------------------------------------------------------------


class BCELoss(_WeightedLoss):
    """Binary cross-entropy of probabilities: J = −ŷ log p − (1 − ŷ) log(1 − p).

    Args:
        weight: a factor of each element, of a shape that broadcasts to the input's.
        reduction: "mean" over all elements, "sum", or "none".

    Shape:
        input p and target ŷ of one shape, both within 0..1; output (), or with "none" that shape.

    Backward: dJ/dp = (p − ŷ) / (p (1 − p)), over a batch averaged.

    Raises:
        ValueError: the shapes differ; an input outside 0..1.

    Logarithms are at least −100 and p (1 − p) at least 1e−12, as in PyTorch, so that a certain and
    wrong answer costs 100. `BCEWithLogitsLoss` takes the scores and is exact. Deck, part A
    (logistic regression).
    """

    def __init__(self, weight: Any = None, *, reduction: Reduction = "mean") -> None:
        super().__init__(weight, reduction=reduction)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of probabilities `input` for the values `target`."""
        return functional.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Sigmoid and binary cross-entropy in one: J = −w (q ŷ log p + (1 − ŷ) log(1 − p)), p = σ(x).

    Args:
        weight: w, a factor of each element, of a shape that broadcasts to the input's.
        reduction: "mean" over all elements, "sum", or "none".
        pos_weight: q, a factor of the positive part, likewise; against unbalanced classes.

    Shape:
        input x, scores, and target ŷ of one shape; output (), or with "none" that shape.

    Backward: dJ/dx = p − ŷ (without weights), over a batch averaged; exact for any x.

    Raises:
        ValueError: the shapes differ, as (N, 1) and (N,) do.

    Deck, part A (logistic regression: J = −ŷ log p − (1−ŷ) log(1−p), p = σ(w·x + b)).
    """

    pos_weight: Tensor | None

    def __init__(
        self, weight: Any = None, *, reduction: Reduction = "mean", pos_weight: Any = None
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self._keep("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of scores `input` for the values `target`."""
        return functional.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class KLDivLoss(Module):
    """Kullback-Leibler divergence, J = ŷ (log ŷ − x) for each element, x = log p.

    Args:
        reduction: "batchmean" over the samples, which is the divergence as it is defined; "mean"
            over all elements, "sum", or "none".
        log_target: whether the target is log ŷ.

    Shape:
        input x, log-probabilities, and target ŷ of one shape; output (), or with "none" that
        shape.

    Backward: dJ/dx = −ŷ, by the reduction's count.

    Raises:
        ValueError: the shapes differ; an unknown reduction.
    """

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__()
        self.reduction = checked_divergence_reduction(reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        """The divergence of `target` from log-probabilities `input`."""
        return functional.kl_div(
            input, target, reduction=self.reduction, log_target=self.log_target
        )

    def extra_repr(self) -> str:
        """The reduction."""
        return f"reduction={self.reduction!r}"


# -- values --------------------------------------------------------------------------------------


class MSELoss(_Loss):
    """Mean of squared differences, J = 1/n Σ (z − ẑ)² over all n elements.

    Args:
        reduction: "mean", "sum", or "none" (the squares themselves).

    Shape:
        input and target of one shape; output (), or with "none" that shape.

    Backward: dJ/dz = 2 (z − ẑ) / n.

    Raises:
        ValueError: the shapes differ, as (N, 1) and (N,) do: they would broadcast to (N, N).

    Deck, part C, up to its factor: the deck's L2 loss is 1/(2N) Σ (z − ẑ)².
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` for the values `target`."""
        return functional.mse_loss(input, target, reduction=self.reduction)


class HalfMSELoss(_Loss):
    """The deck's MSE or L2 loss: J = 1/(2N) Σ (z − ẑ)² over N samples.

    Args:
        reduction: "mean", "sum" (½ Σ (z − ẑ)²), or "none" (½ (z − ẑ)², each).

    Shape:
        input and target of one shape (N, ...) or (): N is the length of the first axis, and the
        squares of one sample add up. Output (), or with "none" that shape.

    Backward: dJ/dz = (z − ẑ)/N.

    Raises:
        ValueError: the shapes differ, as (N, 1) and (N,) do: they would broadcast to (N, N).

    Deck, part C: the L2 loss, and the autoencoder's 1/(2N) Σ ||x − x̃||². PyTorch's `MSELoss`
    divides by the number of elements, and has no ½.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` for the values `target`."""
        return functional.half_mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """Mean of absolute differences, J = 1/n Σ |z − ẑ| over all n elements.

    Args:
        reduction: "mean", "sum", or "none" (the absolute differences themselves).

    Shape:
        input and target of one shape; output (), or with "none" that shape.

    Backward: dJ/dz = sign(z − ẑ)/n, and 0 where z = ẑ.

    Raises:
        ValueError: the shapes differ, as (N, 1) and (N,) do.

    Deck, part C. The slide prints the derivative as ±ẑ/N, which is an error: it does not depend on
    the size of ẑ, only on which side of it z lies.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` for the values `target`."""
        return functional.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """With d = z − ẑ: J = d²/(2β) where |d| < β, |d| − β/2 elsewhere; mean over all elements.

    Args:
        reduction: "mean", "sum", or "none".
        beta: β, where the parabola ends; 0 gives `L1Loss`.

    Shape:
        input and target of one shape; output (), or with "none" that shape.

    Backward: dJ/dz = d/β within, sign(d) outside, divided by the number of elements.

    Raises:
        ValueError: the shapes differ; beta < 0.
    """

    def __init__(self, *, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.beta = checked_beta(beta)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` for the values `target`."""
        return functional.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)

    def extra_repr(self) -> str:
        """The reduction and β."""
        return f"{super().extra_repr()}, beta={self.beta}"


class HuberLoss(_Loss):
    """With d = z − ẑ: J = d²/2 where |d| <= δ, δ (|d| − δ/2) elsewhere; mean over all elements.

    Args:
        reduction: "mean", "sum", or "none".
        delta: δ, where the parabola ends.

    Shape:
        input and target of one shape; output (), or with "none" that shape.

    Backward: dJ/dz = min(max(d, −δ), δ), divided by the number of elements.

    Raises:
        ValueError: the shapes differ; delta <= 0.
    """

    def __init__(self, *, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = checked_delta(delta)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` for the values `target`."""
        return functional.huber_loss(input, target, reduction=self.reduction, delta=self.delta)

    def extra_repr(self) -> str:
        """The reduction and δ."""
        return f"{super().extra_repr()}, delta={self.delta}"
