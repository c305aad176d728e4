"""The expressions that programs are made of; {x} and {y} are variables, {a} is an axis.

A text is run as it stands on tensors and on arrays of dual numbers: it holds only functions that
NumPy has for arrays of objects too, and stays away from the poles and the edges of domains. Two
spaces or a new line stand between texts.
"""

from __future__ import annotations

import re


def _texts(table: str) -> list[str]:
    return re.split(r"\s{2,}", table.strip())


UNARY = _texts("""
    np.sin({x})  np.cos({x})  np.tanh({x})  np.arctan({x})  np.exp(np.sin({x}))
    np.exp(-np.square({x}))  np.log(2 + np.sin({x}))  np.sqrt(1 + {x} * {x})  -{x}  +{x}
    1 / (2 + np.cos({x}))  {x} ** 2  {x} * 3.0  2.0 - {x}  {x} / 2  np.float64(0.5) * {x}
    np.expm1(np.tanh({x}))  np.log1p(np.square({x}))  np.sinh(np.tanh({x}))  {x} * 1
    np.positive({x})  np.copy({x})  np.square({x})  np.reciprocal(2 + np.sin({x}))
    (1.5 + np.sin({x})) ** 1.5  np.negative({x})  np.tan(np.sin({x}))  np.arcsin(0.9 * np.sin({x}))
    np.arccos(0.9 * np.sin({x}))  np.arcsinh({x})  np.arccosh(1.5 + np.square({x}))
    np.arctanh(0.9 * np.sin({x}))  np.cosh(np.tanh({x}))  np.exp2(np.sin({x}))
    np.log2(2 + np.sin({x}))  np.log10(2 + np.cos({x}))  np.cbrt(2 + np.sin({x}))
    np.degrees({x}) / 60  np.radians({x}) * 60  np.power({x}, 3)  {x} * {x} * {x}
    np.zeros_like({x})  np.full_like({x}, 2.0)  np.nan_to_num({x})  1 - {x}
""")

# By the condition that {x} has to fulfil: kinks, jumps and ties have no derivative.
GUARDED = {
    "away from 0": _texts("""
        abs({x})  np.abs({x})  np.maximum({x}, 0.0)  np.minimum({x}, 0)  np.sign({x})
        np.clip({x}, 0, 100)  np.fabs({x})  np.fmax({x}, 0.0)  {x}.clip(0, 100)  {x}[{x} > 0]
        np.select([{x} > 0], [{x}], 0.5)  np.linalg.norm({x})  np.linalg.norm({x}, 1)
        np.extract({x} > 0, {x})  np.piecewise({x}, [{x} > 0], [np.sin, np.cos])
        np.where({x} > 0, {x}, 0.5 * {x})
    """),
    "distinct": _texts("""
        np.max({x})  np.min({x}, axis=-1)  np.max({x}, axis=0, keepdims=True)
        np.sort({x}, axis=-1)  np.sort({x}, axis=None)  np.ptp({x}, axis={a})  np.median({x})
        np.median({x}, axis={a})  np.percentile({x}, 30, axis={a})  np.quantile({x}, 0.3)
        np.take_along_axis({x}, np.argsort({x}, {a}), {a})  np.sort({x}, axis={a})[::-1]
        np.std({x})  np.nanmax({x})  np.amin({x}, axis={a})  {x}.max()  {x}.std(axis=None)
        np.max({x}, axis=(0, 1))  np.max({x}, axis={a})
    """),
    "off steps": _texts("""
        np.floor({x})  {x} % 2.5  np.remainder({x}, 2.5)  {x} // 2.5  np.fmod({x}, 2.5)
        np.ceil({x})  np.trunc({x})  np.rint({x})  np.round({x})
    """),
}

