"""The digits that come with the package."""

from importlib import resources

import numpy as np

from nn.data import digits


def test_shapes_dtypes_and_ranges():
    x_train, y_train, x_test, y_test = digits()
    assert (x_train.shape, y_train.shape) == ((1437, 64), (1437,))
    assert (x_test.shape, y_test.shape) == ((360, 64), (360,))
    for x, y in ((x_train, y_train), (x_test, y_test)):
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert (x.min(), x.max()) == (0.0, 1.0)
        assert set(y) == set(range(10))
        np.testing.assert_array_equal(x * 16, np.round(x * 16))


def test_counts_per_class_are_the_published_ones():
    data = digits()
    # "Class: No of examples in testing set", in optdigits.names of the source.
    published = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    counts = np.bincount(data.y_train) + np.bincount(data.y_test)
    np.testing.assert_array_equal(counts, published)


def test_each_class_has_a_fifth_of_its_samples_held_out():
    data = digits()
    held_out = np.bincount(data.y_test)
    total = held_out + np.bincount(data.y_train)
    assert np.all(np.abs(held_out - total / 5) < 1)


def test_both_parts_keep_the_order_of_the_source():
    data = digits()
    # The source opens with 0, 1, 2, 3, 4, 5, ...; its first zero opens the ordered list, too.
    first_zero = [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]
    np.testing.assert_array_equal(data.x_test[0, :16] * 16, first_zero)
    assert data.y_test[0] == 0
    first_one = [0, 0, 0, 12, 13, 5, 0, 0, 0, 0, 0, 11, 16, 9, 0, 0]
    np.testing.assert_array_equal(data.x_train[0, :16] * 16, first_one)
    assert data.y_train[0] == 1


def test_no_sample_is_in_both_parts_and_none_is_lost():
    data = digits()
    everything = np.concatenate([data.x_train, data.x_test])
    assert len(np.unique(everything, axis=0)) == len(everything) == 1797


def test_every_call_gives_the_same_split_in_new_arrays():
    first, second = digits(), digits()
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
        assert not np.shares_memory(one, other)
        assert one.flags.writeable


def test_the_attribution_lies_beside_the_file():
    text = resources.files("nn.data").joinpath("ATTRIBUTION.txt").read_text(encoding="utf-8")
    for words in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0"):
        assert words in text
