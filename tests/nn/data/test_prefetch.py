"""The background thread: the same batches, errors in their turn, and an end when nobody listens."""

import gc
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import DataLoader, Dataset, TensorDataset
from nn.data.prefetch import ahead


def running():
    return [t for t in threading.enumerate() if t.name == "chalkgrad-prefetch"]


class Failing(Dataset):
    """Ten samples, the one at `position` raises."""

    def __init__(self, position, error):
        self.position, self.error = position, error

    def __len__(self):
        return 10

    def __getitem__(self, index):
        if index == self.position:
            raise self.error
        return (index,)


@given(
    st.integers(0, 30),
    st.integers(1, 7),
    st.booleans(),
    st.booleans(),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
)
def test_batches_do_not_depend_on_the_thread(length, size, shuffle, drop_last, prefetch, seed):
    passes = []
    for ahead_by in (0, prefetch):
        loader = DataLoader(
            TensorDataset(np.arange(length)),
            size,
            shuffle,
            drop_last=drop_last,
            rng=seed,
            prefetch=ahead_by,
        )
        passes.append([[x.data.tolist() for (x,) in loader] for _ in range(2)])
    assert passes[0] == passes[1]
    assert not running()


@given(st.integers(0, 30), st.integers(1, 7), st.integers(0, 40), st.integers(0, 2))
def test_a_pass_may_begin_in_the_middle(length, size, start, prefetch):
    def loader():
        dataset = TensorDataset(np.arange(length))
        return DataLoader(dataset, size, shuffle=True, rng=3, prefetch=prefetch)

    whole, late = loader(), loader()
    assert [x.data.tolist() for (x,) in late.iterate(start)] == [
        x.data.tolist() for (x,) in list(whole)[start:]
    ]
    assert [x.data.tolist() for (x,) in late] == [x.data.tolist() for (x,) in whole]


@pytest.mark.parametrize("prefetch", [0, 1, 3, 20])
def test_an_error_reaches_the_consumer_in_its_turn(prefetch):
    error = ValueError("sample 5 is broken")
    batches = iter(DataLoader(Failing(5, error), prefetch=prefetch))
    assert [int(next(batches)[0].data[0]) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="sample 5 is broken") as caught:
        next(batches)
    assert caught.value is error
    assert not running()


def test_an_exit_in_the_thread_is_an_exit_of_the_consumer():
    with pytest.raises(SystemExit):
        list(DataLoader(Failing(0, SystemExit(3)), prefetch=2))


def test_an_error_leaves_no_cycle_behind():
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(ValueError, match="x"):
            list(DataLoader(Failing(2, ValueError("x")), prefetch=1))
        assert not [o for o in gc.get_objects() if type(o).__name__ == "_Failed"]
    finally:
        gc.enable()


@pytest.mark.parametrize("taken", [1, 3])
def test_the_thread_ends_when_the_consumer_stops(taken):
    loader = DataLoader(TensorDataset(np.arange(1000)), prefetch=2)
    for number, _ in enumerate(loader, 1):
        assert running()
        if number == taken:
            break
    assert not running()


def test_no_thread_before_the_first_batch_and_none_after_the_last():
    batches = iter(DataLoader(TensorDataset(np.arange(3)), prefetch=2))
    assert not running()
    list(batches)
    assert not running()


def test_it_is_at_most_so_far_ahead():
    made = []

    def items():
        for i in range(50):
            made.append(i)
            yield i

    iterator = ahead(items(), 3)
    next(iterator)
    deadline = time.monotonic() + 5
    while len(made) < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    # One is taken, three lie ready, one waits for room.
    assert len(made) == 5
    iterator.close()


def test_modes_of_the_consumer_hold_in_the_thread():
    class Dividing(Failing):
        def __getitem__(self, index):
            return (np.float64(1) / np.float64(0),)

    with warnings.catch_warnings(), np.errstate(divide="ignore"):
        warnings.simplefilter("error")
        assert len(list(DataLoader(Dividing(None, None), prefetch=1))) == 10


def test_a_program_ends_with_an_iterator_in_its_hands():
    program = (
        "import numpy as np; from nn.data import DataLoader, TensorDataset\n"
        "batches = iter(DataLoader(TensorDataset(np.arange(99)), prefetch=2)); next(batches)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("prefetch", "error", "message"),
    [(-1, ValueError, "prefetch of at least 0, got -1"), (1.5, TypeError, "integer as prefetch")],
)
def test_a_wrong_number_is_an_error(prefetch, error, message):
    with pytest.raises(error, match=message):
        DataLoader([1], prefetch=prefetch)


def test_the_state_of_the_loader_is_that_of_its_generator():
    loader = DataLoader(TensorDataset(np.arange(20)), 20, shuffle=True, rng=0)
    state = loader.state_dict()
    ((first,),) = loader
    loader.load_state_dict(state)
    ((again,),) = loader
    np.testing.assert_array_equal(first.data, again.data)
    without = DataLoader(TensorDataset(np.arange(20)))
    without.load_state_dict(without.state_dict())
    with pytest.raises(ValueError, match="a loader without rng"):
        without.load_state_dict(state)
    with pytest.raises(ValueError, match="a loader with rng"):
        loader.load_state_dict(without.state_dict())
