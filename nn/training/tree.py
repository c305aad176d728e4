"""Nested state as arrays and a text: what a file of arrays can hold of it, without pickling."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd import Tensor

__all__ = ["decode", "encode"]

# How JSON tells what it has no notation for. A dictionary with one of these as its only key would
# be taken for such, so it is written as items too.
_ARRAY, _SCALAR, _TUPLE, _ITEMS = "$array", "$scalar", "$tuple", "$items"
_TAGS = {_ARRAY, _SCALAR, _TUPLE, _ITEMS}


def encode(tree: Any) -> tuple[dict[str, Any], str]:
    """The arrays in `tree` by their paths, and the rest of it as JSON.

    Args:
        tree: dictionaries, lists, tuples, None, booleans, integers, floats, texts, arrays, tensors
            and NumPy's scalars. `decode` gives back each as it was, of the same type and to the
            last bit; tensors come back as arrays, subclasses as their base.

    Raises:
        TypeError: something else, with its path.
    """
    arrays: dict[str, Any] = {}
    text = json.dumps(_encoded(tree, "", arrays))
    return arrays, text


def decode(arrays: Mapping[str, Any], text: str) -> Any:
    """The tree that `encode` was given."""
    return _decoded(json.loads(text), arrays)


def _encoded(tree: Any, path: str, arrays: dict[str, Any]) -> Any:
    if isinstance(tree, Tensor):
        tree = np.asarray(tree.data)
    if isinstance(tree, (np.ndarray, np.generic)):
        if tree.dtype.kind not in "biuf":
            raise TypeError(f"{path}: expected an array of numbers, got dtype {tree.dtype}")
        name = path or "/"
        while name in arrays:
            name += "'"
        arrays[name] = np.array(tree)
        return {_ARRAY if isinstance(tree, np.ndarray) else _SCALAR: name}
    if tree is None or isinstance(tree, (bool, str)):
        return tree
    if isinstance(tree, int):
        return int(tree)
    if isinstance(tree, float):
        return float(tree)
    if isinstance(tree, Mapping):
        items = [(key, _encoded(v, _join(path, key), arrays)) for key, v in tree.items()]
        if all(isinstance(key, str) for key in tree) and not _TAGS & set(tree):
            return dict(items)
        return {_ITEMS: [[_encoded(key, path, arrays), value] for key, value in items]}
    if isinstance(tree, (list, tuple)):
        values = [_encoded(value, _join(path, i), arrays) for i, value in enumerate(tree)]
        return {_TUPLE: values} if isinstance(tree, tuple) else values
    raise TypeError(
        f"{path}: a checkpoint holds numbers, texts, None, arrays, and dictionaries, lists and "
        f"tuples of them; got {type(tree).__name__}"
    )


def _decoded(tree: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(tree, list):
        return [_decoded(value, arrays) for value in tree]
    if not isinstance(tree, dict):
        return tree
    tag = next(iter(tree)) if len(tree) == 1 else None
    if tag == _ARRAY:
        return arrays[tree[_ARRAY]]
    if tag == _SCALAR:
        return arrays[tree[_SCALAR]][()]
    if tag == _TUPLE:
        return tuple(_decoded(value, arrays) for value in tree[_TUPLE])
    if tag == _ITEMS:
        return {_decoded(key, arrays): _decoded(value, arrays) for key, value in tree[_ITEMS]}
    return {key: _decoded(value, arrays) for key, value in tree.items()}


def _join(path: str, key: Any) -> str:
    # A null character is the one that no name in a file may have.
    name = str(key).replace("\0", "").encode("utf-8", "replace").decode()
    return f"{path}/{name}" if path else name
