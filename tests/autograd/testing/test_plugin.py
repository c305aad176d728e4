"""The pytest plugin: marked ops become tests, and nobody else notices."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

OPS = """
    import numpy as np
    from autograd import Function, primitive
    from autograd.testing import arrays, gradcheck_op

    right = gradcheck_op(primitive(np.sin, lambda g, out, x: g * np.cos(x), elementwise=True))

    @gradcheck_op(inputs=arrays((2,)), order=1, examples=5)
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return -2 * g * x

    class Inherits(Wrong):
        pass

    @gradcheck_op(examples=3)
    def square(x):
        return x * x

    def test_other():
        pass
"""


@pytest.fixture
def ops(pytester):
    pytester.makepyfile(test_ops=OPS)
    return pytester


def test_marked_ops_are_collected_and_checked(ops):
    result = ops.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Wrong fails the check 'gradient'*",
            "*wrong sign*",
            "*check_op(Wrong, inputs=(np.*",
        ]
    )
    result.stdout.no_fnmatch_line("*autograd/testing/check.py*")


def test_they_are_selected_by_mark_and_by_name(ops):
    ops.runpytest_inprocess("-m", "gradcheck_op").assert_outcomes(passed=2, failed=1, deselected=1)
    ops.runpytest_inprocess("-k", "square", "--strict-markers").assert_outcomes(
        passed=1, deselected=3
    )


def test_a_failure_points_at_the_line_of_the_mark(ops):
    items, _ = ops.inline_genitems("test_ops.py")
    found = {item.name: item.reportinfo()[1] + 1 for item in items}
    lines = ops.path.joinpath("test_ops.py").read_text().splitlines()
    assert lines[found["Wrong"] - 1].startswith("@gradcheck_op")
    assert lines[found["right"] - 1].startswith("right =")


def test_a_mistake_in_the_use_of_the_kit_keeps_its_traceback(pytester):
    pytester.makepyfile(
        """
        from autograd.testing import gradcheck_op

        @gradcheck_op(speed="slow")
        def square(x):
            return x * x
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ValueError: check_op expects speed 'fast' or 'full'*"])


def test_fixtures_that_are_used_automatically_are(pytester):
    pytester.makepyfile(
        """
        import pytest
        from autograd.testing import gradcheck_op

        @pytest.fixture(autouse=True)
        def no():
            pytest.skip("not today")

        @gradcheck_op
        def square(x):
            return x * x
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(skipped=1)


def test_the_plugin_imports_nothing_of_the_library():
    program = """
import sys, pytest_chalkgrad
print({"numpy", "autograd", "hypothesis"} & {*sys.modules})
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


INSIDE = """
    import numpy as np
    import pytest
    from autograd import gradcheck, gradgradcheck, primitive
    from autograd.testing import arrays, check_op, gradcheck_op

    cube = primitive(lambda x: x**3, lambda g, out, x: g * 3 * x, name="cube")
    broken = primitive(lambda x: np.swapaxes(x, -1, -2), lambda g, out, x: g[10], name="broken")

    def test_gradcheck():
        gradcheck(cube, [np.full(3, 1.5)])

    def test_gradgradcheck():
        gradgradcheck(cube, [np.full(3, 1.5)])

    def test_check_op():
        check_op(cube)

    def test_a_rule_that_raises():
        check_op(broken, arrays((2, 3)))

    def test_forward_raises():
        gradcheck(broken, [np.ones(3)])

    gradcheck_op(cube)
"""


@pytest.mark.parametrize(
    ("test", "lines"),
    [
        ("test_gradcheck", 12),
        ("test_gradgradcheck", 12),
        ("test_check_op", 45),
        ("test_a_rule_that_raises", 40),
        ("test_forward_raises", 48),
        ("cube", 40),
    ],
)
def test_a_check_inside_of_a_test_prints_no_source_of_the_library(pytester, test, lines):
    file = pytester.makepyfile(test_inside=INSIDE)
    result = pytester.runpytest_inprocess("-q", "-p", "no:randomly", f"{file}::{test}")
    result.assert_outcomes(failed=1)
    assert len(result.outlines) <= lines + 4, result.stdout.str()
    result.stdout.no_fnmatch_line("*autograd/checking/*")
    result.stdout.no_fnmatch_line("*autograd/testing/*")
    result.stdout.no_fnmatch_line("*During handling of the above exception*")
