import numpy as np
import pytest

from autograd import ops, primitive
from autograd.drawing.rules import rule_texts


@pytest.mark.parametrize(
    ("op", "texts"),
    [
        (ops.multiply, ("g * y", "g * x")),
        (ops.add, ("g", "g")),
        (ops.exp, ("g * out",)),
    ],
)
def test_rules_of_the_tables(op: object, texts: tuple[str, ...]) -> None:
    assert rule_texts(op, len(texts)) == texts  # type: ignore[arg-type]


def test_rules_of_other_kinds() -> None:
    def with_words(g, out, x):  # type: ignore[no-untyped-def]
        """Three times g.

        More.
        """
        return 3 * g

    def _without(needs, g, out, *x):  # type: ignore[no-untyped-def]
        return [g for _ in x]

    op = primitive(lambda x, y: 3 * x, with_words, None)
    assert rule_texts(op, 2) == ("Three times g", None)
    assert rule_texts(primitive(lambda *x: x[0], joint=_without), 3) == ("without",) * 3


def test_two_lambdas_on_one_line() -> None:
    op = primitive(np.hypot, lambda g, out, x, y: g * x / out, lambda g, out, x, y: g * y / out)
    assert rule_texts(op, 2) == ("g * x / out", "g * y / out")


def test_a_lambda_without_a_source() -> None:
    rule = eval("lambda g, out, x: g + 0")
    assert rule_texts(primitive(lambda x: x + 0, rule), 1) == ("<lambda>",)
