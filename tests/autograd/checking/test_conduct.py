"""What a check does to the world around f, and what it tries unasked."""

import copy
import functools
import random
from typing import Any

import numpy as np
import pytest
from numpy.random import mtrand

import autograd
import nn
from autograd import Function, Tensor, check, gradcheck, primitive
from autograd.checking.freeze import Frozen

X = np.random.default_rng(2).normal(size=(3, 4))
V = np.random.default_rng(3).normal(size=64)

# -- nothing is moved -----------------------------------------------------------------------------


def snapshot(module: Any) -> list[Any]:
    tensors = [*module.parameters(), *(b for _, b in module.named_buffers())]
    return [np.array(t.data) for t in tensors]


@pytest.mark.parametrize("wrap", [lambda net: net, lambda net: lambda x: net(x)])
@pytest.mark.parametrize("speed", ["full", "fast"])
def test_modules_stay_as_they_are_bit_for_bit(wrap: Any, speed: str) -> None:
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5, rng=1))
    before, drawn = snapshot(net), net[2].rng.bit_generator.state
    autograd.manual_seed(5)
    states = autograd.generator().bit_generator.state, np.random.get_state()[2], random.getstate()
    arrays = [b.data for _, b in net.named_buffers()]
    assert check(wrap(net), X, speed=speed)
    for a, b in zip(snapshot(net), before, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    assert net[2].rng.bit_generator.state == drawn
    after = autograd.generator().bit_generator.state, np.random.get_state()[2], random.getstate()
    assert after == states
    assert all(a is b.data for a, (_, b) in zip(arrays, net.named_buffers(), strict=True) if a.ndim)
    assert all(p.grad is None for p in net.parameters())


def test_a_normal_number_that_was_left_over_is_put_back() -> None:
    """Legacy normal numbers come in pairs: the second is drawn without a trace in the twister."""
    np.random.seed(3)
    for leftover in (False, True):
        drawn: list[float] = []

        def f(x: Any, drawn: list[float] = drawn) -> Any:
            drawn += [] if drawn else [np.random.standard_normal()]
            return x * drawn[0]

        expected = np.random.get_state(legacy=False)
        assert expected["has_gauss"] == leftover
        assert check(f, X, speed="fast")
        found = np.random.get_state(legacy=False)
        assert (found["has_gauss"], found["gauss"]) == (leftover, expected["gauss"])
        assert found["state"]["pos"] == expected["state"]["pos"]
        np.testing.assert_array_equal(found["state"]["key"], expected["state"]["key"])
        np.random.standard_normal()


def test_another_global_generator_is_put_back() -> None:
    before = mtrand.get_bit_generator()
    np.random.set_bit_generator(np.random.PCG64(3))
    try:
        state = mtrand.get_bit_generator().state
        assert check(lambda x: x * np.random.standard_normal(), X, speed="fast")
        assert mtrand.get_bit_generator().state == state
    finally:
        np.random.set_bit_generator(before)


@pytest.mark.parametrize(
    "source", [np.random.default_rng(4), np.random.RandomState(4), random.Random(4)]
)
@pytest.mark.parametrize("speed", ["full", "fast"])
def test_a_generator_that_f_holds_is_held_still_and_put_back(source: Any, speed: str) -> None:
    before, twin = copy.deepcopy(source), copy.deepcopy(source)
    assert check(lambda x: x * source.random(), X, speed=speed)
    assert source.random() == before.random()
    # Also the normal number that two of them keep for the next call.
    normal = "gauss" if isinstance(source, random.Random) else "standard_normal"
    getattr(source, normal)()
    getattr(before, normal)()
    check(lambda x: x * getattr(source, normal)(), X, speed=speed)
    assert getattr(source, normal)() == getattr(before, normal)() != getattr(twin, normal)()


def test_state_is_put_back_when_f_raises() -> None:
    norm = nn.BatchNorm1d(4)

    def f(x: Any) -> Any:
        norm(x)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        check(f, X)
    assert norm.num_batches_tracked is not None
    assert norm.num_batches_tracked.item() == 0


def test_one_dropout_mask_for_the_whole_check() -> None:
    report = check(nn.Dropout(0.5), np.ones((4, 5)))
    assert report, str(report)


def test_a_module_that_is_closed_over_is_mentioned() -> None:
    layer = nn.Linear(4, 2)
    (note,) = check(lambda x: layer(x), X).notes
    assert "pass the module itself" in note
    assert check(layer, X).notes == ()


def test_results_that_share_memory_are_mentioned() -> None:
    report = check(lambda x: (x.reshape(-1), x[0]), X)
    assert report
    assert [note.partition(":")[0] for note in report.notes] == [
        "output 0 shares memory with input 0",
        "output 1 shares memory with input 0",
        "output 1 shares memory with output 0",
    ]
    assert check(np.sin, X).notes == ()


def test_modules_are_found_where_f_holds_them() -> None:
    net = nn.Linear(4, 2)
    for f in (net, net.forward, functools.partial(net), lambda x: net(x)):
        assert Frozen(f).modules == [net]


def test_parameters_are_checked_in_fast_mode_too() -> None:
    layer = nn.Linear(4, 2)
    names = [c.input for c in check(layer, X, speed="fast").coverage]
    assert names == ["input 0", "parameter 'weight'", "parameter 'bias'"]


# -- bisection ------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 17, 63])
@pytest.mark.parametrize("factor", [1.01, 0.0, -1.0])
def test_bisection_finds_the_index_in_few_evaluations(index: int, factor: float) -> None:
    weight = np.where(np.arange(64) == index, factor, 1.0)
    f = primitive(np.sin, lambda g, out, x: g * np.cos(x) * weight, name="wrong")
    large = lambda x: np.sum(f(x)) + np.sum(f(x[::-1]) * 0)
    report = check(large, np.concatenate([V]), speed="fast", variations=False)
    assert report.verdict == "fail"
    assert report.findings[0].index == (index,)


def test_few_evaluations_for_a_large_input(rng: np.random.Generator) -> None:
    x = rng.normal(size=4096)
    weight = np.where(np.arange(4096) == 3000, 1.01, 1.0)
    f = primitive(
        lambda x: np.tanh(x).reshape(64, 64).sum(axis=0),
        lambda g, out, x: np.tile(g, 64) * (1 - np.tanh(x) ** 2) * weight,
        name="wrong",
    )
    report = check(f, x, speed="fast", variations=False)
    (finding,) = report.findings
    assert (finding.index, finding.output_index) == ((3000,), (0, (3000 % 64,)))
    assert finding.detail.startswith("1.01")
    # Eight for each of the twelve halvings, nine for the size of what is added up, and ladders.
    assert report.evaluations < 260


def test_fast_costs_the_same_at_any_size() -> None:
    counts = [
        check(np.sin, np.linspace(-1, 1, n), speed="fast", variations=False).evaluations
        for n in (3, 3000)
    ]
    assert counts[0] == counts[1] < 20


def test_a_small_gradient_does_not_hide_behind_a_large_one() -> None:
    f = primitive(
        lambda x, y: 1e6 * np.sum(np.sin(x)) * 0 + 1e3 * np.sum(x) + 0 * np.sum(y),
        lambda g, out, x, y: g * 1e3 * np.ones_like(x),
        lambda g, out, x, y: g * 1e-2 * np.ones_like(y),
        name="f",
    )
    for speed in ("full", "fast"):
        report = check(f, (V, V[:3]), speed=speed, variations=False)
        assert [x.input for x in report.findings] == ["input 1"]


@pytest.mark.slow
def test_no_direction_mistakes_a_tie_for_a_slope() -> None:
    """Moved along a direction, the first of two equals wins by chance, as a one-sided rule says."""
    first = primitive(
        np.max, lambda g, out, x: g * (np.arange(x.size) == np.argmax(x)), name="first"
    )
    tie = np.array([2.0, 1.0, 2.0])
    reports = [check(first, tie, speed="fast", rng=seed, variations=False) for seed in range(64)]
    assert {report.diagnosis for report in reports} == {"kink"}


@pytest.mark.parametrize("speed", ["full", "fast"])
def test_what_is_not_a_number_hides_nothing_of_the_others(speed: str) -> None:
    f = primitive(
        np.sin,
        lambda g, out, x: np.where(x == 0, np.nan, g * np.abs(g) * np.cos(x)),
        name="nonlinear",
    )
    report = check(f, np.arange(3.0), speed=speed, variations=False)
    assert report.diagnosis == "depends on g nonlinearly", str(report)


# -- tried unasked --------------------------------------------------------------------------------


def test_what_was_tried_is_named() -> None:
    report = check(lambda x, y: x * y, (X, X + 1))
    assert report, str(report)
    assert set(report.variations) == {
        "Fortran order",
        "negative strides",
        "not contiguous",
        "0-d",
        "size 0",
        "broadcast",
        "same tensor twice",
        "odd shapes",
    }
    assert check(lambda x: x, X, variations=False).variations == ()
    # A function that does not take them is none the worse for it.
    report = check(lambda x: x.reshape(3, 4) @ np.ones((4, 2)), X)
    assert report, str(report)
    assert "0-d" not in report.variations


def _strides_matter(g: Any, out: Any, x: Any) -> Any:
    return g * 2 if x.flags.c_contiguous else g * 2 * np.flip(np.ones_like(x) * 2)


def test_a_rule_that_depends_on_the_layout() -> None:
    f = primitive(lambda x: 2 * x, _strides_matter, name="f")
    assert gradcheck(f, X, variations=False)
    report = check(f, X)
    assert report.verdict == "fail"
    assert report.diagnosis == "scale factor"
    assert report.findings[0].variation in ("Fortran order", "negative strides", "not contiguous")


def test_a_result_that_depends_on_the_layout() -> None:
    f = primitive(
        lambda x: x * (2 if x.flags.c_contiguous else 3), lambda g, out, x: 2 * g, name="f"
    )
    (finding, *_) = check(f, X).findings
    assert "other values" in finding.message
    assert finding.variation == "Fortran order"


def test_a_backward_pass_that_fails_for_a_layout() -> None:
    def rule(g: Any, out: Any, x: Any) -> Any:
        if not x.flags.c_contiguous:
            raise RuntimeError("not contiguous")
        return 2 * g

    report = check(primitive(lambda x: 2 * x, rule, name="f"), X)
    assert report.diagnosis == "raised"
    assert "not contiguous" in report.findings[0].message


def test_a_backward_pass_that_fails_for_the_same_tensor() -> None:
    broken = primitive(lambda x: x * x, lambda g, out, x: g[99] * x, name="broken")
    report = check(lambda x, y: broken(x) if x is y else x * y, (V, V + 1))
    assert report.diagnosis == "raised"
    assert report.findings[0].variation == "same tensor twice"


def test_a_backward_pass_that_fails_when_empty() -> None:
    f = primitive(
        lambda x: 2 * x, lambda g, out, x: g * 2 + 0 * g.reshape(-1)[0], elementwise=True, name="f"
    )
    report = check(f, X)
    assert report.diagnosis == "raised"
    assert report.findings[0].variation == "size 0"


def test_a_gradient_that_is_wrong_for_0_d() -> None:
    f = primitive(
        lambda x: x**2, lambda g, out, x: g * 2 * x if np.ndim(x) else g * x, name="square"
    )
    assert check(f, X).beyond[0].variation == "0-d"
    report = check(f, X, variations=True)
    assert report.findings[0].variation == "0-d"
    assert report.diagnosis in ("scale factor", "wrong value")


def test_raises_exactly_when_numpy_raises() -> None:
    def lenient(x: Any, y: Any) -> Any:
        if isinstance(x, Tensor) and x.shape != y.shape:
            return x * 1.0
        return x * y

    assert check(lenient, (V[:3], V[3:6])).beyond[0].variation == "odd shapes"
    report = check(lenient, (V[:3], V[3:6]), variations=True)
    assert report.diagnosis == "wrong shape or dtype"
    assert report.findings[0].variation == "odd shapes"
    assert "with Tensors" in report.findings[0].message


def test_variations_of_a_pair_of_functions() -> None:
    report = check(lambda x: x**2, X, grad=lambda g, x: 2 * g * np.ascontiguousarray(x))
    assert report, str(report)
    assert "Fortran order" in report.variations
    broken = check(
        lambda x: x**2, X, grad=lambda g, x: 2 * g * np.reshape(x.ravel(order="K"), x.shape)
    )
    assert broken.findings[0].variation == "Fortran order"


# -- other people's gradients ---------------------------------------------------------------------


def test_a_gradient_takes_g_or_not() -> None:
    assert check(lambda x: np.sum(x**2), V, grad=lambda x: 2 * x)
    assert check(lambda x: x**2, V, grad=lambda g, x: 2 * g * x)
    assert check(lambda x: np.sum(x**2), V, grad=lambda g, x: 2 * g * x, speed="fast")
    with pytest.raises(TypeError, match="expects grad\\(g, \\*inputs\\)"):
        check(lambda x: x**2, V, grad=lambda x: 2 * x)


def test_errors_of_use_with_grad() -> None:
    with pytest.raises(ValueError, match="order=1 with grad="):
        check(np.sin, V, order=2, grad=lambda g, x: g)
    with pytest.raises(TypeError, match="expects grad to be a function"):
        check(np.sin, V, grad=3)
    with pytest.raises(ValueError, match="speed 'full' or 'fast', got 'slow'"):
        check(np.sin, V, speed="slow")
    with pytest.raises(TypeError, match="floating array"):
        check(lambda x: np.argmax(x), V, grad=lambda x: x)
    report = check(lambda x, y: x * y, (V, V), grad=lambda g, x, y: g * y)
    assert report.diagnosis == "raised"
    assert "returned 1 gradients, expected 2" in report.findings[0].message


# -- forward mode against reverse -----------------------------------------------------------------


class Lopsided(Function):
    """Its recorded backward pass is not the transpose of itself: g enters detached."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * (g.data if isinstance(g, Tensor) else g)


@pytest.mark.parametrize("speed", ["full", "fast"])
def test_forward_mode_is_compared_with_reverse(speed: str) -> None:
    report = check(Lopsided, V[:3], order=2, speed=speed)
    assert report.diagnosis == "detached at second order"
    assert any("forward mode and reverse mode" in f.message for f in report.findings)
