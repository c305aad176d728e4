"""What all optimizers share: groups, names, steps, gradients."""

import copy
import pickle

import numpy as np
import pytest

import nn
from autograd import Tensor, is_grad_enabled
from optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, Optimizer, RMSprop

# Options with which each remembers as much as it can.
FULL = {
    SGD: dict(momentum=0.9),
    Adam: dict(amsgrad=True),
    AdamW: dict(amsgrad=True),
    RMSprop: dict(momentum=0.9, centered=True),
    Adagrad: dict(lr_decay=0.1),
    Adadelta: {},
    NAdam: {},
    Adamax: {},
}
KINDS = list(FULL)


def with_gradient(shape=(3,), dtype=np.float64):
    p = nn.Parameter(np.ones(shape, dtype))
    p.grad = Tensor(np.full(shape, 2, dtype))
    return p


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_without_gradient_is_skipped(kind):
    p, q = with_gradient(), nn.Parameter(np.ones(3))
    optimizer = kind([p, q], lr=0.1, weight_decay=0.1)
    optimizer.step()
    assert np.all(p.data != 1)
    np.testing.assert_array_equal(q.data, 1)
    assert list(optimizer.state) == ["0"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("maximize", [False, True])
def test_gradients_are_never_changed(kind, maximize):
    p = with_gradient()
    grad, before = p.grad, p.grad.data.copy()
    grad.data.flags.writeable = False
    optimizer = kind([p], lr=0.1, weight_decay=0.1, maximize=maximize, **FULL[kind])
    for _ in range(3):
        optimizer.step()
    assert p.grad is grad
    np.testing.assert_array_equal(grad.data, before)
    for value in optimizer.state["0"].values():
        assert not np.shares_memory(value, grad.data)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_step_is_in_place_and_keeps_the_dtype(kind, dtype):
    p = with_gradient(dtype=dtype)
    memory = p.data
    optimizer = kind([p], lr=np.float64(0.1), weight_decay=np.float64(0.1), **FULL[kind])
    optimizer.step()
    assert p.data is memory
    assert memory.dtype == dtype
    for value in optimizer.state["0"].values():
        assert not isinstance(value, np.ndarray) or value.dtype == dtype


@pytest.mark.parametrize("kind", KINDS)
def test_a_scalar_takes_the_same_step_as_an_array(kind):
    scalar, array = with_gradient(()), with_gradient((1,))
    for p in (scalar, array):
        optimizer = kind([p], lr=0.1)
        for _ in range(3):
            optimizer.step()
    assert scalar.item() == array.item()
    assert isinstance(scalar.data, np.float64)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["C", "F", "mixed"])
def test_large_arrays_take_the_same_step_as_their_elements(kind, order):
    rng = np.random.default_rng(0)
    value, grad = rng.normal(size=(2, 300, 500))
    p = nn.Parameter(np.array(value, order="C" if order == "C" else "F"))
    q = nn.Parameter(value[:2, :3])
    one, other = kind([p], lr=0.1, **FULL[kind]), kind([q], lr=0.1, **FULL[kind])
    for _ in range(3):
        p.grad = Tensor(np.array(grad, order="F" if order == "F" else "C"))
        q.grad = Tensor(grad[:2, :3])
        one.step()
        other.step()
    np.testing.assert_allclose(p.data[:2, :3], q.data, rtol=1e-14)
    assert np.all(p.data != value)


def test_a_parameter_changed_between_forward_and_backward_is_noticed_and_named():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    optimizer = SGD(net.parameters(), lr=0.1)
    x = np.ones((1, 2), np.float32)
    net(x).sum().backward()
    J = net(x).sum()
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"2\.weight.*changed in place.*optimizer\.step\(\)"):
        J.backward()


def test_zero_grad():
    p = with_gradient()
    optimizer, grad = SGD([p]), p.grad
    optimizer.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(p.grad.data, 0)
    np.testing.assert_array_equal(grad.data, 2)
    optimizer.zero_grad()
    assert p.grad is None


def test_a_closure_is_run_recorded_and_its_loss_returned():
    p = nn.Parameter(np.array([1.0]))
    optimizer = SGD([p], lr=0.5)

    def closure():
        assert is_grad_enabled()
        optimizer.zero_grad()
        J = (p * p).sum()
        J.backward()
        return J

    assert optimizer.step(closure).item() == 1
    assert p.item() == 0
    assert optimizer.step() is None


