"""Property tests for your own ops: strategies of arrays, and a battery that finds the mistake.

    from autograd.testing import arrays, broadcastable, check_op

    def test_my_op():
        check_op(my_op, inputs=arrays(broadcastable(2), domain=(0.5, 2)))

`check_op` draws arguments with hypothesis, checks the op from all sides, shrinks what fails to the
smallest shape and the roundest numbers, and prints a program that shows it again. Ops marked with
`gradcheck_op` in a test file are checked by pytest without a test function; without any tests
`python -m autograd check file.py::my_op` does it from the command line.

It needs hypothesis: pip install 'chalkgrad[testing]'.
"""

try:
    import hypothesis as _hypothesis  # noqa: F401
except ImportError as error:
    raise ImportError(
        "autograd.testing needs hypothesis; install it with: pip install 'chalkgrad[testing]'"
    ) from error

from .check import OpError, check_op
from .example import Call, call
from .mark import gradcheck_op, mark_of
from .shapes import axes, broadcastable, indices, matmul_shapes, shapes
from .values import arrays, dtypes, floats_away_from, layouts, tensors

__all__ = [
    "Call",
    "OpError",
    "arrays",
    "axes",
    "broadcastable",
    "call",
    "check_op",
    "dtypes",
    "floats_away_from",
    "gradcheck_op",
    "indices",
    "layouts",
    "mark_of",
    "matmul_shapes",
    "shapes",
    "tensors",
]


def __dir__() -> list[str]:
    return sorted(__all__)
