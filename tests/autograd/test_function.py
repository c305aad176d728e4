import gc
import weakref
from typing import Any

import numpy as np
import pytest

from autograd import Function, Tensor, draw, grad, gradients, jvp, no_grad, once_differentiable


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


class Exp(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        out = np.exp(x)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (out,) = ctx.saved_tensors
        return g * out


class SinCos(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        s, c = np.sin(x), np.cos(x)
        ctx.save_for_backward(s, c)
        return s, c

    @staticmethod
    def backward(ctx: Any, gs: Any, gc: Any) -> Any:
        s, c = ctx.saved_tensors
        return gs * c - gc * s


class Multiply(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * y, g * x


def test_gradient_of_scalar_and_array() -> None:
    x = Tensor(2.0, requires_grad=True)
    y = Cube.apply(x)
    assert y.op.name == "Cube"
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 12
    v = Tensor([1.0, -2.0], requires_grad=True)
    Cube.apply(v).backward(np.array([1.0, 10.0]))
    assert v.grad is not None
    assert v.grad.tolist() == [3, 120]


def test_arrays_in_arrays_out() -> None:
    assert type(Cube.apply(np.array([1.0, 2.0]))) is np.ndarray
    assert Cube.apply(2.0) == 8


@pytest.mark.parametrize(("function", "third"), [(Cube, 6.0), (Exp, np.exp(2.0))])
def test_derivatives_of_every_order_from_saved_inputs_and_outputs(
    function: type[Function], third: float
) -> None:
    assert grad(grad(grad(function.apply)))(2.0) == pytest.approx(third)


def test_several_outputs_with_zeros_for_those_without_a_gradient() -> None:
    x = Tensor(0.3, requires_grad=True)
    s, c = SinCos.apply(x)
    assert gradients(c, x)[0].item() == pytest.approx(-np.sin(0.3))  # type: ignore[union-attr]
    (first,) = gradients(s * c, x, create_graph=True)
    assert first is not None
    assert first.item() == pytest.approx(np.cos(0.6))
    assert gradients(first, x)[0].item() == pytest.approx(-2 * np.sin(0.6))  # type: ignore[union-attr]


def test_jvp_goes_through_a_function() -> None:
    value, tangent = jvp(Cube.apply, (2.0,), (1.0,))
    assert (value, tangent) == (8, 12)


def test_backward_sees_arrays_and_tensors_under_create_graph() -> None:
    seen = []

    class Spy(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            assert not isinstance(x, Tensor)
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append((type(g) is Tensor, type(ctx.saved_tensors[0]) is Tensor))
            return g * 2

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = Spy.apply(x).sum()
    y.backward(retain_graph=True)
    gradients(y, x, create_graph=True)
    assert seen == [(False, False), (True, True)]


def test_two_inputs_that_share_memory_are_told_apart() -> None:
    x = Tensor([3.0], requires_grad=True)
    alias = x.detach().requires_grad_()
    gx, _ = gradients(Multiply.apply(x, alias), [x, alias], np.ones(1), create_graph=True)
    # d(x * alias)/dx = alias: it depends on alias and not on x.
    assert gx is not None
    through_x, through_alias = gradients(gx, [x, alias], np.ones(1))
    assert through_x is None
    assert through_alias is not None
    assert through_alias.tolist() == [1]


def test_the_same_tensor_twice() -> None:
    assert grad(lambda x: Multiply.apply(x, x))(3.0) == 6
    assert grad(grad(lambda x: Multiply.apply(x, x)))(3.0) == 2


class SavedIntermediate(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        square = x * x
        ctx.save_for_backward(square)
        return square * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (square,) = ctx.saved_tensors
        return g * 3 * square


class IntermediateAttribute(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.held = {"square": [x * x]}
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 3 * ctx.held["square"][0]


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (SavedIntermediate, "entry 0 of ctx.saved_tensors"),
        (IntermediateAttribute, r"ctx\.held\['square'\]\[0\]"),
    ],
)
def test_an_intermediate_is_right_once_and_raises_twice(
    function: type[Function], what: str
) -> None:
    assert grad(function.apply)(2.0) == 12
    with pytest.raises(RuntimeError, match=rf"{function.__name__}: a second derivative .*{what}"):
        grad(grad(function.apply))(2.0)
    # Nothing flows into the intermediate when only the incoming gradient is differentiated.
    assert jvp(function.apply, (2.0,), (1.0,))[1] == 12


def test_an_input_kept_as_an_attribute_is_the_tensor_again() -> None:
    class Square(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.x = x
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g * ctx.x

    assert grad(grad(Square.apply))(5.0) == 2


def test_arguments_that_are_not_tensors() -> None:
    class Scale(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, how: str, table: Any, nothing: Any, *, power: int = 1) -> Any:
            assert (how, nothing) == ("double", None)
            assert ctx.needs_input_grad == (True, False, False, False)
            ctx.factor, ctx.table = 2**power, table
            return x * ctx.factor * table

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.factor * ctx.table, None, None, None

    table = np.array([1.0, 10.0])
    x = Tensor([3.0, 4.0], requires_grad=True)
    Scale.apply(x, "double", table, None, power=3).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [8, 80]
    # A constant that came in as an argument stays one: second derivatives are allowed.
    second = grad(lambda t: np.sum(Scale.apply(t, "double", table, None) ** 2))
    assert grad(lambda t: np.sum(second(t)))(np.ones(2)).tolist() == [8, 800]


def test_needs_input_grad_follows_what_is_asked_for() -> None:
    seen = []

    class Spy(Multiply):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append(ctx.needs_input_grad)
            x, y = ctx.saved_tensors
            return g * y, g * x

    x, y = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    product = Spy.apply(x, y)
    gradients(product, y)
    gradients(product, [x, y])
    assert seen == [(False, True), (True, True)]
    assert Spy.apply(x, y.detach()).op is not None
    with no_grad():
        assert not Spy.apply(x, y).requires_grad


def test_a_default_argument_may_have_a_trailing_none() -> None:
    class Power(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, n: int = 2) -> Any:
            ctx.x, ctx.n = x, n
            return x**n

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.n * ctx.x ** (ctx.n - 1), None

    assert grad(Power.apply)(3.0) == 6


def test_wrong_number_of_gradients() -> None:
    class Wrong(Multiply):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    with pytest.raises(ValueError, match=r"Wrong.backward returned 1 gradients, expected 2"):
        grad(lambda x: Wrong.apply(x, x))(1.0)


def test_wrong_shape_names_function_and_argument() -> None:
    class Wrong(Multiply):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            return g * y, g * x

    x = Tensor(np.ones((2, 3)))
    y = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(
        ValueError,
        match=r"Wrong.backward .* shape \(2, 3\) for argument 1 \('y'\), expected \(3,\)",
    ):
        Wrong.apply(x, y).sum().backward()


def test_forward_must_not_write_into_its_inputs() -> None:
    class Overwrites(Cube):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x *= 2
            return x

    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="read-only"):
        Overwrites.apply(x)
    assert x.tolist() == [1, 2]


def test_a_view_of_an_input_as_result_is_writable() -> None:
    class Transpose(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.T

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g.T

    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = Transpose.apply(x)
    assert y.data.flags.writeable
    assert not np.shares_memory(y.data, x.data)
    y.backward(np.arange(6.0).reshape(3, 2))
    assert x.grad is not None
    assert x.grad.tolist() == [[0, 2, 4], [1, 3, 5]]


def test_an_overwritten_input_is_caught() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = Cube.apply(x)
    with no_grad():
        x += 1
    with pytest.raises(RuntimeError, match=r"Cube.*changed in place"):
        y.sum().backward()


def test_integer_and_marked_outputs_have_no_gradient() -> None:
    class Sorted(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.order = np.argsort(x)
            out, ranks = x[ctx.order], ctx.order / len(x)
            ctx.mark_non_differentiable(ranks)
            return out, ctx.order, ranks

        @staticmethod
        def backward(ctx: Any, g: Any, g_order: Any, g_ranks: Any) -> Any:
            assert not np.any(g_order)
            assert not np.any(g_ranks)
            return g[np.argsort(ctx.order)]

    x = Tensor([3.0, 1.0, 2.0], requires_grad=True)
    out, order, ranks = Sorted.apply(x)
    assert (out.requires_grad, order.requires_grad, ranks.requires_grad) == (True, False, False)
    assert order.tolist() == [1, 2, 0]
    (out * np.array([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [100, 1, 10]


class OnceTanh(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        out = np.tanh(x)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        (out,) = ctx.saved_tensors
        assert not isinstance(out, Tensor)
        assert not isinstance(g, Tensor)
        return g * (1 - out * out)


def test_once_differentiable() -> None:
    assert grad(OnceTanh.apply)(0.5) == pytest.approx(1 - np.tanh(0.5) ** 2)
    with pytest.raises(RuntimeError, match="OnceTanh is differentiable once only"):
        grad(grad(OnceTanh.apply))(0.5)


def test_once_differentiable_above_staticmethod() -> None:
    class Other(Cube):
        @once_differentiable
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 3 * g * ctx.saved_tensors[0] ** 2

    with pytest.raises(RuntimeError, match="Other is differentiable once only"):
        grad(grad(Other.apply))(0.5)


def test_the_record_can_be_run_again() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = Cube.apply(x)
    again = y.op.forward(*(t.data for t in y.inputs), **y.params)
    assert np.array_equal(again, y.data)
    y.backward(np.ones(2))
    assert x.grad is not None
    assert x.grad.tolist() == [3, 12]


def test_no_reference_cycle() -> None:
    gc.disable()
    try:
        x = Tensor([1.0, 2.0], requires_grad=True)
        y = Cube.apply(x)
        ctx = y.params["call"].ctx
        alive = [weakref.ref(y), weakref.ref(ctx)]
        z = y.sum()
        del y, ctx
        z.backward()
        del z
        assert [r() for r in alive] == [None, None]
    finally:
        gc.enable()


def test_how_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"Wrong.forward expects to be a static method"):

        class Wrong(Function):
            def forward(self, x: Any) -> Any:  # type: ignore[override]
                return x

    with pytest.raises(TypeError, match=r"call Cube.apply"):
        Cube()
    with pytest.raises(TypeError, match="expects a subclass"):
        Function.apply(1.0)

    class Unfinished(Function):
        pass

    with pytest.raises(NotImplementedError, match="forward"):
        Unfinished.apply(1.0)
    with pytest.raises(NotImplementedError, match="backward"):
        Function.backward(None)


def test_what_forward_may_return() -> None:
    class ReturnsTensor(Cube):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return Tensor(x)

    class ReturnsText(Cube):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return "text"

    x = Tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"ReturnsTensor.forward returned a Tensor as output 0"):
        ReturnsTensor.apply(x)
    with pytest.raises(TypeError, match=r"ReturnsText.forward returned str as output 0"):
        ReturnsText.apply(x)


def test_a_tensor_where_no_gradient_flows_is_refused() -> None:
    x = Tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match="inside scale"):
        Cube.apply(x, scale=x)
    with pytest.raises(TypeError, match="inside argument 1"):
        Cube.apply(x, [x])


def test_it_is_drawn_by_its_name() -> None:
    assert '"Cube' in draw(Cube.apply(Tensor(1.0, requires_grad=True))).dot
