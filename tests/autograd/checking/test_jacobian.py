import numpy as np
import pytest

from autograd import check, primitive

X = np.random.default_rng(2).uniform(0.5, 1.5, 40)


def test_a_glance_settles_elements_whose_slopes_are_clear() -> None:
    report = check(lambda x: np.sum(np.sin(x) + x), X, variations=False)
    assert report.verdict == "pass"
    # Two for each element, one again, one elsewhere, nine for the size of what is added up.
    assert report.evaluations < 2 * X.size + 12


def test_what_rounding_hides_from_a_glance_is_looked_at_with_wider_steps() -> None:
    slopes = np.where(np.arange(X.size) == 7, 1e-6, 1.0)
    wrong = primitive(
        lambda x: 1e3 + np.sum(slopes * x),
        lambda g, out, x: g * np.where(np.arange(X.size) == 7, 1.01e-6, 1.0),
        name="wrong",
    )
    report = check(wrong, X, variations=False)
    assert (report.verdict, report.findings[0].index) == ("fail", (7,))


@pytest.mark.parametrize("weight", [1.0, 1e-4])
def test_a_kink_is_seen_where_the_rule_gives_the_mean_of_both_slopes(weight: float) -> None:
    f = primitive(
        lambda x: np.sum(x + weight * np.abs(x - X)),
        lambda g, out, x: g * (1 + weight * np.sign(x - X)),
        name="bent",
    )
    report = check(f, X, variations=False)
    assert report.verdict == "non-differentiable"


@pytest.mark.parametrize("error", [3e-6, 1e-4, 0.01])
def test_a_small_relative_error_is_seen_at_a_glance(error: float) -> None:
    f = primitive(
        lambda x: np.sum(np.exp(x)), lambda g, out, x: g * np.exp(x) * (1 + error), name="wrong"
    )
    report = check(f, X, variations=False)
    assert (report.verdict, report.diagnosis) == ("fail", "scale factor")
