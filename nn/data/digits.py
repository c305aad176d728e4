"""The 1,797 handwritten digits that come with the package."""

from importlib import resources

import numpy as np

from nn.data.splits import TrainTest

_LARGEST_VALUE = np.float32(16)
_FOLDS = 5


def digits() -> TrainTest:
    """Load the UCI handwritten digits: 1,437 to learn from and 360 held out.

    Each digit is an image of 8 by 8 pixels, row by row; a pixel counts the ink in a block of 4 by 4
    (0..16) and is divided by 16. Nothing is downloaded.

    The split is fixed and draws on no random numbers. The samples are ordered by class, within a
    class as in the source, and every fifth of them, beginning with the first, is held out: each
    class has a fifth of its samples in the test set, give or take one. Both parts keep the order of
    the source. The same 13 people wrote both, so the test set measures how well new digits of
    known writers are read.

    Returns:
        A `TrainTest`: features float32 in [0, 1] of shapes (1437, 64) and (360, 64), classes int64
        of shapes (1437,) and (360,). The arrays are new at each call.

    Source:
        E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
        Repository, 1998, https://doi.org/10.24432/C50P49, CC BY 4.0 (see ATTRIBUTION.txt).
    """
    with (
        resources.files("nn.data").joinpath("digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        images, labels = arrays["images"], arrays["labels"]
    features = images.astype(np.float32) / _LARGEST_VALUE
    classes = labels.astype(np.int64)
    held_out = np.zeros(len(classes), dtype=np.bool_)
    held_out[np.argsort(classes, kind="stable")[::_FOLDS]] = True
    return TrainTest(features[~held_out], classes[~held_out], features[held_out], classes[held_out])
