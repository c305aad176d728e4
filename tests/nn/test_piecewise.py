"""Activations of straight pieces: values and slopes on their edges, what is refused."""

import numpy as np
import pytest

import nn
from autograd import Tensor
from nn import functional as F


@pytest.mark.parametrize(
    ("function", "edges", "values", "slopes"),
    [
        (F.hardtanh, [-1, 1, 0.5], [-1, 1, 0.5], [0, 0, 1]),
        (lambda x: F.hardtanh(x, 1.0, 1.0), [0, 1, 3], [1, 1, 1], [0, 0, 0]),
        (F.relu6, [0, 6, 5], [0, 6, 5], [0, 0, 1]),
        (F.hardsigmoid, [-3, 3, 1.5], [0, 1, 0.75], [0, 0, 1 / 6]),
        (F.hardswish, [-3, 3, 1.5], [0, 3, 1.125], [0, 1, 1]),
        (F.hardshrink, [-0.5, 0.5, 0.6], [0, 0, 0.6], [0, 0, 1]),
        (F.softshrink, [-0.5, 0.5, 1.5], [0, 0, 1], [0, 0, 1]),
        (lambda x: F.hardshrink(x, -1.0), [0, 1, -2], [0, 1, -2], [1, 1, 1]),
        (lambda x: F.threshold(x, 1.0, 20.0), [1, 0, 2], [20, 20, 2], [0, 0, 1]),
    ],
)
def test_values_and_slopes_on_the_edges_are_pytorchs(function, edges, values, slopes):
    x = Tensor(np.array(edges, float), requires_grad=True)
    y = function(x)
    y.sum().backward()
    np.testing.assert_array_equal(y.data, values)
    np.testing.assert_allclose(x.grad.data, slopes, rtol=1e-15)


@pytest.mark.parametrize("function", [F.relu6, F.hardsigmoid, F.hardshrink, F.softshrink])
def test_what_is_not_a_number_stays_none(function):
    np.testing.assert_array_equal(np.isnan(function(np.array([np.nan, 1.0]))), [True, False])
    assert np.isnan(F.threshold(np.nan, 1.0, 20.0))


def test_the_slope_of_hardswish_at_infinity():
    x = Tensor([np.inf], requires_grad=True)
    F.hardswish(x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [1])


def test_bounds_that_are_none():
    with pytest.raises(ValueError, match="min_val < max_val"):
        nn.Hardtanh(1.0, -1.0)
    with pytest.raises(ValueError, match="min_val < max_val"):
        nn.Hardtanh(1.0, 1.0)
    with pytest.raises(ValueError, match="min_val <= max_val, got 1"):
        F.hardtanh(0.0, 1.0, -1.0)
    for shrink in (lambda lambd: F.softshrink(0.0, lambd), nn.Softshrink):
        with pytest.raises(ValueError, match="lambd >= 0, got -1"):
            shrink(-1.0)
    for celu in (lambda alpha: F.celu(0.0, alpha), nn.CELU):
        with pytest.raises(ValueError, match="alpha other than 0"):
            celu(0.0)


@pytest.mark.parametrize("text", ["a", None])
def test_parameters_that_are_no_numbers(text):
    calls = [
        lambda: nn.Hardtanh(text, 1.0),
        lambda: nn.Hardshrink(text),
        lambda: nn.Softshrink(text),
        lambda: nn.CELU(text),
        lambda: nn.Threshold(text, 1.0),
        lambda: nn.Threshold(1.0, text),
        lambda: F.hardshrink(1.0, text),
        lambda: F.softshrink(1.0, text),
        lambda: F.celu(1.0, text),
        lambda: F.threshold(1.0, text, 1.0),
        lambda: F.threshold(1.0, 1.0, text),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=f"expects a number as .*, got {text!r}"):
            call()


def test_parameters_by_position_and_by_name():
    x = Tensor([0.5, 2.0])
    assert F.threshold(x, 1.0, 20.0).tolist() == [20, 2]
    assert F.threshold(x, threshold=1.0, value=20.0).tolist() == [20, 2]
