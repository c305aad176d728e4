"""No function of NumPy loses a gradient without a word.

Every public function that NumPy has is called with tensors that require a gradient. It gives a
tensor that is connected to them; or something that has no derivative by nature, and stands below
with the reason; or an error that says what to do. A name that stands in no table fails: a new
version of NumPy cannot bring one in unseen.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, gradients
from autograd.registry import has_tensor, registry

from .ops import test_plain

MODULES = {
    "": np,
    "linalg.": np.linalg,
    "fft.": np.fft,
    "lib.": np.lib,
    "lib.stride_tricks.": np.lib.stride_tricks,
}


VALUES = {
    "s": np.float64(0.6),
    "x": np.array([0.2, 0.7, 0.4]),
    "y": np.array([0.5, 0.3, 0.9]),
    "m": np.array([[0.2, 0.7, 0.4], [0.9, 0.1, 0.3]]),
    "q": np.array([[2.0, 0.3], [0.3, 1.0]]),
    "t": np.arange(1.0, 17.0).reshape(2, 2, 2, 2) ** 0.5,
}


class Leaves:
    """Tensors that require a gradient, made as they are asked for."""

    def __init__(self) -> None:
        self.used: dict[str, Tensor] = {}

    def __getattr__(self, name: str) -> Tensor:
        return self.used.setdefault(name, Tensor(VALUES[name], requires_grad=True, name=name))


Row = Callable[[Any, Leaves], Any]

INTO_ARRAY = np.ones(3)


def written(write: Callable[[Tensor], None]) -> Callable[[Tensor], Tensor]:
    def result(leaf: Tensor) -> Tensor:
        target = leaf * 1
        write(target)
        return target

    return result


# Functions whose result is connected to every tensor in the call. One call per line of names.
CONNECTED: dict[str, Row] = {
    """abs absolute acos acosh angle arccos arcsin arcsinh arctan arctanh asin asinh atan atanh
    cbrt ceil conj conjugate copy cos cosh deg2rad degrees exp exp2 expm1 fabs fix floor i0 log
    log10 log1p log2 nan_to_num negative positive rad2deg radians real real_if_close reciprocal
    rint round around sign sin sinc sinh spacing sqrt square tan tanh trunc
    sum mean prod std var max min amax amin ptp median average cumsum cumprod cumulative_sum
    cumulative_prod nancumprod nancumsum nanmax nanmean nanmedian nanmin nanprod nanstd nansum
    nanvar sort diff ediff1d trapezoid trapz vander flip ravel squeeze transpose permute_dims
    atleast_1d atleast_2d atleast_3d diag diagflat tril triu trim_zeros unwrap gradient
    flipud linalg.norm linalg.vector_norm cov polyint polyder""": lambda f, v: f(v.x),
    "arccosh acosh": lambda f, v: f(v.x + 2),
    "frexp": lambda f, v: f(v.x)[0],
    "modf": lambda f, v: list(f(v.x)),
    """add arctan2 atan2 copysign divide float_power floor_divide fmax fmin fmod heaviside hypot
    logaddexp logaddexp2 maximum minimum mod multiply nextafter pow power remainder subtract
    true_divide append convolve correlate cross dot inner kron outer vdot vecdot polyval
    linalg.cross linalg.outer linalg.vecdot broadcast_arrays meshgrid divmod""": lambda f, v: (
        lambda r: list(r) if isinstance(r, tuple) else r
    )(f(v.x, v.y)),
    "corrcoef": lambda f, v: f(v.m)[0, 1],
    "ldexp": lambda f, v: f(v.x, np.array([1, 2, 3])),
    "concat concatenate hstack vstack row_stack dstack column_stack stack": lambda f, v: f(
        [v.x, v.y]
    ),
    "block": lambda f, v: f([[v.x], [v.y]]),
    "linalg.multi_dot": lambda f, v: f([v.q, v.q, v.q]),
    "array_split split": lambda f, v: f(v.x, 3),
    "hsplit": lambda f, v: f(v.m, 3),
    "vsplit": lambda f, v: f(v.m, 2),
    "dsplit": lambda f, v: f(v.t, 2),
    "unstack": lambda f, v: list(f(v.x)),
    "matmul linalg.matmul": lambda f, v: f(v.m, v.x),
    "matvec": lambda f, v: f(v.m, v.x),
    "vecmat": lambda f, v: f(v.q[0], v.m),
    "tensordot linalg.tensordot": lambda f, v: f(v.m, v.x, axes=1),
    "einsum": lambda f, v: f("ij,j->i", v.m, v.x),
    """trace diagonal fliplr rot90 matrix_transpose
    linalg.cholesky linalg.cond linalg.det linalg.eigvalsh linalg.inv linalg.matrix_norm
    linalg.pinv linalg.svdvals linalg.trace linalg.diagonal
    linalg.matrix_transpose""": lambda f, v: f(v.q),
    "linalg.eigh linalg.qr linalg.svd linalg.slogdet": lambda f, v: list(f(v.q)),
    "linalg.matrix_power": lambda f, v: f(v.q, 3),
    "linalg.solve": lambda f, v: f(v.q, v.m),
    "linalg.lstsq": lambda f, v: f(v.q, v.m, rcond=None)[0],
    "linalg.tensorinv": lambda f, v: f(v.t + np.eye(4).reshape(2, 2, 2, 2)),
    "linalg.tensorsolve": lambda f, v: f(v.t + np.eye(4).reshape(2, 2, 2, 2), v.q),
    "apply_along_axis": lambda f, v: f(np.cumsum, 0, v.m),
    "apply_over_axes": lambda f, v: f(np.sum, v.m, [0]),
    "piecewise": lambda f, v: f(v.x, [v.x > 0.3], [np.square, v.s]),
    "astype": lambda f, v: f(v.x, np.float32),
    "bincount": lambda f, v: f([0, 1, 1], v.x),
    "histogram": lambda f, v: f([0.1, 0.2, 0.3], weights=v.x)[0],
    "histogram2d": lambda f, v: f([0.1, 0.2, 0.3], [1.0, 2, 3], weights=v.x)[0],
    "histogramdd": lambda f, v: f([[0.1, 0.2, 0.3]], weights=v.x)[0],
    "broadcast_to": lambda f, v: f(v.x, (2, 3)),
    "choose": lambda f, v: f([0, 1, 0], [v.x, v.y]),
    "select": lambda f, v: f([[True, False, True]], [v.x], v.y),
    "where": lambda f, v: f([True, False, True], v.x, v.y),
    "clip": lambda f, v: f(v.x, v.s - 0.5, v.s),
    "compress extract": lambda f, v: f([True, False, True], v.x),
    "delete": lambda f, v: f(v.x, 0),
    "insert": lambda f, v: f(v.x, 0, v.s),
    "expand_dims": lambda f, v: f(v.x, 0),
    "fill_diagonal": lambda f, v: written(lambda t: f(t, v.s))(v.q),
    "copyto": lambda f, v: written(lambda t: f(t, v.s, where=[True, False, True]))(v.x),
    "put": lambda f, v: written(lambda t: f(t, [0], v.s))(v.x),
    "place putmask": lambda f, v: written(lambda t: f(t, [True, False, True], v.s))(v.x),
    "put_along_axis": lambda f, v: written(lambda t: f(t, np.array([0]), v.s, 0))(v.x),
    "full_like": lambda f, v: f(Tensor(np.ones(3)), v.s),
    "geomspace linspace logspace": lambda f, v: f(v.s, v.s + v.x, 4),
    "interp": lambda f, v: f(v.s, [0.0, 0.5, 1], v.x),
    "moveaxis swapaxes": lambda f, v: f(v.m, 0, 1),
    "rollaxis": lambda f, v: f(v.m, 1),
    "roll": lambda f, v: f(v.x, 1),
    "pad": lambda f, v: f(v.x, 1),
    "partition": lambda f, v: f(v.x, 1),
    "percentile nanpercentile": lambda f, v: f(v.x, 30),
    "quantile nanquantile": lambda f, v: f(v.x, 0.3),
    "repeat tile": lambda f, v: f(v.x, 2),
    "reshape resize": lambda f, v: f(v.x, (3, 1)),
    "take": lambda f, v: f(v.x, [0, 2]),
    "take_along_axis": lambda f, v: f(v.x, np.array([0]), 0),
    "lib.stride_tricks.sliding_window_view": lambda f, v: f(v.x, 2),
    # It calls a function with arrays of indices: the tensors are that function's own.
    "fromfunction": lambda f, v: f(lambda i: i * v.s, (3,)),
}

# What comes out is no function of the values, or steps from one to the next. The calls are those
# of test_plain, with every array a tensor.
NO_DERIVATIVE: dict[str, str] = {
    "booleans, integers, positions": """equal not_equal less less_equal greater greater_equal
    logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor invert
    left_shift right_shift bitwise_left_shift bitwise_right_shift bitwise_invert bitwise_not
    all any isclose allclose array_equal array_equiv isfinite isinf isnan isneginf
    isposinf isreal iscomplex isrealobj iscomplexobj signbit gcd lcm bitwise_count packbits
    unpackbits ravel_multi_index unravel_index argmax argmin nanargmax nanargmin argsort
    argpartition argwhere nonzero flatnonzero count_nonzero searchsorted digitize lexsort ix_
    diag_indices_from tril_indices_from triu_indices_from""",
    "the imaginary part of a real number, always 0": "imag",
    "sets and bins, chosen by looking at the values": """histogram_bin_edges isin unique
    unique_all unique_counts unique_inverse unique_values union1d intersect1d setdiff1d setxor1d
    """,
    "shapes, dtypes, memory": """shape ndim size result_type can_cast min_scalar_type common_type
    may_share_memory shares_memory empty_like zeros_like ones_like einsum_path
    linalg.matrix_rank""",
    "text and files": """array_repr array_str array2string save savez savez_compressed savetxt""",
}

# No array is among the arguments, or only one whose values do not matter.
NO_ARRAY: dict[str, str] = {
    "makes an array of a shape": """empty eye identity indices ones tri zeros diag_indices
    tril_indices triu_indices mask_indices bartlett blackman hamming hanning fft.fftfreq
    fft.rfftfreq""",
    "reads a file, a text or memory": """frombuffer fromfile fromregex fromstring genfromtxt load
    loadtxt from_dlpack""",
    "dates": "busday_count busday_offset datetime_as_string datetime_data is_busday isnat",
    "asks about shapes, dtypes or objects": """broadcast_shapes isdtype isfortran isscalar iterable
    issubdtype promote_types mintypecode typename nested_iters""",
    "text of a number": "base_repr binary_repr format_float_positional format_float_scientific",
    "makes a function": "frompyfunc",
    "settings and information": """get_include get_printoptions getbufsize geterr geterrcall info
    printoptions set_printoptions setbufsize seterr seterrcall show_config show_runtime test
    linalg.test fft.test lib.test lib.add_docstring lib.add_newdoc""",
}

# An error that says what to do.
REFUSED: dict[str, Row] = {
    """array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix require
    sort_complex poly roots fft.fft fft.fftshift fft.hfft fft.ifft fft.ifftshift fft.ihfft
    fft.irfft fft.rfft""": lambda f, v: f(v.x),
    """linalg.eig linalg.eigvals fft.fft2 fft.fftn fft.ifft2 fft.ifftn fft.irfft2 fft.irfftn
    fft.rfft2 fft.rfftn""": lambda f, v: f(v.q),
    "bmat": lambda f, v: f([[v.q]]),
    "polyadd polysub polymul polydiv in1d": lambda f, v: f(v.x, v.y),
    "polyfit": lambda f, v: f(v.x, v.y, 1),
    "arange": lambda f, v: f(v.s),
    "full": lambda f, v: f(3, v.s),
    "fromiter": lambda f, v: f([v.s], float),
    "kaiser": lambda f, v: f(3, v.s),
    "lib.stride_tricks.as_strided": lambda f, v: f(v.x, (2, 2), (8, 8)),
}

# What else a function can be asked, where it could lose a gradient.
MORE: dict[str, Row] = {
    "np.full of a vector": lambda _, v: np.full((2, 3), v.x),
    "np.full_like of an array": lambda _, v: np.full_like(INTO_ARRAY, v.s),
    "np.copyto into an array": lambda _, v: np.copyto(INTO_ARRAY, v.x),
    "np.put into an array": lambda _, v: np.put(INTO_ARRAY, [0], v.x),
    "np.putmask into an array": lambda _, v: np.putmask(INTO_ARRAY, INTO_ARRAY > 0, v.x),
    "np.place into an array": lambda _, v: np.place(INTO_ARRAY, INTO_ARRAY > 0, v.x),
    "np.fill_diagonal of an array": lambda _, v: np.fill_diagonal(np.ones((2, 2)), v.x),
    "np.r_": lambda _, v: np.r_[v.x, v.y],
    "np.r_ of numbers": lambda _, v: np.r_[v.s, 1.0],
    "np.c_": lambda _, v: np.c_[v.x, v.y],
    "np.mgrid": lambda _, v: np.mgrid[0 : v.s],
    "np.vectorize": lambda _, v: np.vectorize(lambda x: 2 * x)(v.x),
    "np.frompyfunc": lambda _, v: np.frompyfunc(lambda x: 2 * x, 1, 1)(v.x),
    "np.ndenumerate": lambda _, v: list(np.ndenumerate(v.x)),
    "np.piecewise of an array": lambda _, v: np.piecewise(INTO_ARRAY, [INTO_ARRAY > 0], [v.x]),
    "np.apply_along_axis of an array": lambda _, v: np.apply_along_axis(
        lambda lane: lane * v.s, 0, INTO_ARRAY
    ),
    "np.matrix": lambda _, v: np.matrix(v.q),
    "np.ma.array": lambda _, v: np.ma.array(v.x),
    "np.emath.sqrt": lambda _, v: np.emath.sqrt(v.x),
    "np.polynomial.Polynomial": lambda _, v: np.polynomial.Polynomial(v.x),
    "Generator.normal": lambda _, v: np.random.default_rng(0).normal(v.x),
    "ndarray.dot": lambda _, v: INTO_ARRAY.dot(v.x),
    "a row of an array": lambda _, v: INTO_ARRAY.__setitem__(slice(None), v.x),
}


def names(text: str) -> list[str]:
    return text.split()


def functions() -> dict[str, Any]:
    """Every public function of NumPy that is no class, by its name behind `np.`."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that NumPy deprecates are looked at too
        for prefix, module in MODULES.items():
            for name in dir(module):
                value = getattr(module, name)
                if (
                    not name.startswith("_")
                    and callable(value)
                    and not isinstance(value, (type, types.ModuleType))
                ):
                    found[prefix + name] = value
    return found


