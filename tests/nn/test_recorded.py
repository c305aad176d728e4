"""Numbers, gradients and states are PyTorch's, as recorded in `recorded/`."""

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F
from tests.nn.recorded import store
from tests.nn.recorded.cases import CASES, CLIPPING, GAINS, NETWORK, drawn, randomized

RECORDED = store.read()


def module_of(layer, kwargs):
    """The module with the values that the recorded one had."""
    module = getattr(nn, layer)(**kwargs).to("float64")
    state = module.state_dict()
    for path, parameter in module.named_parameters():
        state[path] = randomized(parameter.shape, path)
    module.load_state_dict(state)
    return module


def same(got, name, **tolerances):
    np.testing.assert_allclose(
        np.asarray(got.data), RECORDED[name], **({"rtol": 1e-10, "atol": 1e-12} | tolerances)
    )
    assert np.shape(got.data) == RECORDED[name].shape


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_values_gradients_and_state_are_pytorchs(case):
    module = module_of(case.layer, case.kwargs)
    inputs = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in drawn(case)]
    out = module(*inputs)
    same(out, f"{case.id}/out", rtol=case.rtol)
    (out * randomized(out.shape, "output")).sum().backward()
    for i, x in enumerate(inputs):
        if f"{case.id}/input {i}" in RECORDED:
            same(x.grad, f"{case.id}/input {i}", rtol=case.rtol)
    for path, parameter in module.named_parameters():
        same(parameter.grad, f"{case.id}/gradient {path}")
    state = module.state_dict()
    for path, value in state.items():
        same(value, f"{case.id}/state {path}")
    if state:
        same(module.eval()(*inputs), f"{case.id}/eval")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_keys_of_the_state_are_pytorchs_in_its_order(case):
    prefix = f"{case.id}/state "
    keys = [name.removeprefix(prefix) for name in RECORDED if name.startswith(prefix)]
    assert list(module_of(case.layer, case.kwargs).state_dict()) == keys


def test_a_network_takes_pytorchs_weights_and_gives_its_gradients():
    net = nn.Sequential(*(getattr(nn, name)(**kwargs) for name, kwargs in NETWORK)).to("float64")
    state = {
        name.removeprefix("network/state "): value
        for name, value in RECORDED.items()
        if name.startswith("network/state ")
    }
    assert list(net.state_dict()) == list(state)
    net.load_state_dict(state)
    rng = np.random.default_rng(0)
    x, labels = Tensor(rng.normal(size=(8, 6)), requires_grad=True), rng.integers(0, 3, 8)
    J = F.cross_entropy(net(x), labels)
    J.backward()
    same(J, "network/out")
    same(x.grad, "network/input 0")
    for path, parameter in net.named_parameters():
        same(parameter.grad, f"network/gradient {path}", atol=1e-10)


@pytest.mark.parametrize("i", range(len(CLIPPING)))
def test_clipping_by_norm_is_pytorchs(i):
    max_norm, norm_type = CLIPPING[i]
    parameters = [nn.Parameter(np.zeros(shape)) for shape in ((3, 2), (4,))]
    for j, parameter in enumerate(parameters):
        parameter.grad = Tensor(randomized(parameter.shape, f"clip{j}"))
    same(nn.utils.clip_grad_norm_(parameters, max_norm, norm_type), f"clip {i}/norm")
    for j, parameter in enumerate(parameters):
        same(parameter.grad, f"clip {i}/{j}")


def test_gains_are_pytorchs():
    gains = [nn.init.calculate_gain(name, param) for name, param in GAINS]
    np.testing.assert_allclose(gains, RECORDED["gains"], rtol=1e-15)
