"""Multi-layer perceptrons as scikit-learn estimators: `fit`, `predict`, pipelines, grid searches.

They offer what scikit-learn's own do not: dropout, batch normalization, and activations that differ
from layer to layer, leaky ReLU and PReLU among them. Needs the extra `sklearn`.
"""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import nn
import optim
from autograd import generator, no_grad
from nn.data import DataLoader, TensorDataset
from nn.training import EarlyStopping, fit

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "nn.sklearn needs scikit-learn 1.6 or newer; pip install 'chalkgrad[sklearn]'"
    ) from missing

__all__ = ["MLPClassifier", "MLPRegressor"]

# Activations by the names that scikit-learn, or else functions, have for them.
_ACTIVATIONS = {
    "identity": None,
    "logistic": "Sigmoid",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "softplus": "Softplus",
}
_SOLVERS = ("adam", "adamw", "sgd")
# Samples that go through the network at once in a prediction.
_CHUNK = 4096


def _layer(kind: str, *arguments: Any, **options: Any) -> nn.Module:
    """The layer that `nn` calls `kind`."""
    layer: nn.Module = getattr(nn, kind)(*arguments, **options)
    return layer


class _MLP(BaseEstimator):  # type: ignore[misc]
    """What the two estimators share."""

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        dropout: float | Sequence[float] = 0.0,
        batch_norm: bool = False,
        negative_slope: float = 0.01,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        momentum: float = 0.9,
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.negative_slope = negative_slope
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    def _train(self, X: Any, target: Any, outputs: int, loss: nn.Module) -> None:
        """Build the network and train it on X (N, F) and its targets."""
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with _seeded(seed):
            network = self._build(X.shape[1], outputs).to(X.dtype)
            train, validation = self._split(X, target)
            stopping = EarlyStopping(
                "train_loss" if validation is None else "test_loss",
                patience=self.n_iter_no_change,
                min_delta=self.tol,
                restore_best=self.early_stopping,
            )
            # Features that are not scaled overflow now and then; the loss says so.
            with np.errstate(all="ignore"):
                history = fit(
                    network,
                    loss,
                    self._optimizer(network),
                    train,
                    self.max_iter,
                    validation=validation,
                    callbacks=[stopping],
                    metrics={},
                    progress=self.verbose,
                )
        self.network_ = network.eval()
        self.n_iter_ = len(history)
        self.loss_curve_ = history.values("train_loss")
        self.loss_ = self.loss_curve_[-1]
        self.n_outputs_ = outputs
        if self.n_iter_ == self.max_iter:
            warnings.warn(
                f"{type(self).__name__}: not converged after max_iter={self.max_iter} epochs; "
                "raise max_iter, or learning_rate_init",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _build(self, features: int, outputs: int) -> nn.Sequential:
        """The network; raises ValueError for parameters that make none."""
        sizes = self.hidden_layer_sizes
        hidden = [int(n) for n in np.atleast_1d(np.asarray(sizes, dtype=np.int64))]
        if any(size < 1 for size in hidden):
            raise ValueError(f"expected hidden_layer_sizes of at least 1, got {sizes}")
        activations = _each("activation", self.activation, len(hidden), str)
        rates = _each("dropout", self.dropout, len(hidden), numbers.Real)
        layers: list[nn.Module] = []
        for size, activation, rate in zip(hidden, activations, rates, strict=True):
            layers.append(_layer("Linear", features, size))
            if self.batch_norm:
                layers.append(_layer("BatchNorm1d", size))
            if activation not in _ACTIVATIONS:
                raise ValueError(
                    f"expected as activation one of {', '.join(_ACTIVATIONS)}, got {activation!r}"
                )
            kind = _ACTIVATIONS[activation]
            if kind is not None:
                slope = {"negative_slope": self.negative_slope} if kind == "LeakyReLU" else {}
                layers.append(_layer(kind, **slope))
            if rate:
                layers.append(_layer("Dropout", float(rate)))
            features = size
        return nn.Sequential(*layers, _layer("Linear", features, outputs))

    def _optimizer(self, network: nn.Module) -> optim.Optimizer:
        parameters = network.named_parameters()
        rate, decay = self.learning_rate_init, self.alpha
        if self.solver == "adam":
            return optim.Adam(parameters, rate, weight_decay=decay)
        if self.solver == "adamw":
            return optim.AdamW(parameters, rate, weight_decay=decay)
        if self.solver == "sgd":
            return optim.SGD(parameters, rate, momentum=self.momentum, weight_decay=decay)
        raise ValueError(f"expected as solver one of {', '.join(_SOLVERS)}, got {self.solver!r}")

    def _split(self, X: Any, target: Any) -> tuple[DataLoader, DataLoader | None]:
        """Loaders of the training data and, with early stopping, of the held-out data."""
        if self.max_iter < 1 or self.n_iter_no_change < 1:
            raise ValueError(
                "expected max_iter and n_iter_no_change of at least 1, got "
                f"{self.max_iter} and {self.n_iter_no_change}"
            )
        validation = None
        if self.early_stopping:
            held_out = math.ceil(self.validation_fraction * len(X))
            if not 0 < held_out < len(X):
                raise ValueError(
                    f"validation_fraction={self.validation_fraction} of {len(X)} samples leaves "
                    "none to learn from, or none to validate on; expected some for each"
                )
            order = generator().permutation(len(X))
            test, train = order[:held_out], order[held_out:]
            validation = DataLoader(TensorDataset(X[test], target[test]), _CHUNK)
            X, target = X[train], target[train]
        size = min(200 if self.batch_size == "auto" else int(self.batch_size), len(X))
        if self.batch_norm and len(X) == 1:
            raise ValueError("batch_norm=True needs at least 2 samples to learn from, got 1 sample")
        # Batch normalization has no use for a last batch of one: its variance is that of nothing.
        lonely = self.batch_norm and size > 1 and len(X) % size == 1
        dataset = TensorDataset(X, target)
        return DataLoader(dataset, size, shuffle=True, drop_last=lonely), validation

    def _output(self, X: Any) -> Any:
        """What the network says about X (N, F), an array of shape (N, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        X = X.astype(self._dtype, copy=False)
        with no_grad(), np.errstate(all="ignore"):
            parts = [self.network_(X[i : i + _CHUNK]) for i in range(0, len(X), _CHUNK)]
        return np.concatenate([np.asarray(part) for part in parts])

    @property
    def _dtype(self) -> Any:
        return next(self.network_.parameters()).dtype


class MLPClassifier(ClassifierMixin, _MLP):  # type: ignore[misc]
    """A multi-layer perceptron with softmax and cross-entropy.

    Args:
        hidden_layer_sizes: neurons of each hidden layer; () gives a linear model.
        activation: behind each hidden layer, one name for all or one for each: "identity",
            "logistic" (or "sigmoid"), "tanh", "relu", "leaky_relu", "prelu", "elu", "selu", "gelu",
            "silu", "softplus".
        dropout: probability of a zero behind each hidden layer, one for all or one for each.
        batch_norm: normalize each hidden layer over the batch, before its activation.
        negative_slope: of leaky ReLU.
        solver: "adam", "adamw" or "sgd".
        alpha: strength of the weight decay.
        batch_size: samples in a mini-batch; "auto" is 200, or all if there are fewer.
        learning_rate_init: the learning rate.
        momentum: of "sgd".
        max_iter: the largest number of epochs.
        tol, n_iter_no_change: stop when the loss has not fallen by tol for so many epochs.
        early_stopping: hold out a part of the data, stop by its loss, and keep the best epoch.
        validation_fraction: how much to hold out.
        random_state: a seed, a RandomState or None, for first values, order and dropout.
        verbose: draw a progress bar on a terminal.

    Attributes:
        network_: the trained `nn.Sequential`, in eval mode.
        n_iter_: how many epochs it took.
        loss_, loss_curve_: the last training loss, and that of each epoch.
        n_features_in_, n_outputs_: lengths of a sample and of the network's output.
        classes_: the labels, in the order of the columns of `predict_proba`.

    Features float32 are computed in float32, all others in float64.
    """

    def fit(self, X: Any, y: Any) -> MLPClassifier:
        """Learn from samples X (N, F) and labels y (N,) of any kind; returns the estimator.

        Raises ValueError for data or parameters that do not fit.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least two classes, got one class: "
                f"{self.classes_[0]!r}"
            )
        self._train(X, labels.astype(np.int64), len(self.classes_), nn.CrossEntropyLoss())
        return self

    def predict(self, X: Any) -> Any:
        """The most probable label of each sample of X (N, F), shape (N,)."""
        scores = self._output(X)
        return self.classes_[scores.argmax(axis=1)]

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class for each sample of X (N, F), shape (N, classes)."""
        return nn.functional.softmax(self._output(X))


class MLPRegressor(RegressorMixin, _MLP):  # type: ignore[misc]
    """A multi-layer perceptron with the mean squared error.

    Args and attributes: those of `MLPClassifier`, without `classes_`.

    Features float32 are computed in float32, all others in float64. Targets of shape (N,) or (N, K)
    are predicted in that shape.
    """

    def fit(self, X: Any, y: Any) -> MLPRegressor:
        """Learn from samples X (N, F) and targets y (N,) or (N, K); returns the estimator.

        Raises ValueError for data or parameters that do not fit.
        """
        X, y = validate_data(
            self, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True
        )
        self._flat = y.ndim == 1
        target = np.asarray(y, dtype=X.dtype).reshape(len(y), -1)
        self._train(X, target, target.shape[1], nn.MSELoss())
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def predict(self, X: Any) -> Any:
        """The value for each sample of X (N, F), in the shape of the targets."""
        output = self._output(X)
        return output[:, 0] if self._flat else output


def _each(name: str, value: Any, count: int, single: type) -> list[Any]:
    """One value for each hidden layer."""
    values = [value] * count if isinstance(value, single) else list(value)
    if len(values) != count:
        raise ValueError(
            f"expected one {name} for all {count} hidden layers, or {count} of them, got {value!r}"
        )
    return values


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let the library's random numbers begin at `seed`, and go on afterwards as if nothing was."""
    state = generator().bit_generator.state
    generator().bit_generator.state = np.random.default_rng(seed).bit_generator.state
    try:
        yield
    finally:
        generator().bit_generator.state = state


def __dir__() -> list[str]:
    return sorted(__all__)
