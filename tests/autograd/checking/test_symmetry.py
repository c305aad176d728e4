"""Ops that read one triangle of a symmetric matrix are checked along symmetric directions."""

from typing import Any

import numpy as np
import pytest

from autograd import GradcheckError, check, gradcheck, primitive

HALF = np.random.default_rng(5).normal(size=(3, 3))
A = HALF @ HALF.T + 3 * np.eye(3)
STACK = np.stack([A, A + 2 * np.eye(3)])


def log_determinant(a: Any) -> Any:
    return 2 * np.sum(np.log(np.diagonal(np.linalg.cholesky(a))))


@pytest.mark.parametrize("a", [A, STACK], ids=["matrix", "stack"])
@pytest.mark.parametrize(
    "f",
    [np.linalg.cholesky, np.linalg.eigvalsh, lambda a: np.linalg.eigh(a).eigenvalues],
    ids=["cholesky", "eigvalsh", "eigh"],
)
def test_the_ops_of_the_library(f: Any, a: Any) -> None:
    assert gradcheck(f, [a], order=2)


@pytest.mark.parametrize("speed", ["full", "fast"])
def test_the_report_says_so(speed: str) -> None:
    report = check(log_determinant, [A], order=2, speed=speed)
    assert report
    assert report.notes == (
        "input 0: checked along symmetric directions: cholesky reads a symmetric matrix",
    )
    # Beside another input, and on the way from the input to the op.
    f = lambda x, a: x @ np.linalg.cholesky(2 * a + np.eye(3))
    assert check(f, [HALF, A])
    # x @ x.T is symmetric whatever x is: nothing has to be done for it.
    assert check(lambda x: np.linalg.cholesky(x @ x.T), [HALF]).notes == ()


def test_a_matrix_that_is_not_symmetric_is_told() -> None:
    with pytest.raises(GradcheckError, match=r"one triangle of input 0, which is not symmetric"):
        gradcheck(np.linalg.cholesky, [A + np.triu(HALF, 1)])


def rule_of(change: Any) -> Any:
    """The rule of cholesky with a mistake in it."""

    def rule(g: Any, out: Any, a: Any) -> Any:
        inner = change(out.T @ g)
        inner = np.tril(inner) + np.tril(inner, -1).T
        inverse = np.linalg.inv(out)
        return inverse.T @ inner @ inverse / 2

    return rule


def cholesky_by(rule: Any) -> Any:
    return primitive(lambda a: np.linalg.cholesky(a), rule, name="own_cholesky", symmetric=(0,))


def test_an_op_of_ones_own() -> None:
    report = check(cholesky_by(rule_of(lambda m: m)), [A])
    assert report, str(report)
    assert "own_cholesky reads a symmetric matrix" in report.notes[0]

    # A gradient in one triangle is as good: along symmetric directions it is the same.
    def lower(g: Any, out: Any, a: Any) -> Any:
        full = rule_of(lambda m: m)(g, out, a)
        return np.tril(full) + np.triu(full, 1).T

    assert check(cholesky_by(lower), [A])


@pytest.mark.parametrize("speed", ["full", "fast"])
@pytest.mark.parametrize(
    ("rule", "diagnosis"),
    [
        (rule_of(lambda m: -m), "wrong sign"),
        (rule_of(lambda m: 2 * m), "scale factor"),
        (rule_of(lambda m: m.T), "missing mask"),
        (rule_of(lambda m: m + np.diag(np.diag(m))), "wrong value"),
    ],
)
def test_wrong_rules_are_caught(rule: Any, diagnosis: str, speed: str) -> None:
    report = check(cholesky_by(rule), [A], speed=speed, variations=False)
    assert (report.verdict, report.diagnosis) == ("fail", diagnosis), str(report)
    assert "along symmetric directions" in report.notes[0]
