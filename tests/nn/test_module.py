"""Module: what belongs to it, in which order, and what is done with all of it."""

import copy
import pickle

import numpy as np
import pytest

import nn
from autograd import Tensor, gradcheck


class Net(nn.Module):
    """Members of every kind, deliberately out of order."""

    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(4, 4), nn.Linear(4, 4)]
        self.scale = nn.Parameter(np.ones(4, np.float32))
        self.heads = {"a": nn.Linear(4, 2), "b": (nn.Linear(4, 3), nn.Parameter([0.5]))}
        self.alias = self.hidden[1]
        self.tied = self.scale
        self.nothing = None
        self.text = "not a member"

    def forward(self, x):
        for layer in self.hidden:
            x = nn.functional.relu(layer(x) * self.scale)
        return self.heads["a"](x)


class LazySubclass(nn.Module):
    def __init__(self):  # without super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return self.layer(x)


def test_parameters_are_found_in_containers_in_stable_order_and_once():
    names = [name for name, _ in Net().named_parameters()]
    assert names == [
        "scale",
        "heads.b.1",
        "hidden.0.weight",
        "hidden.0.bias",
        "hidden.1.weight",
        "hidden.1.bias",
        "heads.a.weight",
        "heads.a.bias",
        "heads.b.0.weight",
        "heads.b.0.bias",
    ]
    net = Net()
    assert [p for _, p in net.named_parameters()] == list(net.parameters())


def test_shared_members_come_at_each_path_when_asked():
    names = [name for name, _ in Net().named_parameters(remove_duplicate=False)]
    assert "tied" in names
    assert "alias.weight" in names


def test_without_recursion_only_its_own():
    assert [name for name, _ in Net().named_parameters(recurse=False)] == ["scale", "heads.b.1"]
    assert next(Net().named_parameters("net", recurse=False))[0] == "net.scale"


def test_children_and_modules():
    net = Net()
    assert [name for name, _ in net.named_children()] == [
        "hidden.0",
        "hidden.1",
        "heads.a",
        "heads.b.0",
    ]
    assert list(net.children()) == list(net.modules())[1:]
    assert next(iter(net.named_modules())) == ("", net)


def test_a_module_that_contains_itself_ends():
    net = LazySubclass()
    net.parent = [net]
    assert len(list(net.parameters())) == 2
    assert len(list(net.modules())) == 2
    assert set(net.state_dict()) == {"layer.weight", "layer.bias"}
    assert "..." in repr(net)
    net.apply(lambda module: None)


def test_a_deep_chain_of_modules():
    top = nn.Linear(1, 1)
    for _ in range(100):
        outer = nn.Module()
        outer.inner = top
        top = outer
    assert len(list(top.parameters())) == 2


def test_super_init_may_be_left_out():
    net = LazySubclass()
    assert net(np.zeros((1, 2), np.float32)).shape == (1, 2)
    assert net.eval().training is False


def test_listing_names_the_parameters():
    net = Net()
    net.scale.name = "mine"
    list(net.parameters())
    assert net.hidden[0].weight.name == "hidden.0.weight"
    assert net.scale.name == "mine"


def test_train_and_eval_reach_every_module():
    net = Net()
    assert net.training
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    with pytest.raises(TypeError, match="True or False"):
        net.train("yes")


def test_zero_grad():
    net = Net()
    net(np.ones((3, 4), np.float32)).sum().backward()
    weight = net.hidden[0].weight
    kept = weight.grad
    before = kept.data.copy()
    net.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(weight.grad.data, 0)
    np.testing.assert_array_equal(kept.data, before)
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_requires_grad_freezes():
    net = Net().requires_grad_(False)
    assert not net(np.ones((1, 4), np.float32)).requires_grad
    assert net.requires_grad_()(np.ones((1, 4), np.float32)).requires_grad


def test_to_converts_parameters_gradients_and_buffers_and_keeps_them():
    net = Net()
    net.register_buffer("running", np.zeros(4, np.float32))
    net.register_buffer("count", np.zeros((), np.int64))
    parameters = list(net.parameters())
    net(np.ones((3, 4), np.float32)).sum().backward()
    assert net.to("float64") is net
    assert all(a is b for a, b in zip(parameters, net.parameters(), strict=True))
    assert {p.dtype for p in parameters} == {np.dtype(np.float64)}
    assert net.scale.grad.dtype == np.float64
    assert (net.running.dtype, net.count.dtype) == (np.float64, np.int64)
    assert net.hidden[0].weight.data.flags.f_contiguous
    with pytest.raises(TypeError, match="floating"):
        net.to(int)


