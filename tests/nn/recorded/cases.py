"""What is recorded from PyTorch and compared with it: layers and losses that both libraries have.

A case names a class, its arguments and how to draw its inputs; both libraries take the same names.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One module, called with drawn inputs.

    Attributes:
        layer: name of the class in both libraries.
        inputs: one (kind, *shape) per input; see `drawn`.
        kwargs: arguments of the class; lists stand for arrays of numbers.
        label: tells cases of one class apart.
        rtol: how well PyTorch's own numbers are rounded.
    """

    layer: str
    inputs: tuple[tuple[Any, ...], ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    rtol: float = 1e-10

    @property
    def id(self) -> str:
        return self.layer + (f"-{self.label}" if self.label else "")


def drawn(case: Case) -> list[Any]:
    """The inputs of a case; the same at every run and on every machine."""
    rng = np.random.default_rng(sum(map(ord, case.id)))
    return [_draw(rng, *spec) for spec in case.inputs]


def _draw(rng: np.random.Generator, kind: str, *shape: int) -> Any:
    if kind == "labels":
        *shape, classes = shape
        return rng.integers(0, classes, shape)
    values = rng.normal(size=shape) * 2
    if kind == "normal":
        return values
    if kind == "unit":
        return 1 / (1 + np.exp(-values))
    if kind == "yes or no":
        return (values > 0).astype(float)
    p = np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True)
    return {"probabilities": p, "logarithms": np.log(p)}[kind]


def randomized(shape: tuple[int, ...], path: str) -> Any:
    """Values for a parameter, none of them special."""
    rng = np.random.default_rng(sum(map(ord, path)))
    return rng.uniform(0.3, 1.2, shape) * rng.choice([-1, 1], shape)


def _activations() -> list[Case]:
    x = (("normal", 3, 4),)
    plain = ["ReLU", "Sigmoid", "Tanh", "LeakyReLU", "PReLU", "ELU", "SELU", "GELU", "SiLU"]
    plain += ["Softplus", "Hardtanh", "LogSigmoid", "ReLU6", "CELU", "Mish", "Softsign"]
    plain += ["Tanhshrink", "Hardswish", "Hardshrink", "Softshrink", "GLU"]
    return [
        *(Case(name, x) for name in plain),
        # Its slope of 1/6 has single precision in PyTorch.
        Case("Hardsigmoid", x, rtol=1e-7),
        Case("LeakyReLU", x, {"negative_slope": 0.3}, "slope"),
        Case("PReLU", x, {"num_parameters": 4}, "channels"),
        Case("PReLU", (("normal", 2, 3, 2),), {"num_parameters": 3}, "channels of sequences"),
        Case("ELU", x, {"alpha": 1.7}, "alpha"),
        Case("GELU", x, {"approximate": "tanh"}, "tanh"),
        Case("Softplus", x, {"beta": 3.0, "threshold": 2.0}, "threshold"),
        Case("Hardtanh", x, {"min_val": -0.5, "max_val": 2.0}, "bounds"),
        # Powers of 2: PyTorch rounds 1/α to single precision.
        Case("CELU", x, {"alpha": 2.0}, "alpha"),
        Case("CELU", x, {"alpha": -0.5}, "negative alpha"),
        Case("Hardshrink", x, {"lambd": 1.3}, "lambd"),
        Case("Softshrink", x, {"lambd": 1.3}, "lambd"),
        Case("Threshold", x, {"threshold": 0.5, "value": 20.0}),
        Case("GLU", (("normal", 4, 3),), {"dim": 0}, "columns"),
        Case("Softmin", x, {"dim": 1}),
        Case("Softmax", (("normal", 3, 0),), {"dim": 1}, "of nothing"),
        Case("LogSoftmax", (("normal", 3, 0),), {"dim": 1}, "of nothing"),
        Case("Softmax", (("normal",),), {"dim": 0}, "of a number"),
        Case("LogSoftmax", (("normal",),), {"dim": 0}, "of a number"),
        Case("Softmax", x, {"dim": 1}),
        Case("Softmax", x, {"dim": 0}, "columns"),
        Case("LogSoftmax", x, {"dim": 1}),
    ]


