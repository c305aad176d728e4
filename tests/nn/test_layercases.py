"""Every layer and loss, checked by the same battery."""

import numpy as np
import pytest

import nn
from nn import functional as F
from tests.nn.layercase import CHECKS, LayerCase


def normal(*shape):
    """One input of shape (n, *shape), away from the kinks at 0 and the bounds at 1."""

    def inputs(rng, n):
        size = int(np.prod((n, *shape)))
        grid = np.linspace(-2.5, 2.5, size) + 0.03
        return [rng.permutation(grid).reshape(n, *shape)]

    return inputs


def wide(rng, n):
    """On both sides of the edges at 3 and at 6, and not close to them."""
    return [np.resize([-7.3, -3.4, -1.2, 0.7, 2.4, 3.6, 5.2, 6.9, 8.1], (n, 3))]


def pair(first, second):
    return lambda rng, n: [rng.normal(size=(n, *first)), rng.normal(size=(n, *second))]


def labelled(rng, n):
    return [rng.normal(size=(n, 3)), np.resize([0, 2, 1], n).astype(int)]


def images(rng, n):
    return [rng.normal(size=(n, 3, 2, 2)), np.resize([0, 2, 1], (n, 2, 2)).astype(int)]


def likely_sequences(rng, n):
    return [F.log_softmax(rng.normal(size=(n, 3, 2)), 1), np.resize([0, 2, 1], (n, 2)).astype(int)]


def mixed_sequences(rng, n):
    return [rng.normal(size=(n, 3, 2)), F.softmax(rng.normal(size=(n, 3, 2)), 1)]


def likely(rng, n):
    x, labels = labelled(rng, n)
    return [F.log_softmax(x), labels]


def mixed(rng, n):
    return [rng.normal(size=(n, 3)), F.softmax(rng.normal(size=(n, 3)))]


def certain(rng, n):
    x, target = mixed(rng, n)
    return [F.softmax(x), target]


def unsure(rng, n):
    return [rng.uniform(0.1, 0.9, (n, 3)) for _ in range(2)]


def answered(rng, n):
    return [rng.normal(size=(n, 3)), rng.uniform(0.1, 0.9, (n, 3))]


def diverging(rng, n):
    return [np.log(a) for a in certain(rng, n)[:1]] + [F.softmax(rng.normal(size=(n, 3)))]


def apart(rng, n):
    """Differences on both sides of all kinks, none of them near one."""
    target = rng.normal(size=(n, 3))
    return [target + np.resize([0.2, -0.7, 1.6, -2.2, 0.4], (n, 3)), target]


def table_rows(rng, n):
    return [rng.integers(0, 5, (n, 2))]


def layer(make, inputs, label=""):
    made = make()
    name = type(made).__name__ if isinstance(made, nn.Module) else ""
    return LayerCase(make, inputs, f"{name} {label}".strip())


def evaluated(make):
    return lambda: make().eval()


