"""Products: every case of the table, and what the table cannot say."""

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.testing import arrays, broadcastable, call, shapes
from tests.autograd.ops.opcase import SHAPES, Battery, OpCase, array, seeds, sides


@st.composite
def matmul_calls(draw):
    """Vectors, matrices and stacks whose batch axes broadcast."""
    n, k, m = (draw(sides) for _ in range(3))
    left, right = draw(broadcastable(2, shapes(0, 2)))
    x = (k,) if draw(st.booleans()) else (*left, n, k)
    y = (k,) if draw(st.booleans()) else (*right, k, m)
    return call(array(draw(seeds), x), array(draw(seeds), y))


@st.composite
def same_length(draw, *cores):
    """Stacks that broadcast, with the named axes behind: "k", "nk", ..."""
    sizes = {c: draw(sides) for core in cores for c in core}
    drawn = draw(broadcastable(len(cores), shapes(0, 2)))
    args = [
        array(draw(seeds), shape + tuple(sizes[c] for c in core))
        for shape, core in zip(drawn, cores, strict=True)
    ]
    return call(*args)


@st.composite
def tensordot_calls(draw):
    """A number of axes, or lists of axes in any order, negative ones too."""
    shared = draw(st.lists(sides, max_size=2))
    if draw(st.booleans()):
        x = (*draw(SHAPES), *shared)[-4:] if not shared else (draw(sides), *shared)
        y = (*shared, draw(sides), draw(sides))
        return call(array(draw(seeds), x), array(draw(seeds), y), axes=len(shared))
    x_axes = draw(st.permutations(range(len(shared) + 1)))[: len(shared)]
    y_axes = draw(st.permutations(range(len(shared) + 2)))[: len(shared)]
    x, y = [draw(sides) for _ in range(len(shared) + 1)], [draw(sides), draw(sides), *shared]
    for n, i, j in zip(shared, x_axes, y_axes, strict=True):
        x[i] = n
        y[j] = n
    x_axes = [i - len(x) if draw(st.booleans()) else i for i in x_axes]
    axes = (tuple(x_axes), tuple(y_axes))
    if len(shared) == 1 and draw(st.booleans()):
        axes = (x_axes[0], y_axes[0])
    return call(array(draw(seeds), tuple(x)), array(draw(seeds), tuple(y)), axes=axes)


@st.composite
def dot_calls(draw):
    k = draw(sides)
    x, y = draw(st.lists(sides, max_size=2)), draw(st.lists(sides, max_size=2))
    first = draw(st.sampled_from([(), (*x, k)]))
    second = draw(st.sampled_from([(), (k,), (*y, k, 2)]))
    return call(array(draw(seeds), first), array(draw(seeds), second))


@st.composite
def inner_calls(draw):
    k = draw(sides)
    x, y = draw(st.lists(sides, max_size=2)), draw(st.lists(sides, max_size=2))
    first, second = draw(st.sampled_from([((), (*y, k)), ((*x, k), ()), ((*x, k), (*y, k))]))
    return call(array(draw(seeds), first), array(draw(seeds), second))


@st.composite
def same_size(draw):
    shape = draw(st.sampled_from([(), (4,), (2, 3), (0,)]))
    return call(array(draw(seeds), shape), array(draw(seeds), shape))


EQUATIONS = [
    "ij,jk->ik",
    "ij,jk",
    "ij,kj->ki",
    "i,j->ji",
    "ij->",
    "ij->j",
    "ji",
    "ii",
    "ii->i",
    "iji->j",
    "iij,jk->ik",
    "iii->",
    "i,i,i->i",
    "ij,jk,kl->il",
    "ij,jk,ki",
    "bij,bjk->bik",
    "...ij,...jk->...ik",
    "...ij,jk",
    "i...->...",
    "...i,...i->...",
    "b...i,i->b...",
    "i , i ->",
    ",i->i",
    "ij,kl->ijkl",
    "ii,jj->ij",
    "ij,ii->j",
]