FUNCTIONS = functions()
ROWS = {name: row for text, row in CONNECTED.items() for name in names(text)}
REFUSALS = {name: row for text, row in REFUSED.items() for name in names(text)}
PLAIN = {name: reason for reason, text in NO_DERIVATIVE.items() for name in names(text)}
UNASKED = {name: reason for reason, text in NO_ARRAY.items() for name in names(text)}


def here(table: dict[str, Any]) -> list[str]:
    """The names in `table` that this version of NumPy has."""
    return [name for name in table if name in FUNCTIONS]


def test_every_function_of_numpy_stands_in_one_table() -> None:
    tables = [ROWS, REFUSALS, PLAIN, UNASKED]
    assert [n for n in FUNCTIONS if sum(n in table for table in tables) != 1] == []


def test_what_is_plain_is_said_to_be_so_here() -> None:
    assert {f.__name__ for f in test_plain.PLAIN} <= {
        FUNCTIONS[name].__name__ for name in here(PLAIN)
    }


def require_connected(result: Any, used: dict[str, Tensor]) -> None:
    """Fail unless `result` holds tensors that together depend on every one of `used`."""
    assert used
    parts = result if isinstance(result, list) else [result]
    tensors = [part for part in parts if isinstance(part, Tensor)]
    assert tensors, f"the gradient is lost: {type(result).__name__}"
    total = sum((part.sum() for part in tensors), start=Tensor(0.0))
    found = gradients(total, list(used.values()))
    assert [name for name, g in zip(used, found, strict=True) if g is None] == []


