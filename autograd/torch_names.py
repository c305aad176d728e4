"""Names that PyTorch and HIPS autograd have and this library lacks: how the same is written here.

Each row is a name and a line of Python, `x` being the tensor; `#` begins a remark for the reader.
The tests run every line. The rows serve error messages only, and cost nothing until one is raised:
on Tensor each is a descriptor. A `__getattr__` on the class would double the time of every access
to an attribute there is, under Python 3.11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from .registry import registry
from .tensor import Tensor

__all__ = ["AUTOGRAD", "TENSOR", "Absent", "advice", "attach"]

_ON_CPU = "leave it out: tensors are NumPy arrays in the memory of the CPU"

TENSOR = {
    # shape
    "unsqueeze": "np.expand_dims(x, 0)  # or x[None], x[:, None]",
    "view": "x.reshape(3, 2)",
    "view_as": "x.reshape(y.shape)",
    "reshape_as": "x.reshape(y.shape)",
    "permute": "x.transpose(1, 0)",
    "movedim": "np.moveaxis(x, 0, 1)",
    "swapdims": "x.swapaxes(0, 1)",
    "t": "x.T",
    "adjoint": "x.mT",
    "expand": "np.broadcast_to(x, (4, 2, 3))",
    "expand_as": "np.broadcast_to(x, y.shape)",
    "unflatten": "x.reshape(2, 3, 1)",
    "unfold": "np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)",
    "contiguous": "x.copy()  # or nothing: NumPy's functions take any memory order",
    "is_contiguous": "x.data.flags.c_contiguous",
    "stride": "x.data.strides  # in bytes",
    "dim": "x.ndim",
    "ndimension": "x.ndim",
    "numel": "x.size",
    "nelement": "x.size",
    "element_size": "x.itemsize",
    "repeat_interleave": "x.repeat(2, axis=0)",
    # dtype, place, copies
    "clone": "x.copy()",
    "to": "x.astype(np.float32)  # there are no devices",
    "type": "x.astype(np.float32)",
    "type_as": "x.astype(y.dtype)",
    "float": "x.astype(np.float32)",
    "double": "x.astype(np.float64)",
    "half": "x.astype(np.float16)",
    "long": "x.astype(np.int64)",
    "int": "x.astype(np.int32)",
    "bool": "x.astype(bool)",
    "cpu": f"x  # {_ON_CPU}",
    "cuda": f"x  # {_ON_CPU}",
    "pin_memory": f"x  # {_ON_CPU}",
    "device": f"x  # {_ON_CPU}",
    "is_cuda": "False",
    "data_ptr": "x.data.ctypes.data",
    "is_floating_point": "x.dtype.kind == 'f'",
    "new_zeros": "Tensor(np.zeros((2, 3), x.dtype))",
    "new_ones": "Tensor(np.ones((2, 3), x.dtype))",
    "new_tensor": "Tensor([1.0, 2.0], dtype=x.dtype)",
    "fill": "with no_grad(): x[...] = 1.0",
    "tobytes": "x.detach().numpy().tobytes()",
    "flat": "x.ravel()",
    "strides": "x.data.strides",
    "flags": "x.data.flags",
    # the graph
    "grad_fn": "x.op  # and x.inputs",
    "detach_": "x = x.detach()",
    # arithmetic
    "add": "x + y",
    "sub": "x - y",
    "mul": "x * y",
    "div": "x / y",
    "true_divide": "x / y",
    "neg": "-x",
    "pow": "x**2",
    "matmul": "x @ w",
    "mm": "x @ w",
    "mv": "x @ v",
    "bmm": "x @ w  # stacks of matrices, too",
    "addmm": "b + x @ w",
    "ger": "np.outer(v, v)",
    "rsqrt": "1 / np.sqrt(x)",
    "clamp": "x.clip(0, 1)",
    "clamp_min": "np.maximum(x, 0)",
    "clamp_max": "np.minimum(x, 1)",
    "lerp": "x + 0.5 * (y - x)",
    "expit": "nn.functional.sigmoid(x)",
    "relu": "nn.functional.relu(x)",
    "sigmoid": "nn.functional.sigmoid(x)",
    "softmax": "nn.functional.softmax(x, 1)",
    "log_softmax": "nn.functional.log_softmax(x, 1)",
    "acos": "np.arccos(x)",
    "asin": "np.arcsin(x)",
    "atan": "np.arctan(x)",
    "atan2": "np.arctan2(x, y)",
    "acosh": "np.arccosh(1 + x)",
    "asinh": "np.arcsinh(x)",
    "atanh": "np.arctanh(x)",
    # comparisons: plain arrays
    "eq": "x == y",
    "ne": "x != y",
    "lt": "x < y",
    "le": "x <= y",
    "gt": "x > y",
    "ge": "x >= y",
    # along axes
    "norm": "np.linalg.norm(x)",
    "dist": "np.linalg.norm(x - y)",
    "logsumexp": "autograd.ops.logsumexp(x, axis=1)",
    "cummax": "autograd.ops.cummax(x, axis=0)",
    "cummin": "autograd.ops.cummin(x, axis=0)",
    "logcumsumexp": "autograd.ops.logcumsumexp(x, axis=0)",
    "aminmax": "x.min(), x.max()",
    "topk": "np.sort(x, axis=1)[:, -2:]  # ascending; np.argsort gives the indices",
    "kthvalue": "np.sort(x, axis=1)[:, 1]",
    "msort": "np.sort(x, axis=0)",
    "histc": "np.histogram(x, bins=10)[0]",
    "inverse": "np.linalg.inv(w[:, :3])",
    "pinverse": "np.linalg.pinv(x)",
    "logdet": "np.linalg.slogdet(w[:, :3])[1]",
    "diag_embed": "np.diag(v)",
    # indexing
    "split": "np.split(x, 3, axis=1)  # into 3 parts; PyTorch's number is their length",
    "chunk": "np.array_split(x, 2, axis=1)",
    "tensor_split": "np.array_split(x, 2, axis=1)",
    "unbind": "list(x)",
    "narrow": "x[:, 1:3]",
    "select": "x[:, 1]",
    "gather": "np.take_along_axis(x, index, axis=1)",
    "take_along_dim": "np.take_along_axis(x, index, axis=1)",
    "index_select": "np.take(x, [0, 2], axis=1)",
    "masked_select": "x[mask]",
    "masked_fill": "np.where(mask, 0.0, x)",
    "where": "np.where(mask, x, y)",
    "scatter_add": "x + autograd.ops.scatter_add(values, index=i, shape=x.shape)",
    "index_add": "x + autograd.ops.scatter_add(values, index=i, shape=x.shape)",
    # in place
    "zero_": "with no_grad(): x[...] = 0",
    "fill_": "with no_grad(): x[...] = 1.0",
    "copy_": "with no_grad(): x[...] = y",
    "add_": "with no_grad(): x += y",
    "sub_": "with no_grad(): x -= y",
    "mul_": "with no_grad(): x *= y",
    "div_": "with no_grad(): x /= y",
    "clamp_": "with no_grad(): x[...] = x.clip(0, 1)",
    "masked_fill_": "with no_grad(): x[mask] = 0.0",
    "normal_": "with no_grad(): x[...] = autograd.generator().normal(size=x.shape)",
    "uniform_": "with no_grad(): x[...] = autograd.generator().uniform(size=x.shape)",
}

# Functions of NumPy that are methods elsewhere.
_FUNCTIONS = """
    absolute add allclose amax amin angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh
    argwhere average bincount bitwise_and bitwise_or bitwise_xor broadcast_to cbrt ceil cholesky
    copysign corrcoef cosh count_nonzero cov cross deg2rad det diag diagflat diff divide dsplit
    einsum equal exp2 fix flip fliplr flipud float_power floor floor_divide fmax fmin fmod frexp
    gcd greater greater_equal heaviside histogram hsplit hypot i0 imag inner isclose isfinite isinf
    isnan isneginf isposinf isreal kron lcm ldexp less less_equal logaddexp logaddexp2 logical_and
    logical_not logical_or logical_xor lstsq matrix_power maximum median minimum moveaxis multiply
    nan_to_num nanmean nanmedian nanquantile nansum negative nextafter not_equal outer pad
    partition percentile positive put qr quantile rad2deg real remainder resize roll rot90 signbit
    sinc sinh slogdet solve subtract svd tensordot tile tril triu trunc unique vdot vsplit
