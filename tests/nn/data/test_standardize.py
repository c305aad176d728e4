"""Standardize: mean 0 and deviation 1 on the training data, and the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import nn
from autograd import Tensor, gradcheck, set_default_dtype
from nn.data import DataLoader, Dataset, Standardize

values = st.floats(-1e6, 1e6, allow_subnormal=False)
data = arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=5), elements=values)


@given(data)
def test_the_training_data_gets_mean_0_and_deviation_1(x):
    y = Standardize().fit(x)(x)
    assert y.shape == x.shape
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-7)
    spread = np.ptp(x, axis=0) > 1e-3
    np.testing.assert_allclose(y.std(axis=0)[spread], 1, rtol=1e-6)
    constant = np.ptp(x, axis=0) == 0
    assert (y[:, constant] == 0).all()


@given(data)
def test_inverse_undoes_it(x):
    standardize = Standardize().fit(x)
    np.testing.assert_allclose(standardize.inverse(standardize(x)), x, rtol=1e-9, atol=1e-9)


@given(data, st.sampled_from([np.float16, np.float32]))
def test_the_dtype_is_kept_and_only_the_result_rounded(x, dtype):
    # On a grid: differences below the normal numbers of a dtype have no digits to keep.
    x = np.clip(x, -1e3, 1e3).round(2).astype(dtype)
    standardize = Standardize().fit(x)
    exact = standardize(x.astype(np.float64))
    assert standardize(x).dtype == dtype
    # Twice: once after the subtraction, once after the division.
    limits = np.finfo(dtype)
    np.testing.assert_allclose(
        standardize(x), exact, rtol=2 * limits.eps, atol=4 * limits.smallest_normal
    )


def test_a_constant_feature_survives():
    x = np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 6.0]])
    standardize = Standardize().fit(x)
    assert standardize.scale[0] == 1
    assert (standardize(x)[:, 0] == 0).all()
    np.testing.assert_allclose(standardize([[0.3, 3.0]]), [[0.2, 0.0]])


def test_the_statistics_are_those_of_the_training_data():
    standardize = Standardize().fit([[0.0], [4.0]])
    np.testing.assert_array_equal(standardize([[2.0], [8.0]]), [[0.0], [3.0]])
    assert (standardize.mean.shape, standardize.mean.dtype) == ((1,), np.float64)


def test_integers_become_the_default_dtype():
    pixels = np.array([[0, 255], [255, 0]], np.uint8)
    assert Standardize().fit(pixels)(pixels).dtype == np.float32
    set_default_dtype(np.float64)
    assert Standardize().fit(pixels)(pixels).dtype == np.float64
    set_default_dtype(np.float32)


def test_as_a_transform_of_single_samples():
    x = np.random.default_rng(0).normal(3, 2, size=(6, 2, 2)).astype(np.float32)
    standardize = Standardize().fit(x)

    class Standardized(Dataset):
        def __len__(self):
            return len(x)

        def __getitem__(self, index):
            return standardize(x[index])

    ((batch,),) = DataLoader(Standardized(), 6)
    np.testing.assert_array_equal(batch.data, standardize(x))
    assert batch.dtype == np.float32


def test_tensors_stay_tensors_and_gradients_flow():
    x = np.random.default_rng(0).normal(3, 2, size=(4, 3))
    standardize = Standardize().fit(Tensor(x))
    out = standardize(Tensor(x.astype(np.float32)))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.data, standardize(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(standardize.inverse(standardize(Tensor(x))).data, x)
    gradcheck(standardize, [x])
    gradcheck(standardize.inverse, [x])


def test_inputs_of_any_layout_are_read_and_never_written():
    x = np.asfortranarray(np.random.default_rng(0).normal(size=(5, 3)))[::-1]
    before = x.copy()
    x.flags.writeable = False
    swapped = x.astype(x.dtype.newbyteorder())
    standardize = Standardize().fit(x)
    np.testing.assert_array_equal(standardize(swapped), standardize(x))
    assert standardize(swapped).dtype.isnative
    np.testing.assert_array_equal(x, before)


def test_it_is_saved_and_loaded(tmp_path):
    fitted = Standardize().fit([[1.0, 2.0], [2.0, 2.0]])
    nn.save(tmp_path / "standardize.npz", fitted.state_dict())
    loaded = Standardize()
    loaded.load_state_dict(nn.load(tmp_path / "standardize.npz"))
    np.testing.assert_array_equal(loaded([[7.0, 7.0]]), fitted([[7.0, 7.0]]))
    with pytest.raises(ValueError, match=r"expected 'mean' and 'scale' of one shape, got mean \("):
        loaded.load_state_dict({"mean": [1.0]})


@pytest.mark.parametrize("method", ["transform", "inverse"])
def test_use_before_fit_is_an_error(method):
    with pytest.raises(RuntimeError, match=r"expected a call of fit\(x_train\) before"):
        getattr(Standardize(), method)([[1.0]])


def test_other_features_are_an_error():
    with pytest.raises(ValueError, match=r"expected shape \(N, \*\(2,\)\) or \(2,\)"):
        Standardize().fit(np.eye(2))(np.eye(3))


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.zeros((0, 2)), ValueError, "N of at least 1"),
        (3.0, ValueError, "N of at least 1"),
        ([[1.0, np.nan]], ValueError, r"feature \(1,\) has others"),
        ([[1e300], [-1e300]], ValueError, "finite numbers below 1e150"),
        (["a"], TypeError, "real numbers"),
    ],
)
def test_what_cannot_be_fitted(x, error, message):
    with pytest.raises(error, match=message):
        Standardize().fit(x)


def test_the_repr_tells_the_features():
    assert repr(Standardize()) == "Standardize()"
    assert repr(Standardize().fit(np.zeros((2, 3)))) == "Standardize(features=(3,))"
