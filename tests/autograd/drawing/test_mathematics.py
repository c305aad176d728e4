import gc
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn  # noqa: F401 - its ops are among those with a formula
from autograd import Tensor, play
from autograd.drawing.mathematics import MATHEMATICS, mathematics
from autograd.drawing.rules import rule_arguments, rule_texts
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
        ("np.sum(g * out, keepdims=True)", "sum(dJ/dv · v, keepdims=True)"),
        # Names that the graph does not have: a helper's, a parameter's that was not given.
        ("_helper(g, 1)", "dJ/dv · dv/da"),
        ("spread(g, x.shape, axis)", "dJ/dv · dv/da"),
        ("np.sum(g * out, axis=dim)", "dJ/dv · dv/da"),
        ("g[..., None]", "dJ/dv · dv/da"),
        ("sent_back", "dJ/dv · dv/da"),
        ("Three times g", "dJ/dv · dv/da; Three times g"),
    ],
)
def test_rules_as_mathematics(rule: str, expected: str) -> None:
    assert written(rule) == expected


def test_common_ops_have_formulas_of_their_own() -> None:
    assert written("_matmul_left", "matmul") == "dJ/dv @ bᵀ"
    assert written("_matmul_right", "matmul", 1) == "aᵀ @ dJ/dv"
    assert written("x", "mse_loss", 1).startswith("-2 · (a - b) · dJ/dv / n; n entries")


def test_the_formulas_are_of_ops_that_there_are() -> None:
    ops: dict[str, int] = {}
    for op in gc.get_objects():
        if type(op) is Primitive:  # isinstance() would ask dead proxies
            ops[op.name] = max(ops.get(op.name, 0), op.arity or 3)
    for name, formulas in MATHEMATICS.items():
        assert len(formulas) <= ops[name], name
        for position in range(len(formulas)):
            names = ["dJ/dv", "v", "a", "b", "c"][: ops[name] + 2]
            text = mathematics(name, "", position, names, [])
            assert "{" not in text
            assert "dJ/dv" in text or text.startswith("the parts'")


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


def summed(shape: tuple[int, ...], out: tuple[int, ...], rule: str = "g") -> str:
    """The gradient of b in v = a + b, or what else has `rule`."""
    return mathematics(
        *("mine", rule, 1, ["dJ/dv", "v", "a", "b"], ["g", "out", "x", "y"]),
        shapes=[out, out, out, shape],
        elementwise=True,
    )


@pytest.mark.parametrize(
    ("shape", "out", "expected"),
    [
        ((4, 2), (4, 2), "dJ/dv"),
        ((2,), (4, 2), "Σ dJ/dv over axis 0"),
        ((1, 2), (4, 2), "Σ dJ/dv over axis 0"),
        ((4, 1), (4, 2), "Σ dJ/dv over axis 1"),
        ((3, 1), (5, 4, 3, 2), "Σ dJ/dv over axes 0, 1 and 3"),
        ((), (4, 2), "Σ dJ/dv over all entries"),
        ((1, 1), (4, 2), "Σ dJ/dv over all entries"),
        ((), (), "dJ/dv"),
    ],
)
def test_the_gradient_of_what_was_broadcast_is_a_sum(shape, out, expected) -> None:  # type: ignore[no-untyped-def]
    assert summed(shape, out) == expected


def test_a_sum_takes_a_whole_product_and_brackets_other_terms() -> None:
    assert summed((), (3,), "g * x") == "Σ dJ/dv · a over all entries"
    assert summed((), (3,), "g + g * x") == "Σ (dJ/dv + dJ/dv · a) over all entries"
    assert summed((), (3,), "np.zeros_like(y)") == "0"


# Names in formulas that are neither NumPy's nor of the graph: functions that are said in words.
_SAID = {
    *("where", "is", "largest", "smallest", "elsewhere", "shared", "by", "equals", "the", "same"),
    *("for", "every", "each", "element", "elements", "that", "was", "added", "up", "over", "rows"),
    *("copies", "in", "shape", "of", "its", "places", "were", "looked", "part", "parts", "s"),
    *("gradients", "put", "together", "softmax", "sigmoid", "kept", "scaled", "as", "if", "else"),
    *("and", "or", "mod", "ln", "transpose", "one", "hot", "all", "but", "channels", "entries"),
    *("written", "h", "z", "variance", "n", "N", "samples", "√π", "σ", "ε", "π", "ŷ", "Σ"),
    *("keepdims", "True"),
}


def every_rule() -> list[tuple[str, str]]:
    """What the page says of each rule of each op that there is."""
    found = []
    for op in gc.get_objects():
        if type(op) is Primitive and op.name and (op.joint or any(op.rules)):
            if not op.ours:
                continue  # declared by another test
            for position, rule in enumerate(rule_texts(op, op.arity or 3)):
                if rule is not None:
                    names = ["G", "OUT", "A", "B", "C", "D"]
                    shapes = [(4, 2)] * 6
                    text = mathematics(
                        *(op.name, rule, position, names, rule_arguments(op)),
                        shapes=shapes,
                        elementwise=op.elementwise,
                    )
                    found.append((op.name, text))
    return found


def test_no_rule_is_told_with_a_name_of_the_source() -> None:
    rules = every_rule()
    assert len(rules) > 200
    names = {"G", "OUT", "A", "B", "C", "D", "dOUT", "dA", "dB", "dC"}
    strange = {}
    for op, text in rules:
        said = re.sub(r"'\w+'|ᵀ", "", text.partition(";")[0])
        words = set(re.findall(r"[^\W\d]\w*", said)) - names - _SAID
        if wrong := {word for word in words if not hasattr(np, word)}:
            strange[op] = (text, wrong)
    assert strange == {}