def _layers() -> list[Case]:
    sizes = {"in_features": 4, "out_features": 3}
    bilinear = {"in1_features": 4, "in2_features": 2, "out_features": 3}
    pair = (("normal", 5, 4), ("normal", 5, 2))
    bn = {"num_features": 3}
    batch, sequences = (("normal", 6, 3),), (("normal", 4, 3, 2),)
    ids = (("labels", 2, 4, 5),)
    table = {"num_embeddings": 5, "embedding_dim": 3}
    return [
        Case("Linear", (("normal", 5, 4),), sizes),
        Case("Linear", (("normal", 2, 3, 4),), sizes | {"bias": False}, "no bias"),
        Case("Bilinear", pair, bilinear),
        Case("Bilinear", pair, bilinear | {"bias": False}, "no bias"),
        Case("Embedding", ids, table),
        Case("Embedding", ids, table | {"padding_idx": 1}, "padding"),
        Case("Flatten", (("normal", 2, 3, 2),)),
        Case("Unflatten", (("normal", 2, 6),), {"dim": 1, "unflattened_size": [3, 2]}),
        Case("Identity", (("normal", 2, 3),)),
        Case("BatchNorm1d", batch, bn),
        Case("BatchNorm1d", sequences, bn, "sequences"),
        Case("BatchNorm1d", batch, bn | {"momentum": None}, "cumulative"),
        Case("BatchNorm1d", batch, bn | {"momentum": 0.3, "eps": 0.1}, "options"),
        Case("BatchNorm1d", batch, bn | {"affine": False}, "not affine"),
        Case("BatchNorm1d", batch, bn | {"track_running_stats": False}, "not tracking"),
        Case("LayerNorm", (("normal", 4, 3),), {"normalized_shape": 3}),
        Case("LayerNorm", (("normal", 2, 3, 2),), {"normalized_shape": [3, 2]}, "two axes"),
        Case("LayerNorm", (("normal", 4, 3),), {"normalized_shape": 3, "bias": False}, "no bias"),
        Case(
            "LayerNorm",
            (("normal", 4, 3),),
            {"normalized_shape": 3, "elementwise_affine": False},
            "not affine",
        ),
    ]


def _distances() -> list[Case]:
    pair, stack = (("normal", 4, 3), ("normal", 4, 3)), (("normal", 2, 4, 3), ("normal", 4, 1))
    return [
        Case("CosineSimilarity", pair),
        Case("CosineSimilarity", stack, {"dim": 2}, "broadcast"),
        Case("PairwiseDistance", pair),
        Case("PairwiseDistance", stack, {"p": 3.0, "eps": 0.1, "keepdim": True}, "options"),
        Case("PairwiseDistance", pair, {"p": 1.0}, "of the taxi"),
        Case("PairwiseDistance", pair, {"p": float("inf")}, "largest"),
    ]


