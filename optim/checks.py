"""What the options of optimizers have to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["in_unit_interval", "not_negative"]


def not_negative(optimizer: str, options: Mapping[str, Any], *names: str) -> None:
    """Raise ValueError for an option that is less than 0 or not a number."""
    for name in names:
        if not options[name] >= 0:
            raise ValueError(f"{optimizer} expects {name} >= 0, got {options[name]}")


def in_unit_interval(optimizer: str, name: str, value: float) -> None:
    """Raise ValueError unless 0 <= value < 1."""
    if not 0 <= value < 1:
        raise ValueError(f"{optimizer} expects {name} in [0, 1), got {value}")