def test_a_conversion_between_forward_and_backward_is_noticed():
    layer = nn.Linear(2, 2)
    J = layer(Tensor(np.ones((1, 2), np.float32), requires_grad=True)).sum()
    layer.to("float64")
    with pytest.raises(RuntimeError, match="changed in place"):
        J.backward()


def test_apply_goes_children_first():
    order = []
    Net().apply(lambda module: order.append(type(module).__name__))
    assert order == ["Linear"] * 4 + ["Net"]


# -- buffers -------------------------------------------------------------------------------------


def test_buffers():
    net = nn.Sequential(nn.Linear(1, 1))
    net[0].register_buffer("seen", np.zeros(2))
    net.register_buffer("cache", None, persistent=False)
    assert [name for name, _ in net.named_buffers()] == ["0.seen"]
    assert next(net.buffers()) is net[0].seen
    assert "0.seen" in net.state_dict()
    net.cache = Tensor([1.0])
    assert [name for name, _ in net.named_buffers()] == ["cache", "0.seen"]
    assert "cache" not in net.state_dict()
    assert len(list(net.parameters())) == 2


def test_register_buffer_refuses_what_is_no_buffer():
    layer = nn.Linear(1, 1)
    with pytest.raises(ValueError, match="without a dot"):
        layer.register_buffer("a.b", np.zeros(1))
    with pytest.raises(KeyError, match="weight"):
        layer.register_buffer("weight", np.zeros(1))
    with pytest.raises(TypeError, match="Parameter"):
        layer.register_buffer("w", Tensor([1.0], requires_grad=True))


# -- hooks, errors, looks ------------------------------------------------------------------------


def test_forward_hooks_see_and_replace_the_output():
    layer = nn.Linear(2, 3)
    seen = []
    first = layer.register_forward_hook(lambda module, args, out: seen.append((module, args)))
    second = layer.register_forward_hook(lambda module, args, out: out * 0)
    x = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(layer(x).data, 0)
    assert seen == [(layer, (x,))]
    second.remove()
    second.remove()
    assert np.any(layer(x).data)
    first.remove()
    layer(x)
    assert len(seen) == 2


def test_a_hook_that_is_a_module_is_not_a_member():
    layer = nn.Linear(2, 2)

    class Watch(nn.Module):
        def forward(self, module, args, output):
            return None

    layer.register_forward_hook(Watch())
    assert list(layer.children()) == []
    assert repr(layer) == "Linear(in_features=2, out_features=2, bias=True)"


def test_an_error_is_noted_with_the_path_of_the_submodule():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.mlp = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.ReLU(), nn.Linear(5, 2)))

        def forward(self, x):
            return self.mlp(x)

    with pytest.raises(ValueError, match=r"expected an input of shape \(\.\.\., 5\)") as caught:
        Model()(np.zeros((3, 4), np.float32))
    notes = [note for note in caught.value.__notes__ if "in module" in note]
    assert notes == ["in module mlp.1.1: Linear(in_features=5, out_features=2, bias=True)"]


def test_an_error_of_a_lone_layer_is_noted_too():
    with pytest.raises(ValueError, match="expected an input") as caught:
        nn.Linear(5, 2)(np.zeros((3, 4)))
    assert caught.value.__notes__[-1].startswith("in module Linear(in_features=5")


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Half does not define forward"):
        type("Half", (nn.Module,), {})()(1)


def test_repr_is_nested():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.ReLU()
            self.blocks = [nn.Sequential(nn.Tanh())]

        def extra_repr(self):
            return "depth=1"

    assert repr(Model()) == (
        "Model(\n  depth=1\n  (act): ReLU()\n  (blocks.0): Sequential(\n    (0): Tanh()\n  )\n)"
    )


@pytest.mark.parametrize("how", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_independent_and_keep_what_is_shared(how):
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    net.again = net[0]
    net.register_buffer("seen", np.zeros(1))
    other = how(net)
    assert other.again is other[0]
    assert other[0].weight is not net[0].weight
    x = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(other(x).data, net(x).data)
    other.load_state_dict({k: v * 0 for k, v in other.state_dict().items()})
    assert np.any(net[0].weight.data)


def test_gradcheck_takes_a_module_with_its_parameters():
    net = nn.Sequential(nn.Linear(3, 4, rng=0), nn.Tanh(), nn.Linear(4, 2, rng=1))
    before = net.state_dict()
    assert gradcheck(net, [np.random.default_rng(0).normal(size=(2, 3))], order=2)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
        assert value.dtype == np.float32
