"""Sequential."""

import numpy as np
import pytest

import nn


def test_layers_are_called_in_order():
    net = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 1, rng=1))
    x = np.ones((4, 2), np.float32)
    by_hand = net[2](nn.functional.tanh(net[0](x)))
    np.testing.assert_array_equal(net(x).data, by_hand.data)


def test_names_given_in_a_dictionary_are_the_paths():
    net = nn.Sequential({"fc": nn.Linear(2, 2), "act": nn.ReLU()})
    assert list(net.state_dict()) == ["fc.weight", "fc.bias"]
    assert net.fc is net[0]


def test_length_iteration_indexing_and_slices():
    layers = [nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)]
    net = nn.Sequential(*layers)
    assert len(net) == 3
    assert list(net) == layers
    assert net[-1] is layers[2]
    assert list(net[:2]) == layers[:2]
    assert isinstance(net[1:], nn.Sequential)
    assert net.append(nn.Tanh()) is net
    assert len(net) == 4
    with pytest.raises(IndexError, match="layer 9 of a Sequential of 4 layers"):
        net[9]


def test_an_empty_one_is_the_identity():
    assert nn.Sequential()(5) == 5
    assert repr(nn.Sequential()) == "Sequential()"


@pytest.mark.parametrize("wrong", [nn.ReLU, nn.functional.relu, 3])
def test_only_modules(wrong):
    with pytest.raises(TypeError, match=r"pass nn\.ReLU\(\)"):
        nn.Sequential(nn.Linear(1, 1), wrong)
    with pytest.raises(TypeError, match="module"):
        nn.Sequential().append(wrong)
