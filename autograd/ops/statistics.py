"""Derivatives of covariances and of weighted counts.

A count steps from number to number as a sample moves from bin to bin: it has a derivative with
respect to the weights, in which it is linear, and not with respect to the samples.
"""

from __future__ import annotations

import math
import operator
import warnings
from typing import Any

import numpy as np

from ..primitive import primitive
from ..registry import composite, has_tensor, unwrap
from ..tangents import declare, linear
from ..tensor import Tensor
from .indexing import getitem
from .joining import concatenate
from .reduce import average
from .shape import astype, atleast_2d, squeeze

__all__ = ["bincount", "corrcoef", "cov", "histogram", "histogram2d", "histogramdd"]

# -- covariances ---------------------------------------------------------------------------------


def _rows(m: Any, dtype: Any, as_columns: bool, name: str) -> Any:
    """The variables, one a row, in at least double precision."""
    if np.ndim(m) > 2:
        raise ValueError(f"cov expects {name} of one or two axes, got shape {np.shape(m)}")
    rows = atleast_2d(m).astype(dtype)
    return rows.T if as_columns else rows


def _weights(name: str, weights: Any, samples: int) -> Any:
    """One weight per sample, none of them negative."""
    if not isinstance(weights, Tensor):
        weights = np.asarray(weights, float)
    if weights.shape != (samples,):
        raise ValueError(
            f"cov expects {name} of shape ({samples},), one for each sample, got {weights.shape}"
        )
    if np.any(weights < 0):
        raise ValueError(f"cov expects {name} of 0 or more, got {np.min(unwrap(weights))}")
    return weights


