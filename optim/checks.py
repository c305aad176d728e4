"""What the options of optimizers have to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd.expect import number

__all__ = ["betas_in_range", "in_unit_interval", "not_negative"]


def not_negative(optimizer: str, options: Mapping[str, Any], *names: str) -> None:
    """Raise for an option that is no number (TypeError), or less than 0 or NaN (ValueError)."""
    for name in names:
        if not number(optimizer, name, options[name]) >= 0:
            raise ValueError(f"{optimizer} expects {name} >= 0, got {options[name]}")


def in_unit_interval(optimizer: str, options: Mapping[str, Any], *names: str) -> None:
    """Raise for an option that is no number (TypeError), or outside [0, 1] (ValueError)."""
    for name in names:
        if not 0 <= number(optimizer, name, options[name]) <= 1:
            raise ValueError(f"{optimizer} expects {name} in [0, 1], got {options[name]}")


def betas_in_range(optimizer: str, options: Mapping[str, Any]) -> None:
    """Raise ValueError unless options["betas"] are two numbers in [0, 1)."""
    betas = options["betas"]
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise ValueError(f"{optimizer} expects betas to be two numbers, got {betas!r}")
    for i, beta in enumerate(betas):
        if not 0 <= number(optimizer, f"betas[{i}]", beta) < 1:
            raise ValueError(f"{optimizer} expects betas[{i}] in [0, 1), got {beta}")
