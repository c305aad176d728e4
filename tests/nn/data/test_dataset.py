"""Data sets: parallel arrays, and whatever a subclass gives one sample at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor
from nn.data import Dataset, TensorDataset


class Squares(Dataset):
    """Samples (i, [i, i²]), one at a time, with `batch` inherited."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return index, np.array([index, index**2], dtype=np.float32)


class Listed(Dataset):
    """The samples of a list."""

    def __init__(self, *samples):
        self.samples = samples

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


def batch_of(*samples):
    return Listed(*samples).batch(np.arange(len(samples)))


def test_a_sample_is_the_tuple_of_rows():
    features = np.arange(6.0).reshape(3, 2)
    labels = np.array([7, 8, 9])
    dataset = TensorDataset(features, labels)
    assert len(dataset) == 3
    x, y = dataset[1]
    np.testing.assert_array_equal(x, [2.0, 3.0])
    assert y == 8


@pytest.mark.parametrize(
    "index", [slice(1, 3), np.array([2, 0, 2]), [1, 1], np.array([True, False, True]), -1]
)
def test_every_index_of_numpy_reaches_all_arrays(index):
    features = np.arange(6.0).reshape(3, 2)
    labels = np.array([7, 8, 9])
    x, y = TensorDataset(features, labels)[index]
    np.testing.assert_array_equal(x, features[index])
    np.testing.assert_array_equal(y, labels[index])


def test_arrays_are_kept_without_a_copy_and_lists_and_tensors_accepted():
    features = np.ones((2, 3))
    dataset = TensorDataset(features, [1, 2], Tensor(np.array([3.0, 4.0])))
    assert dataset.arrays[0] is features
    assert [type(array) for array in dataset.arrays] == [np.ndarray] * 3


def test_a_batch_does_not_share_memory_with_the_data():
    features = np.zeros((4, 2))
    (batch,) = TensorDataset(features).batch(np.arange(4))
    assert not np.shares_memory(batch, features)


@given(st.data(), st.integers(1, 20))
def test_the_fast_batch_and_the_inherited_one_agree(data, length):
    slow = Squares(length)
    fast = TensorDataset(np.arange(length), np.stack([slow[i][1] for i in range(length)]))
    indices = np.array(data.draw(st.lists(st.integers(0, length - 1), min_size=1)))
    for one, other in zip(slow.batch(indices), fast.batch(indices), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_a_sample_of_one_field_needs_no_tuple():
    (field,) = batch_of(np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(field, [[0.0, 0.0], [1.0, 1.0]])


def test_fields_keep_their_dtype():
    features, label, flag = batch_of((np.float32(1), 2, True), (np.float32(3), 4, False))
    assert (features.dtype, label.dtype, flag.dtype) == (np.float32, np.int64, np.bool_)


def test_no_array_is_an_error():
    with pytest.raises(TypeError, match="expected at least one array, got none; pass one per"):
        TensorDataset()


def test_an_array_without_rows_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"array 1 has shape \(\)"):
        TensorDataset([1.0], 2.0)


def test_different_lengths_are_an_error_that_shows_the_shapes():
    with pytest.raises(ValueError, match=r"one length, got the shapes \(3, 2\), \(4,\)"):
        TensorDataset(np.zeros((3, 2)), np.zeros(4))


def test_samples_with_different_numbers_of_fields_are_an_error():
    with pytest.raises(ValueError, match=r"same number of fields, got \[1, 2\]"):
        batch_of((1,), (1, 2))


def test_fields_of_different_shapes_are_an_error():
    with pytest.raises(ValueError, match=r"field 1 .* one shape, got \(2,\) and \(3,\); crop, pad"):
        batch_of((0, np.zeros(2)), (0, np.zeros(3)))


@pytest.mark.parametrize("sample", ["seven", {"x": 1}, None])
def test_a_field_that_is_no_number_is_an_error(sample):
    with pytest.raises(TypeError, match=f"field 0 .* got {type(sample).__name__}"):
        batch_of(sample, sample)


def test_a_batch_of_nothing_is_an_error_without_a_first_sample_to_tell_the_shape():
    with pytest.raises(ValueError, match="at least one sample, got none"):
        Squares(3).batch(np.array([], dtype=np.intp))


def test_a_data_set_says_its_length_and_its_samples():
    with pytest.raises(TypeError, match="abstract"):
        Dataset()