def test_groups_have_options_of_their_own():
    p, q, r = with_gradient(), with_gradient(), with_gradient()
    optimizer = SGD([{"params": [p]}, {"params": q, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": [r], "lr": 0.0})
    optimizer.step()
    np.testing.assert_allclose([p.data[0], q.data[0], r.data[0]], [0.8, 0, 1])
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.step()
    assert p.data[0] == pytest.approx(-1.2)
    assert "group 1 of 1 parameters: lr=0.5" in repr(optimizer)


def test_the_state_goes_by_name():
    net = nn.Sequential(nn.Linear(2, 2))
    net(np.ones((1, 2), np.float32)).sum().backward()
    for params in (net.named_parameters(), net.parameters()):
        optimizer = Adam(params)
        optimizer.step()
        assert list(optimizer.state) == ["0.weight", "0.bias"]
    unnamed = Adam([with_gradient(), with_gradient()])
    unnamed.step()
    assert list(unnamed.state) == ["0", "1"]


def test_a_name_that_is_taken_gives_way_to_the_position():
    layers = [nn.Linear(1, 1), nn.Linear(1, 1)]
    optimizer = SGD([p for layer in layers for p in layer.parameters()])
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias", "2", "3"]
    with pytest.raises(ValueError, match="'1' stands for two parameters"):
        SGD([("1", with_gradient()), with_gradient()])


def test_own_optimizers_write_only_the_update():
    class SignDescent(Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

        def update(self, p, g, state, options):
            p -= options["lr"] * np.sign(g)

    p = with_gradient()
    SignDescent([p]).step()
    np.testing.assert_allclose(p.data, 0.9)
    with pytest.raises(NotImplementedError, match="Optimizer does not define update"):
        Optimizer([p], {}).step()


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimizer_is_found_by_copies_and_pickles(kind):
    optimizer = kind([with_gradient()], lr=0.1)
    optimizer.step()
    for again in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        p = again.param_groups[0]["params"][0]
        assert p is not optimizer.param_groups[0]["params"][0]
        again.step()
    optimizer.step()
    np.testing.assert_array_equal(p.data, optimizer.param_groups[0]["params"][0].data)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "no parameters"),
        ({nn.Parameter([1.0])}, TypeError, "in an order, got a set"),
        ([{"params": {nn.Parameter([1.0])}}], TypeError, "in an order, got a set"),
        (nn.Linear(1, 1), TypeError, r"got a Linear; pass model.named_parameters\(\)"),
        (iter(()), ValueError, "a generator is empty once it has been used"),
        (nn.Parameter([1.0]), TypeError, r"write \[parameter\]"),
        (np.ones(3), TypeError, "a list of parameters"),
        ([np.ones(3)], TypeError, "tensors, got ndarray"),
        ([nn.Parameter([1.0]) * 2], ValueError, "leaves, got the result of multiply"),
        ([{"lr": 0.1}], TypeError, "the key 'params'"),
        ([{"params": [], "rate": 1}], ValueError, "no option 'rate'; expected lr"),
        ([{"params": [nn.Parameter([1.0])], "lr": -1}], ValueError, "lr >= 0"),
    ],
)
def test_what_cannot_be_optimized(params, error, message):
    with pytest.raises(error, match=message):
        SGD(params)


def test_a_parameter_passed_twice():
    p = with_gradient()
    with pytest.raises(ValueError, match="passed twice"):
        SGD([p, p])
    with pytest.raises(ValueError, match="passed twice"):
        SGD([{"params": [p]}, {"params": [p]}])


def test_a_gradient_of_another_shape():
    p = with_gradient((3, 1))
    p.grad = Tensor(np.ones(3))
    with pytest.raises(ValueError, match=r"parameter 0 has shape \(3,\), expected \(3, 1\)"):
        SGD([p]).step()


def test_a_parameter_whose_step_was_refused_does_not_count_as_written():
    p = Tensor(np.ones((3, 1)), requires_grad=True)
    recorded = (p * p).sum()
    p.grad = Tensor(np.ones(3))
    with pytest.raises(ValueError, match="has shape"):
        SGD([p]).step()
    p.grad = None
    recorded.backward()
    np.testing.assert_array_equal(p.grad.data, 2)


def test_a_replaced_layer_and_a_copied_model_are_noticed():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    head = SGD(net[2].parameters())
    optimizer = SGD(net.named_parameters())
    optimizer.check_parameters(net)
    head.check_parameters(net)

    with pytest.raises(ValueError, match="4 of 4 parameters that Sequential does not have"):
        optimizer.check_parameters(copy.deepcopy(net))
    setattr(net, "2", nn.Linear(3, 2))
    with pytest.raises(ValueError, match="2 of 4 parameters") as raised:
        optimizer.check_parameters(net)
    assert "2.weight: the model has another tensor of this name" in str(raised.value)
    assert "0.weight" not in str(raised.value)
    with pytest.raises(ValueError, match=r"2\.bias: the model has nothing of this name"):
        optimizer.check_parameters(nn.Sequential(net[0]))


def test_a_gradient_of_another_precision_or_layout():
    for kind in KINDS:
        p, q = nn.Parameter(np.ones((3, 4), np.float32)), nn.Parameter(np.ones((3, 4)))
        g = np.linspace(0.5, 2, 12).reshape(4, 3).T[::-1]
        for parameter in (p, q):
            parameter.grad = Tensor(g)
        kind([p, q], lr=0.1, **FULL[kind]).step()
        assert p.dtype == np.float32
        np.testing.assert_allclose(p.data, q.data, rtol=1e-5, atol=1e-6)
