"""The state of a module as a dictionary of arrays, and back: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd import Tensor, no_grad

from . import members

if TYPE_CHECKING:
    from .module import Module

__all__ = ["LoadResult", "load_state", "state_of"]


class LoadResult(NamedTuple):
    """Paths that `load_state_dict(strict=False)` found on one side only."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def state_of(module: Module) -> dict[str, Any]:
    """A copy of every parameter and persistent buffer: path -> array in C order."""
    return {path: np.array(t.data, order="C") for path, t in _tensors(module).items()}


def load_state(module: Module, state: Mapping[str, Any], strict: bool) -> LoadResult:
    """Copy `state` into the tensors of `module`; see `Module.load_state_dict`."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"load_state_dict expects a dictionary of arrays, got {type(state).__name__}; "
            "pass what state_dict() returned"
        )
    tensors = _tensors(module)
    missing = [path for path in tensors if path not in state]
    unexpected = [path for path in state if path not in tensors]
    values: dict[str, Any] = {}
    unfit = []
    for path, tensor in tensors.items():
        if path in state:
            values[path] = value = _array(state[path])
            if value.dtype.kind not in "fiub":
                unfit.append(f"{path}: expected numbers, got dtype {value.dtype}")
            elif value.shape != tensor.shape:
                unfit.append(f"{path}: expected shape {tensor.shape}, got {value.shape}")
    problems = [f"missing {path}" for path in missing] if strict else []
    problems += [f"unexpected {path}" for path in unexpected] if strict else []
    problems += unfit
    if problems:
        raise RuntimeError(
            f"load_state_dict: the state does not fit this {type(module).__name__}, and nothing "
            "was loaded:\n  " + "\n  ".join(problems) + "\nBuild the model as it was when the "
            "state was saved"
            + ("; strict=False ignores missing and unexpected paths" if strict else "")
        )
    with no_grad():
        for path, value in values.items():
            tensors[path][...] = value
    return LoadResult(missing, unexpected)


def _tensors(module: Module) -> dict[str, Tensor]:
    """What the state consists of, in PyTorch's order; shared tensors at each of their paths."""
    tensors: dict[str, Tensor] = {}
    for path, owner in module.named_modules(remove_duplicate=False):
        tensors.update(members.parameters(owner, path, False, False))
        tensors.update(members.buffers(owner, path, False, False, persistent_only=True))
    return tensors


def _array(value: Any) -> Any:
    return np.asarray(value.data if isinstance(value, Tensor) else value)
