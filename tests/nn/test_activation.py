"""Activations as modules: the functions of the same name, the deck's kinks, values far out."""

import math
import warnings

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F

MODULES = [
    (nn.ReLU, F.relu),
    (nn.Sigmoid, F.sigmoid),
    (nn.Tanh, F.tanh),
    (nn.LeakyReLU, F.leaky_relu),
    (nn.ELU, F.elu),
    (nn.SELU, F.selu),
    (nn.GELU, F.gelu),
    (nn.SiLU, F.silu),
    (nn.Softplus, F.softplus),
    (nn.Hardtanh, F.hardtanh),
    (nn.LogSigmoid, F.logsigmoid),
    (nn.ReLU6, F.relu6),
    (nn.CELU, F.celu),
    (nn.Mish, F.mish),
    (nn.Softsign, F.softsign),
    (nn.Tanhshrink, F.tanhshrink),
    (nn.Hardsigmoid, F.hardsigmoid),
    (nn.Hardswish, F.hardswish),
    (nn.Hardshrink, F.hardshrink),
    (nn.Softshrink, F.softshrink),
]


@pytest.mark.parametrize(("module", "function"), MODULES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
def test_modules_and_functions_agree(module, function, shape):
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(module()(x), function(x))
    assert repr(module()).startswith(f"{module.__name__}(")
    assert list(module().parameters()) == []


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (F.relu, 0),
        (F.leaky_relu, 1),
        (lambda x: F.prelu(x, np.array([0.25])), 1),
        (F.elu, 1),
        (F.gelu, 0.5),
        (F.silu, 0.5),
        (F.softplus, 0.5),
        (F.logsigmoid, 0.5),
        (F.hardtanh, 1),
        (F.relu6, 0),
        (F.celu, 1),
        (lambda x: F.celu(x, 2.0), 1),
        (F.mish, 0.6),
        (F.softsign, 1),
        (F.tanhshrink, 0),
        (F.hardsigmoid, 1 / 6),
        (F.hardswish, 0.5),
        (F.hardshrink, 0),
        (F.softshrink, 0),
        (lambda x: F.hardshrink(x, 0.0), 0),
        (lambda x: F.softshrink(x, 0.0), 0),
        (lambda x: F.threshold(x, 0.0, 20.0), 0),
    ],
)
def test_slopes_at_zero(function, slope):
    x = Tensor([0.0, -0.0], requires_grad=True)
    function(x).sum().backward()
    np.testing.assert_allclose(x.grad.data, [slope, slope], rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("module", "function"), MODULES)
def test_far_out_there_is_no_warning_and_no_nan(module, function, dtype):
    x = Tensor(np.array([-1e4, -200, 200, 1e4], dtype), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = function(x)
        y.sum().backward()
    assert np.all(np.isfinite(y.data))
    assert np.all(np.isfinite(x.grad.data))


def test_log_sigmoid_and_softplus_are_exact_where_the_plain_formula_is_not():
    np.testing.assert_array_equal(F.logsigmoid(np.array([-1000.0, 1000.0])), [-1000, 0])
    assert F.logsigmoid(40.0) == pytest.approx(-math.exp(-40), rel=1e-12)
    assert F.softplus(-40.0) == pytest.approx(math.exp(-40), rel=1e-12)
    assert F.softplus(25.0) == 25


def test_gelu_is_x_times_the_normal_distribution():
    x = np.linspace(-5, 5, 101)
    exact = [v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x]
    np.testing.assert_allclose(F.gelu(x), exact, atol=1e-15)
    np.testing.assert_allclose(F.gelu(x, approximate="tanh"), exact, atol=5e-4)
    with pytest.raises(ValueError, match="'none' or 'tanh', got 'erf'"):
        F.gelu(x, approximate="erf")
    with pytest.raises(ValueError, match="'none' or 'tanh', got 'erf'"):
        nn.GELU("erf")


def test_selu_keeps_mean_zero_and_variance_one():
    y = F.selu(np.random.default_rng(0).standard_normal(1_000_000))
    assert abs(y.mean()) < 5e-3
    assert abs(y.var() - 1) < 1e-2


def test_the_gradient_of_prelus_alpha_is_the_decks():
    layer = nn.PReLU(dtype="float64")
    x = np.array([[-2.0, 1.0, -0.5], [0.0, -1.0, 3.0]])
    g = np.array([[1.0, 10.0, 2.0], [5.0, -3.0, 7.0]])
    layer(x).backward(g)
    assert layer.weight.grad.item() == -2.0 * 1 + -0.5 * 2 + -1.0 * -3


def test_prelu_with_an_alpha_per_channel():
    layer = nn.PReLU(3, init=0.5, dtype="float64")
    np.testing.assert_array_equal(layer.weight.data, [0.5] * 3)
    layer(-np.ones((2, 3, 4))).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.data, [-8, -8, -8])
    with pytest.raises(ValueError, match=r"each of the 4 channels .*\(2, 4\).* of shape \(3,\)"):
        layer(np.ones((2, 4)))
    with pytest.raises(ValueError, match="one alpha"):
        layer(np.ones(3))
    assert repr(layer) == "PReLU(num_parameters=3)"


def test_softmax_modules_and_their_axis():
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(nn.Softmin(dim=0)(x), nn.Softmax(dim=0)(-x))
    np.testing.assert_allclose(nn.Softmax(dim=0)(x).sum(axis=0), 1)
    np.testing.assert_allclose(np.exp(nn.LogSoftmax(dim=1)(x)), nn.Softmax(dim=1)(x))
    assert repr(nn.Softmax(dim=0)) == "Softmax(dim=0)"


def test_options_are_shown():
    assert repr(nn.LeakyReLU(0.2)) == "LeakyReLU(negative_slope=0.2)"
    assert repr(nn.ELU(2.0)) == "ELU(alpha=2.0)"
    assert repr(nn.GELU("tanh")) == "GELU(approximate='tanh')"
    assert repr(nn.Softplus(2.0)) == "Softplus(beta=2.0, threshold=20.0)"
    assert repr(nn.Hardtanh(-2.0, 2.0)) == "Hardtanh(min_val=-2.0, max_val=2.0)"
    assert repr(nn.CELU(2.0)) == "CELU(alpha=2.0)"
    assert repr(nn.Hardshrink(0.1)) == "Hardshrink(lambd=0.1)"
    assert repr(nn.Softshrink(0.1)) == "Softshrink(lambd=0.1)"
    assert repr(nn.Threshold(0.1, 20)) == "Threshold(threshold=0.1, value=20)"
    assert repr(nn.GLU(0)) == "GLU(dim=0)"


def test_inplace_is_taken_and_overwrites_nothing():
    x = np.array([-1.0, 1.0])
    kinds = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.SiLU, nn.Mish)
    for kind in (*kinds, nn.Hardtanh, nn.ReLU6, nn.Hardsigmoid, nn.Hardswish):
        kind(inplace=True)(x)
    nn.Threshold(0.0, 5.0, inplace=True)(x)
    np.testing.assert_array_equal(x, [-1, 1])
