"""Strategies of shapes, and of what belongs to a shape: axes and indices.

Each shrinks towards few axes, short ones, and the plainest way to say it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from .. import expect

__all__ = ["Shape", "axes", "broadcastable", "indices", "matmul_shapes", "shapes"]

Shape = tuple[int, ...]


def shapes(
    min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 4
) -> st.SearchStrategy[Shape]:
    """Shapes of `min_dims` to `max_dims` axes with lengths from `min_side` to `max_side`.

    Every number of axes is as likely as another, and so is every length, but for 0: one array that
    is empty tells as much as many.

    >>> from hypothesis import find
    >>> find(shapes(), lambda shape: len(shape) == 2)
    (1, 1)
    >>> find(shapes(), lambda shape: 0 in shape)
    (0,)
    """
    bounds = dict(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)
    for name, bound in bounds.items():
        expect.integer("shapes", name, bound, 0)
    # `integers` prefers 0, `sampled_from` nothing.
    return _shapes(st.sampled_from(range(min_dims, max_dims + 1)), sides(min_side, max_side))


@st.composite
def _shapes(
    draw: st.DrawFn, dims: st.SearchStrategy[int], lengths: st.SearchStrategy[int]
) -> Shape:
    return tuple(draw(lengths) for _ in range(draw(dims)))


def sides(min_side: int = 0, max_side: int = 4) -> st.SearchStrategy[int]:
    """Lengths of an axis; 0 is the rarest of them and, as 1 shows more, not the simplest."""
    filled = list(range(max(min_side, 1), max_side + 1))
    return st.sampled_from(filled * 2 + [0] if min_side == 0 else filled)


@st.composite
def broadcastable(
    draw: st.DrawFn, count: int = 2, shape: st.SearchStrategy[Shape] | None = None
) -> tuple[Shape, ...]:
    """`count` shapes that broadcast together.

    Each is one common shape, drawn from `shape`, with leading axes cut off and some of the others
    replaced by 1.

    >>> from hypothesis import find
    >>> one, other = find(broadcastable(2), lambda both: len(both[0]) > len(both[1]))
    >>> len(np.broadcast_shapes(one, other)) == len(one)
    True
    """
    common = draw(shapes() if shape is None else shape)
    found = []
    for _ in range(count):
        # More often than not an axis is there, and has its length: small shapes tell little.
        left = common[draw(st.sampled_from([0] * len(common) + [*range(len(common) + 1)])) :]
        found.append(tuple(1 if draw(st.integers(0, 3)) == 3 else n for n in left))
    return tuple(found)


@st.composite
def matmul_shapes(draw: st.DrawFn, max_side: int = 4, max_stack: int = 2) -> tuple[Shape, Shape]:
    """Two shapes that `@` takes: vectors, matrices, and stacks of up to `max_stack` more axes.

    The axes of the stacks broadcast. Every length goes from 0 to `max_side`.

    >>> from hypothesis import find
    >>> find(matmul_shapes(), lambda both: all(len(shape) == 2 for shape in both))
    ((1, 1), (1, 1))
    """
    side = sides(0, max_side)
    n, k, m = draw(side), draw(side), draw(side)
    stack = shapes(max_dims=max_stack, max_side=max_side)
    left, right = draw(broadcastable(2, stack))
    x = (k,) if draw(st.booleans()) else (*left, n, k)
    y = (k,) if draw(st.booleans()) else (*right, k, m)
    return x, y


@st.composite
def axes(draw: st.DrawFn, ndim: int, *, none: bool = True, several: bool = True) -> Any:
    """An `axis` argument for an array of `ndim` axes.

    None if `none` allows it; a number, counted from either end; with `several` also a tuple of
    distinct axes, none of them included. For 0-d arrays None, or the empty tuple.

    >>> from hypothesis import find
    >>> find(axes(3), lambda axis: axis is not None)
    0
    >>> find(axes(3), lambda axis: isinstance(axis, tuple) and len(axis) == 2)
    (0, 1)
    """
    kinds = (["none"] if none else []) + (["one"] if ndim else []) + ["several"] * several
    if not kinds:
        raise ValueError("axes expects ndim of at least 1, or none=True or several=True; got 0")
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return None
    if kind == "one":
        return draw(st.integers(-ndim, ndim - 1))
    chosen = draw(st.lists(st.integers(0, ndim - 1), unique=True, max_size=ndim)) if ndim else []
    return tuple(a - ndim if draw(st.booleans()) else a for a in chosen)


@st.composite
def indices(draw: st.DrawFn, shape: Shape) -> Any:
    """What may stand in x[...] for an array x of this shape: any index that NumPy knows.

    Numbers, slices with any step, None and Ellipsis; arrays and lists of integers, repeated and
    negative ones too; a mask; and all of these mixed.

    >>> from hypothesis import find
    >>> find(indices((3,)), lambda index: isinstance(index, int) and index < 0)
    -1
    """
    kind = draw(st.sampled_from(["basic", "integers", "mask", "mixed"]))
    if kind == "basic":
        return draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    if kind == "integers" and shape and 0 not in shape:
        found = draw(hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2)))
        return found[0] if len(shape) == 1 and draw(st.booleans()) else found
    seed = st.integers(0, 2**32 - 1)
    if kind == "mask":
        return np.random.default_rng(draw(seed)).random(shape) < 0.5
    index: list[Any] = []
    length = draw(st.integers(1, 3))
    for n in shape:
        choices: list[Any] = [slice(None), slice(None, None, -1), slice(1, None, 2)]
        if n:
            rng = np.random.default_rng(draw(seed))
            choices += [0, -1, rng.integers(-n, n, length), rng.integers(0, n, length).tolist()]
        index.append(draw(st.sampled_from(choices)))
        if draw(st.booleans()):
            index.append(None)
    if draw(st.booleans()):
        index[draw(st.integers(0, len(index))) :] = [...]
    return tuple(index)