""".split()  # noqa: SIM905 - a hundred quotation marks

AUTOGRAD = {
    # torch
    "as_tensor": "Tensor(a)",
    "asarray": "Tensor(a)",
    "array": "Tensor(a)",
    "from_numpy": "Tensor(a)",
    "zeros": "Tensor(np.zeros((2, 3)))",
    "ones": "Tensor(np.ones((2, 3)))",
    "empty": "Tensor(np.empty((2, 3)))",
    "full": "Tensor(np.full((2, 3), 0.5))",
    "eye": "Tensor(np.eye(3))",
    "arange": "Tensor(np.arange(3.0))",
    "linspace": "Tensor(np.linspace(0, 1, 5))",
    "rand": "Tensor(autograd.generator().uniform(size=(2, 3)))",
    "randn": "Tensor(autograd.generator().normal(size=(2, 3)))",
    "randint": "Tensor(autograd.generator().integers(0, 10, size=(2, 3)))",
    "randperm": "autograd.generator().permutation(10)",
    "zeros_like": "np.zeros_like(x)",
    "ones_like": "np.ones_like(x)",
    "randn_like": "Tensor(autograd.generator().normal(size=x.shape))",
    "rand_like": "Tensor(autograd.generator().uniform(size=x.shape))",
    "cat": "np.concatenate([x, y])",
    "concat": "np.concatenate([x, y])",
    "unsqueeze": TENSOR["unsqueeze"],
    "permute": TENSOR["permute"],
    "clamp": TENSOR["clamp"],
    "mm": TENSOR["mm"],
    "bmm": TENSOR["bmm"],
    "norm": TENSOR["norm"],
    "gather": TENSOR["gather"],
    "pow": TENSOR["pow"],
    "mul": TENSOR["mul"],
    "sigmoid": TENSOR["sigmoid"],
    "relu": TENSOR["relu"],
    "softmax": TENSOR["softmax"],
    "logsumexp": TENSOR["logsumexp"],
    "float32": "np.float32",
    "float64": "np.float64",
    "int64": "np.int64",
    "long": "np.int64",
    "is_tensor": "isinstance(x, Tensor)",
    "device": f"x  # {_ON_CPU}",
    "cuda": f"x  # {_ON_CPU}",
    "save": "nn.save  # nn.save(path, state), the path first",
    "load": "nn.load",
    "nn": "import nn",
    "optim": "import optim",
    "inference_mode": "autograd.no_grad",
    "vmap": "f(x)  # give the function a batch axis; per_sample_grad is for gradients",
    "set_detect_anomaly": "autograd.detect_anomaly  # with detect_anomaly(): ...",
    "Variable": "Tensor(a, requires_grad=True)",
    "functional": "autograd.jacobian, autograd.hessian, autograd.vjp, autograd.jvp, autograd.hvp",
    # HIPS autograd
    "numpy": "import numpy as np  # NumPy's own functions take tensors",
    "make_vjp": "autograd.vjp",
    "make_jvp": "autograd.jvp",
    "hessian_vector_product": "autograd.hvp",
    "make_hvp": "autograd.hvp",
    "defvjp": "autograd.primitive  # primitive(forward, rule)",
    "extend": "autograd.primitive  # primitive(forward, rule)",
}


def advice(table: Mapping[str, str], name: str) -> str:
    """How the thing called `name` is written here; empty if nothing is known of it."""
    if name.startswith("_"):
        return ""
    code, _, remark = table.get(name, "").partition("  # ")
    code = code or _numpy(name)
    return code and f"; write {code}" + (f" ({remark})" if remark else "")


def _numpy(name: str) -> str:
    """The NumPy function called `name`, if it takes tensors."""
    for home, module in (("np", np), ("np.linalg", np.linalg)):
        if getattr(module, name, None) in registry:
            return f"{home}.{name}(x, ...)" if home == "np" else f"{home}.{name}(x)"
    return ""


class Absent:
    """Stands on Tensor in the place of an attribute that it lacks, and raises when read."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, tensor: Any, owner: type) -> NoReturn:
        raise AttributeError(
            f"a Tensor has no attribute {self.name!r}: its methods are those of NumPy's arrays"
            f"{advice(TENSOR, self.name)}"
        )

    def __repr__(self) -> str:
        return f"<not here{advice(TENSOR, self.name)}>"


def attach() -> None:
    """Set an `Absent` for each name that Tensor has no attribute for."""
    for name in sorted({*TENSOR, *filter(_numpy, _FUNCTIONS)}):
        if not hasattr(Tensor, name):
            setattr(Tensor, name, Absent(name))
    Tensor.__dir__ = _without_absent  # type: ignore[method-assign, assignment]


def _without_absent(self: Tensor) -> list[str]:
    """The names to complete: those that can be read."""
    return [
        name
        for name in object.__dir__(self)
        if not isinstance(vars(Tensor).get(name), Absent) or hasattr(self, name)
    ]
