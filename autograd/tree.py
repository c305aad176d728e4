"""Nested lists, tuples and dicts of arrays: the arguments and results of transformed functions.

A leaf is anything that is not a list, tuple or dict; None holds no leaf. Dicts keep their order.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .tensor import Tensor

__all__ = ["any_tensor", "leaves", "paths", "rebuild", "transform"]


def paths(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Pairs of where a leaf is, written as Python (`['w'][0]`), and the leaf."""
    if isinstance(tree, dict):
        for key, child in tree.items():
            yield from paths(child, f"{path}[{key!r}]")
    elif isinstance(tree, (list, tuple)):
        for i, child in enumerate(tree):
            yield from paths(child, f"{path}[{i}]")
    elif tree is not None:
        yield path, tree


def leaves(tree: Any) -> list[Any]:
    """The leaves, in order."""
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, (list, tuple)):
        return [] if tree is None else [tree]
    found: list[Any] = []
    for child in tree:
        if isinstance(child, (dict, list, tuple)):
            found += leaves(child)
        elif child is not None:
            found.append(child)
    return found


def rebuild(tree: Any, values: Iterable[Any]) -> Any:
    """The same nesting as `tree`, with its leaves replaced by `values` in order."""
    return _rebuild(tree, iter(values))


def transform(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same nesting, with `function` applied to every leaf."""
    return rebuild(tree, map(function, leaves(tree)))


def any_tensor(tree: Any) -> bool:
    """Whether a leaf is a Tensor."""
    return any(isinstance(leaf, Tensor) for leaf in leaves(tree))


def _rebuild(tree: Any, values: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        # A copy keeps the kind of dict, a default factory included.
        result = copy.copy(tree)
        for key, child in tree.items():
            result[key] = _rebuild(child, values)
        return result
    if isinstance(tree, (list, tuple)):
        children = [_rebuild(child, values) for child in tree]
        return type(tree)(*children) if hasattr(tree, "_fields") else type(tree)(children)
    return None if tree is None else next(values)
