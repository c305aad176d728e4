"""Strategies of arrays and tensors: generic values, in a domain, away from kinks.

An array is drawn as a shape and a seed: hypothesis looks for the shapes that break a rule, NumPy
fills in the values. That is fast, and it shrinks, to round numbers in ascending order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy import ndarray

from .. import expect
from ..tensor import Tensor
from .shapes import Shape, shapes

__all__ = ["LAYOUTS", "arrays", "dtypes", "floats_away_from", "layouts", "tensors"]

Domain = tuple[float, float]

# The domain of a function that is defined everywhere: some curvature, no overflow.
EVERYWHERE: Domain = (-2.0, 2.0)
SEEDS = st.integers(0, 2**32 - 1)


def dtypes(*names: Any) -> st.SearchStrategy[np.dtype[Any]]:
    """Floating dtypes that tensors differentiate: float64, float32, or those that are named.

    >>> from hypothesis import find
    >>> find(dtypes(), lambda dtype: dtype != np.float64)
    dtype('float32')
    """
    return st.sampled_from([np.dtype(name) for name in names or (np.float64, np.float32)])


def floats_away_from(
    kinks: Sequence[float] | float = (), domain: Domain = EVERYWHERE, margin: float = 0.1
) -> st.SearchStrategy[float]:
    """Numbers inside of `domain` = (low, high), at least `margin` away from each of the `kinks`.

    A kink is where a function has no derivative, as |x| at 0: differences around it say nothing.

    Raises ValueError when nothing of the domain is left.

    >>> from hypothesis import find
    >>> find(floats_away_from(0), lambda x: True)
    1.0
    >>> find(floats_away_from([0, 1]), lambda x: 0 < x < 1)
    0.5
    """
    parts = _pieces(kinks, domain, margin)
    return st.one_of([st.floats(low, high) for low, high in sorted(parts, key=_plainness)])


def arrays(
    shape: Any = None,
    domain: Domain | Sequence[Domain] = EVERYWHERE,
    *,
    kinks: Sequence[float] | float = (),
    margin: float = 0.1,
    dtype: Any = np.float64,
) -> st.SearchStrategy[Any]:
    """Arrays of floats without ties, inside of a domain, away from kinks.

    Args:
        shape: a shape, or a strategy of shapes (default: `shapes()`). If it draws several shapes,
            as `broadcastable(2)` does, a tuple of as many arrays is drawn.
        domain: (low, high), between which all elements lie; for several arrays also a list with
            one domain for each.
        kinks, margin: no element is closer than `margin` to one of the `kinks`.
        dtype: a dtype, or a strategy such as `dtypes()`.

    The elements of an array differ from each other by at least 0.4 of what an even spacing over
    the domain would give, so that sorting and maxima have no near-ties. A 0-d array is drawn
    as a NumPy scalar or as an array of shape ().

    Raises ValueError when nothing of the domain is left.

    >>> from hypothesis import find
    >>> find(arrays((2, 2)), lambda x: True)
    array([[-1.5, -0.5],
           [ 0.5,  1.5]])
    >>> from autograd.testing import broadcastable
    >>> x, y = find(arrays(broadcastable(2), [(-1, 1), (1, 9)]), lambda both: both[1].size == 3)
    >>> y
    array([2.3, 5. , 7.7])
    """
    domains = list(domain) if _is_several(domain) else [domain]
    pieces = [_pieces(kinks, d, margin) for d in domains]
    dtype = dtype if isinstance(dtype, st.SearchStrategy) else st.just(np.dtype(dtype))
    shape = shapes() if shape is None else shape
    shape = shape if isinstance(shape, st.SearchStrategy) else st.just(shape)
    return _arrays(shape, pieces, dtype)


def tensors(
    shape: Any = None,
    domain: Domain | Sequence[Domain] = EVERYWHERE,
    *,
    requires_grad: bool = True,
    **kwargs: Any,
) -> st.SearchStrategy[Any]:
    """Leaf tensors of what `arrays` draws, with the same arguments.

    >>> from hypothesis import find
    >>> find(tensors((2,)), lambda x: True)
    Tensor([-1.,  1.], requires_grad=True)
    """

    def wrapped(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(wrapped, value))
        return Tensor(value, requires_grad=requires_grad)

    return arrays(shape, domain, **kwargs).map(wrapped)


# -- memory --------------------------------------------------------------------------------------


def _read_only(x: Any) -> Any:
    x = np.array(x)
    x.flags.writeable = False
    return x


# The same values, held in memory in another way; simplest first.
LAYOUTS = {
    "C order": lambda x: np.array(x, order="C"),
    "Fortran order": lambda x: np.array(x, order="F"),
    "negative strides": lambda x: np.flip(np.flip(x).copy()),
    "every other element": lambda x: np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else np.array(x),
    "read-only": _read_only,
}


def layouts(values: Any) -> st.SearchStrategy[Any]:
    """The arrays of a strategy, or one array, in each layout that memory can have.

    C and Fortran order, negative strides, every other element of a larger array, read-only. An op
    must give the same whatever the layout, and must not write into its inputs.

    >>> from hypothesis import find
    >>> find(layouts(np.ones((2, 3))), lambda x: not x.flags.c_contiguous).strides
    (8, 16)
    """
    values = values if isinstance(values, st.SearchStrategy) else st.just(values)
    chosen = st.sampled_from(list(LAYOUTS.values()))
    return st.builds(lambda x, layout: layout(np.asarray(x)), values, chosen)


# -- how values are made -------------------------------------------------------------------------


def _is_several(domain: Any) -> bool:
    return bool(np.ndim(domain) == 2)


def _plainness(piece: Domain) -> tuple[bool, float]:
    """Pieces with positive numbers first, then those nearer to 0: what a reader expects."""
    low, high = piece
    return high <= 0, max(low, -high)


def _pieces(kinks: Any, domain: Any, margin: float) -> list[Domain]:
    """What is left of the domain without the surroundings of the kinks."""
    low, high = domain
    found = []
    kinks = [expect.number("the strategy", "a kink", kink) for kink in np.ravel(kinks).tolist()]
    for kink in sorted(kinks):
        if kink - margin > low:
            found.append((low, min(kink - margin, high)))
        low = max(low, kink + margin)
    if low < high:
        found.append((low, high))
    if not found or not all(math.isfinite(edge) for piece in found for edge in piece):
        raise ValueError(
            f"expected a domain (low, high) of finite numbers, low < high, that reaches further "
            f"than {margin} from the kinks {np.ravel(kinks).tolist()}; got {tuple(domain)}"
        )
    return found


@st.composite
def _arrays(
    draw: st.DrawFn,
    shape: st.SearchStrategy[Any],
    pieces: list[list[Domain]],
    dtype: st.SearchStrategy[Any],
) -> Any:
    scalar = not draw(st.booleans())
    drawn = draw(shape)
    several = bool(drawn) and isinstance(drawn[0], (tuple, list))
    all_shapes = drawn if several else (drawn,)
    if len(pieces) not in (1, len(all_shapes)):
        raise ValueError(
            f"arrays expects one domain, or one per array; got {len(pieces)} domains for "
            f"{len(all_shapes)} shapes"
        )
    found = []
    for one, parts in zip(all_shapes, pieces * (len(all_shapes) // len(pieces)), strict=True):
        value = filled(draw(SEEDS), tuple(one), parts, rounded=not draw(st.booleans()))
        value = value.astype(draw(dtype), copy=False)
        found.append(value[()] if scalar else value)
    return tuple(found) if several else found[0]


def filled(
    seed: int, shape: Shape, pieces: Sequence[Domain] = (EVERYWHERE,), rounded: bool = False
) -> ndarray:
    """An array of distinct numbers in the `pieces`, the same for the same seed.

    `rounded` to as few digits as keep them apart; seed 0 gives them in ascending order.
    """
    size = math.prod(shape)
    lengths = np.array([high - low for low, high in pieces])
    places = np.linspace(0, 1, 2 * size + 1)[1::2]
    if seed and size:
        # To keep a distance each is moved half of its way to where an even spacing would put it.
        drawn = np.random.default_rng(seed).uniform(0.02, 0.98, size)
        even = places[np.argsort(np.argsort(drawn))]
        places = drawn if size == 1 else drawn + 0.5 * (even - drawn)
    places *= lengths.sum()
    cell = float(lengths.sum()) / max(size, 1)
    ends = np.cumsum(lengths)
    piece = np.minimum(np.searchsorted(ends, places), len(pieces) - 1)
    low, high = np.array(pieces, float)[piece].T
    values: ndarray = low + places - (ends - lengths)[piece]
    if rounded and size:
        digits = max(0, math.ceil(-math.log10(cell / 5)))
        values = np.clip(np.round(values, digits), low, high)
    return values.reshape(shape)
