"""What the functions that load a data set return."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class TrainTest(NamedTuple):
    """A labelled data set in two parts: one to learn from, one that is held out.

    The fields can be named or unpacked: ``x_train, y_train, x_test, y_test = digits()``.

    Attributes:
        x_train: Features to learn from, float32 of shape (N, features).
        y_train: Their classes, int64 of shape (N,).
        x_test: Held-out features, float32 of shape (M, features).
        y_test: Their classes, int64 of shape (M,).
    """

    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
