"""np.<function>(tensor): what is known, what is refused, and how it says so."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from autograd import Tensor

x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)


def test_ufunc_methods():
    a = x.data
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        assert_array_equal(ufunc.reduce(x).data, ufunc.reduce(a))
        assert_array_equal(ufunc.reduce(x, 1).data, ufunc.reduce(a, 1))
        assert_array_equal(ufunc.reduce(x, axis=None).data, ufunc.reduce(a, axis=None))
        assert_array_equal(ufunc.outer(x, [1.0, 2.0]).data, ufunc.outer(a, [1.0, 2.0]))
    for ufunc in (np.add, np.multiply):
        assert_array_equal(ufunc.accumulate(x).data, ufunc.accumulate(a))
        assert_array_equal(ufunc.accumulate(x, 1).data, ufunc.accumulate(a, 1))
    assert np.logical_and.reduce(x, axis=None)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: np.sort_complex(x), "np.sort_complex"),
        (lambda: np.subtract.reduce(x), "np.subtract.reduce"),
        (lambda: np.add.at(x, 0, 1.0), "np.add.at writes in place"),
        (lambda: np.add.reduceat(x, [0, 1]), "np.add.reduceat"),
        (lambda: np.linalg.eig(x), "np.linalg.eig"),
        (lambda: np.fft.fft(x), "np.fft.fft"),
        (lambda: np.add(x, x, out=np.ones((2, 2))), "np.add: out="),
        (lambda: np.add(x, x, where=np.ones((2, 2), bool)), "np.add: where="),
        (lambda: np.add.reduce(x, out=np.ones(2)), "np.add: out="),
        (lambda: np.sum(x, out=np.ones(())), "'out'"),
        (lambda: np.concatenate([x, x], casting="no"), "concatenate: parameter 'casting'"),
    ],
)
def test_what_is_not_supported_is_named(call, name):
    with pytest.raises(TypeError) as caught:
        call()
    assert name in str(caught.value)


def test_numpys_defaults_are_no_refusal():
    assert_array_equal(np.concatenate([x, x], out=None).data, np.concatenate([x.data, x.data]))
    assert np.sum(x, out=None, dtype=None, keepdims=np._NoValue).data == 10


def test_the_name_is_that_by_which_it_was_called():
    special = pytest.importorskip("scipy.special")
    for name in ("psi", "gammaln"):
        with pytest.raises(TypeError, match=rf"^scipy\.special\.{name} is not supported"):
            getattr(special, name)(x)
    of_nobody = np.frompyfunc(lambda a: a, 1, 1)
    with pytest.raises(TypeError, match=r"^the ufunc .* is not supported"):
        of_nobody(x)


def test_no_neighbour_in_spelling_is_suggested():
    with pytest.raises(TypeError, match=r"^np\.polyfit is not supported for tensors\. Use"):
        np.polyfit(x[0], x[1], 1)