BINARY = _texts("""
    {x} + {y}  {x} - {y}  {x} * {y}  {x} / (2 + np.square({y}))  np.multiply({x}, {y})
    np.add({x}, {y})  np.outer({x}, {y})  {x} @ {y}  np.dot({x}, {y})  np.matmul({x}, {y})
    (1.5 + np.sin({x})) ** np.cos({y})  np.concatenate([np.ravel({x}), np.ravel({y})])
    np.stack([{x}, {y}])  np.append({x}, {y})  np.vstack([{x}, {y}])  np.hstack([{x}, {y}])
    np.concatenate([{x}, {y}], axis=-1)
    np.where(np.arange(np.size({x})).reshape(np.shape({x})) % 2 == 0, {x}, {y})  np.inner({x}, {y})
    np.vdot({x}, {y})  np.vecdot({x}, {y})  np.linalg.vecdot({x}, {y})  np.matvec({x}, {y})
    np.vecmat({x}, {y})  np.convolve({x}, {y})  np.correlate({x}, {y}, 'full')
    np.polyval({x}, {y})  np.block([{x}, {y}])  np.column_stack([{x}, {y}])  np.dstack([{x}, {y}])
    np.stack([{x}, {y}], axis=-1)  np.cross({x}, {y})  np.hypot(1 + np.square({x}), {y})
    np.arctan2({x}, 1 + np.square({y}))  np.linalg.outer({x}, {y})  np.tensordot({x}, {y}, 0)
    np.tensordot({x}, {y}, ([0], [0]))  np.tensordot({x}, {y}, ([0, 1], [1, 0]))
    np.linalg.multi_dot([{x}, {y}, {x}])  np.einsum('ij,jk->ik', {x}, {y})
    np.einsum('...i,...i->...', {x}, {y})  np.einsum('i,j->ij', {x}, {y})  {x}.dot({y})
    np.choose(np.arange(np.shape({x})[-1]) % 2, [{x}, {y}])  np.insert({x}, 0, {y}, axis=0)
    np.divide({x}, 2 + np.square({y}))  np.where(np.arange(np.shape({x})[-1]) % 2 == 0, {x}, {y})
    np.concat([{x}, {y}])  np.power(1.5 + np.sin({x}), {y})
    np.average(np.ravel({x}), weights=2 + np.sin(np.ravel({y})))  np.diff({x}, append={y})
    np.broadcast_arrays({x}, {y})[0]  np.broadcast_arrays({x}, {y})[1]
    np.meshgrid({x}, {y}, indexing='ij')[1]  np.trapezoid({x}, {y})  np.stack([{x}, {y}, {x}], 1)
    np.full_like({x}, {y})  np.pad({x}, 1, constant_values={y})  sum([{x}, {y}, {x}])
    np.array_split({x} - {y}, 2)[0]  np.clip({x}, {y} - 100, 100)  np.tensordot({x}, {y}, 1)
    np.kron({x}, {y})  np.subtract({x}, {y})
""")

REDUCE = _texts("""
    np.sum({x})  np.sum({x}, axis={a})  np.sum({x}, axis={a}, keepdims=True)  np.prod({x})
    np.prod({x}, axis={a})  np.cumsum({x}, axis={a})  np.cumsum({x})  np.cumprod({x})
    np.diff({x}, axis={a})  np.trace({x})  np.mean({x}, axis={a})  np.mean({x})
    np.einsum('ij,kj->ik', {x}, {x})  np.einsum('i,i->', {x}, {x})  np.diag({x})
    np.var({x}, axis={a})  np.var({x})  np.nansum({x}, axis={a})  np.nanmean({x})
    np.nanprod({x}, axis={a})  np.average({x}, axis={a})  np.trapezoid({x}, axis={a})
    np.ediff1d({x})  np.polyval({x}, 0.5)  np.polyval([1.0, 2.0], {x})
    np.cumulative_sum({x}, axis=0, include_initial=True)  np.nancumsum({x}, axis={a})
    np.diff({x}, 2, axis={a})  np.linalg.matrix_power({x}, 3)  {x}.sum()  {x}.sum(axis={a})
    {x}.mean()  {x}.prod()  {x}.cumsum({a})  {x}.trace()  {x}.var()  np.linalg.trace({x})
    np.einsum('ij->', {x})  np.einsum('ij->j', {x})  np.sum({x}, axis=(0, 1))
    np.mean({x}, axis=(0, -1), keepdims=True)  np.prod({x}, axis=(0, 1))  {x} @ {x}  {x} @ {x}.T
    np.var({x}, axis={a}, ddof=1)  np.diff({x}, prepend=0.5)
    np.sum({x}, where=np.arange(np.shape({x})[-1]) % 2 == 0, initial=0.5)  np.convolve({x}, {x})
    np.convolve({x}, [1.0, 2.0], 'same')  np.correlate({x}, [1.0, 2.0], 'full')
    np.sum({x}, initial=1.5)  np.prod({x}, initial=1.5)  np.linalg.norm(1.5 + np.sin({x}))
    np.linalg.norm(1.5 + np.sin({x}), axis={a})  np.linalg.vector_norm(1.5 + np.sin({x}))
""")