@pytest.mark.parametrize("name", here(ROWS))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_result_is_connected(name: str) -> None:
    leaves = Leaves()
    require_connected(ROWS[name](FUNCTIONS[name], leaves), leaves.used)


def require_refused(call: Callable[[], Any]) -> None:
    """Fail unless the call raises an error of ours, which says what to do."""
    with pytest.raises((TypeError, RuntimeError, ValueError)) as caught:
        call()
    words = ("Write ", "write ", "Use ", "begin with", "pass t.detach()")
    # Where an element of an array is set, NumPy raises an error of its own because of ours.
    message = str(caught.value.__cause__ or caught.value)
    assert any(word in message for word in words), message


@pytest.mark.parametrize("name", here(REFUSALS))
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_the_refusal_says_what_to_do(name: str) -> None:
    require_refused(lambda: REFUSALS[name](FUNCTIONS[name], Leaves()))


@pytest.mark.parametrize("name", MORE)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_no_other_way_loses_it_either(name: str) -> None:
    require_refused(lambda: MORE[name](None, Leaves()))


@pytest.mark.parametrize("name", [n for n in here(PLAIN) if FUNCTIONS[n] in registry])
def test_what_has_no_derivative_gives_no_tensor(name: str) -> None:
    result = test_plain.call(FUNCTIONS[name], tensors=True)
    assert not has_tensor(result if isinstance(result, tuple) else (result,))


