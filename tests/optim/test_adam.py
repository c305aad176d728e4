"""Adam and AdamW against a scalar reference, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import Parameter
from optim import Adam, AdamW

from . import reference


@pytest.mark.parametrize("kind", [Adam, AdamW])
@given(
    start=st.floats(-2, 2),
    lr=st.floats(1e-4, 0.1),
    betas=st.tuples(st.floats(0, 0.99), st.floats(0.5, 0.9999)),
    eps=st.floats(1e-8, 1e-2),
    weight_decay=st.floats(0, 0.2),
    amsgrad=st.booleans(),
    maximize=st.booleans(),
)
def test_the_path_is_the_references(kind, start, **options):
    p = Parameter(np.array([start]))
    path = reference.run(kind([p], **options), p, 60)
    expected = reference.adam(start, reference.gradient, 60, **options, decoupled=kind is AdamW)
    np.testing.assert_allclose(path, expected, rtol=1e-10, atol=1e-10)


def test_the_first_step_has_the_length_of_the_learning_rate():
    p = Parameter(np.array([1.0, -5.0, 3.0]))
    (p * np.array([1e-3, 1.0, -1e3])).sum().backward()
    Adam([p], lr=0.01, eps=0).step()
    np.testing.assert_allclose(p.data, [0.99, -5.01, 3.01])


def test_amsgrad_turned_on_later():
    p = Parameter(np.array([1.0]))
    optimizer = Adam([p], lr=0.1)
    reference.run(optimizer, p, 2)
    optimizer.param_groups[0]["amsgrad"] = True
    reference.run(optimizer, p, 2)
    assert np.isfinite(p.item())


@pytest.mark.parametrize("kind", [Adam, AdamW])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(lr=-0.1), "lr >= 0, got -0.1"),
        (dict(eps=-1e-8), "eps >= 0"),
        (dict(weight_decay=-1), "weight_decay >= 0"),
        (dict(betas=(1.0, 0.9)), r"betas\[0\] in \[0, 1\), got 1.0"),
        (dict(betas=(0.9, -0.1)), r"betas\[1\] in \[0, 1\), got -0.1"),
    ],
)
def test_options_out_of_range(kind, options, message):
    with pytest.raises(ValueError, match=f"{kind.__name__} expects {message}"):
        kind([Parameter(1.0)], **options)