SHAPE = _texts("""
    {x}.T  np.transpose({x})  np.reshape({x}, -1)  {x}.reshape(-1)  np.ravel({x})  {x}.flatten()
    {x}[None]  np.expand_dims({x}, -1)  np.squeeze({x})  np.flip({x})  np.flip({x}, {a})
    np.swapaxes({x}, 0, -1)  np.moveaxis({x}, 0, -1)  {x}[::-1]  {x}[...]  {x}[0]  {x}[-1]  {x}[1:]
    {x}[:-1]  {x}[::2]  {x}[..., 0]  {x}[..., 1:]  {x}[:, 0]  {x}[:, ::-1]  {x}[1:][:1]
    {x}[[0, -1, 0]]  {x}[np.array([1, 0])]  {x}[..., [0, 0]]  np.roll({x}, 1)  np.roll({x}, 1, {a})
    np.repeat({x}, 2, axis={a})  np.tile({x}, 2)  np.broadcast_to({x}, (2,) + np.shape({x}))
    np.split({x}, 2)[0]  np.split({x}, 2)[1]  np.array_split({x}, 2)[1]  np.atleast_1d({x})
    np.atleast_2d({x})  np.rot90({x})  {x}.copy()  np.tril({x})  np.triu({x})
    np.take({x}, [0, -1], axis={a})  np.pad({x}, 1)  np.delete({x}, 0, axis={a})  np.diagonal({x})
    np.einsum('ij->ji', {x})  np.reshape({x}, (2, -1))  np.reshape({x}, (-1, 1))  {x}.ravel()
    {x}.T[1:]  {x}[0][1:]  {x}.reshape(-1)[1:]  np.reshape({x}, (7, 5))  {x}[9]
    np.meshgrid(np.ravel({x}), np.ravel({x}))[0]  np.insert({x}, 0, 1.0, axis={a})  np.fliplr({x})
    np.flipud({x})  np.hsplit({x}, 2)[1]
    np.take_along_axis({x}, np.zeros((1,) * np.ndim({x}), int), {a})  {x}[:2]  np.rollaxis({x}, -1)
    np.matrix_transpose({x})  np.unstack({x})[0]  np.unstack({x}, axis={a})[-1]  np.atleast_3d({x})
    np.permute_dims({x})  np.dsplit({x}, 2)[0]  np.vsplit({x}, 2)[1]  np.resize({x}, (2, 3))
    np.diagflat({x})  np.pad({x}, (1, 2), mode='edge')  np.pad({x}, 1, mode='wrap')
    np.pad({x}, 1, mode='reflect')  np.pad({x}, 1, constant_values=1.5)
    np.compress([True, False, True], {x}, axis={a})  np.extract([True, False], {x})
    {x}[np.arange(np.size({x})).reshape(np.shape({x})) % 2 == 0]  np.vander({x}, 3)
    np.lib.stride_tricks.sliding_window_view({x}, 2, axis={a})  {x}.squeeze()  {x}.swapaxes(0, 1)
    {x}.transpose()  {x}.diagonal()  {x}.take([0, 1], {a})  {x}.take(0, {a})  {x}.repeat(2, {a})
    np.delete({x}, [0, -1], axis={a})  {x}.T.reshape(-1)
    np.insert({x}, [0, 1], [1.5, 2.5], axis={a})  np.block([[{x}], [{x}]])  np.diag({x}, 1)
    np.tril({x}, -1)  np.squeeze({x}, {a})  np.expand_dims({x}, (0, -1))  {x}[..., None]
    {x}[:, None]  {x}.T.T  {x}[0, ...]  np.reshape({x}, np.shape({x}))
    np.reshape({x}, -1, copy=True)  np.reshape({x}, -1, copy=False)
    np.reshape({x}, np.shape({x})[::-1], order='F')  np.ravel({x}, order='F')
    np.broadcast_arrays({x}, np.zeros((2, 1)))[0]  np.apply_along_axis(np.cumsum, {a}, {x})
    {x}[1:, [0, -1]]  {x}[np.array([[0, 1], [1, 0]])]  {x}[[0, 1], [1, 0]]  {x}[[0, 1], :, [0, 1]]
    {x}[None, ..., ::-1]  {x}[0, 0]  np.linalg.diagonal({x})  np.append({x}, 1.5)
    np.roll({x}, (1, -1), (0, 1))
""")

