"""Containers."""

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


# -- lists and dictionaries ----------------------------------------------------------------------


def test_a_list_of_modules_is_a_list_and_a_module():
    modules = nn.ModuleList([nn.Linear(2, 2, rng=0), nn.ReLU()])
    assert modules.append(nn.Tanh()) is modules
    modules.insert(1, nn.Sigmoid())
    modules += [nn.Linear(2, 1, rng=0)]
    assert [type(m).__name__ for m in modules] == ["Linear", "Sigmoid", "ReLU", "Tanh", "Linear"]
    assert len(modules) == 5
    assert list(modules.state_dict()) == ["0.weight", "0.bias", "4.weight", "4.bias"]
    assert isinstance(modules[1:3], nn.ModuleList)
    assert modules[-1] is modules[4]
    modules[1] = nn.ReLU()
    assert isinstance(modules.pop(1), nn.ReLU)
    del modules[1:3]
    assert len(modules + nn.ModuleList([nn.Tanh()])) == 3
    del modules[0]
    assert list(modules.state_dict()) == ["0.weight", "0.bias"]
    assert repr(nn.ModuleList([nn.ReLU()])) == "ModuleList(\n  (0): ReLU()\n)"


def test_a_dictionary_of_modules_is_a_dictionary_and_a_module():
    heads = nn.ModuleDict({"digit": nn.Linear(2, 10), "train": nn.Linear(2, 2)})
    assert list(heads.state_dict()) == ["digit.weight", "digit.bias", "train.weight", "train.bias"]
    heads["keys"] = nn.ReLU()
    assert list(heads) == list(heads.keys()) == ["digit", "train", "keys"]
    assert "digit" in heads
    assert heads.train() is heads
    assert [type(m).__name__ for m in heads.values()] == ["Linear", "Linear", "ReLU"]
    assert dict(heads.items())["keys"] is heads.pop("keys")
    del heads["train"]
    assert len(heads) == 1
    heads.update([("more", nn.Tanh())])
    assert repr(heads).splitlines()[2] == "  (more): Tanh()"
    heads.clear()
    assert len(heads) == 0


def test_they_are_found_as_members():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
            self.heads = nn.ModuleDict({"a": self.hidden[0]})

    assert len(list(Net().parameters())) == 4
    assert [name for name, _ in Net().named_modules()] == [
        "",
        "hidden",
        "hidden.0",
        "hidden.1",
        "heads",
    ]


def test_what_they_refuse():
    modules, heads = nn.ModuleList(), nn.ModuleDict()
    for wrong in (nn.ReLU, 3):
        for act in (modules.append, lambda m: modules.insert(0, m), lambda m: modules.extend([m])):
            with pytest.raises(TypeError, match="expects a module"):
                act(wrong)
        with pytest.raises(TypeError, match="expects a module"):
            heads["a"] = wrong
    with pytest.raises(IndexError, match="module 0 of a ModuleList of 0"):
        modules[0]
    with pytest.raises(KeyError, match="'a'; expected one of none"):
        heads["a"]
    with pytest.raises(ValueError, match="without a dot"):
        heads["a.b"] = nn.ReLU()
    with pytest.raises(TypeError, match="strings"):
        heads[1] = nn.ReLU()
