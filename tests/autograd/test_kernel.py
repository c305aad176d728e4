"""Kernels: used for arrays, never for graphs, and never on memory that somebody else holds."""

import threading
import weakref

import numpy as np
import pytest

from autograd import Tensor, detect_anomaly, gradients, no_grad, primitive
from autograd.kernel import Kernel, constant


class Doubling:
    """y = 2 x with a kernel that writes into g where it may; it counts, and notes `own`."""

    def __init__(self):
        self.owns, self.ruled = [], 0
        self.op = primitive(lambda x: 2 * x, self.rule, elementwise=True, name="double")
        self.op.kernel = Kernel(self.forward, self.backward)

    def rule(self, g, out, x):
        self.ruled += 1
        return 2 * g

    def forward(self, x):
        return (x + x, "kept") if isinstance(x, np.ndarray) else None

    def backward(self, needs, g, own, out, kept, x):
        assert kept == "kept"
        self.owns.append(own)
        return (np.multiply(g, 2, out=g if own else None),)


@pytest.fixture
def double():
    return Doubling()


@pytest.fixture
def x():
    return Tensor(np.arange(3.0), requires_grad=True)


SEED = np.ones(3)


def test_the_gradient_of_a_kernel_belongs_to_the_next_one(double, x):
    seed = SEED.copy()
    double.op(double.op(double.op(x))).backward(seed)
    assert (double.owns, double.ruled) == ([False, True, True], 0)
    np.testing.assert_array_equal(x.grad.data, 8)
    np.testing.assert_array_equal(seed, 1)


def test_a_gradient_that_goes_two_ways_is_not_written_to(double, x):
    y = double.op(x)
    (y + 1.0 * y).backward(SEED)  # `+` hands the same array to both sides
    np.testing.assert_array_equal(x.grad.data, 4)
    z = double.op(x)
    a, b = Tensor(np.zeros(3), requires_grad=True), Tensor(np.zeros(3), requires_grad=True)
    x.grad = None
    (double.op(z + a) + b).backward(SEED)
    np.testing.assert_array_equal(
        [b.grad.data, a.grad.data, x.grad.data], [[1] * 3, [2] * 3, [4] * 3]
    )


def test_a_sum_of_contributions_may_be_written_to(double, x):
    y = double.op(x)
    (np.sin(y) * 0 + y).backward(SEED)
    assert double.owns == [True]
    np.testing.assert_array_equal(x.grad.data, 2)


@pytest.mark.parametrize("watch", ["retain_grad", "hook"])
def test_a_gradient_that_was_shown_to_somebody_is_not_written_to(double, x, watch):
    seen = []
    y = double.op(x)
    if watch == "retain_grad":
        y.retain_grad()
    else:
        y.register_hook(lambda g: seen.append(g))
    double.op(y).backward(SEED)
    np.testing.assert_array_equal((y.grad if watch == "retain_grad" else seen[0]).data, 2)
    np.testing.assert_array_equal(x.grad.data, 4)
    assert double.owns == [False, False]


def test_a_gradient_that_was_handed_out_never_changes(double, x):
    for _ in range(2):
        y = double.op(double.op(x))
        y.backward(SEED, retain_graph=True)
        first = x.grad.data
        before = first.copy()
        y.backward(SEED)
        np.testing.assert_array_equal(first, before)
        np.testing.assert_array_equal(x.grad.data, 2 * before)
        kept = x.grad
        x.grad = None
        double.op(double.op(x)).backward(SEED)
        np.testing.assert_array_equal(kept.data, 2 * before)
        x.grad = None


def test_what_was_kept_goes_with_the_graph(x):
    op = primitive(lambda x: -x, lambda g, out, x: -g)
    op.kernel = Kernel(lambda x: (-x, np.zeros(3)), lambda needs, g, own, out, kept, x: (-g,))
    y = op(x)
    kept = weakref.ref(y._kept)
    y.backward(SEED)
    assert kept() is None
    with pytest.raises(RuntimeError, match="released"):
        y.backward(SEED)


def test_a_graph_of_the_backward_pass_is_made_by_the_rules(double, x):
    (g,) = gradients(double.op(x * x), x, SEED, create_graph=True)
    assert (double.owns, double.ruled) == ([], 1)
    assert g.requires_grad
    np.testing.assert_array_equal(gradients(g, x, SEED)[0].data, 4)


def test_gradients_of_chosen_inputs_come_from_the_kernel_too(double, x):
    y = double.op(x)
    z = double.op(y)
    gy, gx = gradients(z, [y, x], SEED)
    np.testing.assert_array_equal([gy.data, gx.data], [[2] * 3, [4] * 3])
    assert (double.owns, double.ruled) == ([False, False], 0)


def test_anomalies_are_looked_for_in_what_the_kernel_gives(double, x):
    double.op.kernel = Kernel(double.forward, lambda needs, g, *rest: (g * np.nan,))
    with detect_anomaly(), pytest.raises(ArithmeticError, match="derivative with respect to"):
        double.op(x).backward(SEED)


def test_operands_that_a_kernel_does_not_deal_with_go_the_usual_way(double):
    x = Tensor(3.0, requires_grad=True)
    double.op(x).backward()
    assert (x.grad.item(), double.ruled, double.owns) == (2, 1, [])
    assert double.op(3.0) == 6


def test_without_a_graph_only_the_result_is_made(double, x):
    with no_grad():
        y = double.op(x)
    assert y._kept is None
    np.testing.assert_array_equal(y.data, 2 * x.data)


def test_errors_of_a_kernel_name_the_op(double, x):
    def backward(*args):
        raise ZeroDivisionError("oh")

    double.op.kernel = Kernel(double.forward, backward)
    with pytest.raises(ZeroDivisionError, match="oh") as error:
        double.op(x).backward(SEED)
    assert "double" in error.value.__notes__[0]
    double.op.kernel = Kernel(backward, backward)
    with pytest.raises(ZeroDivisionError) as error:
        double.op(x)
    assert "double" in error.value.__notes__[0]


def test_two_threads_that_train_do_not_meet(double):
    results, failures = {}, []

    def train(number):
        try:
            x = Tensor(np.full(1000, float(number)), requires_grad=True)
            for _ in range(50):
                x.grad = None
                double.op(double.op(x * x)).backward(np.ones(1000))
                results.setdefault(number, []).append(x.grad.data.copy())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=train, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number, grads in results.items():
        np.testing.assert_array_equal(grads, np.full((50, 1000), 8.0 * number))


def test_a_constant_is_one_number_of_the_dtype_that_nobody_changes():
    c = constant(0.1, np.dtype(np.float32))
    assert (c.shape, c.dtype, c[()]) == ((), np.float32, np.float32(0.1))
    assert constant(0.1, np.dtype(np.float32)) is c
    with pytest.raises(ValueError, match="read-only"):
        c[...] = 1
