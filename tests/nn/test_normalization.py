"""Batch and layer normalization: the deck's formula, running estimates, three test-time choices."""

import copy

import numpy as np
import pytest

import nn
from autograd import Tensor, gradcheck
from nn import functional as F


def batch_norm(n=3, **kwargs):
    return nn.BatchNorm1d(n, dtype="float64", **kwargs)


# -- in training ---------------------------------------------------------------------------------


def test_the_formula_of_the_deck(rng):
    layer = batch_norm()
    layer.load_state_dict({"weight": [2.0, 0.5, -1.0], "bias": [1.0, 0.0, 3.0]}, strict=False)
    x = rng.normal(size=(5, 3)) * 3 + 7
    mean, variance = x.mean(axis=0), x.var(axis=0)
    expected = layer.weight.data * (x - mean) / np.sqrt(variance + 1e-5) + layer.bias.data
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-12)


def test_each_channel_comes_out_with_mean_zero_and_variance_one(rng):
    y = batch_norm()(rng.normal(size=(50, 3, 4)) * [[[9], [1], [0.1]]] + 1000).data
    np.testing.assert_allclose(y.mean(axis=(0, 2)), 0, atol=1e-9)
    np.testing.assert_allclose(y.var(axis=(0, 2)), 1, rtol=2e-3)


def test_the_running_estimates_of_the_deck(rng):
    layer = batch_norm(momentum=0.1)
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(4):
        x = rng.normal(size=(6, 3)) + 2
        layer(x)
        mean = 0.9 * mean + 0.1 * x.mean(axis=0)
        variance = 0.9 * variance + 0.1 * x.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.running_mean.data, mean)
    np.testing.assert_allclose(layer.running_var.data, variance)
    assert layer.num_batches_tracked.item() == 4
    layer.reset_running_stats()
    assert layer.num_batches_tracked.item() == 0
    np.testing.assert_array_equal(layer.running_var.data, 1)


def test_without_a_momentum_the_estimates_are_averages(rng):
    layer = batch_norm(momentum=None)
    batches = [rng.normal(size=(n, 3)) for n in (4, 7, 5)]
    for x in batches:
        layer(x)
    np.testing.assert_allclose(
        layer.running_mean.data, np.mean([x.mean(axis=0) for x in batches], axis=0)
    )
    np.testing.assert_allclose(
        layer.running_var.data, np.mean([x.var(axis=0, ddof=1) for x in batches], axis=0)
    )


def test_the_dtype_of_estimates_and_output_is_kept(rng):
    layer = nn.BatchNorm1d(3)
    assert layer(rng.normal(size=(4, 3)).astype(np.float32)).dtype == np.float32
    assert layer.running_mean.dtype == layer.running_var.dtype == np.float32
    assert layer.num_batches_tracked.dtype == np.int64


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1)])
def test_a_batch_of_one_raises_in_training_and_works_at_test_time(shape):
    layer = batch_norm()
    with pytest.raises(ValueError, match="more than one value per channel") as caught:
        layer(np.ones(shape))
    assert "drop_last" in str(caught.value)
    assert layer.num_batches_tracked.item() == 0
    np.testing.assert_allclose(layer.eval()(np.ones(shape)).data, 1, rtol=1e-5)
    assert layer.train()(np.ones((1, 3, 2))).shape == (1, 3, 2)


def test_an_empty_batch_changes_no_estimate():
    layer = batch_norm()
    assert layer(np.zeros((0, 3))).shape == (0, 3)
    np.testing.assert_array_equal(layer.running_mean.data, 0)
    assert layer.num_batches_tracked.item() == 0


@pytest.mark.parametrize("shape", [(3,), (5, 4), (5, 4, 3), (1, 2, 3, 4)])
def test_inputs_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"expected an input of shape \(N, 3\) or \(N, 3, L\)"):
        batch_norm()(np.zeros(shape))


def test_functions_check_their_vectors():
    with pytest.raises(ValueError, match="4 channels on axis 1, the length of weight"):
        F.batch_norm(np.zeros((2, 3)), None, None, np.ones(4), training=True)
    with pytest.raises(ValueError, match="running_mean and running_var, got None"):
        F.batch_norm(np.zeros((2, 3)), None, None)
    with pytest.raises(ValueError, match=r"\(N, C, \.\.\.\), got \(3,\)"):
        F.batch_norm(np.zeros(3), None, None)
    bias = np.ones(3)
    np.testing.assert_allclose(
        F.batch_norm(np.eye(3), None, None, None, bias, training=True),
        F.batch_norm(np.eye(3), None, None, bias, bias, training=True),
    )


