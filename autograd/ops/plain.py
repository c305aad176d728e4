"""Functions without a derivative: they look at the values and return plain arrays, never tensors.

Where a result of floats steps from value to value (`sign`, `floor`) it stays a tensor with
derivative 0, in `elementwise`; what stands here answers with booleans, integers, dtypes or text.
"""

from __future__ import annotations

import numpy as np

from ..registry import plain

__all__: list[str] = []

plain(
    # comparisons and logic
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.logical_and,
    np.logical_or,
    np.logical_xor,
    np.logical_not,
    np.bitwise_and,
    np.bitwise_or,
    np.bitwise_xor,
    np.invert,
    np.left_shift,
    np.right_shift,
    np.all,
    np.any,
    np.isclose,
    np.allclose,
    np.array_equal,
    np.array_equiv,
    # kinds of numbers
    np.isfinite,
    np.isinf,
    np.isnan,
    np.isneginf,
    np.isposinf,
    np.isreal,
    np.iscomplex,
    np.imag,
    np.isrealobj,
    np.iscomplexobj,
    np.signbit,
    # integers
    np.gcd,
    np.lcm,
    np.bitwise_count,
    np.packbits,
    np.unpackbits,
    np.ravel_multi_index,
    np.unravel_index,
    # where something is
    np.argmax,
    np.argmin,
    np.nanargmax,
    np.nanargmin,
    np.argsort,
    np.argpartition,
    np.argwhere,
    np.nonzero,
    np.flatnonzero,
    np.count_nonzero,
    np.searchsorted,
    np.digitize,
    np.lexsort,
    np.ix_,
    np.diag_indices_from,
    np.tril_indices_from,
    np.triu_indices_from,
    # sets and bins
    np.histogram_bin_edges,
    np.isin,
    np.unique,
    np.unique_all,
    np.unique_counts,
    np.unique_inverse,
    np.unique_values,
    np.union1d,
    np.intersect1d,
    np.setdiff1d,
    np.setxor1d,
    # shapes, dtypes, memory
    np.shape,
    np.ndim,
    np.size,
    np.result_type,
    np.can_cast,
    np.min_scalar_type,
    np.common_type,
    np.may_share_memory,
    np.shares_memory,
    np.empty_like,
    np.zeros_like,
    np.ones_like,
    np.einsum_path,
    # text and files
    np.array_repr,
    np.array_str,
    np.array2string,
    np.save,
    np.savez,
    np.savez_compressed,
    np.savetxt,
)
