import gc
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn  # noqa: F401 - its ops are among those with a formula
from autograd import Tensor, play
from autograd.drawing.mathematics import MATHEMATICS, mathematics
from autograd.primitive import Primitive


def written(rule: str, op: str = "mine", position: int = 0) -> str:
    arguments = ["g", "out", "x", "y"]
    return mathematics(op, rule, position, ["dJ/dv", "v", "a", "b"], arguments)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("g", "dJ/dv"),
        ("-g", "-dJ/dv"),
        ("g * y", "dJ/dv · b"),
        ("-g * out / y", "-dJ/dv · v / b"),
        ("g / (2 * out)", "dJ/dv / (2 · v)"),
        ("g * (1 - out)", "dJ/dv · (1 - v)"),
        ("g - (x - y)", "dJ/dv - (a - b)"),
        ("g * x ** (y - 1)", "dJ/dv · a^(b - 1)"),
        ("(g * x) ** 2", "(dJ/dv · a)^2"),
        ("g * -x", "dJ/dv · (-a)"),
        ("-(g + x)", "-(dJ/dv + a)"),
        ("-(g @ x.mT)", "-dJ/dv @ aᵀ"),
        ("x.T @ g", "aᵀ @ dJ/dv"),
        ("g * np.cos(x)", "dJ/dv · cos(a)"),
        ("g / np.sqrt(1 - x * x)", "dJ/dv / √(1 - a · a)"),
        ("g / (x * math.log(2))", "dJ/dv / (a · ln(2))"),
        ("g * math.pi", "dJ/dv · π"),
        ("np.zeros_like(x)", "0"),
        ("g * (x > 0)", "dJ/dv · [a > 0]"),
        ("g * ((x >= y) & (x <= 1))", "dJ/dv · [a ≥ b and a ≤ 1]"),
        ("g * ((x < y) + (x == y) / 2)", "dJ/dv · ([a < b] + [a = b] / 2)"),
        ("np.where(x > 0, g, 0)", "(dJ/dv if a > 0, else 0)"),
        ("np.sum(g * out, axis=dim, keepdims=True)", "sum(dJ/dv · v, axis=dim, keepdims=True)"),
        ("_helper(g, 1)", "helper(dJ/dv, 1)"),
        ("g[..., None]", "g[..., None]"),
        ("dJ/dx = g yᵀ; a vector y is a column", "dJ/dx = g yᵀ; a vector y is a column"),
    ],
)
def test_rules_as_mathematics(rule: str, expected: str) -> None:
    assert written(rule) == expected


def test_common_ops_have_formulas_of_their_own() -> None:
    assert written("_matmul_left", "matmul") == "dJ/dv @ bᵀ"
    assert written("_matmul_right", "matmul", 1) == "aᵀ @ dJ/dv"
    assert written("x", "mse_loss", 1).startswith("-2 · (a - b) · dJ/dv / N; N is")


def test_the_formulas_are_of_ops_that_there_are() -> None:
    ops: dict[str, int] = {}
    for op in gc.get_objects():
        if isinstance(op, Primitive):
            ops[op.name] = max(ops.get(op.name, 0), op.arity or 3)
    for name, formulas in MATHEMATICS.items():
        assert len(formulas) <= ops[name], name
        fields = {field for f in formulas for _, field, _, _ in string.Formatter().parse(f)}
        assert fields - {None} <= {"g", "out", "x", "y", "z"}


LEAVES = st.sampled_from(["x", "y", "g", "out", "2", "0.5"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda t: f"-({t})"),
        inner.map(lambda t: f"np.sin({t})"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_parentheses_keep_the_meaning(rule: str) -> None:
    numbers = {"x": 1.3, "y": -0.7, "g": 2.1, "out": 0.4}
    names = list("gvab")
    text = mathematics("mine", rule, 0, names, ["g", "out", "x", "y"])
    given = dict(zip(names, (numbers[n] for n in ("g", "out", "x", "y")), strict=True))
    with np.errstate(all="ignore"):
        try:
            expected = eval(rule, {"np": np}, numbers)
        except ZeroDivisionError:
            return
        found = eval(text.replace("·", "*"), {"sin": np.sin}, given)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_rule_of_the_user_is_shown_in_the_names_of_the_graph() -> None:
    from autograd import primitive

    cube = primitive(lambda z: z**3, lambda d, w, z: d * 3 * z**2, elementwise=True, name="cube")
    x = Tensor(2.0, requires_grad=True)
    J = cube(x)
    assert '"is":"⟨dJ⁄dJ⟩ · 3 · x^2"' in play(J).html
