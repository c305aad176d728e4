"""Differentiation of NumPy programs: one Tensor for scalars and arrays, recorded as it runs.

    b, c = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    J = 3 * (5 + b * c)
    J.backward()          # b.grad = 9, c.grad = 6

Importing this loads NumPy and the engine. Transforms, checking and drawing load on first use.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from . import methods as _methods  # noqa: F401 - sets operators and methods on Tensor
from . import ops
from .compiled import set_compiled
from .engine import backward, gradients
from .heap import keep_large_blocks as _keep_large_blocks
from .modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .primitive import Primitive, primitive
from .settings import default_dtype, generator, manual_seed, set_default_dtype
from .tensor import Tensor
from .torch_names import AUTOGRAD, advice

if TYPE_CHECKING:
    from .checking import GradcheckError, Report, check, gradcheck, gradgradcheck
    from .debug import detect_anomaly, explain_nan, first_difference, memory, why_no_grad
    from .drawing import draw, explain, play
    from .function import Function, once_differentiable
    from .transforms import (
        checkpoint,
        elementwise_grad,
        grad,
        hessian,
        hvp,
        jacobian,
        jvp,
        per_sample_grad,
        value_and_grad,
        vjp,
    )

_LAZY = {
    "GradcheckError": "checking",
    "Report": "checking",
    "check": "checking",
    "gradcheck": "checking",
    "gradgradcheck": "checking",
    "detect_anomaly": "debug",
    "explain_nan": "debug",
    "first_difference": "debug",
    "memory": "debug",
    "why_no_grad": "debug",
    "draw": "drawing",
    "explain": "drawing",
    "play": "drawing",
    "Function": "function",
    "once_differentiable": "function",
    "checkpoint": "transforms",
    "elementwise_grad": "transforms",
    "grad": "transforms",
    "hessian": "transforms",
    "hvp": "transforms",
    "jacobian": "transforms",
    "jvp": "transforms",
    "per_sample_grad": "transforms",
    "value_and_grad": "transforms",
    "vjp": "transforms",
}

__all__ = [
    "Function",
    "GradcheckError",
    "Primitive",
    "Report",
    "Tensor",
    "backward",
    "check",
    "checkpoint",
    "default_dtype",
    "detect_anomaly",
    "draw",
    "elementwise_grad",
    "enable_grad",
    "explain",
    "explain_nan",
    "first_difference",
    "generator",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "gradients",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "manual_seed",
    "memory",
    "no_grad",
    "once_differentiable",
    "ops",
    "per_sample_grad",
    "play",
    "primitive",
    "set_compiled",
    "set_default_dtype",
    "set_grad_enabled",
    "value_and_grad",
    "vjp",
    "why_no_grad",
]

__version__ = "0.1.0"

_keep_large_blocks()


def _warn_of_namesake(folder: str) -> None:
    """Warn if the files of HIPS autograd lie in `folder` among ours: both install to one name."""
    if os.path.exists(os.path.join(folder, "numpy", "numpy_vjps.py")):
        import warnings

        warnings.warn(
            f"chalkgrad and HIPS autograd are installed into one folder, {folder}, and mix. Run "
            "pip uninstall autograd, then pip install --force-reinstall chalkgrad; HIPS autograd "
            "goes into an environment of its own",
            stacklevel=2,
        )


_warn_of_namesake(os.path.dirname(__file__))


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        hint = advice(AUTOGRAD, name)
        raise AttributeError(f"module 'autograd' has no attribute {name!r}{hint}")
    value = getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
