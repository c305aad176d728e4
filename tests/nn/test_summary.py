"""The table of a model."""

import numpy as np
import pytest

import autograd
import nn


def model():
    first = nn.Linear(6, 6)
    return nn.Sequential(
        {
            "fc1": first,
            "bn": nn.BatchNorm1d(6, test_stats="population"),
            "act": nn.PReLU(),
            "drop": nn.Dropout(0.5, rng=0),
            "again": nn.Sequential(first, nn.Linear(6, 2)),
        }
    )


def test_layers_shapes_and_parameters():
    summary = model().summary((5, 6))
    table = [(row.path, row.layer, row.shape, row.parameters) for row in summary.rows]
    assert table == [
        ("", "Sequential", (5, 2), 0),
        ("fc1", "Linear", (5, 6), 42),
        ("bn", "BatchNorm1d", (5, 6), 12),
        ("act", "PReLU", (5, 6), 1),
        ("drop", "Dropout", (5, 6), 0),
        ("again", "Sequential", (5, 2), 0),
        ("again.1", "Linear", (5, 2), 14),
    ]
    assert summary.parameters == 42 + 12 + 1 + 14
    assert repr(summary) == str(summary)
    assert "again: Sequential" in str(summary)
    assert str(summary).endswith("Parameters: 69")


def test_tied_weights_are_counted_once_and_frozen_ones_are_told():
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    net[1].weight = net[0].weight
    net[1].bias.requires_grad_(False)
    summary = net.summary((1, 3))
    assert [row.parameters for row in summary.rows] == [0, 12, 3]
    assert str(summary).endswith("Parameters: 15, of which 12 learn")


def test_nothing_is_changed():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", np.zeros(()))

        def forward(self, x):
            with autograd.no_grad():
                self.calls[...] = self.calls.data + 1
            return nn.functional.dropout(x, 0.5)

    net = nn.Sequential(model(), Counting())
    state, modes = net.state_dict(), [m.training for m in net.modules()]
    net[0].bn.eval()
    modes = [m.training for m in net.modules()]
    rng = autograd.manual_seed(0)
    numbers, own = rng.bit_generator.state, net[0].drop.rng.bit_generator.state
    net.summary((5, 6))
    assert rng.bit_generator.state == numbers
    assert net[0].drop.rng.bit_generator.state == own
    assert [m.training for m in net.modules()] == modes
    for path, value in net.state_dict().items():
        np.testing.assert_array_equal(value, state[path])
    assert all(not m._forward_hooks for m in net.modules())
    assert all(p.grad is None for p in net.parameters())


def test_several_inputs_several_outputs_and_what_is_not_called():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.both = nn.Bilinear(3, 2, 4)
            self.spare = nn.ReLU()

        def forward(self, a, b):
            return a, self.both(a, b)

    summary = Net().summary([(5, 3), (5, 2)])
    assert [row.shape for row in summary.rows] == [[(5, 3), (5, 4)], (5, 4), None]
    assert "not called" in str(summary)
    assert str(summary).startswith("Input shape: (5, 3), (5, 2)")


def test_the_dtype_of_the_input():
    assert nn.Embedding(4, 3).summary((2, 5), dtype=int).rows[0].shape == (2, 5, 3)
    assert nn.ReLU().summary((2,)).rows[0].shape == (2,)


def test_an_error_names_the_layer_and_leaves_no_hook():
    net = nn.Sequential({"fc1": nn.Linear(3, 3), "fc2": nn.Linear(4, 3)})
    with pytest.raises(ValueError, match=r"expected an input of shape \(\.\.\., 4\)") as caught:
        net.summary((1, 3))
    assert any("in module fc2: Linear" in note for note in caught.value.__notes__)
    assert not net._forward_hooks
    assert net.training


def test_looking_at_a_module_leaves_no_trace():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5))
    before = model.state_dict()
    with model.unchanged():
        model.eval()
        model.train()
        first = model(np.arange(6.0).reshape(2, 3)).data
    second = model(np.arange(6.0).reshape(2, 3)).data
    np.testing.assert_array_equal(first, second)
    assert model.training
    assert before["0.running_mean"].tolist() != model.state_dict()["0.running_mean"].tolist()
    with model.unchanged():
        model(np.ones((2, 3)))
        model.eval()
    assert model.training
