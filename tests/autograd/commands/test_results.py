"""Results for machines: escapes, and lines."""

from xml.etree import ElementTree

import pytest

from autograd.commands.results import Result, annotation, as_junit, line_of
from autograd.testing import OpError


def failed(text, file="a b,c:d.py"):
    return Result("op", file, 3, 0.5, OpError(text, "gradient"))


def test_annotations_escape_what_means_something():
    assert annotation(failed("50 % : ,\r\nnext")) == (
        "::error file=a b%2Cc%3Ad.py,line=3,title=op fails the check 'gradient'"
        "::50 %25 : ,%0D%0Anext"
    )


def test_an_absolute_path_below_here_is_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "file=sub/x.py," in annotation(failed("", str(tmp_path / "sub" / "x.py")))
    assert f"file={tmp_path.parent}/x.py," in annotation(failed("", str(tmp_path.parent / "x.py")))


def test_junit_takes_any_text():
    text = as_junit([failed("\x1b[31m<wrong> & \x00 ∂\x1b[0m")])
    ((case,),) = ElementTree.fromstring(text)
    assert case[0].text == "[31m<wrong> & " + " ∂[0m"
    assert (case.get("time"), case.get("line"), case.get("file")) == ("0.500", "3", "a b,c:d.py")


@pytest.mark.parametrize(
    ("name", "line"),
    [("f", 3), ("A", 5), ("A.op", 5), ("x", 8), ("y", 8), ("np", 1), ("late", 9), ("z", None)],
)
def test_the_line_that_binds_a_name(tmp_path, name, line):
    file = tmp_path / "x.py"
    lines = [
        "import numpy as np",
        "@g",
        "def f():",
        "    z = 1",
        "class A:",
        "    def op(): ...",
        "",
    ]
    lines += ["x, y = 1, 2", "if x:", "    late = x"]
    file.write_text("\n".join(lines))
    assert line_of(str(file), name) == line
