"""Nested state in arrays and a text, and back to the last bit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import nn
from autograd import Tensor
from nn.training.tree import decode, encode

dtypes = st.sampled_from(["?", "i4", "i8", "u1", "f2", "f4", "f8"])
keys = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["$array", "$items", "a/b", "a"]),
    st.integers(),
    st.none(),
    st.tuples(st.integers(), st.text(max_size=2)),
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**130), 2**130),
    st.floats(),
    st.text(st.characters(), max_size=8),
    dtypes.flatmap(lambda dtype: arrays(dtype, array_shapes(min_dims=0, min_side=0, max_side=3))),
    dtypes.flatmap(lambda dtype: arrays(dtype, ()).map(lambda array: array[()])),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
    ),
    max_leaves=12,
)


def same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, (np.ndarray, np.generic)):
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == (other.tobytes())
        )
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    return one == other


@given(trees)
def test_round_trip(tree):
    assert same(decode(*encode(tree)), tree)


@given(trees)
def test_files_can_hold_it(tmp_path_factory, tree):
    path = tmp_path_factory.mktemp("tree") / "tree.npz"
    found, text = encode({"tree": tree})
    nn.save(path, found, {"text": text})
    state = nn.load(path)
    assert same(decode(state, state.metadata["text"]), {"tree": tree})


def test_tensors_come_back_as_arrays():
    assert same(decode(*encode([Tensor([1.0]), Tensor(2.0)])), [np.array([1.0]), np.array(2.0)])


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"a": [1, {"b": print}]}, "a/1/b: .* got builtin_function_or_method"),
        ({"a": np.array(["x"])}, "a: expected an array of numbers, got dtype <U1"),
    ],
)
def test_what_it_cannot_hold(tree, message):
    with pytest.raises(TypeError, match=message):
        encode(tree)


def test_keys_with_a_slash_do_not_hide_each_other():
    tree = {"a": {"b": np.array([1.0])}, "a/b": np.array([2.0])}
    found, _ = encode(tree)
    assert len(found) == 2
    assert same(decode(*encode(tree)), tree)
