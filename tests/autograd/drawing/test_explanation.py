import itertools
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograd import Tensor, explain, gradients, ops
from autograd.drawing import Explanation


def scalar(value: float, name: str | None = None) -> Tensor:
    return Tensor(value, requires_grad=True, name=name)


def deck() -> tuple[Tensor, ...]:
    a, b, c = scalar(5.0), scalar(3.0), scalar(2.0)
    u = b * c
    v = a + u
    J = 3 * v
    return a, b, c, u, v, J


# -- the deck's example --------------------------------------------------------------------------


def test_one_path_in_one_line() -> None:
    a, b, c, u, v, J = deck()
    assert str(explain(J, wrt=b)) == "dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6"
    assert str(explain(J, wrt=c)) == "dJ/dc = dJ/dv · dv/du · du/dc = 3 · 1 · 3 = 9"
    assert str(explain(J, wrt=a)) == "dJ/da = dJ/dv · dv/da = 3 · 1 = 3"
    assert str(explain(J, wrt=u)) == "dJ/du = dJ/dv · dv/du = 3 · 1 = 3"
    assert str(explain(J, wrt=v)) == "dJ/dv = 3"
    assert str(explain(J, wrt=J)) == "dJ/dJ = 1"


def test_as_latex_and_markdown() -> None:
    b = scalar(3.0)
    u = b * 2
    v = 5 + u
    J = 3 * v
    explanation = explain(J, wrt=b)
    expected = (
        r"\frac{dJ}{db} = \frac{dJ}{dv} \cdot \frac{dv}{du} \cdot \frac{du}{db} "
        r"= 3 \cdot 1 \cdot 2 = 6"
    )
    assert explanation.latex == expected
    assert explanation.markdown == f"$$\n{expected}\n$$"
    assert explanation._repr_latex_() == rf"$\displaystyle {expected}$"
    assert explanation._repr_markdown_() == explanation.markdown


def test_several_paths_are_added() -> None:
    x = scalar(3.0)
    y = x * x
    z = x * y
    explanation = explain(z, wrt=x)
    assert str(explanation).splitlines() == [
        "dz/dx = ∂z/∂x + ∂z/∂y · ∂y/∂x + ∂z/∂y · ∂y/∂x = 9 + 3 · 3 + 3 · 3 = 9 + 9 + 9 = 27"
    ]
    assert explanation.count == 3
    assert [float(product) for product in explanation.products] == [9.0, 9.0, 9.0]
    assert explanation.rest is None
    assert explanation.gradient == 27.0
    assert explanation.latex.split(r" \\ &= ")[1:] == [
        r"9 + 3 \cdot 3 + 3 \cdot 3",
        "9 + 9 + 9",
        r"27 \end{aligned}",
    ]


def test_a_long_sum_is_broken_at_its_signs() -> None:
    x = scalar(2.0)
    left, right = np.exp(x), np.sin(x)
    total = left * right + left / right - x * left
    lines = str(explain(total, wrt=x)).splitlines()
    assert all(len(line) <= 88 for line in lines)
    assert lines[0].startswith("dtotal/dx = ∂total/∂")
    assert all(line.startswith(("          + ", "          = ")) for line in lines[1:-1])
    assert lines[-1] == ("with t1 = left · right, t2 = left / right, t3 = t1 + t2, t4 = x · left")


def test_negative_numbers_stand_in_parentheses() -> None:
    x = scalar(2.0)
    y = -x
    z = -2 * y
    assert str(explain(z, wrt=x)) == "dz/dx = dz/dy · dy/dx = -2 · (-1) = 2"


# -- names ----------------------------------------------------------------------------------------


def test_a_name_of_its_own_goes_before_the_variable() -> None:
    weight = scalar(2.0, name="w1")
    y = weight * 3
    J = y * y.detach()
    assert str(explain(J, wrt=weight)) == "dJ/dw1 = dJ/dy · dy/dw1 = 6 · 3 = 18"
    assert r"\frac{dJ}{dw_{1}}" in explain(J, wrt=weight).latex


def test_results_without_a_name_are_numbered_and_told() -> None:
    x = scalar(2.0)
    assert str(explain(np.exp(x * 3) + 1, wrt=x)).splitlines() == [
        "dt3/dx = dt3/dt2 · dt2/dt1 · dt1/dx = 1 · 403.43 · 3 = 1210.3",
        "with t1 = x · 3, t2 = exp(t1), t3 = t2 + 1",
    ]
    with_names = "with `t1 = x · 3`, `t2 = exp(t1)`, `t3 = t2 + 1`"
    assert explain(np.exp(x * 3) + 1, wrt=x).markdown.endswith(with_names)


def test_two_tensors_of_one_name_are_told_apart() -> None:
    x = scalar(2.0, name="h")
    y = x * 2
    y.name = "h"
    z = y * 5
    assert str(explain(z, wrt=x)) == "dz/dh = dz/dh_2 · dh_2/dh = 5 · 2 = 10"


