"""Constants, and formulas that several optimizers use."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.kernel import constant
from optim.arithmetic import average, average_square, direction

numbers = st.floats(-1e3, 1e3)


@given(numbers, st.sampled_from([np.float32, np.float64]))
def test_a_constant_rounds_as_a_python_number_does(value, dtype):
    x = np.linspace(-2, 2, 9, dtype=dtype)
    product = x * constant(value, x.dtype)
    assert product.dtype == dtype
    np.testing.assert_array_equal(product, x * value)


def test_a_constant_is_shared_and_cannot_be_changed():
    dtype = np.dtype(np.float32)
    assert constant(0.25, dtype) is constant(0.25, dtype)
    with pytest.raises(ValueError, match="read-only"):
        constant(0.25, dtype)[...] = 1


@given(numbers, numbers, st.floats(0, 1), st.booleans())
def test_direction(p, g, decay, maximize):
    p, g, out = np.array([p]), np.array([g]), np.empty(1)
    g.flags.writeable = False
    d = direction(p, g, decay, maximize, out)
    np.testing.assert_array_equal(d, decay * p + (-g if maximize else g))
    assert d is (out if decay or maximize else g)


@given(numbers, numbers, st.floats(0, 1))
def test_averages(m, x, beta):
    a, b = np.array([m]), np.array([m])
    average(a, np.array([x]), beta, np.empty(1))
    average_square(b, np.array([x]), beta, np.empty(1))
    np.testing.assert_allclose(a, beta * m + (1 - beta) * x, atol=1e-9)
    np.testing.assert_allclose(b, beta * m + (1 - beta) * x * x, atol=1e-9)
