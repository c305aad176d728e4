"""Each compiled loop against NumPy's way, over shapes, layouts and dtypes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor
from autograd import compiled as registry
from nn import functional as F

from ..compiled import both_ways, interpreted, require_numba

LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "backwards": lambda a: np.ascontiguousarray(a[::-1])[::-1],
}
matrices = st.tuples(st.integers(2, 70), st.integers(2, 70))
layouts = st.sampled_from(sorted(LAYOUTS))
dtypes = st.sampled_from([np.float32, np.float64])
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(autouse=True)
def with_numba(request):
    if "interpreted" not in request.node.name:
        require_numba()


def compare(function, shape, layout, dtype, seed, *parameters):
    """Result and gradients of `function`, compiled and not."""
    rng = np.random.default_rng(seed)
    x = LAYOUTS[layout](rng.normal(size=shape).astype(dtype))

    def compute():
        tensors = [Tensor(np.array(a, dtype), requires_grad=True) for a in parameters]
        data = Tensor(x, requires_grad=True)
        y = function(data, *tensors)
        g = np.random.default_rng(seed + 2).normal(size=y.shape).astype(dtype)
        y.backward(LAYOUTS[layout](g) if y.ndim else None)
        return [y.data, data.grad.data, *(t.grad.data for t in tensors)]

    for ours, numpys in zip(*both_ways(compute), strict=True):
        assert np.shape(ours) == np.shape(numpys)
        assert ours.dtype == numpys.dtype == dtype
        size = max(1.0, float(np.abs(numpys).max(initial=0)))
        np.testing.assert_allclose(ours, numpys, atol=200 * np.finfo(dtype).eps * size)


def normalized(x, weight, bias):
    return F.batch_norm(x, None, None, weight, bias, training=True)


@pytest.mark.parametrize("function", [F.relu, F.sigmoid], ids=str)
@given(shape=matrices, layout=layouts, dtype=dtypes, seed=seeds)
def test_activations(function, shape, layout, dtype, seed):
    compare(function, shape, layout, dtype, seed)


@given(matrices, layouts, dtypes, seeds, st.sampled_from([-0.5, 0.0, 0.25, 1.0, 2.0]))
def test_prelu(shape, layout, dtype, seed, alpha):
    compare(F.prelu, shape, layout, dtype, seed, [alpha])


@given(matrices, layouts, dtypes, seeds, st.sampled_from([0.1, 0.5]))
def test_dropout(shape, layout, dtype, seed, p):
    compare(lambda x: F.dropout(x, p, rng=seed), shape, layout, dtype, seed)


@given(matrices, layouts, dtypes, seeds)
def test_batch_normalization(shape, layout, dtype, seed):
    gamma, beta = np.random.default_rng(seed + 1).normal(size=(2, shape[1]))
    compare(normalized, shape, layout, dtype, seed, gamma, beta)


@given(matrices, layouts, dtypes, seeds, st.sampled_from(["mean", "sum", "none"]))
def test_cross_entropy(shape, layout, dtype, seed, reduction):
    labels = np.random.default_rng(seed + 1).integers(0, shape[1], shape[0])
    compare(
        lambda x: np.sum(F.cross_entropy(30 * x, labels, reduction=reduction)),
        shape,
        layout,
        dtype,
        seed,
    )


@given(matrices, layouts, dtypes, seeds)
def test_linear(shape, layout, dtype, seed):
    weight = np.random.default_rng(seed + 1).normal(size=(17, shape[1]))
    compare(F.linear, shape, layout, dtype, seed, weight, np.arange(17))


# Labels for 40 samples of 9 classes.
LABELS = np.arange(40) % 9
INTERPRETED = {
    "relu": (F.relu,),
    "sigmoid": (F.sigmoid,),
    "prelu": (F.prelu, [0.25]),
    "dropout": (lambda x: F.dropout(x, 0.5, rng=0),),
    "batch normalization": (normalized, np.linspace(-1, 2, 9), np.arange(9)),
    "cross-entropy": (lambda x: F.cross_entropy(30 * x, LABELS),),
}


@pytest.mark.parametrize("name", INTERPRETED)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_interpreted_loops_give_the_numbers_of_numpy(name, dtype):
    function, *parameters = INTERPRETED[name]
    with interpreted():
        compare(function, (40, 9), "C", dtype, 0, *parameters)
        assert registry._found
        assert None not in registry._found.values()


@pytest.mark.parametrize("function", [F.relu, lambda x: F.prelu(x, np.array([0.25], np.float32))])
def test_infinities_and_nan_are_those_of_numpy(function):
    x = np.tile(np.array([np.inf, -np.inf, np.nan, 0, -0.0, 1, -1, 2], np.float32), (8, 16))
    g = np.repeat(np.array([[np.inf], [np.nan], [0], [1], [2], [3], [-1], [-np.inf]]), 128, axis=1)

    def compute():
        data = Tensor(x, requires_grad=True)
        y = function(data)
        y.backward(g.astype(np.float32))
        return y.data, data.grad.data

    for ours, numpys in zip(*both_ways(compute), strict=True):
        np.testing.assert_array_equal(ours, numpys)


def test_cross_entropy_of_extreme_scores():
    x = np.array([[1e5, -1e5, 0.0], [-1e5, -1e5, -1e5]] * 100, np.float32)
    labels = np.tile([1, 2], 100)
    ours, numpys = both_ways(lambda: F.cross_entropy(x, labels))
    np.testing.assert_allclose(ours, numpys, rtol=1e-6)


def test_a_wrong_label_is_an_error_before_a_loop_reads_it():
    x = Tensor(np.zeros((100, 10), np.float32), requires_grad=True)
    for wrong in (10, -1):
        with pytest.raises(IndexError, match=f"label {wrong} is out of range"):
            F.cross_entropy(x, np.full(100, wrong))


def test_switched_off_between_forward_and_backward():
    x = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
    labels = np.arange(64) % 8
    model = nn.Sequential(nn.PReLU(), nn.BatchNorm1d(8), nn.Dropout(0.5, rng=0), nn.ReLU())

    def gradient(second):
        data = Tensor(x, requires_grad=True)
        model[2].rng = np.random.default_rng(0)
        loss = F.cross_entropy(model(data), labels)
        before = registry._enabled
        registry.set_compiled(second)
        try:
            loss.backward()
        finally:
            registry.set_compiled(before)
        return data.grad.data

    np.testing.assert_allclose(gradient(False), gradient(True), rtol=1e-4, atol=1e-7)