ACTIVATIONS = [
    layer(make, normal(3))
    for make in (
        nn.ReLU,
        nn.Sigmoid,
        nn.Tanh,
        nn.LeakyReLU,
        nn.PReLU,
        nn.ELU,
        nn.SELU,
        nn.GELU,
        nn.SiLU,
        nn.Softplus,
        nn.Hardtanh,
        nn.LogSigmoid,
        nn.Softmax,
        nn.LogSoftmax,
        nn.Softmin,
        nn.ReLU6,
        nn.CELU,
        nn.Mish,
        nn.Softsign,
        nn.Tanhshrink,
        nn.Hardsigmoid,
        nn.Hardswish,
        nn.Hardshrink,
        nn.Softshrink,
        lambda: nn.Threshold(0.1, 20.0),
    )
]
LAYERS = [
    *ACTIVATIONS,
    layer(lambda: nn.LeakyReLU(-0.5), normal(3), "falling"),
    layer(lambda: nn.PReLU(3), normal(3), "per channel"),
    layer(lambda: nn.PReLU(3), normal(3, 2), "per channel of sequences"),
    layer(lambda: nn.ELU(1.7), normal(3), "alpha"),
    layer(nn.ReLU6, wide, "wide"),
    layer(nn.Hardsigmoid, wide, "wide"),
    layer(nn.Hardswish, wide, "wide"),
    layer(lambda: nn.CELU(1.7), normal(3), "alpha"),
    layer(lambda: nn.CELU(-1.7), normal(3), "negative alpha"),
    layer(lambda: nn.Hardshrink(0.0), normal(3), "of nothing"),
    layer(lambda: nn.Softshrink(1.2), normal(3), "lambd"),
    layer(nn.GLU, normal(4)),
    layer(lambda: nn.GLU(1), normal(4, 3), "axis"),
    layer(nn.CosineSimilarity, pair((3,), (3,))),
    layer(lambda: nn.CosineSimilarity(2), pair((2, 3), (1, 3)), "broadcast"),
    layer(nn.PairwiseDistance, pair((3,), (3,))),
    layer(lambda: nn.PairwiseDistance(3.0, keepdim=True), pair((2, 3), (1, 3)), "cubes"),
    layer(lambda: nn.PairwiseDistance(np.inf), pair((3,), (3,)), "largest"),
    layer(lambda: lambda x: F.normalize(x), normal(3), "normalize"),
    layer(lambda: lambda x: F.normalize(x, 3.0, -1), normal(3, 2), "normalize, cubes"),
    layer(lambda: nn.GELU("tanh"), normal(3), "tanh"),
    layer(lambda: nn.Softplus(3.0), normal(3), "beta"),
    layer(lambda: nn.Softmax(0), lambda rng, n: [rng.normal(size=(3, n))], "columns"),
    layer(lambda: nn.Linear(3, 2), normal(3)),
    layer(lambda: nn.Linear(3, 2, bias=False), normal(2, 3), "no bias"),
    layer(lambda: nn.Bilinear(3, 2, 4), pair((3,), (2,))),
    layer(lambda: nn.Bilinear(3, 2, 4, bias=False), pair((2, 3), (2, 2)), "no bias"),
    layer(lambda: nn.Embedding(5, 3), table_rows),
    layer(nn.Identity, normal(3)),
    layer(nn.Flatten, normal(3, 2)),
    layer(lambda: nn.Unflatten(1, (2, -1)), normal(6)),
    layer(lambda: nn.BatchNorm1d(3), normal(3)),
    layer(lambda: nn.BatchNorm1d(3), normal(3, 2), "sequences"),
    layer(lambda: nn.BatchNorm1d(3, affine=False), normal(3), "not affine"),
    layer(lambda: nn.BatchNorm1d(3, test_stats="batch").eval(), normal(3), "batch, eval"),
    layer(lambda: nn.BatchNorm1d(3).eval(), normal(3), "eval"),
    layer(lambda: nn.BatchNorm1d(3).eval(), normal(3, 2), "sequences, eval"),
    layer(lambda: nn.LayerNorm(3), normal(3)),
    layer(lambda: nn.LayerNorm((3, 2)), normal(3, 2), "two axes"),
    layer(lambda: nn.LayerNorm(3, bias=False), normal(3), "no bias"),
    layer(lambda: nn.LayerNorm(3, elementwise_affine=False), normal(3), "not affine"),
    layer(lambda: nn.Dropout(0.3).eval(), normal(3), "eval"),
    layer(lambda: nn.Dropout(0.3, mode="deck").eval(), normal(3), "deck, eval"),
    layer(lambda: lambda x: F.dropout(x, 0.3, rng=0), normal(3), "dropout"),
    layer(lambda: lambda x: F.dropout(x, 1.0, rng=0), normal(3), "dropout of all"),
    layer(lambda: lambda x: F.corrupt(x, 0.3, rng=0), normal(3), "corrupt"),
    layer(lambda: lambda x: F.gaussian_noise(x, 0.3, rng=0), normal(3), "noise"),
    layer(lambda: nn.Concat(nn.Linear(3, 2), nn.Tanh()), normal(3)),
    layer(nn.Concat, pair((3,), (2,)), "of inputs"),
    layer(lambda: nn.Add(nn.Linear(3, 3), nn.Tanh()), normal(3)),
    layer(nn.Add, pair((3,), (3,)), "of inputs"),
    layer(lambda: nn.Residual(nn.Linear(3, 3), nn.Tanh()), normal(3)),
    layer(lambda: nn.Residual(nn.Linear(3, 2), shortcut=nn.Linear(3, 2)), normal(3), "shortcut"),
]

