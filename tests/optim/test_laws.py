"""What holds for steps whatever the numbers are."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import Tensor
from nn import Parameter
from optim import SGD, Adagrad, Adam, Adamax, AdamW, NAdam, RMSprop

from .test_optimizer import FULL, KINDS

seeds = st.integers(0, 2**32 - 1)
kinds = st.sampled_from(KINDS)


def walk(optimizer, params, gradients):
    """Values of `params` after one step for each list of gradients."""
    for step in gradients:
        for p, g in zip(params, step, strict=True):
            p.grad = None if g is None else Tensor(np.array(g))
        optimizer.step()
    return [np.array(p.data) for p in params]


def draw(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


@given(kinds, seeds)
def test_maximizing_is_minimizing_the_negative(kind, seed):
    value, g = draw(seed, 4), draw(seed + 1, 5, 1, 4)
    p, q = Parameter(value), Parameter(value)
    (up,) = walk(kind([p], lr=0.1, maximize=True, **FULL[kind]), [p], g)
    (down,) = walk(kind([q], lr=0.1, **FULL[kind]), [q], -g)
    np.testing.assert_array_equal(up, down)


@given(kinds, seeds, st.permutations(range(3)))
def test_the_order_of_parameters_and_groups_does_not_matter(kind, seed, order):
    values, gradients, rates = draw(seed, 3, 4), draw(seed + 1, 5, 3, 4), (0.1, 0.01, 0.2)
    results = []
    for sequence in (range(3), order):
        params = [Parameter(v, name=f"p{i}") for i, v in enumerate(values)]
        groups = [dict(params=[params[i]], lr=rates[i]) for i in sequence]
        results.append(walk(kind(groups, **FULL[kind]), params, gradients))
    np.testing.assert_array_equal(*results)


@given(kinds, seeds, st.integers(1, 3))
def test_elements_do_not_know_of_each_other(kind, seed, cut):
    value, g = draw(seed, 4), draw(seed + 1, 5, 4)
    whole, left, right = Parameter(value), Parameter(value[:cut]), Parameter(value[cut:])
    (one,) = walk(kind([whole], lr=0.1, **FULL[kind]), [whole], g[:, None])
    pair = [[row[:cut], row[cut:]] for row in g]
    parts = walk(kind([left, right], lr=0.1, **FULL[kind]), [left, right], pair)
    np.testing.assert_array_equal(one, np.concatenate(parts))


@given(kinds, seeds, st.lists(st.booleans(), min_size=6, max_size=6))
def test_steps_without_a_gradient_are_as_if_they_had_not_been(kind, seed, given_one):
    value, g = draw(seed, 4), draw(seed + 1, 6, 4)
    p, q = Parameter(value), Parameter(value)
    some = [[row if yes else None] for row, yes in zip(g, given_one, strict=True)]
    only = [[row] for row in itertools.compress(g, given_one)]
    (with_gaps,) = walk(kind([p], lr=0.1, **FULL[kind]), [p], some)
    (without,) = walk(kind([q], lr=0.1, **FULL[kind]), [q], only)
    np.testing.assert_array_equal(with_gaps, without)


@given(kinds, seeds)
def test_zero_gradients_leave_everything_still(kind, seed):
    value = draw(seed, 4)
    p = Parameter(value)
    options = {} if kind is not AdamW else dict(weight_decay=0.0)
    walk(kind([p], lr=0.1, **FULL[kind], **options), [p], np.zeros((3, 1, 4)))
    np.testing.assert_array_equal(p.data, value)


@pytest.mark.parametrize("kind", [Adam, AdamW, RMSprop, Adagrad, NAdam, Adamax])
@given(seed=seeds, power=st.integers(-20, 20))
def test_the_size_of_gradients_does_not_matter_without_eps(kind, seed, power):
    value, g = draw(seed, 4), draw(seed + 1, 5, 1, 4)
    # At 0 the quotient is 0 / 0. Powers of two multiply without rounding.
    assume(np.all(g != 0))
    p, q = Parameter(value), Parameter(value)
    (small,) = walk(kind([p], lr=0.1, eps=0.0), [p], g)
    (large,) = walk(kind([q], lr=0.1, eps=0.0), [q], g * 2.0**power)
    np.testing.assert_array_equal(small, large)


@given(kinds, seeds)
def test_single_precision_goes_the_same_way(kind, seed):
    value, g = draw(seed, 4), 1.5 + np.abs(draw(seed + 1, 5, 1, 4))
    p, q = Parameter(value.astype(np.float32)), Parameter(value)
    options = FULL[kind] | (dict(centered=False) if kind is RMSprop else {})
    (single,) = walk(kind([p], lr=0.01, **options), [p], g.astype(np.float32))
    (double,) = walk(kind([q], lr=0.01, **options), [q], g)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-4)


@given(seeds)
def test_nesterov_without_a_past_goes_further_by_momentum(seed):
    value, g = draw(seed, 4), draw(seed + 1, 4)
    p = Parameter(value)
    walk(SGD([p], lr=0.1, momentum=0.5, nesterov=True), [p], [[g]])
    np.testing.assert_allclose(p.data, value - 0.1 * 1.5 * g, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_centered_rmsprop_outlives_a_constant_gradient(dtype):
    p = Parameter(np.zeros(3, dtype))
    optimizer = RMSprop([p], alpha=0.5, centered=True, lr=1e-9)
    p.grad = Tensor(np.array([0.1, 0.3, 0.7], dtype))
    for _ in range(200):
        optimizer.step()
    assert np.all(np.isfinite(p.data))


def test_adagrad_begins_where_it_is_told():
    p, q = Parameter(np.ones(1)), Parameter(np.ones(1))
    groups = [dict(params=[p]), dict(params=[q], initial_accumulator_value=3.0)]
    walk(Adagrad(groups, lr=1.0, eps=0.0), [p, q], [[np.ones(1)] * 2])
    np.testing.assert_allclose([p.data[0], q.data[0]], [0, 0.5])


def test_centered_and_momentum_turned_on_later():
    p = Parameter(np.ones(2))
    optimizer = RMSprop([p])
    walk(optimizer, [p], draw(0, 2, 1, 2))
    optimizer.param_groups[0].update(centered=True, momentum=0.5)
    walk(optimizer, [p], draw(1, 2, 1, 2))
    assert set(optimizer.state["0"]) == {"square_avg", "grad_avg", "momentum_buffer"}
    assert np.all(np.isfinite(p.data))
