"""Captions are true: each says a derivative of what it names, in names that are on the page."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, draw, play
from autograd.drawing.player.content import content
from autograd.drawing.player.words import spoken
from tests.nn.test_layercases import CASES


def says(J: Tensor) -> list[str]:
    return [spoken(step["say"]) for step in content(play(J).graph)["steps"]]


def said(J: Tensor, start: str) -> str:
    """The caption that begins with `start`."""
    (found,) = [text for text in says(J) if text.startswith(start)]
    return found


def tensor(*shape: int, name: str) -> Tensor:
    values = np.random.default_rng(0).standard_normal(shape)
    return Tensor(values, requires_grad=True, name=name)


def test_gamma_and_beta_of_batch_normalization_have_rules_of_their_own() -> None:
    bn, x = nn.BatchNorm1d(3, dtype=float), tensor(4, 3, name="x")
    bn.weight.name, bn.bias.name = "gamma", "beta"
    J = np.sum(bn(x) ** 2)
    assert said(J, "dJ/dgamma = ").startswith("dJ/dgamma = Σ z · dJ/dt1 over axis 0, z = (x - mean")
    assert said(J, "dJ/dbeta = ").startswith("dJ/dbeta = Σ dJ/dt1 over axis 0 = ")
    assert said(J, "dJ/dx = ").startswith("dJ/dx = (h - mean(h) - z · mean(h · z)) / s")


def test_gamma_of_layer_normalization_is_summed_over_the_samples() -> None:
    ln, x = nn.LayerNorm(3, dtype=float), tensor(4, 3, name="x")
    ln.weight.name, ln.bias.name = "gamma", "beta"
    J = np.sum(ln(x) ** 2)
    assert "Σ z · dJ/dt1 over axis 0" in said(J, "dJ/dgamma = ")
    assert "h = gamma · dJ/dt1" in said(J, "dJ/dx = ")


def test_the_gradient_of_what_was_broadcast_says_the_sum() -> None:
    X, b, s = tensor(4, 2, name="X"), tensor(2, name="b"), tensor(name="s")
    J = np.sum((s * X + b) ** 2)
    assert said(J, "dJ/db = ").startswith("dJ/db = Σ dJ/dt2 over axis 0 = ")
    assert said(J, "dJ/ds = ").startswith("dJ/ds = Σ dJ/dt1 · X over all entries = ")
    assert said(J, "dJ/dX = ").startswith("dJ/dX = dJ/dt1 · s")


def test_labels_are_subtracted_as_one_hot_rows() -> None:
    X, y = tensor(4, 3, name="X"), Tensor(np.array([0, 1, 2, 0]), name="y")
    told = said(nn.functional.cross_entropy(X, y), "dJ/dX = ")
    assert told.startswith("dJ/dX = (softmax(X) - ŷ) · dJ/dJ / N, ŷ the one-hot rows of y")


def test_a_mean_over_entries_says_how_many() -> None:
    X, y = tensor(4, 3, name="X"), Tensor(np.zeros((4, 3)), name="y")
    told = said(nn.functional.mse_loss(X, y), "dJ/dX = ")
    assert told.startswith("dJ/dX = 2 · (X - y) · dJ/dJ / n, n = 12 entries")
    told = said(nn.functional.mse_loss(X, y, reduction="sum"), "dJ/dX = ")
    assert told.startswith("dJ/dX = 2 · (X - y) · dJ/dJ, of shape")


def test_the_alphas_of_prelu() -> None:
    X, alpha = tensor(4, 2, name="X"), tensor(1, name="alpha")
    told = said(np.sum(nn.functional.prelu(X, alpha) ** 2), "dJ/dalpha = ")
    assert told.startswith("dJ/dalpha = Σ dJ/dt1 · X · [X < 0] over all entries")


def test_parameters_that_change_nothing_are_not_told() -> None:
    x = tensor(4, 3, name="x")
    assert "order=" not in " ".join(says(np.sum(np.reshape(x, (3, 4)) ** 2)))
    loss = nn.functional.binary_cross_entropy_with_logits(x, np.ones((4, 3)))
    assert "positive=" not in " ".join(says(loss))


def test_a_value_used_at_many_depths_is_refused_before_the_browser_hangs() -> None:
    w = tensor(name="w")
    x = w
    for _ in range(240):
        x = x * w
    with pytest.raises(ValueError, match="arrows that pass at most 20,000 layers all together"):
        play(x)


def test_a_long_chain_without_a_shared_value_is_played() -> None:
    x = tensor(name="x")
    for _ in range(400):
        x = np.sin(x)
    assert len(play(x).graph.ops) == 400


def _number(value: Any) -> Tensor:
    """The sum of the squares of all floating results."""
    results = value if isinstance(value, (tuple, list)) else [value]
    return sum(np.sum(result * result) for result in results if result.requires_grad)  # type: ignore[return-value]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_every_layer_and_loss_is_told_in_the_names_of_the_page(case: Any) -> None:
    model, rng = case.make(), np.random.default_rng(0)
    inputs = [
        Tensor(array, requires_grad=True) if np.asarray(array).dtype.kind == "f" else array
        for array in case.inputs(rng, 6)
    ]
    J = _number(model(*inputs))
    told = " ".join(says(J))
    drawn = " ".join(re.findall(r'label="([^"]*)"', draw(J, view="both", legend=False).dot))
    for text in (told, drawn):
        assert not re.findall(r"\b_\w+", text)
        assert not re.findall(
            r"\b(?:spread|kept|one_less|per_channel|summed_per_channel|each|wrt_input|masked|"
            r"padded|scatter_add|unbroadcast|difference|half_difference)\(",
            text,
        )
    # `g`, `out`, `x` and `y` are what the rules call things: the page has none of them.
    assert not re.findall(r"\bg\b", drawn)
