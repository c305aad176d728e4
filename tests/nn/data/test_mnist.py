"""MNIST: the four files, where they come from, and every way they can be damaged."""

import functools
import gzip
import hashlib
import http.server
import os
import re
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from nn.data import mnist
from nn.data.mnist import CHECKSUMS, cache_folder

PACKED = [f"{name}.gz" for name in CHECKSUMS]
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = PACKED

REAL = os.environ.get("MNIST_DIR")


def idx(array, type_code=8):
    """The array in IDX format."""
    header = bytes([0, 0, type_code, array.ndim])
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return header + lengths + array.astype(np.uint8).tobytes()


def images(count):
    return np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def contents():
    """Seven training digits and three held-out ones, as unpacked files."""
    return {
        TRAIN_IMAGES: idx(images(7)),
        TRAIN_LABELS: idx(np.arange(7)),
        TEST_IMAGES: idx(images(3)),
        TEST_LABELS: idx(np.array([9, 0, 9])),
    }


@pytest.fixture
def folder(tmp_path):
    for name, content in contents().items():
        (tmp_path / name).write_bytes(gzip.compress(content))
    return tmp_path


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and no MNIST_DIR."""
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "chalkgrad" / "mnist"


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A mirror on this computer that serves `contents()`: its folder, to put other files there."""
    pytest.importorskip("pooch", reason="downloading needs the extra `data`")
    served = tmp_path / "mirror"
    served.mkdir()
    for name, content in contents().items():
        packed = gzip.compress(content)
        (served / name).write_bytes(packed)
        monkeypatch.setitem(CHECKSUMS, name.removesuffix(".gz"), hashlib.sha256(packed).hexdigest())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        # By the module table: the name nn.data.mnist is the function.
        address = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(sys.modules["nn.data.mnist"], "MIRROR", address)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield served
        server.shutdown()
        thread.join()


def damage(folder, name, content, packed=True):
    (folder / name).write_bytes(gzip.compress(content) if packed else content)


def assert_raises_naming(folder, name, what):
    with pytest.raises(ValueError, match=what) as caught:
        mnist(folder)
    assert str(folder / name) in str(caught.value)
    assert "replace" in str(caught.value)


def test_features_are_the_pixels_over_255_and_labels_the_classes(folder):
    data = mnist(folder)
    assert (data.x_train.shape, data.y_train.shape) == ((7, 784), (7,))
    assert (data.x_test.shape, data.y_test.shape) == ((3, 784), (3,))
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float32, np.int64)
    pixels = images(7).reshape(7, 784).astype(np.float32)
    np.testing.assert_array_equal(data.x_train, pixels / np.float32(255))
    np.testing.assert_array_equal(data.y_train, np.arange(7))
    np.testing.assert_array_equal(data.y_test, [9, 0, 9])


def test_size_32_adds_a_margin_of_two_zeros(folder):
    wide = mnist(folder, size=32).x_train.reshape(7, 32, 32)
    plain = mnist(folder, size=28).x_train.reshape(7, 28, 28)
    np.testing.assert_array_equal(wide, np.pad(plain, ((0, 0), (2, 2), (2, 2))))


def test_the_arrays_can_be_written_to(folder):
    assert all(array.flags.writeable for array in mnist(folder))


@pytest.mark.parametrize("size", [30, 0, "28"])
def test_another_size_is_an_error(folder, size):
    with pytest.raises(ValueError, match=f"size=28 .* or size=32 .*, got {size!r}"):
        mnist(folder, size=size)


def test_unpacked_files_are_as_good(folder):
    packed = mnist(folder)
    for name, content in contents().items():
        (folder / name).unlink()
        (folder / name.removesuffix(".gz")).write_bytes(content)
    for one, other in zip(packed, mnist(folder), strict=True):
        np.testing.assert_array_equal(one, other)


def test_root_comes_before_the_environment(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DIR", str(tmp_path / "elsewhere"))
    assert len(mnist(folder).x_train) == 7


def test_mnist_dir_is_read_when_no_root_is_given(folder, monkeypatch):
    monkeypatch.setenv("MNIST_DIR", str(folder))
    assert len(mnist().x_train) == 7


@pytest.mark.parametrize("name", PACKED)
def test_a_missing_file_is_named_and_where_to_get_it(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match="is missing") as caught:
        mnist(folder)
    assert str(folder / name) in str(caught.value)
    assert f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}" in str(caught.value)


def test_a_missing_folder_is_named_with_where_its_name_came_from(tmp_path, monkeypatch):
    nowhere = tmp_path / "nowhere"
    with pytest.raises(
        FileNotFoundError, match=f"expected root .* {re.escape(str(nowhere))} is not"
    ):
        mnist(nowhere)
    monkeypatch.setenv("MNIST_DIR", str(nowhere))
    with pytest.raises(FileNotFoundError, match="expected the environment variable MNIST_DIR"):
        mnist()


@pytest.mark.parametrize("name", PACKED)
def test_a_file_that_is_not_gzip(folder, name):
    damage(folder, name, contents()[name], packed=False)
    assert_raises_naming(folder, name, "not a gzip file: .* begin with 1f 8b, got 00 00 08 0[13]")


def test_an_empty_file(folder):
    damage(folder, TEST_LABELS, b"", packed=False)
    assert_raises_naming(folder, TEST_LABELS, "not a gzip file: .* got nothing at all")


