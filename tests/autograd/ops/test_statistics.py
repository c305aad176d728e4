"""Covariances and weighted counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor, gradients
from autograd.testing import Call, call

from .opcase import Battery, OpCase, array, seeds


@st.composite
def variables(draw: st.DrawFn, weights: bool = False, spread: bool = False) -> Call:
    """One or several variables with at least four samples, and perhaps others beside them."""
    samples = draw(st.integers(4, 6))
    rowvar = draw(st.booleans())

    def some() -> Any:
        count = draw(st.sampled_from([None, 2, 3]))
        if count is None:
            return array(draw(seeds), (samples,))
        return array(draw(seeds), (count, samples) if rowvar else (samples, count))

    m, y = some(), None
    # Before NumPy 2.2 a single variable beside others counted as a row, whatever rowvar said.
    if rowvar and draw(st.booleans()):
        y = some()
    if spread:
        return call(m, y, rowvar=rowvar)
    aweights = array(draw(seeds), (samples,), 0.5, 1.5) if weights else None
    params: dict[str, Any] = {"rowvar": rowvar, "bias": draw(st.booleans())}
    params["ddof"] = draw(st.sampled_from([None, 0, 1, 2]))
    if weights and draw(st.booleans()):
        params["fweights"] = np.arange(samples) % 3 + 1
    return call(m, y, aweights, **params)


def cov(m: Any, y: Any, aweights: Any, **params: Any) -> Any:
    return np.cov(m, y, aweights=aweights, **params)


@st.composite
def counted(draw: st.DrawFn) -> Call:
    n = draw(st.integers(1, 6))
    x = np.random.default_rng(draw(seeds)).integers(0, 4, n)
    return call(array(draw(seeds), (n,)), x=x, minlength=draw(st.integers(0, 6)))


@st.composite
def samples_of(draw: st.DrawFn, axes: int) -> Call:
    """Positive weights of samples of so many coordinates, and bins."""
    n = draw(st.integers(1, 6))
    x = np.random.default_rng(draw(seeds)).uniform(-1, 1, (n, axes))
    # A sample on each edge, the last included.
    x[0] = draw(st.sampled_from([-1, 0, 0.5, 1]))
    params: dict[str, Any] = {"density": draw(st.booleans()), "range": [(-1, 1)] * axes}
    bins = [draw(st.sampled_from([2, 3, np.array([-1.0, 0, 0.5, 1])])) for _ in range(axes)]
    if axes == 1 and draw(st.booleans()):
        x[-1] = 5.0  # outside
    return call(array(draw(seeds), (n,), 0.5, 2.0), sample=x, bins=bins, **params)


def histogram(weights: Any, sample: Any, bins: Any, range: Any, **params: Any) -> Any:
    x = np.ravel(sample)
    return np.histogram(x, bins[0], range[0], weights=weights, **params)[0]


def histogram2d(weights: Any, sample: Any, bins: Any, **params: Any) -> Any:
    return np.histogram2d(*sample.T, bins=bins, weights=weights, **params)[0]


def histogramdd(weights: Any, sample: Any, bins: Any, **params: Any) -> Any:
    return np.histogramdd(sample, bins=bins, weights=weights, **params)[0]


# The result is float64, as NumPy's, whose shapes of weights are checked only in part.
CASES = [
    OpCase(np.cov, variables(), cov, without=("shapes",)),
    OpCase(np.cov, variables(weights=True), cov, name="weights", without=("shapes",)),
    OpCase(np.corrcoef, variables(spread=True), without=("shapes",)),
    OpCase(np.bincount, counted(), lambda w, x, minlength: np.bincount(x, w, minlength)),
    OpCase(np.histogram, samples_of(1), histogram, without=("shapes",)),
    OpCase(np.histogram2d, samples_of(2), histogram2d, without=("shapes",)),
    OpCase(np.histogramdd, samples_of(3), histogramdd, without=("shapes",)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestStatistics(Battery):
    pass


def leaf(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


M = np.array([[1.0, 2.0, 4.0], [0.0, 5.0, 1.0]])


class TestCovariance:
    def test_the_variance_of_one_variable(self) -> None:
        x = leaf(M[0])
        assert np.cov(x).item() == pytest.approx(np.var(M[0], ddof=1))
        np.testing.assert_allclose(
            gradients(np.cov(x), [x])[0].data, gradients(np.var(x, ddof=1), [x])[0].data
        )

    def test_a_correlation_with_itself_is_1_and_flat(self) -> None:
        x = leaf(M)
        c = np.corrcoef(x)
        np.testing.assert_allclose(c.data, np.corrcoef(M))
        np.testing.assert_allclose(gradients(c[0, 0], [x])[0].data, 0, atol=1e-15)
        assert np.corrcoef(leaf(M[0])).item() == 1

    def test_too_few_samples_warn_as_in_numpy(self) -> None:
        with pytest.warns(RuntimeWarning, match="Degrees of freedom"), np.errstate(all="ignore"):
            assert np.isnan(np.cov(leaf([[1.0], [2.0]])).data).all()

    def test_no_variables(self) -> None:
        assert np.cov(leaf(np.zeros((0, 3)))).shape == (0, 0)

    def test_dtype(self) -> None:
        x = Tensor(M.astype(np.float32), requires_grad=True)
        assert np.cov(x).dtype == np.float64
        assert np.cov(x, dtype=np.float32).dtype == np.float32
        assert gradients(np.cov(x).sum(), [x])[0].dtype == np.float32

    @pytest.mark.parametrize(
        ("params", "error", "words"),
        [
            ({"aweights": [1.0, 2.0]}, ValueError, r"aweights of shape \(3,\).*got \(2,\)"),
            ({"fweights": [[1, 2, 3]]}, ValueError, r"fweights of shape \(3,\)"),
            ({"fweights": [0.5, 1, 1]}, TypeError, "fweights that are integers"),
            ({"aweights": [-1.0, 1, 1]}, ValueError, "aweights of 0 or more, got -1"),
            ({"ddof": 0.5}, TypeError, "integer"),
            ({"y": np.ones((1, 1, 3))}, ValueError, "y of one or two axes"),
        ],
        ids=str,
    )
    def test_what_is_refused(self, params: Any, error: Any, words: str) -> None:
        with pytest.raises(error, match=words):
            np.cov(leaf(M), **params)


W = [1.0, 2.0, 4.0, 8.0]


class TestCounts:
    def test_weights_keep_their_gradient(self) -> None:
        w = leaf(W)
        y = np.bincount([0, 2, 2, 1], weights=w)
        assert y.tolist() == [1, 8, 6]
        assert gradients(y, [w], np.array([1.0, 2, 3]))[0].tolist() == [1, 3, 3, 2]

    def test_no_samples(self) -> None:
        w = leaf([])
        y = np.bincount(np.zeros(0, int), w, 3)
        assert y.tolist() == [0, 0, 0]
        assert gradients(y.sum(), [w])[0].shape == (0,)

    def test_without_tracked_weights_they_are_arrays(self) -> None:
        x = leaf(W)
        assert type(np.bincount(Tensor([0, 1]))) is np.ndarray
        assert type(np.histogram(x, 2)[0]) is np.ndarray
        assert type(np.histogram2d(x, x, 2)[0]) is np.ndarray
        assert type(np.histogramdd(np.stack([x, x], 1), 2)[0]) is np.ndarray

    def test_samples_and_weights_both_tensors(self) -> None:
        x = leaf(W)
        counts, edges = np.histogram(x, 3, weights=x)
        assert type(edges) is np.ndarray
        assert counts.tolist() == np.histogram(W, 3, weights=W)[0].tolist()
        assert gradients(counts, [x], np.array([1.0, 2, 3]))[0].tolist() == [1, 1, 2, 3]
        assert np.histogramdd(x.reshape(4, 1), 3, weights=x)[0].tolist() == counts.tolist()

    def test_a_density_depends_on_edges_that_are_a_tensor(self) -> None:
        def density(edges: Any) -> Any:
            return np.histogram([0.5, 0.6, 2.5], edges, density=True)[0]

        jacobian = autograd.jacobian(density)(np.array([0.0, 1.0, 4.0]))
        third = 1 / 3
        np.testing.assert_allclose(
            jacobian, [[2 * third, -2 * third, 0], [0, third / 9, -third / 9]]
        )
        e = leaf([0.0, 1.0, 4.0])
        for counts, *_ in (
            np.histogram2d([0.5], [0.5], [e, e], density=True),
            np.histogramdd(np.array([[0.5, 0.5]]), [e, e], density=True),
        ):
            assert counts.requires_grad
            plain = e.data
            expected = np.histogram2d([0.5], [0.5], [plain, plain], density=True)[0]
            np.testing.assert_allclose(counts.data, expected)

    def test_bins_for_both_axes(self) -> None:
        w = leaf(W)
        edges = np.array([0.0, 2.0, 8.0])
        counts, along_x, along_y = np.histogram2d(W, W, edges, weights=w)
        expected = np.histogram2d(W, W, edges, weights=W)
        np.testing.assert_array_equal(counts.data, expected[0])
        np.testing.assert_array_equal(along_x, along_y)

    def test_dtypes_are_those_of_numpy(self) -> None:
        w = Tensor(np.array(W, np.float32), requires_grad=True)
        assert np.bincount([0, 1, 1, 0], w).dtype == np.float64
        assert np.histogram(W, 2, weights=w)[0].dtype == np.float32
        assert np.histogram2d(W, W, 2, weights=w)[0].dtype == np.float64

    def test_what_is_refused(self) -> None:
        with pytest.raises(ValueError, match="a weight for each sample"):
            np.histogram(W, 2, weights=leaf([1.0]))
        with pytest.raises(ValueError, match="as many x as y, got 4 and 1"):
            np.histogram2d(leaf(W), [1.0])
        with pytest.raises(ValueError, match="same length"):
            np.bincount([0, 1], leaf(W))
