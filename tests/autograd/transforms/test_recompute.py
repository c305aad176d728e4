import gc
import weakref
from typing import Any

import numpy as np
import pytest

from autograd import (
    Tensor,
    checkpoint,
    default_dtype,
    generator,
    grad,
    gradients,
    manual_seed,
    no_grad,
)


def block(x: Any) -> Any:
    return np.exp(np.sin(x)) * x


def tensors() -> tuple[Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(4, 3)), requires_grad=True, name="x")
    w = Tensor(rng.normal(size=(3, 3)), requires_grad=True, name="w")
    return x, w, w * 2


def test_value_and_gradients_are_those_of_the_plain_call() -> None:
    def run(call: Any) -> tuple[Any, ...]:
        x, w, double = tensors()
        h = call(lambda h, scale: np.tanh(h @ w @ double) * scale, x * 3, scale=2.0)
        h = call(block, h)
        loss = (h**2).sum()
        loss.backward()
        assert x.grad is not None
        assert w.grad is not None
        return loss.data, x.grad.data, w.grad.data

    plain = run(lambda f, *args, **kwargs: f(*args, **kwargs))
    checkpointed = run(checkpoint)
    for a, b in zip(plain, checkpointed, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_only_the_op_stays_in_the_graph() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    inside = []

    def f(x: Any) -> Any:
        y = np.exp(x)
        inside.append(weakref.ref(y))
        return np.sin(y)

    gc.disable()
    try:
        y = checkpoint(f, x)
        assert inside[0]() is None
        assert y.op.name == "checkpoint"
        assert y.inputs == (x,)
        y.sum().backward()
        assert inside[1]() is None
        node = weakref.ref(y)
        del y
        assert node() is None
    finally:
        gc.enable()


def test_higher_derivatives() -> None:
    assert grad(grad(lambda x: checkpoint(block, x)))(0.7) == pytest.approx(grad(grad(block))(0.7))
    x, w, double = tensors()
    f = lambda h: np.tanh(h @ w @ double)

    def second(call: Any) -> Any:
        (gx,) = gradients(call(f, x).sum(), x, create_graph=True)
        assert gx is not None
        return gradients((gx**2).sum(), [x, w])

    for plain, again in zip(second(lambda f, x: f(x)), second(checkpoint), strict=True):
        np.testing.assert_allclose(plain.data, again.data, rtol=1e-12)


def test_checkpoints_nest() -> None:
    f = lambda x: checkpoint(block, checkpoint(block, x) * 2)
    plain = lambda x: block(block(x) * 2)
    assert grad(lambda x: checkpoint(f, x))(0.3) == pytest.approx(grad(plain)(0.3))


def test_several_results() -> None:
    x = Tensor(0.5, requires_grad=True)
    s, constant, note, c = checkpoint(lambda x: (np.sin(x), Tensor(3.0), "note", np.cos(x)), x)
    assert (constant.item(), note) == (3, "note")
    (s * c * constant).backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(3 * np.cos(1.0))
    only = checkpoint(lambda x: [x * 2, x * 3], x)
    assert type(only) is list
    assert gradients(only[1], x)[0].item() == 3  # type: ignore[union-attr]


def test_diamonds_and_writes_in_place_inside() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        z = y * y + y
        y[0] = z[1]
        return y * z

    x = np.array([1.0, 2.0])
    expected = grad(lambda x: np.sum(f(x)))(x)
    np.testing.assert_allclose(grad(lambda x: np.sum(checkpoint(f, x)))(x), expected)


def test_the_argument_itself_as_result() -> None:
    x = Tensor(2.0, requires_grad=True)
    checkpoint(lambda x: x, x).backward()
    assert x.grad is not None
    assert x.grad.item() == 1


def test_nothing_to_differentiate() -> None:
    x = Tensor(2.0)
    y = checkpoint(block, x)
    assert not y.requires_grad
    with no_grad():
        assert not checkpoint(block, Tensor(2.0, requires_grad=True)).requires_grad
    assert checkpoint(block, 2.0) == block(2.0)


def test_random_numbers_of_the_library_are_drawn_again() -> None:
    manual_seed(1)
    x = Tensor(np.ones(100), requires_grad=True)
    y = checkpoint(lambda x: x * (generator().random(100) < 0.5), x)
    after = generator().bit_generator.state
    y.sum().backward()
    assert x.grad is not None
    assert np.array_equal(x.grad.data, y.data)
    assert generator().bit_generator.state == after
    assert default_dtype() == np.float32


def test_another_result_the_second_time_raises() -> None:
    rng = np.random.default_rng(0)
    x = Tensor(np.ones(100), requires_grad=True)
    y = checkpoint(lambda x: x * rng.random(100), x)
    with pytest.raises(RuntimeError, match=r"another result the second time.*random numbers"):
        y.sum().backward()
    assert x.grad is None
    sizes = iter([2, 3])
    y = checkpoint(lambda x: x[: next(sizes)], x)
    with pytest.raises(RuntimeError, match="another result the second time"):
        y.sum().backward()


def test_other_tensors_the_second_time_raise() -> None:
    choices = iter([Tensor(2.0, requires_grad=True), Tensor(2.0, requires_grad=True)])
    x = Tensor(1.0, requires_grad=True)
    y = checkpoint(lambda x: x * next(choices), x)
    with pytest.raises(RuntimeError, match="used other tensors the second time"):
        y.backward()


def test_changes_in_between_raise() -> None:
    x, w, _ = tensors()
    y = checkpoint(lambda x: x @ w, x)
    with no_grad():
        w += 1
    with pytest.raises(RuntimeError, match=r"checkpoint: argument 1 \('w'\).*changed in place"):
        y.sum().backward()
    h = x * 2
    y = checkpoint(block, h)
    h += 1e-9
    with pytest.raises(RuntimeError, match="was changed in place since"):
        y.sum().backward()


def test_the_record_can_be_run_again() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    y = checkpoint(block, x)
    again = y.op.forward(*(t.data for t in y.inputs), **y.params)
    assert np.array_equal(again, y.data)


def test_nan_and_inf_count_as_the_same() -> None:
    x = Tensor([0.0, 1.0, -1.0], requires_grad=True)
    with np.errstate(all="ignore"):
        checkpoint(lambda x: np.log(x), x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [np.inf, 1, -1]


def test_it_takes_a_function_first() -> None:
    with pytest.raises(
        TypeError, match=r"checkpoint\(layer, x\) instead of checkpoint\(layer\(x\)"
    ):
        checkpoint(Tensor(1.0))
