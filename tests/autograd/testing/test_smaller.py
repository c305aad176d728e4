from typing import Any

import numpy as np
import pytest

from autograd.testing.example import Call
from autograd.testing.smaller import smallest


def shapes(call: Call) -> tuple[Any, ...]:
    return tuple(np.shape(x) for x in call.args)


@pytest.mark.parametrize(
    ("given", "fails", "expected"),
    [
        # A place of an axis that matters, and no other.
        ([(3, 4)], lambda x: np.any(x == 7), [()]),
        ([(3, 4)], lambda x: np.ndim(x) == 2, [(1, 1)]),
        ([(2, 5)], lambda x: np.size(x) > 1, [(2,)]),
        # The arrays of an op stay broadcastable together.
        ([(2, 3), (4, 2, 3)], lambda x, y: x.shape[-1:] == y.shape[-1:] != (), [(1,), (1,)]),
        ([(2, 3), (3,)], lambda x, y: np.ndim(x) > np.ndim(y), [(1,), ()]),
        ([(1, 1), (1,)], lambda x, y: np.ndim(x) != np.ndim(y), [(1,), ()]),
        ([(2, 1, 3), (1, 3)], lambda x, y: np.ndim(x) == 3, [(1, 1, 1), ()]),
    ],
)
def test_what_does_not_matter_goes(given: Any, fails: Any, expected: Any) -> None:
    arrays = [np.arange(float(np.prod(shape))).reshape(shape) for shape in given]
    found = smallest(Call(tuple(arrays), {}), lambda call: bool(fails(*call.args)))
    assert fails(*found.args)
    assert list(shapes(found)) == expected