@composite(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The covariances of variables: Σ w (x - mean x)(x' - mean x') / f, a number or a matrix.

    Args:
        m, y: variables as rows (`rowvar`) or as columns, samples along the other axis.
        bias, ddof: f = n - ddof, with ddof 0 if `bias`, else 1, unless it is given.
        fweights: how often each sample counts, integers without derivative.
        aweights: the weight of each sample; f = Σ w - ddof Σ w aweights / Σ w.
        dtype: of the result; at least float64 if None.
    """
    ddof = (0 if bias else 1) if ddof is None else operator.index(ddof)
    if dtype is None:
        dtype = np.result_type(*(unwrap(a) for a in (m, y) if a is not None), np.float64)
    x = _rows(m, dtype, not rowvar and np.ndim(m) != 1, "m")
    if not x.shape[0]:
        return x[:, :0]
    if y is not None:
        other = _rows(y, dtype, not rowvar and atleast_2d(y).shape[0] != 1, "y")
        x = concatenate([x, other])
    samples = x.shape[1]
    w: Any = None
    if fweights is not None:
        w = _weights("fweights", np.asarray(unwrap(fweights), float), samples)
        if np.any(w != np.round(w)):
            raise TypeError("cov expects fweights that are integers, got fractions; see aweights")
    if aweights is not None:
        aweights = _weights("aweights", aweights, samples)
        w = aweights if w is None else w * aweights
    mean, total = average(x, 1, w, returned=True)
    total = samples if w is None else total[0]
    if aweights is None or not ddof:
        freedom = total - ddof
    else:
        freedom = total - ddof * np.sum(w * aweights) / total
    if freedom <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=3)
        freedom = 0.0
    x = x - mean[:, None]
    return squeeze(x @ (x if w is None else x * w).T / freedom)


@composite(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlations of variables: their covariances over the standard deviations of both."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = np.sqrt(np.diag(c))
    r = c / deviation[:, None] / deviation
    # What rounding puts beyond 1 is a constant: a bound would hide the curvature at 1.
    values = unwrap(r)
    return r + (np.clip(values, -1, 1) - values)


# -- weighted counts -----------------------------------------------------------------------------

# Of nothing NumPy gives integers, weights or not.
_bincount = primitive(
    lambda weights, *, x, minlength: np.bincount(x, weights, minlength).astype(float),
    lambda g, out, weights, *, x, minlength: getitem(g, x),
    name="bincount",
)
declare(linear, _bincount)


@composite(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number 0, 1, 2, ... occurs in `x`, or the sum of its `weights`.

    A tensor if `weights` is one, in which it is differentiable; otherwise an array.
    """
    x = np.array(unwrap(x))
    if not isinstance(weights, Tensor):
        return np.bincount(x, weights, minlength)
    return _bincount(weights, x=x, minlength=minlength)


def _edges(bins: Any, edges: Any) -> Any:
    """The edges of the bins of one axis: those that were given, if they are a tensor."""
    return bins if isinstance(bins, Tensor) and bins.ndim else edges


def _bin(x: Any, edges: Any) -> Any:
    """The number of each sample's bin, -1 and len(edges) - 1 outside; the last one is closed."""
    place = np.searchsorted(edges, x, side="right") - 1
    return place - (x == edges[-1])


def _matters(weights: Any, bins: Any, density: Any) -> bool:
    """Whether the result depends on a tensor otherwise than by steps."""
    return has_tensor([weights]) or bool(density and has_tensor([bins]))


def _counted(places: list[Any], shape: tuple[int, ...], weights: Any) -> Any:
    """The sum of the weights in each bin of a grid of `shape`."""
    inside = np.all([(p >= 0) & (p < n) for p, n in zip(places, shape, strict=True)], axis=0)
    number = np.ravel_multi_index([p[inside] for p in places], shape)
    if weights is None:
        weights = np.ones(inside.shape)
    chosen = weights[inside] if isinstance(weights, Tensor) else np.asarray(weights)[inside]
    return np.reshape(bincount(number, chosen, math.prod(shape)), shape)


@composite(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any]:
    """How many of the samples `a`, or which sum of `weights`, fall between neighbouring edges.

    Returns: the counts, and the edges. The counts are a tensor if `weights` is one, in which they
    are differentiable; with `density` they are divided by total and width, and differentiable in
    edges given as a tensor too. Where a sample lies counts as a step: no derivative. Edges that
    NumPy chooses are an array.
    """
    if not _matters(weights, bins, density):
        return np.histogram(unwrap(a), unwrap(bins), unwrap(range), density, weights)
    samples, plain = np.ravel(unwrap(a)), np.asarray(unwrap(weights))
    if weights is not None and plain.shape != np.shape(unwrap(a)):
        raise ValueError(
            f"histogram expects a weight for each sample, shape {np.shape(a)}, got {plain.shape}"
        )
    chosen = np.histogram_bin_edges(
        samples, unwrap(bins), unwrap(range), None if weights is None else np.ravel(plain)
    )
    edges = _edges(bins, chosen)
    weights = None if weights is None else np.ravel(weights)
    counts = _counted([_bin(samples, chosen)], (chosen.size - 1,), weights)
    if density:
        return counts / np.diff(edges) / np.sum(counts), edges
    return astype(counts, plain.dtype), edges


@composite(np.histogramdd)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any]:
    """`histogram` of points, a row of `sample` each: the counts, and a tuple of edges per axis."""
    data = unwrap(sample)
    counts, edges = np.histogramdd(data, unwrap(bins), unwrap(range), density, unwrap(weights))
    if not _matters(weights, bins, density):
        return counts, edges
    points = np.atleast_2d(data.T if hasattr(data, "shape") else data)
    places = [_bin(x, e) for x, e in zip(points, edges, strict=True)]
    given = bins if isinstance(bins, (list, tuple)) else [None] * len(edges)
    edges = tuple(_edges(b, e) for b, e in zip(given, edges, strict=True))
    result = _counted(places, counts.shape, weights)
    if density:
        result = result / np.sum(result)
        for i, e in enumerate(edges):
            result = result / np.reshape(np.diff(e), [-1 if i == k else 1 for k in _axes(counts)])
    return result, edges


def _axes(a: Any) -> list[int]:
    return list(range(a.ndim))


@composite(np.histogram2d)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any, Any]:
    """`histogram` of the points (x, y): the counts, the edges along x, and those along y."""
    if len(x) != len(y):
        raise ValueError(f"histogram2d expects as many x as y, got {len(x)} and {len(y)}")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [bins, bins]
    counts, edges = histogramdd([unwrap(x), unwrap(y)], bins, range, density, weights)
    return counts, *edges
