"""Functions and arrays of other libraries: told by their types, without importing those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .. import tree

__all__ = ["TORCH_RECIPE", "refuse"]

TORCH_RECIPE = (
    "write f as a function of NumPy arrays, `f(*map(torch.tensor, arrays)).detach().numpy()`, and "
    "its vector-Jacobian product by torch.autograd.grad, and call check(f, arrays, grad=vjp): "
    "docs/custom-ops.md has both in a few lines"
)
_JAX_RECIPE = (
    "JAX takes NumPy arrays: call check(f, arrays, grad=jax.grad(f)) for a scalar f, else "
    "grad=vjp with `def vjp(g, *x): out, pull = jax.vjp(f, *x); return pull(g)`, in float64 after "
    "jax.config.update('jax_enable_x64', True); convert inputs with np.asarray"
)
_LIBRARIES = {
    "torch": ("PyTorch", TORCH_RECIPE),
    "jax": ("JAX", _JAX_RECIPE),
    "jaxlib": ("JAX", _JAX_RECIPE),
}


def refuse(f: Any, inputs: Any, grad: Callable[..., Any] | None) -> None:
    """Raise TypeError, with the way to check it, if f or an input is of PyTorch or JAX.

    With `grad` a function of JAX is as good as one of NumPy arrays.
    """
    subjects = [("f", _library(f, getattr(f, "__self__", None)))]
    subjects += [("an input", _library(x)) for x in tree.leaves(inputs)]
    for what, library in subjects:
        if library is None or (grad is not None and what == "f" and library != "torch"):
            continue
        name, recipe = _LIBRARIES[library]
        raise TypeError(f"check expects {what} of NumPy arrays or Tensors, got {name}'s: {recipe}")


def _library(*values: Any) -> str | None:
    """The library that one of the values, or a class that it inherits from, is of."""
    return next((root for x in values for root in _roots(x) if root in _LIBRARIES), None)


def _roots(value: Any) -> Iterator[str]:
    classes = value.__mro__ if isinstance(value, type) else type(value).__mro__
    for holder in (value, *classes):
        module = getattr(holder, "__module__", None)
        if isinstance(module, str):
            yield module.partition(".")[0]