# The half of {t} that a mask takes.
_HALF = "np.arange(np.size({t})).reshape(np.shape({t})) % 2 == 0"

# Where a write goes; the empty one is the whole name.
PLACES = [
    "",
    "",
    *_texts(
        """
    [{half}]  [[True, False]]  [..., [0, -1]]  [None]  [..., None]  [[[0, 1], [1, 0]]]
    [[0, 1], [1, 0]]  [:, [0, 0]]  [1:, [0, -1]]  [-2:]  [::-1, ..., 0]  [...]  [0]  [-1]  [1:]
    [:-1]  [::2]  [::-1]  [..., 0]  [..., 1:]  [:, 0]  [[0, -1]]  [[0, 0]]  [np.array([1, 0])]
    [0, 0]  [0, ..., 1:]  [1:, :1]  [:2]
""".replace("{half}", _HALF)
    ),
]

# {t} is the target of the write and {p} the place.
VALUES = _texts("""
    0.5  2  {y}  {y}  {y}  {y} * {y}  np.sin({y})  {t}  {t}{p}  {t}.T  {t}[::-1]  {t}[:-1]  {t}[1:]
    {t}[0]  {t}[-1]  np.sum({t})  {y}{p}  {t}[..., :1]  2 * {t}  np.mean({y})
""")

# An element takes single numbers only: in an array of objects NumPy would store a whole array.
NUMBERS = _texts("""
    0.5  np.sum({t})  np.sum({y})  np.sum(np.sin({t}))  np.sum({y}) * 2.0
""")

# Functions of NumPy's that write into their first argument. With a + the values are no view of
# the target: NumPy reads there what it has just written.
WRITERS = _texts(
    """
    np.copyto({t}, {v})  np.copyto({t}, {v}, where={half})
    np.put_along_axis({t}, np.zeros((1,) * np.ndim({t}), int), {v}, {a})
    np.fill_diagonal({t}, +{v})  np.put_along_axis({t}, np.array([[0, -1]]), {v}, {a})
    np.fill_diagonal({t}, +{v}, wrap=True)  np.put({t}, [0, -1], {v})
    np.put({t}, 1, {v}, mode='wrap')  np.putmask({t}, {half}, {v})  np.place({t}, {half}, +{v})
""".replace("{half}", _HALF)
)

OPERATORS = _texts("""
    =  =  =  +=  -=  *=  +=  *=  /=  @=  **=
""")
