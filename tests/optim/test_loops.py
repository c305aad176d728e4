"""Compiled steps of optimizers against NumPy's, over options, layouts and dtypes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, compiled
from nn import Parameter
from optim import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, RMSprop

from ..compiled import both_ways, interpreted, require_numba

seeds = st.integers(0, 2**32 - 1)
rates = st.floats(0, 0.5)
dtypes = st.sampled_from([np.float32, np.float64])
orders = st.sampled_from("CF")
OPTIONS = {
    SGD: st.fixed_dictionaries(
        {"momentum": rates, "dampening": rates, "weight_decay": rates, "maximize": st.booleans()}
    )
    | st.builds(dict, momentum=st.floats(0.1, 0.9), nesterov=st.just(True), weight_decay=rates),
    Adam: st.fixed_dictionaries(
        {"weight_decay": rates, "amsgrad": st.booleans(), "maximize": st.booleans()}
    ),
    RMSprop: st.fixed_dictionaries(
        {
            "weight_decay": rates,
            "maximize": st.booleans(),
            "momentum": st.sampled_from([0.0, 0.9]),
            "centered": st.booleans(),
        }
    ),
    **{
        kind: st.fixed_dictionaries({"weight_decay": rates, "maximize": st.booleans()})
        for kind in (AdamW, Adagrad, Adadelta, NAdam, Adamax)
    },
}


@pytest.fixture(autouse=True)
def with_numba(request):
    if "interpreted" not in request.node.name:
        require_numba()


def compare(kind, options, shapes, seed, dtype, order):
    """Parameters and state after three steps, by loops and by NumPy."""
    rng = np.random.default_rng(seed)
    starts = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    steps = [[rng.normal(size=shape).astype(dtype) for shape in shapes] for _ in range(3)]

    def walk():
        params = [Parameter(np.array(a, order=order)) for a in starts]
        optimizer = kind(params, lr=0.1, **options)
        for step in steps:
            for p, g in zip(params, step, strict=True):
                p.grad = Tensor(np.array(g, order=order))
            before = [np.array(p.grad.data) for p in params]
            optimizer.step()
            for p, g in zip(params, before, strict=True):
                np.testing.assert_array_equal(p.grad.data, g)
        arrays = [v for s in optimizer.state.values() for v in s.values() if np.ndim(v)]
        return [p.data for p in params] + arrays

    ours, numpys = both_ways(walk)
    assert len(ours) == len(numpys)
    for a, b in zip(ours, numpys, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e3 * np.finfo(dtype).eps, atol=1e-6)


@pytest.mark.parametrize("kind", OPTIONS)
@given(data=st.data(), seed=seeds, dtype=dtypes, order=orders)
def test_steps(kind, data, seed, dtype, order):
    # The second is small enough to be packed, the first one is not.
    shapes = [(130, 80), (30, 20), (7,)]
    compare(kind, data.draw(OPTIONS[kind]), shapes, seed, dtype, order)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *((kind, {}) for kind in OPTIONS if kind is not SGD),
        *((kind, {"weight_decay": 0.1, "maximize": True}) for kind in OPTIONS if kind is not SGD),
        # Without momentum there is no loop for it.
        (SGD, {"momentum": 0.9, "dampening": 0.5}),
        (SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ],
)
def test_interpreted_loops_step_as_numpy_does(kind, options):
    with interpreted():
        compare(kind, options, [(20, 20), (7,)], 0, np.float64, "C")
        assert compiled._found
        assert None not in compiled._found.values()


def test_a_gradient_in_another_order_than_its_parameter():
    rng = np.random.default_rng(0)
    start, g = rng.normal(size=(2, 100, 90))

    def step():
        p = Parameter(np.array(start))
        optimizer = SGD([p], lr=0.1, momentum=0.9)
        for _ in range(2):
            p.grad = Tensor(np.asfortranarray(g))
            optimizer.step()
        return p.data

    np.testing.assert_allclose(*both_ways(step), rtol=1e-12)
