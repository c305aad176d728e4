"""The checkers checked: every wrong gradient is caught and named, no right one is failed."""

from typing import Any

import pytest

from autograd import check

from .misconduct import WRONG_CONDUCT
from .nasty import NASTY, Nasty
from .wrong import WRONG_NUMBERS, Wrong

WRONG = [*WRONG_NUMBERS, *WRONG_CONDUCT]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
@pytest.mark.parametrize("speed", ["full", "fast"])
def test_wrong_is_caught_and_named(case: Wrong, speed: str) -> None:
    options: dict[str, Any] = dict(grad=case.grad, order=case.order, speed=speed)
    report = check(case.f, case.inputs, variations=bool(case.also), **options)
    assert (report.verdict, report.diagnosis) == (case.verdict, case.diagnosis), str(report)
    assert not report
    worst = report.findings[0]
    assert worst.variation == case.also
    assert case.detail in worst.detail
    # Of the elements that make a tie, bisection finds any.
    if case.index is not None and not (speed == "fast" and "tie" in case.id):
        assert worst.index == case.index


@pytest.mark.parametrize("case", NASTY, ids=lambda case: case.id)
@pytest.mark.parametrize("speed", ["full", "fast"])
def test_right_is_not_failed(case: Nasty, speed: str) -> None:
    options: dict[str, Any] = dict(grad=case.grad, speed=speed, variations=True)
    report = check(case.f, case.inputs, case.order, **options)
    assert report, str(report)


def test_there_are_enough() -> None:
    for table in (WRONG, NASTY):
        assert len({case.id for case in table}) == len(table) >= 40
