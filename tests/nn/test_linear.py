"""The fully-connected layer. Deck, part B."""

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor
from nn import functional as F


def test_gradients_of_one_sample_are_the_decks():
    rng = np.random.default_rng(0)
    layer = nn.Linear(4, 3, dtype="float64", rng=rng)
    x = Tensor(rng.normal(size=4), requires_grad=True)
    g = rng.normal(size=3)
    y = layer(x)
    np.testing.assert_allclose(y.data, layer.weight.data @ x.data + layer.bias.data)
    y.backward(g)
    np.testing.assert_allclose(layer.weight.grad.data, np.outer(g, x.data))
    np.testing.assert_allclose(layer.bias.grad.data, g)
    np.testing.assert_allclose(x.grad.data, layer.weight.data.T @ g)


def test_gradient_of_a_mini_batch_is_the_average_of_its_samples():
    rng = np.random.default_rng(1)
    net = nn.Sequential(
        nn.Linear(4, 5, dtype="float64", rng=rng),
        nn.Sigmoid(),
        nn.Linear(5, 3, dtype="float64", rng=rng),
    )
    x, labels = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    loss = nn.CrossEntropyLoss()
    loss(net(x), labels).backward()
    batch = [p.grad.data for p in net.parameters()]
    net.zero_grad()
    for row, label in zip(x, labels, strict=True):
        loss(net(row), label).backward()
    for together, p in zip(batch, net.parameters(), strict=True):
        np.testing.assert_allclose(together, p.grad.data / 6, atol=1e-15)


def test_without_bias():
    layer = nn.Linear(3, 2, bias=False)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    assert "bias=False" in repr(layer)
    layer(np.ones((1, 3), np.float32)).sum().backward()
    assert layer.weight.grad.shape == (2, 3)


def test_parameters_are_float32_unless_set_otherwise():
    assert nn.Linear(2, 2).weight.dtype == np.float32
    assert nn.Linear(2, 2, dtype="float64").bias.dtype == np.float64
    autograd.set_default_dtype("float64")
    try:
        assert nn.Linear(2, 2).weight.dtype == np.float64
    finally:
        autograd.set_default_dtype("float32")


def test_float32_is_kept():
    layer = nn.Linear(3, 2)
    x = Tensor(np.ones((4, 3), np.float32), requires_grad=True)
    y = layer(x)
    assert y.dtype == np.float32
    y.sum().backward()
    assert {layer.weight.grad.dtype, layer.bias.grad.dtype, x.grad.dtype} == {np.dtype(np.float32)}


def test_weight_and_its_gradient_lie_in_memory_as_the_product_likes_it():
    layer = nn.Linear(30, 20)
    layer(np.ones((4, 30), np.float32)).sum().backward()
    assert layer.weight.shape == (20, 30)
    assert layer.weight.data.flags.f_contiguous
    assert layer.weight.grad.data.flags.f_contiguous


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("batch", [0, 2])
def test_sizes_of_zero(sizes, batch):
    layer = nn.Linear(*sizes)
    y = layer(np.zeros((batch, sizes[0]), np.float32))
    assert y.shape == (batch, sizes[1])
    y.sum().backward()
    assert layer.weight.grad.shape == layer.weight.shape


def test_wrong_number_of_features():
    with pytest.raises(ValueError, match=r"expected an input of shape \(\.\.\., 4\), got \(2, 3\)"):
        nn.Linear(4, 1)(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"got \(\)"):
        nn.Linear(4, 1)(1.0)


def test_wrong_sizes():
    with pytest.raises(TypeError, match="integer as in_features"):
        nn.Linear(2.5, 1)
    with pytest.raises(ValueError, match="out_features >= 0"):
        nn.Linear(2, -1)


def test_a_node_points_at_the_line_that_called_the_layer():
    y = nn.Sequential(nn.Linear(2, 2))(np.ones((1, 2), np.float32))
    assert y.line.file == __file__
    assert "nn.Sequential(nn.Linear(2, 2))" in y.line.text


def test_the_memory_of_a_weight_keeps_its_order_whatever_is_done_with_it(tmp_path):
    layer = nn.Linear(4, 3, rng=0)
    rng = np.random.default_rng(0)

    def keeps(layer):
        return all(
            array.flags.f_contiguous and array.shape == (3, 4)
            for array in (layer.weight.data, layer.weight.grad.data)
        )

    def backward(layer):
        layer.zero_grad()
        layer(rng.normal(size=(5, 4)).astype(layer.weight.dtype)).sum().backward()
        return layer

    for fill in (nn.init.normal_, nn.init.orthogonal_, nn.init.eye_, nn.init.kaiming_uniform_):
        fill(layer.weight)
        assert keeps(backward(layer))
    optimizer = optim.Adam(layer.parameters())
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.step()
    assert optimizer.state["weight"]["exp_avg"].flags.f_contiguous
    layer.load_state_dict({k: np.ascontiguousarray(v) for k, v in layer.state_dict().items()})
    assert keeps(backward(layer))
    nn.save(tmp_path / "layer.npz", layer)
    nn.load(tmp_path / "layer.npz", layer)
    assert keeps(backward(layer))
    assert keeps(backward(copy.deepcopy(layer)))
    assert keeps(backward(pickle.loads(pickle.dumps(layer))))
    assert keeps(backward(layer.to("float64")))


def test_a_weight_of_another_memory_order_learns_all_the_same():
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    layers = [nn.Linear(4, 3, rng=0) for _ in range(2)]
    layers[1].weight.data = np.ascontiguousarray(layers[1].weight.data)
    for layer in layers:
        optimizer = optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
        for _ in range(3):
            optimizer.zero_grad()
            (layer(x) ** 2).sum().backward()
            optimizer.step()
    assert layers[1].weight.data.flags.c_contiguous
    assert layers[1].weight.grad.data.flags.c_contiguous
    np.testing.assert_allclose(layers[0].weight.data, layers[1].weight.data, rtol=1e-5)


@pytest.mark.parametrize(
    ("weight", "bias"), [((3, 2), None), ((5, 3, 2), (4,)), ((5, 3, 2), (5, 1)), ((), ())]
)
def test_bilinear_checks_its_weight_and_bias(weight, bias):
    b = None if bias is None else np.ones(bias)
    with pytest.raises(ValueError, match=r"weight of shape \(out, in1, in2\) and a bias of shape"):
        F.bilinear(np.ones(3), np.ones(2), np.ones(weight), b)
