"""Finding out whether a strategy can draw something, without shrinking it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st

_DRAW = settings(
    max_examples=2000,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def reach(strategy: st.SearchStrategy[Any], wanted: Callable[[Any], Any]) -> Any:
    """Something drawn that is `wanted`; NoSuchExample if there is nothing of the kind."""
    return find(strategy, lambda drawn: bool(wanted(drawn)), settings=_DRAW)