@st.composite
def einsum_calls(draw):
    """An equation with sizes for its labels; a size that others share may be 1 in one operand."""
    equation = draw(st.sampled_from(EQUATIONS))
    terms = equation.partition("->")[0].replace(" ", "").split(",")
    sizes = {c: draw(sides) for c in "bijkl"}
    dots = draw(st.lists(sides, max_size=2))
    operands = []
    for term in terms:
        shape = []
        for c in term.replace("...", "."):
            if c == ".":
                cut = draw(st.integers(0, len(dots))) if len(terms) > 1 else 0
                shape += [1 if draw(st.booleans()) else n for n in dots[cut:]]
            else:
                single = term.count(c) == 1 and draw(st.integers(0, 4)) == 0
                shape.append(1 if single else sizes[c])
        operands.append(array(draw(seeds), tuple(shape)))
    params = {"optimize": True} if draw(st.booleans()) else {}
    return call(equation, *operands, **params)


@st.composite
def chain_calls(draw):
    """Two to five matrices, a vector at either end perhaps."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=3, max_size=6))
    matrices = [array(draw(seeds), (m, n)) for m, n in itertools.pairwise(sizes)]
    if draw(st.booleans()):
        matrices[0] = matrices[0][0]
    if draw(st.booleans()):
        matrices[-1] = matrices[-1][:, 0].copy()
    return call(matrices)


@st.composite
def cross_calls(draw):
    """Vectors of three elements along any axes."""
    left, right = draw(broadcastable(2, shapes(0, 2)))
    if draw(st.booleans()):
        args = [array(draw(seeds), (*shape, 3)) for shape in (left, right)]
        return call(*args)
    if len(left) == len(right) and draw(st.booleans()):
        args = [array(draw(seeds), (3, *shape)) for shape in (left, right)]
        return call(*args, axis=0)
    i, j = draw(st.integers(0, len(left))), draw(st.integers(0, len(right)))
    args = [
        array(draw(seeds), (*shape[:at], 3, *shape[at:])) for shape, at in ((left, i), (right, j))
    ]
    return call(*args, axisa=i, axisb=j, axisc=0)


@st.composite
def trace_calls(draw, stacked=False):
    shape = draw(st.lists(sides, min_size=2, max_size=3))
    params = {"offset": draw(st.integers(-2, 2))}
    if not stacked:
        params |= dict(
            zip(["axis1", "axis2"], draw(st.permutations(range(len(shape)))), strict=False)
        )
    return call(array(draw(seeds), tuple(shape)), **params)


stacks = shapes(2, 3)

CASES = [
    OpCase(np.matmul, matmul_calls()),
    OpCase(np.linalg.matmul, matmul_calls()),
    OpCase(np.matmul, matmul_calls(), call=lambda x, y: x @ y, name="operator"),
    OpCase(np.vecdot, same_length("k", "k")),
    OpCase(np.linalg.vecdot, same_length("k", "k")),
    OpCase(np.tensordot, tensordot_calls()),
    OpCase(np.linalg.tensordot, tensordot_calls()),
    OpCase(np.dot, dot_calls()),
    OpCase(np.inner, inner_calls()),
    OpCase(np.vdot, same_size()),
    OpCase(np.linalg.multi_dot, chain_calls()),
    OpCase(np.einsum, einsum_calls()),
    OpCase(np.outer, st.tuples(arrays(), arrays())),
    OpCase(
        np.linalg.outer,
        st.tuples(*[arrays(st.tuples(sides))] * 2),
    ),
    OpCase(np.kron, st.tuples(arrays(), arrays())),
    # Of two elements, which NumPy has deprecated, a warning is an error in these tests.
    OpCase(np.cross, cross_calls(), without=("shapes",)),
    OpCase(
        np.linalg.cross,
        same_length("k", "k").map(
            lambda drawn: tuple(
                np.resize(a, (*a.shape[:-1], 3)) if a.size else np.ones((*a.shape[:-1], 3))
                for a in drawn.args
            )
        ),
    ),
    OpCase(np.trace, trace_calls()),
    OpCase(np.linalg.trace, trace_calls(stacked=True)),
    OpCase(np.linalg.diagonal, trace_calls(stacked=True)),
    OpCase(np.linalg.matrix_transpose, st.tuples(arrays(stacks))),
]
if hasattr(np, "matvec"):
    CASES += [
        OpCase(np.matvec, same_length("nk", "k")),
        OpCase(np.vecmat, same_length("k", "km")),
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
class TestProducts(Battery):
    pass


def test_the_gradient_of_a_product_is_g_times_the_other_factor_transposed():
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    w = Tensor(rng.normal(size=(3, 4)), requires_grad=True)
    g = rng.normal(size=(2, 4))
    (x @ w).backward(g)
    np.testing.assert_allclose(x.grad.data, g @ w.data.T)
    np.testing.assert_allclose(w.grad.data, x.data.T @ g)


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_array_times_a_tensor_is_a_tensor(side):
    a, t = np.ones((2, 2)), Tensor(np.eye(2), requires_grad=True)
    product = a @ t if side == "left" else t @ a
    assert isinstance(product, Tensor)
    product.sum().backward()
    assert t.grad.shape == (2, 2)


def test_a_matrix_shared_by_a_stack_of_any_rank_gets_one_gradient():
    x = np.arange(24.0).reshape(2, 3, 4)
    w = Tensor(np.ones((4, 2)), requires_grad=True)
    np.sum(x @ w).backward()
    np.testing.assert_allclose(w.grad.data, np.repeat(x.sum((0, 1))[:, None], 2, 1))


def test_lists_beside_tensors_are_arrays():
    v = Tensor([1.0, 2.0], requires_grad=True)
    assert np.dot(v, [3.0, 4.0]).item() == 11
    assert np.vdot([3.0, 4.0], v).item() == 11
    assert np.tensordot(v, [3.0, 4.0], 1).item() == 11
    assert np.einsum("i,i", v, [3.0, 4.0]).item() == 11
    assert np.kron([1.0, 2.0], v).tolist() == [1, 2, 2, 4]


def test_einsum_with_numbers_for_labels():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    x = Tensor(a, requires_grad=True)
    for output in ([], [[0, 2]], [[2, 0]], [[]]):
        got = np.einsum(x, [0, 1], b, [1, 2], *output)
        np.testing.assert_allclose(got.data, np.einsum(a, [0, 1], b, [1, 2], *output))
    stack = np.einsum(x, [..., 0], [..., 0])
    np.testing.assert_array_equal(stack.data, a)


def test_einsum_names_a_parameter_it_does_not_take():
    with pytest.raises(TypeError, match="casting"):
        np.einsum("i->", Tensor([1.0]), casting="unsafe")


@pytest.mark.parametrize("equation", ["ij,jk->", "ijk->i", "...i->i"])
def test_einsum_refuses_what_numpy_refuses(equation):
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match=r"operand|subscript|dimension"):
        np.einsum(equation, x, *[np.ones(3)] * equation.count(","))


def test_cross_of_vectors_of_two_elements():
    a, b = (Tensor(v, requires_grad=True) for v in ([1.0, 2.0], [3.0, 5.0]))
    product = np.cross(a, b)
    assert product.item() == -1
    product.backward()
    assert a.grad.tolist() == [5, -3]
    assert b.grad.tolist() == [-2, 1]
    c = Tensor([1.0, 0.0, 2.0], requires_grad=True)
    assert np.cross(a, c).tolist() == [4, -2, -2]


def test_cross_of_other_vectors_raises_and_says_their_lengths():
    with pytest.raises(ValueError, match=r"2 or 3 elements, got \(4, 3\)"):
        np.cross(Tensor(np.ones(4)), np.ones(3))


def test_shapes_that_do_not_match_raise_with_both():
    with pytest.raises(ValueError, match="matmul") as error:
        Tensor(np.ones((2, 3)), requires_grad=True) @ np.ones((2, 3))
    assert any("(2, 3)" in note for note in error.value.__notes__)


def test_the_hessian_of_a_quadratic_form_is_its_symmetric_part_twice():
    a = np.random.default_rng(0).normal(size=(3, 3))
    x = Tensor(np.ones(3), requires_grad=True)
    (first,) = autograd.gradients(x @ a @ x, x, create_graph=True)
    rows = [autograd.gradients(first[i], x)[0].data for i in range(3)]
    np.testing.assert_allclose(rows, a + a.T)


@pytest.mark.skipif(not hasattr(np, "matvec"), reason="np.matvec came with NumPy 2.2")
@pytest.mark.parametrize(("name", "shapes"), [
    ("matvec", [(1, 1), ()]), ("matvec", [(1,), (1,)]),
    ("vecmat", [(1,), (1,)]), ("vecmat", [(), (1, 1)]),
])  # fmt: skip
def test_products_of_a_matrix_and_a_vector_want_one_of_each(name, shapes):
    operands = [Tensor(np.ones(shape), requires_grad=True) for shape in shapes]
    with pytest.raises(ValueError, match=f"{name} expects a"):
        getattr(np, name)(*operands)
