"""The state of an optimizer as a dictionary, and back: all of it or nothing."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

if TYPE_CHECKING:
    from .optimizer import Optimizer

__all__ = ["load_state", "state_of"]


def state_of(optimizer: Optimizer) -> dict[str, Any]:
    """A copy of state and options; see `Optimizer.state_dict`."""
    groups = []
    for group in optimizer.param_groups:
        options = {k: v for k, v in group.items() if k not in ("params", "param_names")}
        groups.append({**copy.deepcopy(options), "params": list(group["param_names"])})
    return {
        "state": {
            name: {key: _snapshot(value) for key, value in entries.items()}
            for name, entries in optimizer.state.items()
        },
        "param_groups": groups,
    }


def _snapshot(value: Any) -> Any:
    return np.array(value, order="C") if isinstance(value, ndarray) else copy.deepcopy(value)


def load_state(optimizer: Optimizer, saved: Mapping[str, Any]) -> None:
    """Check `saved`, then take it over; see `Optimizer.load_state_dict`."""
    problems = _problems(optimizer, saved)
    if problems:
        raise ValueError(
            f"{type(optimizer).__name__}.load_state_dict: the state does not fit this optimizer, "
            "and nothing was loaded:\n  " + "\n  ".join(problems) + "\nBuild the optimizer with "
            "the same parameters and groups as the one that was saved"
        )
    params = _parameters(optimizer)
    optimizer.state = {
        name: {key: _like(value, params[name]) for key, value in entries.items()}
        for name, entries in saved["state"].items()
    }
    for group, saved_group in zip(optimizer.param_groups, saved["param_groups"], strict=True):
        options = {key: value for key, value in saved_group.items() if key != "params"}
        group.update(copy.deepcopy(options))


def _parameters(optimizer: Optimizer) -> dict[str, Any]:
    return {
        name: p
        for group in optimizer.param_groups
        for name, p in zip(group["param_names"], group["params"], strict=True)
    }


def _problems(optimizer: Optimizer, saved: Any) -> list[str]:
    if not isinstance(saved, Mapping) or not {"state", "param_groups"} <= set(saved):
        return ["expected a dictionary with 'state' and 'param_groups'"]
    groups = saved["param_groups"]
    if len(groups) != len(optimizer.param_groups):
        return [f"expected {len(optimizer.param_groups)} parameter groups, got {len(groups)}"]
    problems: list[str] = []
    for i, (group, saved_group) in enumerate(zip(optimizer.param_groups, groups, strict=True)):
        ours, theirs = group["param_names"], saved_group.get("params", [])
        problems += [f"group {i}: missing parameter {name}" for name in ours if name not in theirs]
        problems += [f"group {i}: unexpected parameter {n}" for n in theirs if n not in ours]
        # Options that somebody else added, such as a scheduler's initial_lr, are kept.
        problems += [
            f"group {i}: missing option {key}"
            for key in optimizer.defaults
            if key not in saved_group
        ]
    params, remembers = _parameters(optimizer), optimizer.remembers
    for name, entries in saved["state"].items():
        if name not in params:
            problems.append(f"state of an unknown parameter {name}")
            continue
        problems += [
            f"{key} of {name}: {type(optimizer).__name__} keeps only {', '.join(remembers)}; was "
            "the state saved by another optimizer?"
            for key in entries
            if remembers is not None and key not in remembers
        ]
        for key, value in entries.items():
            if isinstance(value, ndarray) and value.shape != params[name].shape:
                problems.append(
                    f"{key} of {name}: expected shape {params[name].shape}, got {value.shape}"
                )
    return problems


def _like(value: Any, parameter: Any) -> Any:
    """A copy of `value`; an array gets the memory order of the parameter, to be walked with it."""
    if not isinstance(value, ndarray):
        return copy.deepcopy(value)
    array = np.empty_like(np.asarray(parameter.data), dtype=value.dtype)
    array[...] = value
    return array