def test_names_are_escaped_in_latex() -> None:
    x = scalar(2.0, name="fc_1.weight%")
    J = x * 2
    assert r"\mathrm{fc\_1.weight\%}" in explain(J * 1, wrt=x).latex


def test_powers_of_ten_and_words_in_latex() -> None:
    x = scalar(1e-9)
    J = x * 1e-7
    assert explain(J, wrt=x).latex == r"\frac{dJ}{dx} = 1 \cdot 10^{-7}"
    with np.errstate(all="ignore"):
        y = np.log(x - x)
        assert r"\text{inf}" in explain(y, wrt=x).latex


# -- arrays ---------------------------------------------------------------------------------------


def test_arrays_have_their_jacobians_in_words() -> None:
    W = Tensor(np.arange(12.0).reshape(3, 4) / 10, requires_grad=True)
    x = Tensor(np.ones(4))
    y = W @ x
    p = np.tanh(y)
    J = p.sum()
    explanation = explain(J, wrt=W)
    lines = str(explanation).splitlines()
    assert lines[0].startswith("dJ/dW = dJ/dp · dp/dy · dy/dW = (3, 4): min 0.0019998, mean ")
    assert lines[1:] == [
        "where the gradient goes through Jacobians, from shape to shape:",
        "  dJ/dp  sum     () → (3,)",
        "  dp/dy  tanh    (3,) → (3,)",
        "  dy/dW  matmul  (3,) → (3, 4)",
    ]
    assert "| `dp/dy` | tanh | (3,) → (3,) |" in explanation.markdown
    (expected,) = gradients(J, W)
    assert expected is not None
    assert_allclose(explanation.gradient, expected.data)


def test_a_small_array_is_written_out() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    J = (x * x).sum()
    assert str(explain(J, wrt=x)).splitlines()[:2] == [
        "dJ/dx = ∂J/∂t1 · ∂t1/∂x + ∂J/∂t1 · ∂t1/∂x = [1, 2] + [1, 2] = [2, 4]",
        "where the gradient goes through Jacobians, from shape to shape:",
    ]


def test_an_op_with_several_results_is_one_factor() -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    first, rest = np.split(x, [1])
    J = (first * 5).sum() + (rest * rest).sum()
    explanation = explain(J, wrt=x)
    assert explanation.count == 3
    assert "∂rest/∂x" in str(explanation)
    assert_allclose(explanation.gradient, [5.0, 4.0, 6.0])


def test_the_gradient_has_the_shape_of_a_broadcast_input() -> None:
    x = Tensor([[2.0]], requires_grad=True)
    J = (x * np.ones((2, 3))).sum()
    assert explain(J, wrt=x).gradient.shape == (1, 1)
    assert_allclose(explain(J, wrt=x).gradient, [[6.0]])


# -- many paths -----------------------------------------------------------------------------------


def doubled(x: Tensor, times: int, share: float = 0.3) -> Tensor:
    for _ in range(times):
        x = x * share + x * (1 - share)
    return x


def test_the_paths_beyond_twenty_are_counted_and_summed() -> None:
    x = scalar(1.0)
    J = doubled(x, 5)
    explanation = explain(J, wrt=x)
    assert explanation.count == 32
    assert len(explanation.products) == 20
    assert_allclose(explanation.rest + sum(explanation.products), 1.0)
    assert "(12 more paths)" in str(explanation)
    assert r"\text{12 more paths}" in explanation.latex


def test_one_path_too_many_is_not_in_the_plural() -> None:
    x = scalar(2.0)
    parts = [x * float(i) for i in range(21)]
    J = sum(parts[1:], parts[0])
    assert "(1 more path)" in str(explain(J, wrt=x))


def test_more_paths_than_atoms() -> None:
    x = scalar(1.0)
    J = doubled(x, 3000)
    explanation = explain(J, wrt=x)
    assert explanation.count == 2**3000
    assert "(some 1e903 more paths)" in str(explanation)
    assert_allclose(explanation.gradient, 1.0)
    assert len(str(explanation)) < 20_000


def test_a_long_chain_is_not_recursed_over_and_shows_its_ends() -> None:
    x = scalar(1.0)
    J = x
    for _ in range(20_000):
        J = J + 1.0
    lines = str(explain(J, wrt=x)).splitlines()
    assert lines[0].startswith("dJ/dx = dJ/dt19999 · dt19999/dt19998 · ")
    assert [line.strip() for line in lines[1:3]] == [
        "= 1 · 1 · 1 · 1 · 1 · 1 · … · 1 · 1 · 1 · 1 · 1 · 1",
        "= 1",
    ]


# -- laws -----------------------------------------------------------------------------------------

OPS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "hypot": np.hypot,
    "sin": lambda x, y: np.sin(x),
    "tanh": lambda x, y: np.tanh(y),
}