def _losses() -> list[Case]:
    labelled = (("normal", 5, 3), ("labels", 5, 3))
    mixed = (("normal", 5, 3), ("probabilities", 5, 3))
    images = (("normal", 2, 3, 4, 5), ("labels", 2, 4, 5, 3))
    likely = (("logarithms", 5, 3), ("labels", 5, 3))
    values = (("normal", 4, 3), ("normal", 4, 3))
    binary = (("normal", 4, 3), ("yes or no", 4, 3))
    unsure = (("unit", 4, 3), ("unit", 4, 3))
    diverging = (("logarithms", 4, 3), ("probabilities", 4, 3))
    weight = {"weight": [0.5, 2.0, 1.5]}
    table: list[tuple[str, Any, dict[str, Any], str]] = [
        ("CrossEntropyLoss", labelled, {}, ""),
        ("CrossEntropyLoss", labelled, weight, "weight"),
        ("CrossEntropyLoss", labelled, {"ignore_index": 1}, "ignore"),
        ("CrossEntropyLoss", labelled, {"label_smoothing": 0.2}, "smooth"),
        (
            "CrossEntropyLoss",
            labelled,
            weight | {"ignore_index": 1, "label_smoothing": 0.2},
            "weight, ignore, smooth",
        ),
        ("CrossEntropyLoss", mixed, {}, "probabilities"),
        (
            "CrossEntropyLoss",
            mixed,
            weight | {"label_smoothing": 0.2},
            "probabilities, weight, smooth",
        ),
        ("CrossEntropyLoss", images, {}, "images"),
        (
            "CrossEntropyLoss",
            images,
            weight | {"ignore_index": 1, "label_smoothing": 0.2},
            "images, weight, ignore, smooth",
        ),
        (
            "CrossEntropyLoss",
            (("normal", 2, 3, 4), ("probabilities", 2, 3, 4)),
            weight | {"label_smoothing": 0.2},
            "sequences of probabilities, weight, smooth",
        ),
        ("CrossEntropyLoss", (("normal", 3), ("labels", 3)), weight, "one sample, weight"),
        ("CrossEntropyLoss", (("normal", 3), ("probabilities", 3)), {}, "one sample"),
        ("NLLLoss", (("logarithms", 2, 3, 4), ("labels", 2, 4, 3)), weight, "sequences, weight"),
        ("NLLLoss", (("logarithms", 3), ("labels", 3)), weight, "one sample, weight"),
        ("NLLLoss", likely, {}, ""),
        ("NLLLoss", likely, weight | {"ignore_index": 1}, "weight, ignore"),
        ("BCELoss", unsure, {}, ""),
        ("BCELoss", unsure, weight, "weight"),
        ("BCEWithLogitsLoss", binary, {}, ""),
        ("BCEWithLogitsLoss", binary, weight | {"pos_weight": [3.0, 0.5, 1.0]}, "weights"),
        ("MSELoss", values, {}, ""),
        ("L1Loss", values, {}, ""),
        ("SmoothL1Loss", values, {}, ""),
        ("SmoothL1Loss", values, {"beta": 0.5}, "beta"),
        ("SmoothL1Loss", values, {"beta": 0.0}, "beta 0"),
        ("HuberLoss", values, {}, ""),
        ("HuberLoss", values, {"delta": 1.5}, "delta"),
        ("KLDivLoss", diverging, {}, ""),
    ]
    cases = [
        Case(name, inputs, kwargs | {"reduction": reduction}, f"{label} {reduction}".strip())
        for (name, inputs, kwargs, label), reduction in itertools.product(
            table, ("mean", "sum", "none")
        )
    ]
    logs = (("logarithms", 4, 3), ("logarithms", 4, 3))
    cases.append(Case("KLDivLoss", diverging, {"reduction": "batchmean"}, "batchmean"))
    cases.append(Case("KLDivLoss", logs, {"log_target": True}, "log target"))
    return cases


CASES = [*_activations(), *_layers(), *_distances(), *_losses()]
# Deepest first: what a whole network and its loss give.
NETWORK = [
    ("Linear", {"in_features": 6, "out_features": 5}),
    ("BatchNorm1d", {"num_features": 5}),
    ("PReLU", {}),
    ("Linear", {"in_features": 5, "out_features": 4}),
    ("LayerNorm", {"normalized_shape": 4}),
    ("GELU", {}),
    ("Linear", {"in_features": 4, "out_features": 3}),
]
CLIPPING = [(1.0, 2.0), (100.0, 2.0), (0.5, 1.0), (0.5, float("inf")), (2.0, 3.0)]
GAINS = [
    ("linear", None),
    ("sigmoid", None),
    ("tanh", None),
    ("relu", None),
    ("leaky_relu", None),
    ("leaky_relu", 0.2),
    ("selu", None),
]
