"""Every kernel gives what the rules of its op give, whatever the memory looks like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, gradients
from nn import functional as F
from nn.functional.dropout import masked
from nn.functional.entropy import _of_labels
from nn.functional.linear import _op as linear
from nn.functional.loss import _half_squared_error, _squared_error
from nn.functional.normalization import _normalized

# The number of rows, of columns, and a seed.
draws = st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(0, 9999))
dtypes = st.sampled_from([np.float32, np.float64])
layouts = st.sampled_from(["C", "F", "strided", "reversed", "read-only"])


def laid_out(values, dtype, layout):
    """The same values in memory of another kind."""
    array = np.array(values, dtype, order="F" if layout == "F" else "C")
    if layout == "strided":
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    elif layout == "reversed":
        array = array[::-1].copy()[::-1]
    elif layout == "read-only":
        array.flags.writeable = False
    return array


def batch(draw):
    n, m, seed = draw
    return np.random.default_rng(seed), n, m


def activation_case(op):
    def case(draw):
        rng, n, m = batch(draw)
        return op, [rng.normal(size=(n, m)).round(1)], {}

    return case


def prelu_case(draw):
    rng, n, m = batch(draw)
    slope = rng.uniform(0.1, rng.choice([1, 2]), rng.choice([1, m])).round(2)
    return F.prelu, [rng.normal(size=(n, m)).round(1), slope], {}


def volume_prelu_case(draw):
    rng, n, m = batch(draw)
    return F.prelu, [rng.normal(size=(n, m, 2)), rng.uniform(0.1, 1, m)], {}


def linear_case(draw):
    rng, n, m = batch(draw)
    k = int(rng.integers(1, 4))
    w, b = rng.normal(size=(k, m)), rng.normal(size=k)
    return linear, [rng.normal(size=(n, m)), w, *[b][: int(rng.integers(0, 2))]], {}


def dropout_case(draw):
    rng, n, m = batch(draw)
    keep = rng.random((n, m)) < 0.5
    return masked, [rng.normal(size=(n, m)), keep], {"scale": float(rng.choice([1, 2.5]))}


def cross_entropy_case(draw):
    rng, n, m = batch(draw)
    reduction = str(rng.choice(["sum", "none", "mean"][: 3 if n else 2]))
    return (
        _of_labels,
        [rng.normal(size=(n, m)), rng.integers(0, m, n)],
        {"reduction": reduction},
    )


def squares_case(op):
    def case(draw):
        rng, n, m = batch(draw)
        reduction = str(rng.choice(["sum", "none", "mean"][: 3 if n else 2]))
        return op, [rng.normal(size=(n, m)), rng.normal(size=(n, m))], {"reduction": reduction}

    return case


def normalize_case(draw):
    rng, n, m = batch(draw)
    n += 2
    volume = bool(rng.integers(2))
    shape = (n, m, 3) if volume else (n, m)
    parameter = (m, 1) if volume else (m,)
    axes = (0, 2) if volume else (0,)
    affine = [rng.normal(size=parameter) for _ in range(rng.integers(0, 3))]
    return _normalized, [rng.normal(size=shape), *affine], {"axes": axes, "eps": 0.1}


def layer_norm_case(draw):
    rng, n, m = batch(draw)
    affine = [rng.normal(size=m) for _ in range(rng.integers(0, 3))]
    options = {"axes": (-1,), "eps": 0.1}
    return _normalized, [rng.normal(size=(n, m)), *affine], options


CASES = {
    "relu": activation_case(F.relu),
    "sigmoid": activation_case(F.sigmoid),
    "prelu": prelu_case,
    "prelu of volumes": volume_prelu_case,
    "linear": linear_case,
    "dropout": dropout_case,
    "cross_entropy": cross_entropy_case,
    "mse": squares_case(_squared_error),
    "half mse": squares_case(_half_squared_error),
    "normalize": normalize_case,
    "layer norm": layer_norm_case,
}


def results(op, arrays, options, needs, seed):
    """The value, and the gradients of the inputs in `needs`, twice."""
    inputs = []
    for array, need in zip(arrays, needs, strict=True):
        leaf = Tensor(0.0)
        leaf.data, leaf.requires_grad = array, bool(need and array.dtype.kind == "f")
        inputs.append(leaf)
    wanted = [x for x in inputs if x.requires_grad]
    out = op(*inputs, **options)
    if not wanted:
        return [out.data], None
    g = np.random.default_rng(seed).normal(size=out.shape).astype(out.dtype)[()]
    found = [out.data]
    for _ in range(2):
        found += [x.data for x in gradients(out, wanted, g)]
    return found, out._kept


@pytest.mark.parametrize("name", CASES)
@given(draws, dtypes, layouts, st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_kernel_gives_what_the_rules_give(name, draw, dtype, layout, needs):
    op, values, options = CASES[name](draw)
    arrays = [laid_out(v, dtype if v.dtype.kind == "f" else v.dtype, layout) for v in values]
    before = [a.copy() for a in arrays]
    needs = needs[: len(arrays)]
    by_kernel, _ = results(op, arrays, options, needs, draw[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(op, "kernel", None)
        by_rules, kept = results(op, arrays, options, needs, draw[2])
    assert kept is None
    rtol, atol = (1e-4, 1e-5) if dtype == np.float32 else (1e-9, 1e-11)
    for ours, expected in zip(by_kernel, by_rules, strict=True):
        np.testing.assert_allclose(ours, expected, rtol, atol)
        assert (ours.dtype, ours.shape) == (expected.dtype, expected.shape)
    np.testing.assert_equal(arrays, before)


@pytest.mark.parametrize("name", CASES)
@given(draws, layouts, st.lists(st.booleans(), min_size=3, max_size=3))
def test_overwriting_the_gradient_changes_nothing_else(name, draw, layout, needs):
    op, values, options = CASES[name](draw)
    arrays = [laid_out(v, v.dtype, layout) for v in values]
    done = op.kernel.forward(*arrays, **options)
    if done is None:
        return
    out, kept = done
    needs = [need and a.dtype.kind == "f" for need, a in zip(needs, arrays, strict=False)]
    g = np.random.default_rng(draw[2]).normal(size=np.shape(out))[()]
    held = [out, *(kept if isinstance(kept, tuple) else [kept]), *arrays]
    held = [a for a in held if isinstance(a, np.ndarray)]
    before = [a.copy() for a in held]
    found = []
    for own in (False, True):
        own = own and isinstance(g, np.ndarray)
        mine = np.array(g)[()]
        found.append(op.kernel.backward(needs, mine, own, out, kept, *arrays, **options))
        if not own:
            np.testing.assert_array_equal(mine, g)
    for first, second, need, array in zip(*found, needs, arrays, strict=True):
        if need:
            np.testing.assert_array_equal(first, second)
            assert (first.shape, first.dtype) == (array.shape, array.dtype)
    results = [r for r, need in zip(found[1], needs, strict=True) if need and r.size]
    for i, r in enumerate(results):
        assert not any(np.shares_memory(r, other) for other in (*held, *results[:i]))
    np.testing.assert_equal(held, before)


@pytest.mark.parametrize("name", CASES)
def test_the_kernel_is_what_a_layer_meets(name):
    op, arrays, options = CASES[name]((4, 3, 1))
    if options.get("reduction") == "none":
        options["reduction"] = "mean"
    _, kept = results(op, arrays, options, [True] * len(arrays), 0)
    assert kept is not None


@pytest.mark.parametrize("slope", [0.0, -0.5, 1.5, [0.5, 0.0]])
def test_prelu_outside_its_fast_slopes(slope):
    x = np.array([[1.0, -2.0], [-np.inf, np.inf], [0.0, 3.0]])
    leaf = Tensor(x, requires_grad=True)
    a = np.atleast_1d(slope)
    with np.errstate(invalid="ignore"):
        expected = np.maximum(x, 0) + a * np.minimum(x, 0)
        np.testing.assert_array_equal(F.prelu(leaf, Tensor(a)).data, expected)


def test_labels_out_of_range_do_not_reach_the_kernel():
    for wrong in (-1, 3, -100):
        with pytest.raises(IndexError, match=f"label {wrong} is out of range for 3 classes"):
            F.cross_entropy(Tensor(np.zeros((2, 3))), np.array([0, wrong]), ignore_index=-5)
    assert F.cross_entropy(Tensor(np.zeros((2, 3))), np.array([0, -100], np.int8)).item() > 0


def test_a_step_leaves_no_kept_gradient_changed():
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Linear(6, 5, rng=0), nn.BatchNorm1d(5), nn.PReLU(), nn.Dropout(0.5, rng=1),
        nn.Linear(5, 4, rng=2), nn.Sigmoid(), nn.Linear(4, 3, rng=3),
    )  # fmt: skip
    kept = []
    for _ in range(4):
        net.zero_grad()
        x = Tensor(rng.normal(size=(8, 6)).astype(np.float32), requires_grad=True)
        F.cross_entropy(net(x), rng.integers(0, 3, 8)).backward()
        kept += [(p.grad.data, p.grad.data.copy()) for p in (x, *net.parameters())]
    for held, then in kept:
        np.testing.assert_array_equal(held, then)
    arrays = [held for held, _ in kept]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
