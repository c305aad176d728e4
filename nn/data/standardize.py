"""Features of mean 0 and deviation 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import Tensor, default_dtype


class Standardize:
    """Shift and scale each feature by the mean and the deviation that the training data has.

        y = (x - mean) / scale,   x = scale · y + mean

    It is fitted on the training data alone, and then used on every part::

        standardize = Standardize().fit(x_train)
        x_train, x_test = standardize(x_train), standardize(x_test)

    Calling it takes whole arrays of shape (N, ...), single samples of shape (...), as in the
    ``__getitem__`` of a data set, and tensors, through which gradients flow.

    A feature that is constant in the training data is only shifted: there it becomes 0, and
    elsewhere it stays finite.

    Attributes:
        mean: Means of the features, float64 of their shape (...); None before `fit`.
        scale: Their deviations (with 1/N, as the population has it), 1 where a feature is constant;
            float64 of shape (...); None before `fit`.

    Dtypes: a floating one is kept, float32 stays float32, while the arithmetic is done in float64;
    integers and booleans give ``autograd.default_dtype()``.
    """

    def __init__(self) -> None:
        self.mean: NDArray[np.float64] | None = None
        self.scale: NDArray[np.float64] | None = None

    def fit(self, x: ArrayLike | Tensor) -> Self:
        """Learn mean and scale of each feature of ``x``, of shape (N, ...); gives itself back.

        Raises:
            ValueError: There is no sample, or a feature has a value that is not finite, or one too
                large to be squared.
            TypeError: ``x`` is not made of real numbers.
        """
        values = _numbers(x, "fit")
        if values.ndim == 0 or not len(values):
            raise ValueError(
                "Standardize.fit: expected samples of shape (N, ...) with N of at least 1, got "
                f"shape {values.shape}"
            )
        with np.errstate(all="ignore"):
            mean = values.mean(axis=0, dtype=np.float64)
            scale = values.std(axis=0, dtype=np.float64)
        finite = np.isfinite(mean) & np.isfinite(scale)
        if not finite.all():
            feature = tuple(int(i) for i in np.argwhere(~finite)[0])
            raise ValueError(
                f"Standardize.fit: expected finite numbers below 1e150, but feature {feature} has "
                "others; replace them, or leave the samples out"
            )
        # Rounding gives a constant feature a mean beside its value, and so a deviation of its own,
        # by which it would be blown up to ±1.
        constant = (values == values[0]).all(axis=0)
        self.mean = np.where(constant, values[0], mean).astype(np.float64)
        self.scale = np.where(constant | (scale == 0), 1.0, scale)
        return self

    def __call__(self, x: Any) -> Any:
        """``transform(x)``."""
        return self.transform(x)

    def transform(self, x: Any) -> Any:
        """(x - mean) / scale, of the shape of ``x``: a Tensor for a Tensor, else an array.

        Raises:
            RuntimeError: `fit` has not been called.
            ValueError: The features of ``x`` have another shape than those of the training data.
            TypeError: ``x`` is not made of real numbers.
        """
        mean, scale = self._fitted(x, "transform")
        if isinstance(x, Tensor):
            return ((x.astype(np.float64) - mean) / scale).astype(_dtype_of(x))
        values = _numbers(x, "transform")
        out = np.empty(values.shape, _dtype_of(values))
        # NumPy computes in float64 piece by piece: no float64 copy of the data is made.
        np.subtract(values, mean, out=out, dtype=np.float64, casting="unsafe")
        np.divide(out, scale, out=out, dtype=np.float64, casting="unsafe")
        return out

    def inverse(self, y: Any) -> Any:
        """The way back, y · scale + mean; arguments and errors as for `transform`."""
        mean, scale = self._fitted(y, "inverse")
        if isinstance(y, Tensor):
            return (y.astype(np.float64) * scale + mean).astype(_dtype_of(y))
        values = _numbers(y, "inverse")
        return (values.astype(np.float64, copy=False) * scale + mean).astype(
            _dtype_of(values), copy=False
        )

    def state_dict(self) -> dict[str, Any]:
        """Copies of "mean" and "scale", as `nn.save` takes them.

        Raises:
            RuntimeError: `fit` has not been called.
        """
        mean, scale = self._statistics("state_dict")
        return {"mean": mean.copy(), "scale": scale.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned.

        Raises:
            ValueError: "mean" and "scale" are missing, or their shapes differ.
        """
        if set(state) != {"mean", "scale"} or np.shape(state["mean"]) != np.shape(state["scale"]):
            raise ValueError(
                "Standardize.load_state_dict: expected 'mean' and 'scale' of one shape, got "
                + ", ".join(f"{key} {np.shape(value)}" for key, value in state.items())
            )
        self.mean = np.array(state["mean"], dtype=np.float64)
        self.scale = np.array(state["scale"], dtype=np.float64)

    def __repr__(self) -> str:
        """Tell for what shape of samples it was fitted."""
        return "Standardize()" if self.mean is None else f"Standardize(features={self.mean.shape})"

    def _statistics(self, method: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if self.mean is None or self.scale is None:
            raise RuntimeError(
                f"Standardize.{method}: expected a call of fit(x_train) before; the statistics "
                "are those of the training data"
            )
        return self.mean, self.scale

    def _fitted(self, x: Any, method: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, scale = self._statistics(method)
        shape = np.shape(x.data if isinstance(x, Tensor) else x)
        if shape not in (mean.shape, shape[:1] + mean.shape):
            raise ValueError(
                f"Standardize.{method}: expected shape (N, *{mean.shape}) or {mean.shape}, as in "
                f"the training data, got {shape}"
            )
        return mean, scale


def _numbers(x: Any, method: str) -> NDArray[Any]:
    values: NDArray[Any] = np.asarray(x.data if isinstance(x, Tensor) else x)
    if values.dtype.kind not in "fiub":
        raise TypeError(f"Standardize.{method}: expected real numbers, got dtype {values.dtype}")
    return values


def _dtype_of(values: NDArray[Any] | Tensor) -> np.dtype[Any]:
    kept = values.dtype.kind == "f"
    return values.dtype.newbyteorder("=") if kept else np.dtype(default_dtype())
