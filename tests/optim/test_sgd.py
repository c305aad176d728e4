"""SGD against a scalar reference, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import Parameter
from optim import SGD

from . import reference

rates = st.floats(0, 0.9)


@given(
    start=st.floats(-2, 2),
    lr=st.floats(1e-4, 0.3),
    momentum=rates,
    dampening=rates,
    weight_decay=st.floats(0, 0.2),
    nesterov=st.booleans(),
    maximize=st.booleans(),
)
def test_the_path_is_the_references(start, nesterov, **options):
    if nesterov and options["momentum"]:
        options |= dict(dampening=0.0, nesterov=True)
    p = Parameter(np.array([start]))
    path = reference.run(SGD([p], **options), p, 60)
    expected = reference.sgd(start, reference.gradient, 60, **options)
    # A path may run away (maximize), and there rounding is relative to where it is.
    np.testing.assert_allclose(path, expected, rtol=1e-10, atol=1e-10)


def test_momentum_turned_on_later_starts_with_the_gradient():
    p = Parameter(np.array([1.0]))
    optimizer = SGD([p], lr=0.1)
    reference.run(optimizer, p, 1)
    optimizer.param_groups[0].update(momentum=0.9, dampening=0.5)
    before = p.item()
    reference.run(optimizer, p, 1)
    assert p.item() == pytest.approx(before - 0.1 * reference.gradient(before, 1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(lr=-0.1), "lr >= 0, got -0.1"),
        (dict(lr=float("nan")), "lr >= 0, got nan"),
        (dict(momentum=-1), "momentum >= 0, got -1"),
        (dict(weight_decay=-1), "weight_decay >= 0, got -1"),
        (dict(nesterov=True), "momentum > 0 and dampening = 0"),
        (dict(nesterov=True, momentum=0.9, dampening=0.1), "momentum > 0 and dampening = 0"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        SGD([Parameter(1.0)], **options)