def test_a_graph_of_test_time_stays_right_when_the_estimates_are_overwritten(rng):
    layer = batch_norm().eval()
    x = Tensor(rng.normal(size=(4, 3)), requires_grad=True)
    J = layer(x).sum()
    layer.train()(x.data)
    J.backward()
    np.testing.assert_allclose(x.grad.data, 1 / np.sqrt(1 + 1e-5))


# -- at test time --------------------------------------------------------------------------------


def test_the_running_estimates_are_the_usual_choice(rng):
    layer = batch_norm()
    layer(rng.normal(size=(9, 3)))
    x = rng.normal(size=(2, 3))
    expected = (x - layer.running_mean.data) / np.sqrt(layer.running_var.data + 1e-5)
    np.testing.assert_allclose(layer.eval()(x).data, expected)


@pytest.mark.parametrize("options", [{"test_stats": "batch"}, {"track_running_stats": False}])
def test_the_statistics_of_the_current_batch(options, rng):
    layer = batch_norm(**options)
    x = rng.normal(size=(6, 3))
    np.testing.assert_array_equal(layer.eval()(x).data, layer.train()(x).data)
    layer.reset_parameters()


def deep(test_stats="population"):
    """Two normalizations above each other, with a non-linearity and dropout between them."""
    return nn.Sequential(
        nn.Linear(5, 4, rng=1),
        nn.BatchNorm1d(4, test_stats=test_stats),
        nn.Tanh(),
        nn.Dropout(0.5),
        nn.Residual(nn.Linear(4, 4, rng=2), nn.BatchNorm1d(4, test_stats=test_stats)),
    ).to("float64")


X = np.random.default_rng(0).normal(size=(50, 5)) * [1, 2, 3, 4, 5] + 10


def batches(size, wrapped=False):
    parts = [X[i : i + size] for i in range(0, len(X), size)]
    return [(Tensor(x), None) for x in parts] if wrapped else parts


@pytest.mark.parametrize("size", [1, 7, 50])
@pytest.mark.parametrize("test_stats", ["running", "population"])
def test_recalibrated_is_what_one_pass_over_all_samples_gives(test_stats, size):
    net = deep(test_stats)
    assert net.recalibrate(batches(size, wrapped=size == 7)) is net
    assert net.training
    assert all(module.training for module in net.modules())
    at_test = net.eval()(X).data
    net.train()[3].eval()
    np.testing.assert_allclose(at_test, net(X).data, rtol=1e-10)


