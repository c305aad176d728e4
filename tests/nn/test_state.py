"""state_dict and load_state_dict: all of it or nothing."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, no_grad


def network(rng=0, sizes=(4, 3, 2)):
    layers = []
    for n, m in itertools.pairwise(sizes):
        layers += [nn.Linear(n, m, rng=rng), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def test_keys_are_those_of_pytorch():
    assert list(network().state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


@given(st.lists(st.integers(0, 5), min_size=2, max_size=4), st.integers(0, 2**32))
def test_round_trip(sizes, seed):
    first, second = network(seed, sizes), network(seed + 1, sizes)
    assert second.load_state_dict(first.state_dict()) == ([], [])
    for name, value in second.state_dict().items():
        np.testing.assert_array_equal(value, first.state_dict()[name])
        assert value.flags.c_contiguous


def test_the_state_is_a_snapshot():
    net = network()
    state = net.state_dict()
    before = state["0.weight"].copy()
    with no_grad():
        net[0].weight[...] = 0
    np.testing.assert_array_equal(state["0.weight"], before)
    state["0.bias"][...] = 7
    assert not np.any(net[0].bias.data == 7)


def test_loading_keeps_the_parameters_their_dtype_and_their_memory():
    net = network()
    weight, memory = net[0].weight, net[0].weight.data
    net.load_state_dict({k: v.astype(np.float64) for k, v in network(1).state_dict().items()})
    assert net[0].weight is weight
    assert weight.data is memory
    assert memory.dtype == np.float32
    assert memory.flags.f_contiguous


def test_tensors_and_lists_can_be_loaded():
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": [[1, 2]], "bias": Tensor([3.0])})
    np.testing.assert_array_equal(layer.weight.data, [[1, 2]])
    np.testing.assert_array_equal(layer.bias.data, [3])


def test_scalar_parameters_and_buffers_go_along():
    module = nn.Module()
    module.alpha = nn.Parameter(0.25)
    module.register_buffer("count", np.zeros((), np.int64))
    state = module.state_dict()
    assert state["alpha"].shape == ()
    module.load_state_dict({"alpha": 0.5, "count": 3})
    assert (module.alpha.item(), module.count.item()) == (0.5, 3)
    assert (module.alpha.dtype, module.count.dtype) == (np.float32, np.int64)


def test_shared_parameters_stand_at_each_path():
    net = network()
    net.tied = net[0].weight
    assert "tied" in net.state_dict()


def test_every_problem_is_listed_and_nothing_is_changed():
    net = network()
    before = net.state_dict()
    state = {
        "0.weight": np.zeros((4, 3)),
        "0.bias": np.zeros(3),
        "2.weight": np.array([["a"] * 3] * 2),
        "top.bias": np.zeros(2),
    }
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    message = str(caught.value)
    for problem in (
        "missing 2.bias",
        "unexpected top.bias",
        "0.weight: expected shape (3, 4), got (4, 3)",
        "2.weight: expected numbers",
        "nothing was loaded",
    ):
        assert problem in message
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_strict_false_returns_what_did_not_match():
    net = network()
    result = net.load_state_dict({"0.bias": np.ones(3), "x": np.ones(1)}, strict=False)
    assert result.missing_keys == ["0.weight", "2.weight", "2.bias"]
    assert result.unexpected_keys == ["x"]
    np.testing.assert_array_equal(net[0].bias.data, 1)
    with pytest.raises(RuntimeError, match="expected shape"):
        net.load_state_dict({"0.bias": np.ones(4)}, strict=False)


def test_something_else_than_a_dictionary():
    with pytest.raises(TypeError, match="dictionary"):
        network().load_state_dict([1])


def test_loading_between_forward_and_backward_is_noticed():
    net = network()
    J = net(Tensor(np.ones((1, 4), np.float32), requires_grad=True)).sum()
    net.load_state_dict(network(1).state_dict())
    with pytest.raises(RuntimeError, match="changed in place"):
        J.backward()