@st.composite
def scalar_graphs(draw: st.DrawFn) -> tuple[list[Tensor], Tensor]:
    """Leaves, and a result of random ops on them: any node may be used any number of times."""
    numbers = st.floats(-2, 2).map(lambda v: round(v, 2) + 0.005)
    leaves = [scalar(draw(numbers)) for _ in range(draw(st.integers(1, 3)))]
    nodes = list(leaves)
    for _ in range(draw(st.integers(1, 12))):
        pick = st.sampled_from(nodes)
        nodes.append(OPS[draw(st.sampled_from(sorted(OPS)))](draw(pick), draw(pick)))
    return leaves, nodes[-1]


def paths_by_hand(J: Tensor, x: Tensor) -> int:
    if J is x:
        return 1
    return sum(paths_by_hand(y, x) for y in J.inputs if isinstance(y, Tensor))


@given(scalar_graphs())
def test_the_paths_sum_to_the_gradient(graph: tuple[list[Tensor], Tensor]) -> None:
    leaves, J = graph
    for x in leaves:
        count = paths_by_hand(J, x)
        if not count:
            continue
        explanation = explain(J, wrt=x)
        (expected,) = gradients(J, x)
        assert expected is not None
        assert explanation.count == count
        assert len(explanation.products) == min(20, count)
        assert (explanation.rest is None) == (count <= 20)
        assert_allclose(explanation.gradient, expected.data, rtol=1e-9, atol=1e-9)
        parts = [*explanation.products, *([] if explanation.rest is None else [explanation.rest])]
        assert_allclose(sum(parts), expected.data, rtol=1e-9, atol=1e-9)


@given(st.lists(st.sampled_from(["square", "matmul", "sum", "add"]), min_size=1, max_size=5))
def test_the_paths_of_arrays_sum_to_the_gradient(names: list[str]) -> None:
    x = Tensor(np.linspace(-1, 1, 4).reshape(2, 2), requires_grad=True)
    y = x
    for name in names:
        y = {
            "square": lambda v: v * v,
            "matmul": lambda v: v @ x,
            "sum": lambda v: v + v.sum(axis=0),
            "add": lambda v: v + x,
        }[name](y)
    J = y.sum()
    explanation = explain(J, wrt=x)
    (expected,) = gradients(J, x)
    assert expected is not None
    assert_allclose(explanation.gradient, expected.data, rtol=1e-9, atol=1e-12)


# -- it only looks --------------------------------------------------------------------------------


def test_nothing_is_changed() -> None:
    a, b, c, _, _, J = deck()
    called = []
    b.register_hook(lambda g: called.append(g))
    explain(J, wrt=b)
    assert not called
    assert all(x.grad is None for x in (a, b, c))
    J.backward()
    assert b.grad is not None
    assert b.grad.item() == 6.0


def test_no_tensor_is_kept_alive() -> None:
    _, b, _, _, _, J = deck()
    explanation = explain(J, wrt=b)
    assert isinstance(explanation, Explanation)
    held = itertools.chain(vars(explanation).values(), explanation.products)
    assert not any(isinstance(value, Tensor) for value in held)


# -- refusals -------------------------------------------------------------------------------------


def test_what_can_be_explained() -> None:
    _, b, _, _, v, J = deck()
    with pytest.raises(TypeError, match="a tensor as J, got float"):
        explain(3.0, wrt=b)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a tensor as wrt, got str"):
        explain(J, wrt="b")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"one element, got shape \(2,\).*J\[0\]"):
        explain(v * np.ones(2), wrt=b)
    with pytest.raises(ValueError, match="wrt to require a gradient"):
        explain(J, wrt=Tensor(1.0))
    with pytest.raises(ValueError, match=r"no path leads.*why_no_grad"):
        explain(J, wrt=scalar(1.0))


def test_a_released_graph_says_how_to_keep_it() -> None:
    _, b, _, u, _, J = deck()
    other = u * 2
    J.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        explain(J, wrt=b)
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        explain(other, wrt=b)


def test_a_value_that_was_overwritten_is_refused() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    weight = Tensor([3.0, 4.0])
    J = (x * weight).sum()
    weight[0] = 7.0
    with pytest.raises(RuntimeError, match="was changed in place"):
        explain(J, wrt=x)


def test_a_rule_that_fails_names_its_op() -> None:
    def rule(g: object, out: object, x: object) -> object:
        raise ZeroDivisionError("oh")

    from autograd import primitive

    x = scalar(1.0)
    y = primitive(lambda x: x + 0.0, rule, name="broken")(x)
    with pytest.raises(ZeroDivisionError) as caught:
        explain(y, wrt=x)
    assert "in the backward pass of broken" in caught.value.__notes__[0]


def test_index_and_parameters_in_formulas() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    J = ops.sum(x[:, 1:], axis=0)[0]
    assert "with t1 = x[:, 1:], t2 = sum(t1, axis=0)" in str(explain(J, wrt=x))
