"""Diagnoses by structure do not claim more than the numbers show."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.checking.pattern import Values, recognise

SEEDS = st.integers(0, 2**32 - 1)


def named(a: Any, n: Any, values: Any = None) -> tuple[str, str]:
    allowed = np.full_like(n, 1e-9)
    with np.errstate(all="ignore"):  # as a check does
        return recognise(a, n, allowed, (n.shape[0],), (n.shape[1],), values)


@given(SEEDS)
def test_a_few_wrong_entries_are_no_term(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = draw.normal(size=(5, 5))
    a = n.copy()
    a[draw.integers(5), draw.integers(5)] += 1.7
    values = Values(draw.normal(size=5), draw.normal(size=5))
    assert named(a, n, values)[0] not in ("one term lost or wrong", "a factor that varies")


@given(SEEDS)
def test_numbers_without_a_relation_have_no_name(seed: int) -> None:
    draw = np.random.default_rng(seed)
    a, n = draw.uniform(0.5, 2, size=(2, 5, 5))
    values = Values(draw.normal(size=5), draw.normal(size=5))
    assert named(a, n, values) == ("wrong value", "")
    assert named(np.diag(a[0]), np.diag(n[0]), values) == ("wrong value", "")


@given(SEEDS, st.sampled_from(["the mean or the sum", "the variance", "the sum of squares"]))
def test_the_term_that_is_lost_is_told_by_its_row(seed: int, what: str) -> None:
    draw = np.random.default_rng(seed)
    x, column = draw.normal(size=(2, 6)) + 0.3
    row = {"m": np.ones(6), "v": x - x.mean(), "s": x}[what[4]]
    a = draw.uniform(0.5, 2, (6, 6))
    found = named(a, a + np.outer(column, row), Values(x, draw.normal(size=6)))
    assert found[0] == "one term lost or wrong"
    assert what in found[1]


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (np.sqrt(5), "√n, n = 5, the length of axis 1 of the input"),
        (1 / np.sqrt(7), "1/√n, n = 7, the elements of the output"),
        (2.0, "twice, as the exponent of a square"),
        (1.2345, ""),
    ],
)
def test_factors_in_words(factor: float, words: str, rng: np.random.Generator) -> None:
    n = rng.normal(size=(7, 15))
    diagnosis, detail = recognise(factor * n, n, np.full_like(n, 1e-9), (7,), (3, 5))
    assert diagnosis == "scale factor"
    assert detail == f"{factor:.6g}" + (f": {words}" if words else "")


def test_a_factor_that_two_things_explain(rng: np.random.Generator) -> None:
    n = rng.normal(size=(3, 4))
    assert "exponent of a square, or √n, n = 4" in named(2 * n, n)[1]
