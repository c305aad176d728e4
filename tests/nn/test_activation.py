"""Activations as modules are the functions of the same name."""

import numpy as np
import pytest

import nn
from nn import functional as F


@pytest.mark.parametrize(
    ("module", "function"), [(nn.ReLU, F.relu), (nn.Sigmoid, F.sigmoid), (nn.Tanh, F.tanh)]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
def test_modules_and_functions_agree(module, function, shape):
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(module()(x), function(x))
    assert repr(module()) == f"{module.__name__}()"
    assert list(module().parameters()) == []
