"""Python's numbers beside tensors."""

import numpy as np

from autograd import Tensor


def test_a_number_keeps_the_sign_of_its_zero() -> None:
    x = Tensor(np.ones(2), requires_grad=True)
    with np.errstate(divide="ignore"):
        assert [(x / zero).data[0] for zero in (0.0, -0.0, 0.0)] == [np.inf, -np.inf, np.inf]
    assert [np.signbit((x * zero).data[0]) for zero in (0, 0.0, -0.0, 0.0)] == [0, 0, 1, 0]


def test_a_number_is_rounded_to_the_dtype_that_it_meets() -> None:
    for dtype in (np.float32, np.float64, np.float16):
        x = Tensor(np.ones(2, dtype), requires_grad=True)
        for number in (0.1, 3, True, -2.5, np.nan, np.inf):
            result = x * number
            np.testing.assert_array_equal(result.data, np.ones(2, dtype) * number, strict=True)


def test_the_same_number_is_stored_once_for_many_ops() -> None:
    x = Tensor(np.ones(2), requires_grad=True)
    assert (x * 0.1).inputs[1] is (x + 0.1).inputs[1]
    assert not (x * 0.1).inputs[1].flags.writeable
