"""state_dict of optimizers: a round trip in the middle of a training, and what does not fit."""

import numpy as np
import pytest

import nn
from optim import SGD, Adam, Adamax, AdamW, NAdam

CASES = [
    (SGD, dict(lr=0.1, momentum=0.9)),
    (Adam, dict(lr=0.05, amsgrad=True)),
    (AdamW, dict(lr=0.05)),
]


def network():
    return nn.Sequential(nn.Linear(3, 300, rng=0), nn.Tanh(), nn.Linear(300, 2, rng=1))


def steps(net, optimizer, count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        optimizer.zero_grad()
        x, labels = rng.normal(size=(8, 3)).astype(np.float32), rng.integers(0, 2, 8)
        nn.functional.cross_entropy(net(x), labels).backward()
        optimizer.step()


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_a_round_trip_in_the_middle_changes_no_bit(kind, options):
    net = network()
    optimizer = kind(net.named_parameters(), **options)
    steps(net, optimizer, 5, 0)
    weights, state = net.state_dict(), optimizer.state_dict()
    steps(net, optimizer, 5, 1)

    again = network()
    again.load_state_dict(weights)
    resumed = kind(again.named_parameters(), lr=9.0)
    resumed.load_state_dict(state)
    assert resumed.param_groups[0]["lr"] == options["lr"]
    steps(again, resumed, 5, 1)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, again.state_dict()[name])


def test_the_state_is_a_snapshot_by_name_without_parameters():
    net = network()
    optimizer = SGD(net.named_parameters(), lr=0.1, momentum=0.9)
    steps(net, optimizer, 1, 0)
    state = optimizer.state_dict()
    before = state["state"]["0.weight"]["momentum_buffer"].copy()
    steps(net, optimizer, 1, 1)
    np.testing.assert_array_equal(state["state"]["0.weight"]["momentum_buffer"], before)
    assert state["param_groups"][0]["params"] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert "param_names" not in state["param_groups"][0]


def test_options_that_others_added_come_along():
    net = network()
    optimizer = SGD(net.parameters())
    optimizer.param_groups[0]["initial_lr"] = 0.7
    other = SGD(net.parameters())
    other.load_state_dict(optimizer.state_dict())
    assert other.param_groups[0]["initial_lr"] == 0.7


def broken(change):
    net = network()
    optimizer = SGD(net.named_parameters(), lr=0.1, momentum=0.9)
    steps(net, optimizer, 1, 0)
    state = optimizer.state_dict()
    change(state)
    return state


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("state"), "expected a dictionary with 'state'"),
        (lambda s: s["param_groups"].append({}), "expected 1 parameter groups, got 2"),
        (lambda s: s["param_groups"][0]["params"].remove("0.bias"), "missing parameter 0.bias"),
        (lambda s: s["param_groups"][0]["params"].append("top"), "unexpected parameter top"),
        (lambda s: s["param_groups"][0].pop("lr"), "missing option lr"),
        (lambda s: s["state"].update(top={}), "state of an unknown parameter top"),
        (
            lambda s: s["state"]["0.bias"].update(momentum_buffer=np.zeros(4)),
            r"momentum_buffer of 0.bias: expected shape \(300,\), got \(4,\)",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    net = network()
    optimizer = SGD(net.named_parameters(), lr=0.5, momentum=0.9)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(broken(change))
    assert optimizer.state == {}
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_something_else_than_a_dictionary():
    with pytest.raises(ValueError, match="expected a dictionary"):
        SGD(network().parameters()).load_state_dict(None)


@pytest.mark.parametrize("saved_by", [Adam, NAdam])
def test_the_state_of_another_optimizer(saved_by):
    net = network()
    optimizer = saved_by(net.named_parameters())
    steps(net, optimizer, 1, 0)
    message = "exp_avg_sq of 0.weight: Adamax keeps only step, exp_avg, exp_inf"
    with pytest.raises(ValueError, match=message):
        Adamax(net.named_parameters()).load_state_dict(optimizer.state_dict())


def test_adamw_stays_decoupled_when_it_goes_on_from_adam():
    net = network()
    optimizer = Adam(net.named_parameters(), weight_decay=0.1)
    steps(net, optimizer, 1, 0)
    again = AdamW(net.named_parameters())
    again.load_state_dict(optimizer.state_dict())
    (group,) = again.param_groups
    assert (group["weight_decay"], group["decoupled_weight_decay"]) == (0.1, True)
    assert again.state["0.bias"]["step"] == 1
