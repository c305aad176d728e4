"""Small parameters take their step together, and nobody can tell."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor
from nn import Parameter
from optim import SGD, Adam, Optimizer, packing

from .test_optimizer import FULL, KINDS

kinds = st.sampled_from(KINDS)
shapes = st.lists(
    st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple), min_size=1, max_size=6
)


def parameters(shapes, rng):
    """Parameters of these shapes, every second one in Fortran order."""
    return [
        Parameter(np.array(rng.normal(size=shape), order="CF"[i % 2]), name=f"p{i}")
        for i, shape in enumerate(shapes)
    ]


def step(optimizer, params, rng, chance=1.0):
    """One step with random gradients; some parameters have none."""
    for p in params:
        g = rng.normal(size=p.shape)
        p.grad = Tensor(g) if rng.random() < chance else None
    optimizer.step()


def everything(optimizer, params):
    state = {k: {n: np.array(v) for n, v in s.items()} for k, s in optimizer.state.items()}
    return [np.array(p.data) for p in params], state


def walked(kind, shapes, seed, chance, change=lambda optimizer, params: optimizer, **options):
    rng = np.random.default_rng(seed)
    params = parameters(shapes, rng)
    optimizer = kind(params, lr=0.1, **{**FULL[kind], **options})
    for _ in range(3):
        step(optimizer, params, rng, chance)
    optimizer = change(optimizer, params)
    for _ in range(3):
        step(optimizer, params, rng, chance)
    return everything(optimizer, params)


def alone(*args, **kwargs):
    """The same, each parameter by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "_SMALL", -1)
        return walked(*args, **kwargs)


@given(kinds, shapes, st.integers(0, 99), st.sampled_from([0.5, 1.0]))
def test_steps_are_the_same_to_the_last_bit(kind, shapes, seed, chance):
    np.testing.assert_equal(
        walked(kind, shapes, seed, chance), alone(kind, shapes, seed, chance), strict=True
    )


def test_small_parameters_are_updated_in_one_call(monkeypatch):
    sizes = []
    update = SGD.update
    monkeypatch.setattr(SGD, "update", packing.elementwise(lambda self, p, *rest: (
        sizes.append(p.size), update(self, p, *rest)
    )))  # fmt: skip
    params = [Parameter(np.zeros(n)) for n in (3, packing._SMALL + 1, 4)]
    step(SGD(params, momentum=0.9), params, np.random.default_rng(0))
    assert sorted(sizes) == [7, packing._SMALL + 1]


def test_an_update_that_does_not_say_so_sees_each_parameter_by_itself():
    class Normalized(SGD):
        def update(self, p, g, state, options):
            super().update(p, g / np.linalg.norm(g), state, options)

    params = [Parameter(np.zeros(3)), Parameter(np.zeros(3))]
    params[0].grad, params[1].grad = Tensor(np.ones(3)), Tensor(np.full(3, 8.0))
    Normalized(params, lr=1.0).step()
    np.testing.assert_array_equal(params[0].data, params[1].data)


def reassigned(optimizer, params):
    for p in params:
        p.data = p.data + 1
    return optimizer


def reloaded(optimizer, params):
    optimizer.load_state_dict(optimizer.state_dict())
    return optimizer


def changed_by_hand(optimizer, params):
    for entries in optimizer.state.values():
        for key, value in entries.items():
            if isinstance(value, np.ndarray):
                value += 0.25
            elif key == "step":
                entries[key] = value + 1
    return optimizer


def replaced_by_hand(optimizer, params):
    name = next(iter(optimizer.state))
    for key, value in optimizer.state[name].items():
        optimizer.state[name][key] = np.array(value) * 2
    return optimizer


def forgotten(optimizer, params):
    optimizer.state.pop("p0", None)
    return optimizer


def grown(optimizer, params):
    params.append(Parameter(np.ones(2), name="late"))
    optimizer.param_groups[0]["params"].append(params[-1])
    optimizer.param_groups[0]["param_names"].append("late")
    return optimizer


def exchanged(optimizer, params):
    params[0] = Parameter(params[0].data + 1, name="p0")
    optimizer.param_groups[0]["params"][0] = params[0]
    return optimizer


CHANGES = [exchanged, reassigned, reloaded, changed_by_hand, replaced_by_hand, forgotten, grown]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_changed_between_steps_counts(kind, change):
    shapes = [(2,), (3, 2), (1,)]
    np.testing.assert_equal(
        walked(kind, shapes, 1, 1.0, change), alone(kind, shapes, 1, 1.0, change), strict=True
    )


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_a_copy_goes_its_own_way(copied):
    params = parameters([(2,), (3, 2)], np.random.default_rng(0))
    optimizer = Adam(params)
    step(optimizer, params, np.random.default_rng(1))
    twin, twins = copied((optimizer, params))
    for _ in range(2):
        step(optimizer, params, np.random.default_rng(2))
    before = everything(optimizer, params)
    for _ in range(2):
        step(twin, twins, np.random.default_rng(2))
    np.testing.assert_equal(everything(twin, twins), before)
    np.testing.assert_equal(everything(optimizer, params), before)


def test_gradients_and_parameters_stay_where_they_are():
    params = parameters([(2,), (3, 2)], np.random.default_rng(0))
    optimizer = SGD(params, lr=0.5, momentum=0.9)
    held = [p.data for p in params]
    step(optimizer, params, np.random.default_rng(1))
    grads = [p.grad.data for p in params]
    copies = [g.copy() for g in grads]
    optimizer.step()
    assert all(
        p.data is v and p.grad.data is g for p, v, g in zip(params, held, grads, strict=True)
    )
    np.testing.assert_equal(grads, copies)


def test_parameters_that_share_memory_take_their_steps_one_after_the_other():
    memory = np.zeros(6)
    params = [Parameter(np.zeros(4)) for _ in range(3)]
    for p, start in zip(params, (0, 2, 1), strict=True):
        p.data = memory[start : start + 4]
        p.grad = Tensor(np.ones(4))
    SGD(params, lr=1.0).step()
    np.testing.assert_array_equal(memory, [-1, -2, -3, -3, -2, -1])


def test_a_gradient_of_another_dtype_or_shape_is_not_gathered():
    params = [Parameter(np.zeros(2)) for _ in range(3)]
    for p in params:
        p.grad = Tensor(np.ones(2))
    params[1].grad = Tensor(np.ones(2, np.float32))
    optimizer: Optimizer = SGD(params, lr=1.0)
    optimizer.step()
    np.testing.assert_array_equal([p.data for p in params], -1)
    params[1].grad = Tensor(np.ones((1, 2)))
    with pytest.raises(ValueError, match="gradient of parameter 1 has shape"):
        optimizer.step()
