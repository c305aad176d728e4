"""The loader: every sample once, in an order that depends on the generator alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor
from autograd.settings import manual_seed
from nn.data import DataLoader, Dataset, TensorDataset

lengths = st.integers(0, 40)
batch_sizes = st.integers(1, 50)
seeds = st.integers(0, 2**32 - 1)


class Counting(Dataset):
    """Samples 0, 1, ... and a note of how they were asked for."""

    def __init__(self, length):
        self.length = length
        self.asked = []

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        self.asked.append(index)
        return (index,)


def numbered(length):
    return TensorDataset(np.arange(length), np.arange(length, dtype=np.float32) / 2)


def order_of(loader):
    return [int(i) for batch in loader for i in batch[0].data]


@given(lengths, batch_sizes, st.booleans(), st.booleans(), seeds)
def test_every_sample_exactly_once_per_pass(length, batch_size, shuffle, drop_last, seed):
    loader = DataLoader(numbered(length), batch_size, shuffle, drop_last=drop_last, rng=seed)
    for _ in range(2):
        batches = list(loader)
        seen = [int(i) for x, _ in batches for i in x.data]
        assert len(set(seen)) == len(seen)
        assert set(seen) <= set(range(length))
        left_out = length % batch_size if drop_last else 0
        assert len(seen) == length - left_out
        assert len(batches) == len(loader)
        assert all(len(x.data) == batch_size for x, _ in batches[:-1])
        assert all((y.data == x.data / 2).all() for x, y in batches)
        if not shuffle:
            assert seen == list(range(length - left_out))


@given(lengths, batch_sizes, seeds)
def test_the_order_depends_on_the_seed_alone(length, batch_size, seed):
    first = DataLoader(numbered(length), batch_size, shuffle=True, rng=seed)
    again = DataLoader(numbered(length), 1, shuffle=True, rng=np.random.default_rng(seed))
    assert [order_of(first) for _ in range(3)] == [order_of(again) for _ in range(3)]


def test_each_pass_has_an_order_of_its_own():
    loader = DataLoader(numbered(100), 10, shuffle=True, rng=0)
    assert order_of(loader) != order_of(loader)


def test_passes_may_be_interleaved():
    loader = DataLoader(numbered(10), 1, shuffle=True, rng=3)
    one_by_one = [order_of(loader), order_of(loader)]
    loader = DataLoader(numbered(10), 1, shuffle=True, rng=3)
    pairs = list(zip(loader, loader, strict=True))
    interleaved = [[int(pair[k][0].data[0]) for pair in pairs] for k in range(2)]
    assert interleaved == one_by_one


def test_without_rng_the_library_wide_generator_decides():
    loader = DataLoader(numbered(50), 5, shuffle=True)
    manual_seed(11)
    first = order_of(loader)
    manual_seed(11)
    assert order_of(loader) == first


def test_without_shuffle_no_random_number_is_drawn():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    order_of(DataLoader(numbered(5), rng=rng))
    assert rng.bit_generator.state == before


def test_batches_are_tensors_of_the_dtypes_of_the_data():
    ((x, y),) = DataLoader(numbered(4), 4)
    assert isinstance(x, Tensor)
    assert isinstance(y, Tensor)
    assert (x.dtype, y.dtype) == (np.arange(4).dtype, np.float32)
    assert not x.requires_grad
    assert x.shape == (4,)


def test_a_batch_is_gathered_at_once_and_wrapped_without_a_copy():
    class Remembering(TensorDataset):
        def batch(self, indices):
            self.last = super().batch(indices)
            return self.last

    dataset = Remembering(np.arange(6.0).reshape(3, 2))
    for (x,) in DataLoader(dataset, 2):
        assert x.data is dataset.last[0]


def test_a_data_set_without_a_fast_path_is_asked_sample_by_sample():
    dataset = Counting(3)
    assert order_of(DataLoader(dataset, 2)) == [0, 1, 2]
    assert dataset.asked == [0, 1, 2]
    assert all(type(index) is int for index in dataset.asked)


def test_any_sequence_of_samples_will_do():
    loader = DataLoader([([1.0, 2.0], 0), ([3.0, 4.0], 1), ([5.0, 6.0], 0)], 2)
    (x, y), (rest, _) = loader
    np.testing.assert_array_equal(x.data, [[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(y.data, [0, 1])
    np.testing.assert_array_equal(rest.data, [[5.0, 6.0]])


def test_a_batch_can_be_written_to_without_touching_the_data():
    features = np.zeros((4, 2))
    for (x,) in DataLoader(TensorDataset(features), 2):
        x.data[...] = 1.0
    assert not features.any()


@pytest.mark.parametrize("batch_size", [0, -3])
def test_a_batch_size_below_one_is_an_error(batch_size):
    with pytest.raises(ValueError, match=f"batch_size of at least 1, got {batch_size}; the whole"):
        DataLoader(numbered(3), batch_size)


@pytest.mark.parametrize("batch_size", [2.0, None, "2"])
def test_a_batch_size_that_is_no_integer_is_an_error(batch_size):
    with pytest.raises(TypeError, match=f"an integer as batch_size, got {batch_size!r}"):
        DataLoader(numbered(3), batch_size)


def test_a_numpy_integer_is_a_batch_size():
    assert len(DataLoader(numbered(5), np.int64(2))) == 3


def test_something_without_length_is_no_data_set():
    with pytest.raises(TypeError, match=r"got generator; wrap arrays in TensorDataset"):
        DataLoader(sample for sample in [1, 2])


def test_something_that_is_no_generator_is_an_error():
    with pytest.raises(TypeError, match=r"Generator, a seed or None, got float"):
        DataLoader(numbered(3), shuffle=True, rng=0.5)
