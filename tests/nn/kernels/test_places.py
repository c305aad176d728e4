"""The memory of a gradient is used again when nobody holds it, and only then."""

import gc
import threading

import numpy as np
import pytest

import nn
import optim
from nn.kernels import places
from nn.kernels.places import place


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    monkeypatch.setattr(places, "_LARGE", 1)


def address(array):
    return array.__array_interface__["data"][0]


def test_a_place_is_used_again_when_nobody_holds_it():
    weight = np.zeros((3, 4))
    first = place(weight, (4, 3))
    where = address(first)
    assert (first.shape, first.dtype, first.flags.c_contiguous) == ((4, 3), float, True)
    del first
    assert address(place(weight, (4, 3))) == where


HOLDERS = {
    "itself": lambda a: a,
    "a view": lambda a: a[1:],
    "a view of a view": lambda a: a.T[0].reshape(-1),
    "a reshaped transpose": lambda a: a.T,
    "a buffer": memoryview,
    "an iterator": np.nditer,
    "flat": lambda a: a.flat,
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_whoever_holds_any_part_of_it_keeps_it(holder):
    weight = np.zeros((3, 4))
    held = HOLDERS[holder](place(weight, (4, 3)))
    second = place(weight, (4, 3))
    second[...] = 7
    assert np.asarray(held).base is not second
    assert not np.shares_memory(second, np.asarray(held.itviews[0] if holder == "an iterator" else (
        held.base if holder == "flat" else held)))  # fmt: skip


def test_another_shape_or_dtype_gets_another_place():
    weight = np.zeros((3, 4))
    place(weight, (4, 3))
    assert place(weight, (3, 4)).shape == (3, 4)


def test_a_place_goes_with_its_weight():
    weight = np.zeros((3, 4))
    place(weight, (4, 3))
    key = id(weight)
    assert key in places._places
    del weight
    assert key not in places._places


def steps(count, keep):
    """Gradients as they were, and as they are now, of a small net that trains for some steps."""
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(6, 5, rng=0), nn.ReLU(), nn.Linear(5, 3, rng=1))
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    seen = []
    for _ in range(count):
        optimizer.zero_grad()
        x, labels = rng.normal(size=(8, 6)).astype(np.float32), rng.integers(0, 3, 8)
        nn.functional.cross_entropy(net(x), labels).backward()
        seen += [(keep(p.grad), np.array(keep(p.grad))) for p in net.parameters()]
        optimizer.step()
    return seen, [p.data for p in net.parameters()]


@pytest.mark.parametrize(
    "keep", [lambda g: g, lambda g: g.data, lambda g: g.data[:1], lambda g: g.data.T[-1:]]
)
def test_gradients_that_were_kept_never_change(keep, monkeypatch):
    from autograd.registry import unwrap

    seen, values = steps(4, lambda g: unwrap(keep(g)))
    for held, then in seen:
        np.testing.assert_array_equal(held, then)
    monkeypatch.setattr(places, "_LARGE", 10**9)
    np.testing.assert_equal(steps(4, lambda g: unwrap(keep(g)))[1], values)


def test_a_training_step_uses_its_places_again():
    net = nn.Linear(6, 5)
    found = set()
    for _ in range(5):
        net.zero_grad()
        net(np.ones((2, 6), np.float32)).sum().backward()
        found.add(address(net.weight.grad.data))
    assert len(found) == 1


def test_accumulation_goes_on_where_it_was():
    net = nn.Linear(6, 5)
    x = np.ones((2, 6), np.float32)
    for times in (1, 2, 3):
        net(x).sum().backward()
        np.testing.assert_array_equal(net.weight.grad.data, 2 * times)


def test_threads_that_share_a_weight_do_not_share_a_place():
    net = nn.Linear(40, 30)
    wrong = []

    def work(number):
        x = np.full((2, 40), float(number), np.float32)
        for _ in range(200):
            y = net(x)
            (g,) = nn_gradients(y, net.weight)
            if not np.all(g.data == 2 * number):
                wrong.append(number)

    def nn_gradients(y, w):
        from autograd import gradients

        return gradients(y, w, np.ones(y.shape, np.float32))

    threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert not wrong
