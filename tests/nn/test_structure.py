"""Branching, concatenation, addition; changes of shape."""

import numpy as np
import pytest

import nn
from autograd import Tensor

X = np.random.default_rng(0).normal(size=(4, 3))


def test_branching_adds_up_the_gradients_of_the_branches():
    x = Tensor(X, requires_grad=True)
    a, b = nn.Linear(3, 2, dtype="float64", rng=0), nn.Linear(3, 5, dtype="float64", rng=1)
    y = nn.Concat(a, b)(x)
    assert y.shape == (4, 7)
    np.testing.assert_array_equal(y.data, np.concatenate([a(X).data, b(X).data], axis=1))
    y.sum().backward()
    np.testing.assert_allclose(
        x.grad.data, np.ones((4, 2)) @ a.weight.data + np.ones((4, 5)) @ b.weight.data
    )


def test_concatenation_cuts_the_gradient_where_it_joined():
    u, v = Tensor(X, requires_grad=True), Tensor(X[:, :2], requires_grad=True)
    g = np.arange(20.0).reshape(4, 5)
    nn.Concat()(u, v).backward(g)
    np.testing.assert_array_equal(u.grad.data, g[:, :3])
    np.testing.assert_array_equal(v.grad.data, g[:, 3:])
    assert nn.Concat(dim=0)(u, u).shape == (8, 3)


def test_addition_hands_the_gradient_to_both():
    u, v = Tensor(X, requires_grad=True), Tensor(X * 2, requires_grad=True)
    y = nn.Add()(u, v)
    np.testing.assert_allclose(y.data, 3 * X)
    y.backward(X)
    np.testing.assert_array_equal(u.grad.data, X)
    np.testing.assert_array_equal(v.grad.data, X)


def test_each_branch_may_have_its_own_input():
    y = nn.Add(nn.Identity(), nn.Tanh())(X, 2 * X)
    np.testing.assert_allclose(y, X + np.tanh(2 * X))
    with pytest.raises(TypeError, match=r"Add of 2 branches expects one input .* got 3"):
        nn.Add(nn.Identity(), nn.Tanh())(X, X, X)
    with pytest.raises(TypeError, match="at least one input"):
        nn.Add()()


def test_a_residual_block_is_around_plus_through():
    x = Tensor(X, requires_grad=True)
    block = nn.Residual(nn.Linear(3, 3, dtype="float64", rng=0))
    y = block(x)
    np.testing.assert_allclose(y.data, X + block.body(X).data)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.data, 1 + np.ones((4, 3)) @ block.body.weight.data)
    wider = nn.Residual(nn.Linear(3, 4), nn.ReLU(), shortcut=nn.Linear(3, 4))
    assert wider(X).shape == (4, 4)
    assert list(wider.state_dict()) == [
        "body.0.weight",
        "body.0.bias",
        "shortcut.weight",
        "shortcut.bias",
    ]


def test_names_and_looks_of_branches():
    both = nn.Concat(nn.Linear(3, 2), nn.Linear(3, 1))
    assert list(both.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert "(1): Linear" in repr(both)
    assert repr(nn.Add()) == "Add()"


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"axis -1 only, got shapes \(4, 3\), \(3, 4\)"):
        nn.Concat()(X, X.T)
    with pytest.raises(
        ValueError, match=r"Add expects outputs of one shape, got \(4, 3\) and \(3,\)"
    ):
        nn.Add()(X, X[0])
    with pytest.raises(ValueError, match=r"\(4, 2\) and \(4, 3\); pass shortcut=nn\.Linear"):
        nn.Residual(nn.Linear(3, 2))(X)
    with pytest.raises(TypeError, match=r"nn\.Concat\(\)\(a, b\)"):
        nn.Concat(X, X)


# -- shapes --------------------------------------------------------------------------------------


def test_flatten_and_unflatten_undo_each_other():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert nn.Flatten()(x).shape == (2, 12)
    assert nn.Flatten(0)(x).shape == (24,)
    assert nn.Flatten(0, 1)(x).shape == (6, 4)
    np.testing.assert_array_equal(nn.Unflatten(1, (3, 4))(nn.Flatten()(x)), x)
    assert nn.Unflatten(1, (3, -1))(nn.Flatten()(x)).shape == (2, 3, 4)
    assert nn.Unflatten(-1, (2, 2))(Tensor(x)).shape == (2, 3, 2, 2)
    assert nn.Flatten()(np.zeros((0, 3, 4))).shape == (0, 12)
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
    assert repr(nn.Unflatten(1, [2, 3])) == "Unflatten(dim=1, unflattened_size=(2, 3))"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Flatten(2, 1), "start_dim not behind end_dim"),
        (nn.Flatten(5), "no axis 5"),
        (nn.Unflatten(1, (2, 2)), r"that of axis 1, 3; got \(2, 2\)"),
        (nn.Unflatten(1, (2, -1)), "that of axis 1, 3"),
        (nn.Unflatten(4, (2, 2)), "no axis 4"),
    ],
)
def test_axes_that_do_not_fit(module, message):
    with pytest.raises(ValueError, match=message):
        module(np.zeros((2, 3, 4)))
