"""The error function."""

import math
import warnings

import numpy as np
import pytest

from autograd import Tensor, gradcheck
from nn.functional.special import erf, normal_cdf


def test_erf_is_that_of_the_c_library_everywhere():
    x = np.concatenate([np.linspace(-7, 7, 20_001), np.geomspace(1e-300, 1, 500), [0.0]])
    expected = np.array([math.erf(v) for v in x])
    np.testing.assert_allclose(erf(x), expected, rtol=2e-15)


def test_erf_far_out_and_beyond():
    x = np.array([-np.inf, -1e300, -30, 30, 1e300, np.inf, np.nan])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(erf(x), [-1, -1, -1, 1, 1, 1, np.nan])
    assert math.copysign(1, erf(-0.0)) == -1


@pytest.mark.parametrize("function", [erf, normal_cdf])
def test_derivatives_and_dtype(function):
    assert gradcheck(function, [np.linspace(-3, 3, 12).reshape(3, 4)], order=2)
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = function(x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32
    assert function(1) == pytest.approx(function(1.0))


def test_the_normal_distribution():
    np.testing.assert_allclose(
        normal_cdf(np.array([-1.96, 0, 1.96])), [0.025, 0.5, 0.975], rtol=1e-3
    )