def test_what_has_no_derivative_is_known() -> None:
    assert [n for n in here(PLAIN) if FUNCTIONS[n] not in registry] == []


def ufunc_methods() -> Iterator[tuple[np.ufunc, str]]:
    """Those of two inputs and one result: NumPy itself refuses the others."""
    for ufunc in {f for f in FUNCTIONS.values() if isinstance(f, np.ufunc)}:
        if (ufunc.nin, ufunc.nout, ufunc.signature) == (2, 1, None):
            for method in ("reduce", "accumulate", "reduceat", "outer", "at"):
                yield ufunc, method


ARGUMENTS: dict[str, Row] = {
    "reduce": lambda f, v: f(v.x),
    "accumulate": lambda f, v: f(v.x),
    "reduceat": lambda f, v: f(v.x, [0, 1]),
    "outer": lambda f, v: f(v.x, v.y),
    "at": lambda f, v: f(INTO_ARRAY, [0], v.x[:1]),
}


@pytest.mark.parametrize(
    ("ufunc", "method"),
    sorted(ufunc_methods(), key=lambda pair: (pair[0].__name__, pair[1])),
    ids=lambda part: getattr(part, "__name__", part),
)
def test_methods_of_ufuncs(ufunc: np.ufunc, method: str) -> None:
    leaves = Leaves()

    def call() -> Any:
        return ARGUMENTS[method](getattr(ufunc, method), leaves)

    if ufunc.__name__ in PLAIN:
        try:
            assert not isinstance(call(), Tensor)
        except TypeError:  # of NumPy's: integers were expected
            return
    else:
        try:
            result = call()
        except TypeError:
            require_refused(call)
        else:
            require_connected(result, leaves.used)
