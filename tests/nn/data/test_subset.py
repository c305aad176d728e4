"""Parts of a data set: which samples they have, and that a random split is a partition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import manual_seed
from nn.data import DataLoader, Subset, TensorDataset, random_split


def numbered(length):
    return TensorDataset(np.arange(length), np.arange(length) ** 2)


@given(st.data(), st.integers(1, 20))
def test_sample_i_is_the_one_at_indices_i(data, length):
    indices = data.draw(st.lists(st.integers(-length, length - 1)))
    part = Subset(numbered(length), indices)
    assert len(part) == len(indices)
    assert [int(part[i][0]) for i in range(len(part))] == [i % length for i in indices]
    if indices:
        x, y = part.batch(np.arange(len(indices)))
        np.testing.assert_array_equal(x, part.indices)
        np.testing.assert_array_equal(y, part.indices**2)
        np.testing.assert_array_equal(part[: len(part)][0], x)


def test_booleans_choose_and_parts_have_parts():
    part = Subset(numbered(4), np.array([True, False, True, True]))
    np.testing.assert_array_equal(part.indices, [0, 2, 3])
    assert Subset(part, [2, 0])[0] == (3, 9)
    assert len(Subset(part, [])) == 0


def test_any_sequence_of_samples_has_parts_and_a_loader_takes_them():
    part = Subset([(float(i), i) for i in range(10)], [7, 3])
    assert part[1] == (3.0, 3)
    ((x, y),) = DataLoader(part, 2)
    np.testing.assert_array_equal(x.data, [7.0, 3.0])
    np.testing.assert_array_equal(y.data, [7, 3])


def test_nothing_is_copied():
    features = np.zeros((3, 2))
    part = Subset(TensorDataset(features), [1])
    features[1] = 5
    np.testing.assert_array_equal(part[0][0], [5, 5])


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        ([4], IndexError, "index 4 is outside a data set of 4 samples"),
        ([0, -5], IndexError, "index -5 is outside"),
        ([[0]], ValueError, r"shape \(M,\), got the shape \(1, 1\)"),
        ([0.5], TypeError, "got dtype float64"),
        ([True], ValueError, "expected 4 booleans, one per sample, got 1"),
    ],
)
def test_wrong_indices_are_errors(indices, error, message):
    with pytest.raises(error, match=message):
        Subset(numbered(4), indices)


@given(st.integers(0, 60), st.integers(0, 2**32 - 1), st.data())
def test_a_split_is_a_partition_that_depends_on_the_seed_alone(length, seed, data):
    first = data.draw(st.integers(0, length))
    second = data.draw(st.integers(0, length - first))
    lengths = [first, second, length - first - second]
    parts = random_split(numbered(length), lengths, seed)
    assert [len(part) for part in parts] == lengths
    assert sorted(np.concatenate([part.indices for part in parts])) == list(range(length))
    again = random_split(numbered(length), lengths, np.random.default_rng(seed))
    for one, other in zip(parts, again, strict=True):
        np.testing.assert_array_equal(one.indices, other.indices)


@given(st.integers(0, 1000), st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_fractions_give_their_share_up_to_one_sample(length, weights):
    fractions = [weight / sum(weights) for weight in weights]
    counts = [len(part) for part in random_split(numbered(length), fractions, 0)]
    assert sum(counts) == length
    for count, fraction in zip(counts, fractions, strict=True):
        assert abs(count - length * fraction) < 1 + 1e-9


def test_what_is_left_over_goes_to_the_first_parts_as_in_pytorch():
    counts = [len(part) for part in random_split(numbered(10), [0.33, 0.33, 0.34], 0)]
    assert counts == [4, 3, 3]
    assert [len(part) for part in random_split(numbered(30), [0.3, 0.3, 0.4], 0)] == [9, 9, 12]


def test_without_rng_the_library_wide_generator_decides():
    manual_seed(5)
    first = random_split(numbered(30), [20, 10])
    manual_seed(5)
    np.testing.assert_array_equal(random_split(numbered(30), [20, 10])[1].indices, first[1].indices)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([5, 4], r"add up to the 10 samples of the data set, got \[5, 4\], together 9"),
        ([0.5, 0.4], "fractions that add up to 1, got .* together 0.9"),
        ([11, -1], "at least 0"),
    ],
)
def test_lengths_that_do_not_add_up_are_errors(lengths, message):
    with pytest.raises(ValueError, match=message):
        random_split(numbered(10), lengths, 0)
