import json
import re
from typing import Any

import numpy as np
import pytest

from autograd import GradcheckError, Report, Tensor, check, gradcheck, primitive
from autograd.checking import ADVICE, VERDICTS
from autograd.checking.text import as_text

X = np.linspace(-1, 1, 12).reshape(3, 4)
WEIGHT = np.where(np.arange(12).reshape(3, 4) == 6, -1.0, 1.0)

wrong = primitive(np.tanh, lambda g, out, x: g * (1 - out**2) * WEIGHT, name="wrong<tanh>")


@pytest.fixture(scope="module")
def failed() -> Report:
    return check(wrong, X)


def test_a_pass_is_true_and_nothing_else_is(failed: Report) -> None:
    passed = check(np.tanh, X)
    assert passed
    assert (passed.verdict, passed.diagnosis, passed.findings) == ("pass", None, ())
    assert not failed
    assert not check(np.tanh, np.ones((0, 3)))
    assert not check(np.abs, np.zeros(2))


def test_a_finding_says_where_how_far_and_what_to_look_at(failed: Report) -> None:
    (finding,) = failed.findings
    assert (finding.verdict, finding.diagnosis) == ("fail", "wrong sign")
    assert (finding.input, finding.index, finding.output_index) == ("input 0", (1, 2), (0, (1, 2)))
    slope = 1 - np.tanh(X[1, 2]) ** 2
    assert finding.analytic == pytest.approx(-slope)
    assert finding.numeric == pytest.approx(slope)
    assert finding.bar is not None
    assert finding.bar < 1e-9
    assert finding.advice == ADVICE["wrong sign"]
    assert "± " in finding.message
    assert "worst of 1 wrong among 144 entries" in finding.message


def test_the_error_of_gradcheck_carries_the_report() -> None:
    with pytest.raises(GradcheckError, match="wrong sign") as caught:
        gradcheck(wrong, X)
    assert caught.value.report.verdict == "fail"
    assert caught.value.index == (1, 2)


def test_text(failed: Report) -> None:
    text = as_text(failed)
    assert text.startswith("fail: wrong<tanh>, 144 entries compared")
    for part in ("fail: wrong sign", "at index (1, 2)", "look for a minus"):
        assert part in text
    assert all(len(line) <= 96 for line in text.splitlines())
    assert str(failed) == text
    assert repr(failed) == "<Report wrong<tanh>: fail, wrong sign>"


def test_colour_only_in_a_terminal(failed: Report, monkeypatch: Any) -> None:
    assert "\033" not in str(failed)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033[1;31mfail\033[0m" in str(failed)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in str(failed)


def test_html_has_a_table_and_a_heat_map(failed: Report) -> None:
    html = failed._repr_html_()
    assert "wrong&lt;tanh&gt;" in html
    assert "<tanh>" not in html
    assert html.count("<tr") == 2
    squares = re.findall(r'<rect x="(\d+)" y="(\d+)" .*?fill="hsl\((\d+),', html)
    assert len(squares) == 12
    red = [(int(y) // 10, int(x) // 10) for x, y, hue in squares if hue == "0"]
    assert red == [(1, 2)]


def test_html_of_what_is_not_plain_wrong() -> None:
    kink = check(np.abs, np.array([1.0, 0.0]))._repr_html_()
    assert "hsl(45," in kink
    assert "undecided" in kink
    square = primitive(
        lambda x: x**2, lambda g, out, x: g * 2 * x if np.ndim(x) else g * x, name="square"
    )
    assert "with 0-d" in check(square, X)._repr_html_()
    detached = primitive(
        lambda x: x**3,
        lambda g, out, x: g * 3 * (x.data if isinstance(x, Tensor) else x) ** 2,
        name="detached",
    )
    assert "order 2" in check(detached, X[0], order=2)._repr_html_()
    assert "shares memory" in check(lambda x: x.reshape(-1), X)._repr_html_()
    assert "note: output 0 shares memory" in str(check(lambda x: x.reshape(-1), X))


def test_a_large_heat_map_shows_the_worst_of_each_block() -> None:
    x = np.linspace(0, 1, 200)
    spot = primitive(
        np.sum, lambda g, out, x: g * np.where(np.arange(200) == 150, 2.0, 1.0), name="spot"
    )
    html = check(spot, x, variations=False)._repr_html_()
    assert html.count("<rect") == 40
    assert html.count("hsl(0,") == 1
    assert "[0, 150]" in html


def test_dict_is_json(failed: Report) -> None:
    for report in (failed, check(np.sin, X, speed="fast"), check(np.sqrt, np.zeros(1))):
        again = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        assert again["verdict"] == report.verdict
        assert len(again["findings"]) == len(report.findings)
    first = failed.to_dict()["findings"][0]
    assert (first["diagnosis"], first["index"], first["output"]) == ("wrong sign", [1, 2], 0)


def test_the_worst_verdict_comes_first() -> None:
    relu = primitive(lambda x: np.maximum(x, 0), lambda g, out, x: -g * (x > 0), name="relu")
    report = check(relu, np.array([1.0, 0.0]))
    assert [f.verdict for f in report.findings] == ["fail", "non-differentiable"]
    assert report.verdict == "fail"
    ranks = [VERDICTS.index(f.verdict) for f in report.findings]
    assert ranks == sorted(ranks)


def test_coverage_names_every_input() -> None:
    report = check(lambda x, w: x @ w, (X, np.ones((4, 2))), order=2, variations=False)
    names = [(c.order, c.input, c.entries) for c in report.coverage]
    assert names[:2] == [(1, "input 0", 72), (1, "input 1", 48)]
    assert names[2:] == [
        (2, "input 0", 12 * 20),
        (2, "input 1", 8 * 20),
        (2, "gradient of output 0", 6 * 20),
    ]
    assert all(c.largest < 1 for c in report.coverage)
    assert report.evaluations > 4 * 20
