"""Factorizations of matrices and their derivatives: Cholesky, QR, eigenvalues, singular values.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); Townsend, "Differentiating the singular value decomposition" (2016);
Murray, "Differentiation of the Cholesky decomposition" (2016); Walter and Lehmann, "Algorithmic
differentiation of linear algebra functions" (2010).

A symmetric matrix is one half of what is written: `cholesky`, `eigh` and `eigvalsh` read one
triangle and their gradient is symmetric, the derivative along symmetric changes.

Factors are unique up to a choice: the sign of a singular or eigenvector, a rotation among those of
one value, the completion of a basis. Only functions that do not depend on the choice have a
derivative. Where values repeat the gradient through the vectors is infinite or NaN, unless none
flows into them: the gradient through the values alone is always finite.

All of it works on stacks of matrices, the last two axes being rows and columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..primitive import primitive
from ..registry import composite

__all__ = ["cholesky", "eigh", "eigvalsh", "qr", "svd", "svdvals"]


class QRResult(NamedTuple):
    """A = Q R: Q with orthonormal columns, R upper triangular."""

    Q: Any
    R: Any


class EighResult(NamedTuple):
    """A V = V diag(w): ascending eigenvalues w, eigenvectors in the columns of V."""

    eigenvalues: Any
    eigenvectors: Any


class SVDResult(NamedTuple):
    """A = U diag(S) Vᵀ: descending singular values S, Vh is Vᵀ."""

    U: Any
    S: Any
    Vh: Any


# -- what the rules share ------------------------------------------------------------------------


def _mirrored(m: Any) -> Any:
    """The symmetric matrix with the lower triangle of m."""
    return np.tril(m) + np.tril(m, -1).mT


def _quotient(x: Any, d: Any) -> Any:
    """Divide x by d; 0 where both are 0: no gradient flows into what is not determined."""
    return x / np.where((x == 0) & (d == 0), 1, d)


def _over_gaps(m: Any, values: Any) -> Any:
    """(mᵢⱼ − mⱼᵢ) / (valueⱼ − valueᵢ): how much a rotation of the vectors i and j counts."""
    return _quotient(m - m.mT, values[..., None, :] - values[..., None])


def _without_completion(g: Any, q: Any, k: int) -> Any:
    """The gradient of the first k columns of an orthogonal q, that of the others included.

    The others, q₂, only complete the basis: they turn against the first as q₁ᵀdq₂ = −(q₂ᵀdq₁)ᵀ.
    """
    if q.shape[-1] == k:
        return g
    return g[..., :k] - q[..., k:] @ g[..., k:].mT @ q[..., :k]


# -- Cholesky and QR -----------------------------------------------------------------------------


def _cholesky_rule(g: Any, out: Any, a: Any, *, upper: bool = False) -> Any:
    """½ L⁻ᵀ mirrored(Lᵀ g) L⁻¹ (Murray 2016, eq. 10)."""
    lower, g = (out.mT, g.mT) if upper else (out, g)
    inner = np.linalg.solve(lower.mT, _mirrored(lower.mT @ g)) / 2
    return np.linalg.solve(lower.mT, inner.mT)


cholesky = primitive(np.linalg.cholesky, _cholesky_rule, symmetric=(0,))


def _qr_rule(g: Any, out: Any, a: Any, *, mode: str = "reduced") -> Any:
    """(gQ + Q mirrored(R gRᵀ − gQᵀ Q)) R⁻ᵀ (Walter and Lehmann 2010), for full column rank."""
    k = a.shape[-1]
    q, r, gr = out[0][..., :k], out[1][..., :k, :], g[1][..., :k, :]
    gq = _without_completion(g[0], out[0], k)
    middle = gq + q @ _mirrored(r @ gr.mT - gq.mT @ q)
    return np.linalg.solve(r, middle.mT).mT


_tall_qr = primitive(
    lambda a, *, mode="reduced": tuple(np.linalg.qr(a, mode=mode)), _qr_rule, name="qr"
)


@composite(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Q and R with a = Q R; modes "reduced", "complete" and "r" (R alone).

    A matrix wider than tall is one with the columns beyond the square multiplied by Qᵀ. Its first
    min(m, n) columns must be independent.
    """
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr expects mode 'reduced', 'complete' or 'r' for tensors, got {mode!r}")
    k = min(a.shape[-2:])
    q, r = _tall_qr(a[..., :k], mode="complete" if mode == "complete" else "reduced")
    if a.shape[-1] > k:
        r = np.concatenate([r, q.mT @ a[..., k:]], axis=-1)
    return r if mode == "r" else QRResult(q, r)


# -- eigenvalues of symmetric matrices -----------------------------------------------------------


def _eigh_rule(g: Any, out: Any, a: Any, *, UPLO: str = "L") -> Any:
    """V (diag(gw) + ½ (Vᵀ gV − gVᵀ V) / gaps) Vᵀ (Giles 2008, section 3.1)."""
    (gw, gv), (w, v) = g, out
    return (v * gw[..., None, :] + v @ _over_gaps(v.mT @ gv, w) / 2) @ v.mT


_eigh = primitive(
    lambda a, *, UPLO="L": tuple(np.linalg.eigh(a, UPLO=UPLO)),
    _eigh_rule,
    name="eigh",
    symmetric=(0,),
)


@composite(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix, of which one triangle is read."""
    return EighResult(*_eigh(a, UPLO=UPLO))


@composite(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of a symmetric matrix, ascending."""
    return eigh(a, UPLO).eigenvalues


# -- singular values -----------------------------------------------------------------------------


def _svd_rule(g: Any, out: Any, a: Any, *, full_matrices: bool = True) -> Any:
    """U (gS + (Uᵀgᵤ − gᵤᵀU)/gaps S + S (Vᵀgᵥ − gᵥᵀV)/gaps) Vᵀ + (1 − UUᵀ) gᵤ S⁻¹ Vᵀ + likewise V.

    Gaps are those of the squares of S (Townsend 2016).
    """
    k = min(a.shape[-2:])
    s = out[1]
    u, vh, gs = out[0][..., :k], out[2][..., :k, :], g[1][..., None, :]
    gu = _without_completion(g[0], out[0], k)
    gv = _without_completion(g[2].mT, out[2].mT, k)
    row = s[..., None, :]
    left = u * gs + u @ (_over_gaps(u.mT @ gu, s * s) * row)
    left = left + (u * row) @ _over_gaps(vh @ gv, s * s)
    if u.shape[-2] > k:
        left = left + _quotient(gu - u @ (u.mT @ gu), row)
    result = left @ vh
    if vh.shape[-1] > k:
        result = result + u @ _quotient(gv - vh.mT @ (vh @ gv), row).mT
    return result


_svd = primitive(
    lambda a, *, full_matrices=True: tuple(np.linalg.svd(a, full_matrices=full_matrices)),
    _svd_rule,
    name="svd",
)


@composite(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, S and Vh with a = U diag(S) Vh; S alone if not `compute_uv`."""
    if not compute_uv:
        return svdvals(a)
    return SVDResult(*_svd(a, full_matrices=full_matrices))


@composite(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """Singular values, descending."""
    return _svd(x, full_matrices=False)[1]
