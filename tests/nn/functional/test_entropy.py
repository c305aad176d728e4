"""Losses of probabilities: closed forms of the deck, derivatives, shapes, what is refused."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, gradcheck, gradients
from nn import functional as F

REDUCTIONS = ["mean", "sum", "none"]


@st.composite
def scored(draw):
    """Scores (N, C) or (C,), and labels for them."""
    lead = draw(st.sampled_from([(), (1,), (4,)]))
    classes = draw(st.integers(1, 5))
    draws = np.random.default_rng(draw(st.integers(0, 2**32)))
    return draws.normal(size=(*lead, classes)), draws.integers(0, classes, lead)


# -- cross-entropy -------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(case=scored())
def test_cross_entropy_of_labels(reduction, case):
    x, labels = case
    logs = np.log(np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True))
    each = -np.take_along_axis(logs, np.asarray(labels)[..., None], -1)[..., 0]
    expected = {"mean": each.mean(), "sum": each.sum(), "none": each}[reduction]
    J = F.cross_entropy(x, labels, reduction=reduction)
    np.testing.assert_allclose(J, expected, atol=1e-12)
    assert gradcheck(lambda t: F.cross_entropy(t, labels, reduction=reduction), [x], order=2)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(case=scored())
def test_cross_entropy_of_probabilities(reduction, case):
    x, _ = case
    target = np.random.default_rng(1).uniform(0.1, 1, x.shape)
    assert gradcheck(lambda t, q: F.cross_entropy(t, q, reduction=reduction), [x, target], order=2)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(case=scored())
def test_labels_are_the_same_as_their_one_hot_probabilities(reduction, case):
    x, labels = case
    one_hot = np.eye(x.shape[-1])[labels]
    tensors = [Tensor(x, requires_grad=True) for _ in range(2)]
    results = [
        F.cross_entropy(t, target, reduction=reduction)
        for t, target in zip(tensors, (labels, one_hot), strict=True)
    ]
    np.testing.assert_allclose(results[0].data, results[1].data, atol=1e-15)
    for J in results:
        J.sum().backward()
    np.testing.assert_allclose(tensors[0].grad.data, tensors[1].grad.data, atol=1e-15)


def test_the_gradient_of_one_sample_is_p_minus_the_target():
    x = Tensor([1.0, -2.0, 0.5], requires_grad=True)
    F.cross_entropy(x, 2).backward()
    p = F.softmax(x.data)
    np.testing.assert_allclose(x.grad.data, [p[0], p[1], -(1 - p[2])])


def test_softmax_and_cross_entropy_as_two_layers_give_the_same_gradient(rng):
    x, y = Tensor(rng.normal(size=3), requires_grad=True), np.array([0.0, 1.0, 0.0])
    p = F.softmax(x)
    p.retain_grad()
    (-(y * np.log(p)).sum()).backward()
    np.testing.assert_allclose(p.grad.data, -y / p.data)
    np.testing.assert_allclose(x.grad.data, p.data - y)


def test_the_gradient_of_a_batch_is_an_average(rng):
    x, labels = Tensor(rng.normal(size=(5, 3)), requires_grad=True), np.array([0, 2, 1, 1, 0])
    F.cross_entropy(x, labels).backward()
    np.testing.assert_allclose(x.grad.data, (F.softmax(x.data) - np.eye(3)[labels]) / 5)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_fast_path_equals_the_recorded_path(reduction, rng):
    x = Tensor(rng.normal(size=(4, 3)), requires_grad=True)
    labels = Tensor(np.array([0, 1, 2, 0]))
    J = F.cross_entropy(x, labels, reduction=reduction).sum()
    (fast,), (slow,) = gradients(J, [x]), gradients(J, [x], create_graph=True)
    np.testing.assert_allclose(fast.data, slow.data, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_exact_far_out(dtype):
    x = Tensor(np.array([[1e5, 0.0], [0.0, 1e5]], dtype), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        each = F.cross_entropy(x, [0, 0], reduction="none")
        each.sum().backward()
    np.testing.assert_array_equal(each.data, np.array([0, 1e5], dtype))
    np.testing.assert_array_equal(x.grad.data, [[0, 0], [-1, 1]])
    assert each.dtype == x.grad.dtype == dtype


def test_a_masked_class_is_no_nan():
    x = Tensor([[-np.inf, 0.0, 0.0]], requires_grad=True)
    J = F.cross_entropy(x, [1])
    J.backward()
    assert J.item() == pytest.approx(np.log(2))
    np.testing.assert_allclose(x.grad.data, [[0, -0.5, 0.5]])


@pytest.mark.parametrize("label", [3, -1, 100])
def test_a_label_out_of_range_is_named(label):
    x = Tensor(np.zeros((2, 3)), requires_grad=True)
    with pytest.raises(IndexError, match=f"label {label} is out of range for 3 classes.*target.1]"):
        F.cross_entropy(x, [0, label])
    with pytest.raises(IndexError, match=f"label {label} is out of range .* it is the target"):
        F.cross_entropy(x[0], label)


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss, F.cross_entropy_from_probabilities])
def test_a_label_out_of_range_is_named_by_its_place(loss):
    labels = np.zeros((2, 4, 5), int)
    labels[1, 2, 3] = 3
    with pytest.raises(IndexError, match=r"expected 0 to 2; it is target\[1, 2, 3\]"):
        loss(np.ones((2, 3, 4, 5)), labels)


def test_a_label_to_be_ignored_is_not_out_of_range():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(2, 3, 2)), np.array([[0, 7], [7, 2]])
    kept = F.cross_entropy(x[[0, 1], :, [0, 1]], [0, 2])
    assert F.cross_entropy(x, labels, ignore_index=7) == pytest.approx(kept)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("places", [(2,), (2, 3), (0,), (1, 2, 1)])
@pytest.mark.parametrize("kind", ["labels", "probabilities"])
def test_every_place_of_more_axes_is_a_sample(reduction, places, kind):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 3, *places))
    target = rng.integers(0, 3, (4, *places))
    rows, flat = np.moveaxis(x, 1, -1).reshape(-1, 3), target.reshape(-1)
    if kind == "probabilities":
        target, flat = np.moveaxis(np.eye(3)[target], -1, 1), np.eye(3)[flat]
    with np.errstate(invalid="ignore"):
        J = F.cross_entropy(x, target, reduction=reduction)
        expected = F.cross_entropy(rows, flat, reduction=reduction)
        np.testing.assert_allclose(J, expected.reshape(J.shape))
        assert J.shape == ((4, *places) if reduction == "none" else ())
        of_p = F.cross_entropy_from_probabilities(F.softmax(x, 1), target, reduction=reduction)
        np.testing.assert_allclose(of_p, J)
        if kind == "labels":
            np.testing.assert_allclose(
                F.nll_loss(F.log_softmax(x, 1), target, reduction=reduction), J
            )


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64])
def test_labels_of_any_integer_dtype(dtype):
    labels = np.array([2, 0], dtype)
    assert F.cross_entropy(np.zeros((2, 3)), labels) == pytest.approx(np.log(3))


def test_labels_that_are_not_integers():
    with pytest.raises(TypeError, match=r"target\.astype\(int\)"):
        F.cross_entropy(np.zeros((2, 3)), np.array([0.0, 1.0]))
    with pytest.raises(TypeError, match="probabilities"):
        F.cross_entropy(np.zeros((2, 3)), np.eye(3, dtype=int)[:2])


@pytest.mark.parametrize(
    ("scores", "target", "fix"),
    [
        ((4, 3), (4, 1), r"target\.reshape\(-1\)"),
        ((4, 3), (3,), r"got \(4, 3\) and \(3,\)"),
        ((2, 4, 3), (2, 4), r"classes are axis 1: write input\.reshape\(-1, 3\)"),
        ((2, 4, 3), (4,), r"got \(2, 4, 3\) and \(4,\)"),
        ((2, 4, 3), (2, 1, 3), r"got \(2, 4, 3\) and \(2, 1, 3\)"),
        ((), (), r"scores of shape \(N, C\)"),
    ],
)
def test_shapes_that_do_not_fit(scores, target, fix):
    with pytest.raises(ValueError, match=fix):
        F.cross_entropy(Tensor(np.zeros(scores)), np.zeros(target, int))


def test_an_unknown_reduction():
    with pytest.raises(ValueError, match="'batchmean'"):
        F.cross_entropy(np.zeros((2, 3)), [0, 1], reduction="batchmean")


def test_a_softmax_below_is_warned_of_at_the_line_of_the_user():
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(4, 3)), requires_grad=True)
    for p in (F.softmax(x), nn.Softmax(1)(x), F.softmin(x)):
        with pytest.warns(UserWarning, match="Leave the softmax out") as caught:
            nn.CrossEntropyLoss()(p, [0, 1, 2, 0])
        assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.cross_entropy(F.log_softmax(x), [0, 1, 2, 0])
        F.cross_entropy(F.softmax(x) * 10, [0, 1, 2, 0])
        F.cross_entropy(x, F.softmax(x))
        F.cross_entropy_from_probabilities(F.softmax(x), [0, 1, 2, 0])


def test_an_empty_batch():
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    J = F.cross_entropy(x, np.zeros(0, int), reduction="sum")
    J.backward()
    assert J.item() == 0
    assert x.grad.shape == (0, 3)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(F.cross_entropy(x, np.zeros(0, int)).item())


# -- weights, ignored labels, smoothing ----------------------------------------------------------


def test_ignored_samples_count_nowhere(rng):
    x, labels = rng.normal(size=(4, 3)), np.array([0, -100, 2, -100])
    t = Tensor(x, requires_grad=True)
    J = F.cross_entropy(t, labels)
    J.backward()
    assert J.item() == pytest.approx(F.cross_entropy(x[::2], labels[::2]))
    np.testing.assert_array_equal(t.grad.data[1::2], 0)
    np.testing.assert_array_equal(F.cross_entropy(x, labels, reduction="none")[1::2], 0)


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
def test_the_mean_is_nan_where_all_labels_are_ignored(loss):
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(loss(np.zeros((2, 3)), [-100, -100]))
    assert loss(np.zeros((2, 3)), [-100, -100], reduction="sum") == 0


def test_a_masked_class_is_no_nan_with_options_either():
    x = Tensor([[-np.inf, 0.0, 0.0]], requires_grad=True)
    J = F.cross_entropy(x, [1], weight=[1.0, 2.0, 1.0])
    J.backward()
    assert J.item() == pytest.approx(np.log(2))
    np.testing.assert_allclose(x.grad.data, [[0, -0.5, 0.5]])


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
def test_what_is_refused(loss):
    with pytest.raises(ValueError, match=r"one weight per class, shape \(3,\), got \(2,\)"):
        loss(np.zeros((2, 3)), [0, 1], weight=[1.0, 1.0])
    with pytest.raises(IndexError, match="label 5 is out of range"):
        loss(np.zeros((2, 3)), [5, -100])
    with pytest.raises(ValueError, match=r"target\.reshape\(-1\)"):
        loss(np.zeros((4, 3)), np.zeros((4, 1), int))
    with pytest.raises(TypeError, match=r"astype\(int\)"):
        loss(np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(ValueError, match=r"0\.\.1, got 1\.5"):
        F.cross_entropy(np.zeros((2, 3)), [0, 1], label_smoothing=1.5)
    with pytest.raises(ValueError, match=r"nll_loss expects .* labels of shape \(N,\), or one"):
        F.nll_loss(np.zeros((2, 3)), np.zeros((2, 3)))


def test_log_softmax_and_nll_are_the_cross_entropy(rng):
    x, labels = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    np.testing.assert_allclose(
        F.nll_loss(F.log_softmax(x), labels), F.cross_entropy(x, labels), rtol=1e-14
    )


# -- the deck's two layers -----------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("target", [np.array([0, 2, 1]), np.eye(3)[[0, 2, 1]]])
def test_the_two_layers_of_the_deck_give_the_gradient_of_one(reduction, target, rng):
    x = rng.normal(size=(3, 3))
    together, apart = Tensor(x, requires_grad=True), Tensor(x, requires_grad=True)
    J = F.cross_entropy(together, target, reduction=reduction)
    p = F.softmax(apart)
    p.retain_grad()
    K = F.cross_entropy_from_probabilities(p, target, reduction=reduction)
    np.testing.assert_allclose(J.data, K.data)
    J.sum().backward()
    K.sum().backward()
    np.testing.assert_allclose(together.grad.data, apart.grad.data, atol=1e-15)
    each = 3 if reduction == "mean" else 1
    one_hot = np.eye(3)[[0, 2, 1]]
    np.testing.assert_allclose(p.grad.data, -one_hot / p.data / each)
    np.testing.assert_allclose(apart.grad.data, (p.data - one_hot) / each, atol=1e-15)


def test_a_class_without_probability_costs_nothing_unless_it_is_the_label():
    p = Tensor([0.0, 0.25, 0.75], requires_grad=True)
    J = F.cross_entropy_from_probabilities(p, 2)
    J.backward()
    assert J.item() == pytest.approx(-np.log(0.75))
    np.testing.assert_allclose(p.grad.data, [0, 0, -1 / 0.75])
    assert F.cross_entropy_from_probabilities(p.data, 0) == np.inf


# -- divergence ----------------------------------------------------------------------------------


def test_the_divergence_of_a_distribution_from_itself_is_zero(rng):
    p = F.softmax(rng.normal(size=(4, 3)))
    np.testing.assert_allclose(F.kl_div(np.log(p), p, reduction="none"), 0, atol=1e-15)


def test_what_has_no_probability_does_not_diverge():
    x = np.array([-np.inf, np.log(0.5)])
    np.testing.assert_allclose(F.kl_div(x, np.array([0.0, 1.0]), reduction="none"), [0, np.log(2)])


def test_an_unknown_reduction_of_the_divergence():
    with pytest.raises(ValueError, match="'batchmean', 'sum' or 'none', got 'average'"):
        F.kl_div(np.zeros(3), np.ones(3), reduction="average")
