"""The 70,000 handwritten digits of MNIST."""

import os
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from nn.data.idx import read_idx
from nn.data.splits import TrainTest

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"

# SHA-256 of the four files as they are distributed: packed, with .gz added to the name.
CHECKSUMS = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}

_SIDE = 28
_SIZES = (28, 32)
_CLASSES = 10
_WHITE = np.float32(255)


def mnist(root: str | os.PathLike[str] | None = None, size: int = 28) -> TrainTest:
    """Load MNIST: 60,000 digits to learn from and 10,000 held out.

    Each digit is an image of 28 by 28 pixels, row by row; a pixel is 0 (paper) to 255 (ink) and is
    divided by 255. With ``size=32`` a margin of 2 zeros is added on each side, which gives the
    1,024 features of the lecture deck (part B).

    The four files, ``train-images-idx3-ubyte.gz`` and its like, are looked for in ``root``, else in
    the folder that the environment variable ``MNIST_DIR`` names, else in the cache of the user
    (``$XDG_CACHE_HOME`` or ``~/.cache``, then ``chalkgrad/mnist``). Unpacked files, without
    ``.gz``, are as good. What the cache lacks is downloaded into it and checked against its
    SHA-256.

    Args:
        root: The folder with the four files.
        size: Side of an image in pixels, 28 or 32.

    Returns:
        A `TrainTest`: features float32 in [0, 1] of shapes (60000, size²) and (10000, size²),
        classes int64 of shapes (60000,) and (10000,). Files with fewer digits give fewer rows.

    Raises:
        ValueError: ``size`` is neither 28 nor 32, or a file is damaged or does not fit its
            companion; the message names the file and what is wrong with it.
        FileNotFoundError: A file is missing in ``root`` or ``MNIST_DIR``.
        ModuleNotFoundError: A download is needed, and the extra ``data`` is not installed.
        ConnectionError: A download failed.

    Source:
        Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", 1998.
    """
    if size not in _SIZES:
        raise ValueError(
            f"mnist: expected size=28 (the images as they are) or size=32 (padded by 2 on each "
            f"side), got {size!r}"
        )
    paths = _files(root)
    x_train, y_train = _part(
        paths["train-images-idx3-ubyte"], paths["train-labels-idx1-ubyte"], size
    )
    x_test, y_test = _part(paths["t10k-images-idx3-ubyte"], paths["t10k-labels-idx1-ubyte"], size)
    return TrainTest(x_train, y_train, x_test, y_test)


def _files(root: str | os.PathLike[str] | None) -> dict[str, Path]:
    """Find or fetch the four files: their paths by the names in CHECKSUMS."""
    given = root if root is not None else os.environ.get("MNIST_DIR") or None
    if given is None:
        cache = cache_folder()
        return {name: _find(cache, name) or _download(cache, name) for name in CHECKSUMS}
    folder = Path(given).expanduser()
    source = "root" if root is not None else "the environment variable MNIST_DIR"
    if not folder.is_dir():
        raise FileNotFoundError(
            f"mnist: expected {source} to name a folder with the four MNIST files, but "
            f"{folder} is not a folder; correct it, or leave it out to use the cache"
        )
    return {name: _find(folder, name) or _missing(folder, name, source) for name in CHECKSUMS}


def cache_folder() -> Path:
    """Name the folder that downloads go to: ``chalkgrad/mnist`` in the cache of the user."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "chalkgrad" / "mnist"


def _find(folder: Path, name: str) -> Path | None:
    candidates = (folder / f"{name}.gz", folder / name)
    return next((path for path in candidates if path.is_file()), None)


def _missing(folder: Path, name: str, source: str) -> NoReturn:
    raise FileNotFoundError(
        f"mnist: {folder / name}.gz is missing, and there is no unpacked {name}; put the file "
        f"there (it can be had from {MIRROR}{name}.gz), or correct {source}"
    )


def _download(folder: Path, name: str) -> Path:
    """Fetch a file into the cache; pooch moves it there only when its SHA-256 is right."""
    try:
        import pooch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"mnist: expected {name}.gz in {folder}, and pooch, which would download it, is not "
            "installed; pip install 'chalkgrad[data]', or set MNIST_DIR to a folder with the files",
            name=error.name,
        ) from error
    packed = f"{name}.gz"
    url = f"{MIRROR}{packed}"
    try:
        path = pooch.retrieve(
            url, known_hash=f"sha256:{CHECKSUMS[name]}", fname=packed, path=folder
        )
    except ValueError as error:
        raise ValueError(
            f"mnist: the download of {url} is damaged: {error} Try again, or put a good copy into "
            f"{folder}"
        ) from error
    except OSError as error:
        raise ConnectionError(
            f"mnist: expected {packed} in {folder}, and could not download it from {url}: "
            f"{error}; try again, or fetch the files elsewhere and set MNIST_DIR to their folder"
        ) from error
    return Path(path)


def _part(
    images_path: Path, labels_path: Path, size: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Read one pair of files: features of shape (N, size²) in [0, 1] and classes of shape (N,)."""
    images = read_idx(images_path, ndim=3)
    labels = read_idx(labels_path, ndim=1)
    if images.shape[1:] != (_SIDE, _SIDE):
        raise ValueError(
            f"{images_path} is not MNIST: expected images of {_SIDE} by {_SIDE} pixels, got "
            f"{images.shape[1]} by {images.shape[2]}; replace the file by a good copy"
        )
    if len(images) != len(labels):
        raise ValueError(
            f"{images_path} and {labels_path} do not belong together: expected as many labels as "
            f"images, got {len(images)} images and {len(labels)} labels; replace one of them"
        )
    wrong = np.flatnonzero(labels >= _CLASSES)
    if wrong.size:
        raise ValueError(
            f"{labels_path} is damaged: expected labels 0..{_CLASSES - 1}, but label {wrong[0]} is "
            f"{labels[wrong[0]]}; replace the file by a good copy"
        )
    margin = (size - _SIDE) // 2
    features = np.zeros((len(images), size, size), dtype=np.float32)
    inner = features[:, margin : margin + _SIDE, margin : margin + _SIDE]
    # Straight into the result: a float copy of the 60,000 images takes 188 MB.
    np.divide(images, _WHITE, out=inner, dtype=np.float32)
    return features.reshape(len(images), size * size), labels.astype(np.int64)