def test_the_population_has_the_exact_statistics():
    layer = batch_norm(5, test_stats="population")
    layer.recalibrate(batches(8))
    np.testing.assert_allclose(layer.running_mean.data, X.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(layer.running_var.data, X.var(axis=0), rtol=1e-14)
    assert layer.num_batches_tracked.item() == 7


def test_statistics_of_large_values_do_not_cancel():
    layer = batch_norm(5)
    layer.recalibrate([x + 1e9 for x in batches(8)])
    np.testing.assert_allclose(layer.running_var.data, (X + 1e9).var(axis=0), rtol=1e-6)


def test_the_population_must_be_known_and_each_training_step_forgets_it():
    net = deep().eval()
    with pytest.raises(RuntimeError, match=r"model\.recalibrate\(loader\)") as caught:
        net(X)
    assert any("in module 1: BatchNorm1d" in note for note in caught.value.__notes__)
    net.recalibrate(batches(10))
    state = net.state_dict()
    again = deep().eval()
    again.load_state_dict(state)
    np.testing.assert_array_equal(again(X).data, net(X).data)
    mean = net[1].running_mean.data.copy()
    net.train()(X)
    np.testing.assert_array_equal(net[1].running_mean.data, mean)
    with pytest.raises(RuntimeError, match="not known for the present parameters"):
        net.eval()(X)


def test_recalibrating_draws_nothing_and_leaves_hooks_and_layers_without_statistics_alone():
    net = deep("batch")
    net.append(nn.BatchNorm1d(4, track_running_stats=False).to("float64"))
    net[3].rng = np.random.default_rng(0)
    before = copy.deepcopy(net[3].rng.bit_generator.state)
    net.recalibrate(batches(10))
    assert net[3].rng.bit_generator.state == before
    assert deep("batch")[0](X).data.shape == (50, 4)
    assert nn.Linear(5, 1).recalibrate([]).training


def test_what_recalibrate_refuses():
    net = deep()
    with pytest.raises(TypeError, match="begun again"):
        net.recalibrate(iter(batches(10)))
    with pytest.raises(ValueError, match="at least one batch"):
        net.recalibrate([])
    with pytest.raises(ValueError, match="1 expected samples"):
        net.recalibrate([X[:0]])
    with pytest.raises(ValueError, match="expected an input"):
        net.recalibrate([np.zeros((3, 2))])
    assert net.training
    assert net[1].measuring is None
    assert net.recalibrate(batches(10)).eval()(X).shape == (50, 4)


def test_a_layer_that_is_not_called_keeps_its_statistics():
    net = deep("running")
    net.spare = nn.BatchNorm1d(2)
    Net = type("Net", (nn.Sequential,), {"forward": lambda self, x: self[0](x)})
    Net({"used": nn.Linear(5, 2).to("float64"), "spare": net.spare}).recalibrate(batches(10))
    assert net.spare.num_batches_tracked.item() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_stats": "all"}, "'running', 'batch' or 'population', got 'all'"),
        ({"test_stats": "population", "track_running_stats": False}, "track_running_stats=True"),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        nn.BatchNorm1d(3, **options)


def test_looks():
    assert repr(nn.BatchNorm1d(3)) == (
        "BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
    )
    assert "test_stats='batch'" in repr(nn.BatchNorm1d(3, test_stats="batch"))
    assert repr(nn.LayerNorm(3)) == "LayerNorm((3,), eps=1e-05, elementwise_affine=True)"


# -- layer normalization -------------------------------------------------------------------------


def test_each_sample_comes_out_with_mean_zero_and_variance_one(rng):
    layer = nn.LayerNorm((3, 4), dtype="float64")
    y = layer(rng.normal(size=(5, 3, 4)) * 7 + 3).data
    np.testing.assert_allclose(y.mean(axis=(1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(1, 2)), 1, rtol=1e-5)
    assert [p.shape for p in layer.parameters()] == [(3, 4), (3, 4)]
    assert len(list(nn.LayerNorm(3, bias=False).parameters())) == 1
    assert len(list(nn.LayerNorm(3, elementwise_affine=False).parameters())) == 0
    layer.reset_parameters()
    np.testing.assert_array_equal(layer.weight.data, 1)


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm1d(3),
        nn.BatchNorm1d(3, affine=False),
        nn.LayerNorm(3),
        nn.LayerNorm(3, bias=False),
        nn.LayerNorm(3, elementwise_affine=False),
    ],
    ids=repr,
)
def test_reset_parameters_makes_a_layer_like_new(layer):
    fresh = layer.state_dict()
    for tensor in layer.parameters():
        tensor.data[...] = 7
    if isinstance(layer, nn.BatchNorm1d):
        layer(np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32))
        assert layer.running_mean.data.any()
    layer.reset_parameters()
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, fresh[name])


def test_layer_normalization_checks_shapes():
    with pytest.raises(ValueError, match=r"\(\.\.\., 3\), got \(5, 4\)"):
        nn.LayerNorm(3)(np.zeros((5, 4)))
    with pytest.raises(ValueError, match=r"weight of shape \(3,\), got \(4,\)"):
        F.layer_norm(np.zeros((5, 3)), (3,), np.ones(4))


# -- more axes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(4, 3, 2, 5), (2, 3, 2, 1, 2)])
def test_every_axis_behind_the_channels_is_one_of_values(shape, training):
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape) * 3 + 7
    flat = np.reshape(x, (*shape[:2], -1))
    w, b = rng.uniform(0.5, 2, 3), rng.normal(size=3)
    results = []
    for values in (x, flat):
        mean, variance = Tensor(np.zeros(3)), Tensor(np.ones(3))
        t = Tensor(values, requires_grad=True)
        y = F.batch_norm(t, mean, variance, w, b, training=training)
        y.backward(np.cos(np.arange(x.size)).reshape(values.shape))
        results.append([y.data.reshape(shape), t.grad.data.reshape(shape), mean, variance])
    for got, expected in zip(*results, strict=True):
        np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=1e-10, atol=1e-12)
    normalize = F.batch_norm
    stats = (None, None) if training else (Tensor(np.ones(3)), Tensor(np.full(3, 2.0)))
    assert gradcheck(lambda t, w, b: normalize(t, *stats, w, b, training), [x, w, b], order=2)
    with pytest.raises(ValueError, match=r"shape \(N, 3\) or \(N, 3, L\), got"):
        batch_norm()(x)
