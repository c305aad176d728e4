import numpy as np
import pytest

from autograd.drawing.notation import call, labels, operand, plain


@pytest.mark.parametrize(
    ("op", "arguments", "params", "written"),
    [
        ("add", ["a", "u"], "", "a + u"),
        ("multiply", ["3", "v"], "", "3 · v"),
        ("negative", ["x"], "", "-x"),
        ("power", ["x", "2"], "", "x²"),
        ("power", ["x", "12"], "", "x¹²"),
        ("power", ["x", "n"], "", "x ^ n"),
        ("matmul", ["W", "x"], "", "W @ x"),
        ("transpose", ["W"], "", "Wᵀ"),
        ("transpose", ["W"], "axes=(0, 2, 1)", "transpose(W, axes=(0, 2, 1))"),
        ("linear", ["x", "W"], "", "x @ Wᵀ"),
        ("linear", ["x", "W", "b"], "", "x @ Wᵀ + b"),
        ("getitem", ["x"], "index=0", "x[0]"),
        ("sum", ["x"], "axis=0", "sum(x, axis=0)"),
        ("exp", ["x"], "", "exp(x)"),
    ],
)
def test_how_an_op_is_written(op: str, arguments: list[str], params: str, written: str) -> None:
    assert call(op, arguments, params) == written


def test_operands() -> None:
    assert operand("-2") == "(-2)"
    assert operand("2") == "2"
    assert plain(-2) == "(-2)"
    assert plain(np.float32(0.1)) == "0.1"
    assert plain(np.ones((2, 3))) == "array(2, 3)"


def test_every_node_gets_a_name_of_its_own() -> None:
    given = ["h", None, "t1", None, "h", "h_2", None, "h"]
    found = labels((i, name, "t") for i, name in enumerate(given))
    assert list(found.values()) == ["h", "t2", "t1", "t3", "h_3", "h_2", "t4", "h_4"]
    assert labels([]) == {}
    assert labels([(0, None, "x"), (1, "x", "x")]) == {0: "x1", 1: "x"}
