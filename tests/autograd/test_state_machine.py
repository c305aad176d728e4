"""Random programs on tensors, compared step by step with a naive engine (`naive.py`)."""

from __future__ import annotations

import operator

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from numpy.testing import assert_allclose

from autograd import Tensor, gradients, is_grad_enabled, no_grad

from .naive import Naive, binary

shapes = st.sampled_from([(), (1,), (3,), (2, 3), (2, 1), (3, 1)])
seeds = st.integers(0, 2**16)

BINARY = {
    "add": (operator.add, lambda x, y: 1.0, lambda x, y: 1.0),
    "sub": (operator.sub, lambda x, y: 1.0, lambda x, y: -1.0),
    "mul": (operator.mul, lambda x, y: y, lambda x, y: x),
}
UNARY = {
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
    "arctan": (np.arctan, lambda v: 1 / (1 + v * v)),
    "neg": (operator.neg, lambda v: -1.0),
}


class Graphs(RuleBasedStateMachine):
    """Builds a graph op by op; any node may be differentiated at any time."""

    nodes = Bundle("nodes")

    @initialize()
    def start(self):
        self.leaves = []  # pairs of a leaf and the gradient it should have, None before the first

    @rule(target=nodes, shape=shapes, seed=seeds, tracked=st.booleans())
    def make_leaf(self, shape, seed, tracked):
        value = np.random.default_rng(seed).uniform(-1, 1, shape)
        tensor = Tensor(value, requires_grad=tracked)
        if not tracked:
            return tensor, Naive(value)
        self.leaves.append([tensor, None])
        return tensor, Naive.leaf(value, len(self.leaves) - 1)

    @rule(target=nodes, x=nodes, y=nodes, name=st.sampled_from(sorted(BINARY)))
    def apply_binary(self, x, y, name):
        function, dx, dy = BINARY[name]
        try:
            np.broadcast_shapes(x[0].shape, y[0].shape)
        except ValueError:
            y = x
        return function(x[0], y[0]), binary(x[1], y[1], function, dx, dy)

    @rule(target=nodes, x=nodes, number=st.floats(-2, 2), swap=st.booleans())
    def apply_with_number(self, x, number, swap):
        tensor = number - x[0] if swap else x[0] * number
        naive = x[1].scaled(-1.0 if swap else number, 0)
        return tensor, Naive(number - x[1].value if swap else x[1].value * number, naive.jacobians)

    @rule(target=nodes, x=nodes, name=st.sampled_from(sorted(UNARY)))
    def apply_unary(self, x, name):
        function, slope = UNARY[name]
        return function(x[0]), x[1].scaled(slope(x[1].value), function(x[1].value))

    @rule(target=nodes, x=nodes, axis=st.integers(-2, 2), keepdims=st.booleans())
    def reduce(self, x, axis, keepdims):
        axis = axis if -x[0].ndim <= axis < x[0].ndim else None
        return (
            np.sum(x[0], axis=axis, keepdims=keepdims),
            x[1].linear(lambda v: np.sum(v, axis=axis, keepdims=keepdims)),
        )

    @rule(target=nodes, x=nodes)
    def transpose(self, x):
        return x[0].T, x[1].linear(np.transpose)

    @rule(target=nodes, x=nodes)
    def flatten(self, x):
        return x[0].reshape(-1), x[1].linear(np.ravel)

    @rule(target=nodes, x=nodes)
    def index(self, x):
        if not x[0].ndim:
            return x
        return x[0][[0, -1, 0]], x[1].linear(lambda v: v[[0, -1, 0]])

    @rule(target=nodes, x=nodes, y=nodes)
    def join(self, x, y):
        a, b = (t.reshape(-1) for t in (x[0], y[0]))
        size = a.size + b.size

        def at(start, v):
            out = np.zeros(size)
            out[start : start + v.size] = v.ravel()
            return out

        left, right = x[1].linear(lambda v: at(0, v)), y[1].linear(lambda v: at(a.size, v))
        return np.concatenate([a, b]), left.plus(right)

    @rule(target=nodes, x=nodes, y=nodes)
    def write_first_row(self, x, y):
        """A copy of x whose first row is overwritten by the sum of y."""
        if not x[0].ndim:
            return x
        tensor = x[0] * 1.0
        tensor[0] = np.sum(y[0])

        def without_first(v):
            v = v.copy()
            v[0] = 0
            return v

        def only_first(v):
            out = np.zeros(x[0].shape)
            out[0] = np.sum(v)
            return out

        return tensor, x[1].linear(without_first).plus(y[1].linear(only_first))

    @rule(target=nodes, x=nodes)
    def double_in_place(self, x):
        tensor = x[0] + 0.0
        squared = tensor * tensor  # recorded before the write: keeps the old value
        tensor *= 2.0
        both = squared + tensor
        return both, x[1].scaled(2 * x[1].value + 2, x[1].value ** 2 + 2 * x[1].value)

    @rule(target=nodes, x=nodes)
    def detach(self, x):
        return x[0].detach(), Naive(x[1].value)

    @rule(target=nodes, x=nodes)
    def without_recording(self, x):
        with no_grad():
            return x[0] * 3.0, Naive(x[1].value * 3.0)

    @rule(x=nodes, seed=seeds, create_graph=st.booleans())
    def backward(self, x, seed, create_graph):
        tensor, naive = x
        if not tensor.requires_grad:
            assert not naive.jacobians
            return
        g = np.random.default_rng(seed).uniform(-1, 1, tensor.shape)
        tensor.backward(g, retain_graph=True, create_graph=create_graph)
        for number, jacobian in naive.jacobians.items():
            leaf, known = self.leaves[number]
            added = (g.ravel() @ jacobian).reshape(leaf.shape)
            self.leaves[number][1] = added if known is None else known + added

    @rule(x=nodes, seed=seeds)
    def gradients(self, x, seed):
        tensor, naive = x
        if not tensor.requires_grad:
            return
        g = np.random.default_rng(seed).uniform(-1, 1, tensor.shape)
        found = gradients(tensor, [leaf for leaf, _ in self.leaves], g)
        for number, (gradient, (leaf, _)) in enumerate(zip(found, self.leaves, strict=True)):
            if gradient is None:
                assert not np.any(naive.jacobians.get(number, 0))
            else:
                expected = (g.ravel() @ naive.jacobians[number]).reshape(leaf.shape)
                assert_allclose(gradient.data, expected, atol=1e-9)

    @invariant()
    def gradients_are_right(self):
        assert is_grad_enabled()
        for leaf, expected in getattr(self, "leaves", ()):
            if expected is None:
                assert leaf.grad is None
            else:
                assert_allclose(leaf.grad.data, expected, rtol=1e-9, atol=1e-9)

    @rule(x=nodes)
    def values_are_right(self, x):
        assert x[0].shape == x[1].value.shape
        assert_allclose(x[0].data, x[1].value, atol=1e-12)


TestGraphs = Graphs.TestCase
TestGraphs.settings = settings(stateful_step_count=30)