LOSSES = [
    (nn.CrossEntropyLoss, labelled, {}),
    (nn.CrossEntropyLoss, labelled, {"ignore_index": 2, "weight": [0.5, 2.0, 1.0]}),
    (nn.CrossEntropyLoss, labelled, {"label_smoothing": 0.1}),
    (nn.CrossEntropyLoss, mixed, {}),
    (nn.CrossEntropyLoss, mixed, {"weight": [0.5, 2.0, 1.0], "label_smoothing": 0.1}),
    (nn.CrossEntropyLoss, images, {}),
    (nn.CrossEntropyLoss, images, {"ignore_index": 2, "weight": [0.5, 2.0, 1.0]}),
    (nn.CrossEntropyLoss, mixed_sequences, {"label_smoothing": 0.1}),
    (nn.NLLLoss, likely_sequences, {"ignore_index": 2, "weight": [0.5, 2.0, 1.0]}),
    (nn.NLLLoss, likely, {}),
    (nn.NLLLoss, likely, {"ignore_index": 2, "weight": [0.5, 2.0, 1.0]}),
    (nn.BCELoss, unsure, {}),
    (nn.BCELoss, unsure, {"weight": [0.5, 2.0, 1.0]}),
    (nn.BCEWithLogitsLoss, answered, {}),
    (nn.BCEWithLogitsLoss, answered, {"weight": [0.5, 2.0, 1.0], "pos_weight": [3.0]}),
    (nn.MSELoss, pair((3,), (3,)), {}),
    (nn.HalfMSELoss, pair((3,), (3,)), {}),
    (nn.L1Loss, apart, {}),
    (nn.SmoothL1Loss, apart, {}),
    (nn.SmoothL1Loss, apart, {"beta": 0.5}),
    (nn.SmoothL1Loss, apart, {"beta": 0.0}),
    (nn.HuberLoss, apart, {}),
    (nn.HuberLoss, apart, {"delta": 0.5}),
    (nn.KLDivLoss, diverging, {}),
    (nn.KLDivLoss, lambda rng, n: [np.log(a) for a in certain(rng, n)], {"log_target": True}),
]
CASES = LAYERS + [
    LayerCase(
        lambda loss=loss, kwargs=kwargs, reduction=reduction: loss(reduction=reduction, **kwargs),
        inputs,
        f"{loss.__name__} {inputs.__name__ if loss is nn.CrossEntropyLoss else ''} "
        f"{reduction} {', '.join(kwargs)}",
        empty=reduction != "mean",
    )
    for loss, inputs, kwargs in LOSSES
    for reduction in ("mean", "sum", "none")
]
CASES += [
    LayerCase(
        lambda reduction=reduction: (
            lambda p, t: F.cross_entropy_from_probabilities(p, t, reduction=reduction)
        ),
        certain,
        f"cross_entropy_from_probabilities {reduction}",
        empty=reduction != "mean",
    )
    for reduction in ("mean", "sum", "none")
]


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_battery(case, check):
    check(case)


def test_every_layer_and_loss_has_a_case():
    tested = {type(case.make()) for case in CASES}
    public = {value for value in vars(nn).values() if isinstance(value, type)}
    layers = {kind for kind in public if issubclass(kind, nn.Module)}
    # What draws at random is tested by its function; containers and the base class by themselves.
    others = {nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.Corrupt, nn.GaussianNoise}
    assert layers - tested == others