@pytest.mark.parametrize("name", PACKED)
def test_a_gzip_file_that_is_cut_off(folder, name):
    packed = (folder / name).read_bytes()
    for length in (2, len(packed) // 2, len(packed) - 1):
        damage(folder, name, packed[:length], packed=False)
        assert_raises_naming(folder, name, "cut off: the gzip stream has no end")


def test_a_gzip_file_with_an_altered_byte(folder):
    packed = bytearray((folder / TRAIN_IMAGES).read_bytes())
    packed[-6] ^= 1
    damage(folder, TRAIN_IMAGES, bytes(packed), packed=False)
    assert_raises_naming(folder, TRAIN_IMAGES, "its gzip stream is broken .*incorrect data check")


def test_bytes_after_the_gzip_stream(folder):
    packed = (folder / TEST_IMAGES).read_bytes()
    damage(folder, TEST_IMAGES, packed + b"more", packed=False)
    assert_raises_naming(folder, TEST_IMAGES, "trailing bytes: .* got 4 more bytes")


def test_a_header_that_is_cut_off(folder):
    damage(folder, TRAIN_IMAGES, contents()[TRAIN_IMAGES][:9])
    assert_raises_naming(folder, TRAIN_IMAGES, "a header of 16 bytes, .* ends after 9")


def test_labels_in_the_place_of_images(folder):
    damage(folder, TRAIN_IMAGES, contents()[TRAIN_LABELS] + bytes(8))
    assert_raises_naming(folder, TRAIN_IMAGES, "magic number 0x00000803 .*3 dimensions.*0x00000801")


def test_values_that_are_no_unsigned_bytes(folder):
    damage(folder, TEST_LABELS, idx(np.arange(3), type_code=0x0D))
    assert_raises_naming(folder, TEST_LABELS, r"0x00000801 \(unsigned bytes, 1 dimension\), got")


def test_fewer_values_than_the_header_announces(folder):
    damage(folder, TRAIN_IMAGES, contents()[TRAIN_IMAGES][:-1])
    assert_raises_naming(folder, TRAIN_IMAGES, r"cut off: .* shape \(7, 28, 28\), .* 5488 .* 5487")


def test_more_values_than_the_header_announces(folder):
    damage(folder, TRAIN_LABELS, contents()[TRAIN_LABELS] + b"\0")
    assert_raises_naming(folder, TRAIN_LABELS, r"trailing bytes: .* shape \(7,\), .* 7 .* got 8")


def test_a_header_that_announces_more_than_64_bits_can_count(folder):
    header = bytes([0, 0, 8, 3]) + b"\xff" * 12
    damage(folder, TEST_IMAGES, header)
    assert_raises_naming(folder, TEST_IMAGES, f"{(2**32 - 1) ** 3} bytes of values, got 0")


def test_images_of_another_size(folder):
    damage(folder, TEST_IMAGES, idx(np.zeros((3, 28, 27))))
    assert_raises_naming(folder, TEST_IMAGES, "images of 28 by 28 pixels, got 28 by 27")


def test_another_number_of_labels_than_of_images(folder):
    damage(folder, TRAIN_LABELS, idx(np.arange(6)))
    assert_raises_naming(folder, TRAIN_LABELS, "7 images and 6 labels")


def test_a_label_over_nine(folder):
    damage(folder, TEST_LABELS, idx(np.array([9, 10, 11])))
    assert_raises_naming(folder, TEST_LABELS, r"labels 0\.\.9, but label 1 is 10")


def test_a_cached_copy_needs_no_pooch(cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    cache.mkdir(parents=True)
    for name, content in contents().items():
        damage(cache, name, content)
    assert len(mnist().x_train) == 7


def test_without_pooch_the_error_says_what_to_install(cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'chalkgrad\[data\]'") as caught:
        mnist()
    assert str(cache) in str(caught.value)


def test_the_cache_is_in_the_home_folder_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == Path.home() / ".cache" / "chalkgrad" / "mnist"


def test_a_download_fills_the_cache_once(cache, mirror):
    assert len(mnist().x_train) == 7
    assert sorted(path.name for path in cache.iterdir()) == sorted(PACKED)
    for path in mirror.iterdir():
        path.unlink()
    assert len(mnist().x_train) == 7


def test_a_damaged_download_is_not_kept(cache, mirror):
    damage(mirror, TRAIN_LABELS, contents()[TRAIN_LABELS] + b"\0")
    with pytest.raises(ValueError, match=f"the download of http.*{TRAIN_LABELS} is damaged"):
        mnist()
    assert not (cache / TRAIN_LABELS).exists()


def test_a_download_that_fails_says_how_to_go_on(cache, mirror):
    (mirror / TEST_IMAGES).unlink()
    with pytest.raises(ConnectionError, match=f"could not download .*{TEST_IMAGES}.*set MNIST_DIR"):
        mnist()


@pytest.mark.skipif(REAL is None, reason="the real MNIST is read only where MNIST_DIR is set")
def test_the_real_files():
    data = mnist(size=32)
    assert data.x_train.shape == (60_000, 1024)
    assert data.x_test.shape == (10_000, 1024)
    # SHA-256 of the values themselves: it does not depend on how they were compressed.
    pixels = np.rint(mnist().x_train * 255).astype(np.uint8)
    digest = hashlib.sha256(bytes.fromhex("000008030000ea600000001c0000001c") + pixels.tobytes())
    assert digest.hexdigest().startswith("ba891046e6505d7a")
    np.testing.assert_array_equal(data.y_train[:10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    np.testing.assert_array_equal(data.y_test[:10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
