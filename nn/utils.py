"""What is done with the gradients and the values of all parameters together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor, expect, no_grad
from autograd.tensor import wrap

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "vector_to_parameters"]


def clip_grad_norm_(
    parameters: Iterable[Tensor] | Tensor,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scale all gradients by one factor so that their norm, as of one vector, is at most max_norm.

    Args:
        parameters: tensors; those without a gradient are passed over.
        max_norm: the largest norm allowed.
        norm_type: p of the p-norm; `math.inf` for the largest absolute value.
        error_if_nonfinite: raise if the norm is infinite or NaN. Otherwise the gradients are scaled
            by the same formula, as in PyTorch: with an infinite norm to 0 or, where they are
            infinite themselves, NaN; with a NaN all to NaN.

    Returns: the norm before, a 0-d Tensor; 0 without any gradient.

    Raises:
        RuntimeError: the norm is not finite and `error_if_nonfinite`; nothing has been changed.
        ValueError: max_norm < 0 or NaN.

    The factor is min(1, max_norm / (norm + 1e-6)), so that a norm of 0 is none to divide by.
    `.grad` becomes a new tensor where it is scaled; one that was handed out before stays.
    """
    if not expect.number("clip_grad_norm_", "max_norm", max_norm) >= 0:
        raise ValueError(f"clip_grad_norm_ expects max_norm >= 0, got {max_norm}")
    learning = [p for p in _listed(parameters) if p.grad is not None]
    norms = [_norm(_gradient(p), norm_type) for p in learning]
    total = _norm(np.array(norms), norm_type)
    if error_if_nonfinite and not math.isfinite(total):
        worst = [
            p.name or "a parameter"
            for p, n in zip(learning, norms, strict=True)
            if not math.isfinite(n)
        ]
        raise RuntimeError(
            f"clip_grad_norm_: the norm of the gradients is {total}, expected a finite one"
            + (f"; not finite at {', '.join(worst)}" if worst else "")
            + ". error_if_nonfinite=False scales all the same"
        )
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        with np.errstate(invalid="ignore"):  # 0 times infinity is the NaN that was announced
            for p in learning:
                p.grad = wrap(_gradient(p) * factor)
    return wrap(
        np.result_type(*(p.dtype for p in learning)).type(total) if learning else np.float64(0)
    )


def clip_grad_value_(parameters: Iterable[Tensor] | Tensor, clip_value: float) -> None:
    """Limit every element of every gradient to ±clip_value.

    Args:
        parameters: tensors; those without a gradient are passed over.
        clip_value: the largest absolute value allowed.

    Raises:
        ValueError: clip_value < 0 or NaN.

    `.grad` becomes a new tensor; one that was handed out before stays as it is.
    """
    if not expect.number("clip_grad_value_", "clip_value", clip_value) >= 0:
        raise ValueError(f"clip_grad_value_ expects clip_value >= 0, got {clip_value}")
    for p in _listed(parameters):
        if p.grad is not None:
            p.grad = wrap(np.clip(_gradient(p), -clip_value, clip_value))


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of all `parameters` one behind the other, each in C order; differentiable.

    Raises ValueError where there are no parameters.
    """
    flat = [np.ravel(p) for p in _listed(parameters)]
    if not flat:
        raise ValueError("parameters_to_vector expects at least one parameter, got none")
    vector: Any = np.concatenate(flat)
    return vector  # type: ignore[no-any-return]


def vector_to_parameters(vec: Tensor | Any, parameters: Iterable[Tensor]) -> None:
    """Write the elements of `vec` into the `parameters`: the inverse of `parameters_to_vector`.

    Args:
        vec: a vector with as many elements as the parameters have together.
        parameters: tensors; changed in place.

    Raises:
        ValueError: another number of elements; nothing has been changed.
    """
    values = np.asarray(vec.data if isinstance(vec, Tensor) else vec)
    targets = _listed(parameters)
    expected = sum(p.size for p in targets)
    if values.shape != (expected,):
        raise ValueError(
            f"vector_to_parameters expects a vector of shape ({expected},), got {values.shape}"
        )
    start = 0
    with no_grad():
        for p in targets:
            p[...] = values[start : start + p.size].reshape(p.shape)
            start += p.size


def _listed(parameters: Iterable[Tensor] | Tensor) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    found = expect.items("nn.utils", "parameters", given)
    return [expect.tensor("nn.utils", "parameters", p) for p in found]


def _gradient(parameter: Tensor) -> Any:
    assert parameter.grad is not None
    return parameter.grad.data


def _norm(values: Any, p: float) -> float:
    """The p-norm of all elements, 0 of none."""
    flat = np.ravel(values, "K")
    with np.errstate(over="ignore", invalid="ignore"):
        norm = float(np.linalg.norm(flat, p)) if flat.size else 0.0
        if math.isinf(norm) and flat.dtype == np.float32:
            # Squares overflow long before the norm does.
            norm = float(np.linalg.norm(flat.astype(np.float64), p))
    return norm


def __dir__() -> list[str]:
    return sorted(__all__)
