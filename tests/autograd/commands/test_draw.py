import subprocess
import sys
from pathlib import Path

import pytest

from autograd.__main__ import main

PROGRAM = """
from neighbour import two
from autograd import Tensor

def chain():
    a, b = Tensor(5.0, requires_grad=True), Tensor(two, requires_grad=True)
    u = a * b
    return u

def broken():
    return Tensor([1.0, 2.0]) @ Tensor([1.0, 2.0, 3.0])

def with_argument(x):
    return x * 2

def nothing():
    pass

J = chain()
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "neighbour.py").write_text("two = 2.0\n")
    path = tmp_path / "drawn_program.py"
    path.write_text(PROGRAM)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("drawn_program", "neighbour"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return path


def test_a_function_is_drawn(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = file.with_name("graph.dot")
    assert main(["draw", f"{file}::chain", "-o", str(out)]) == 0
    assert "<B>u</B> = 10" in out.read_text(encoding="utf-8")
    assert capsys.readouterr().out == f"{out}\n"


def test_options(file: Path) -> None:
    out = file.with_name("graph.dot")
    options = ["--view", "both", "--no-legend", "--depth", "1", "--collapse", "Linear"]
    assert main(["draw", f"{file}::J", "-o", str(out), *options]) == 0
    text = out.read_text(encoding="utf-8")
    assert "dir=back" in text
    assert "labelloc" not in text
    assert main(["draw", f"{file}::J", "-o", str(out), "--no-grads"]) == 0
    assert "dJ" not in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("{file}", "expected path/to/file.py::function"),
        ("{file}.nowhere::chain", "no file"),
        ("{file}::chian", "has no 'chian'; did you mean 'chain'?"),
        ("{file}::with_argument", "missing a required argument: 'x'"),
    ],
)
def test_what_the_user_can_correct(
    file: Path, target: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draw", target.format(file=file), "-o", str(file.with_name("g.dot"))]) == 2
    error = capsys.readouterr().err
    assert error.startswith("python -m autograd: ")
    assert message in error
    assert not file.with_name("g.dot").exists()


def test_another_ending(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", f"{file}::chain", "-o", "graph.jpeg"]) == 2
    assert ".svg" in capsys.readouterr().err


def test_an_error_of_the_function_keeps_its_traceback(file: Path) -> None:
    with pytest.raises(ValueError, match="matmul"):
        main(["draw", f"{file}::broken", "-o", str(file.with_name("g.dot"))])


def test_the_program_itself(file: Path) -> None:
    out = file.with_name("graph.dot")
    command = [sys.executable, "-m", "autograd", "draw", f"{file}::chain", "-o", str(out)]
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""
    assert out.exists()


def test_a_page_that_plays(file: Path) -> None:
    out = file.with_name("page.html")
    assert main(["draw", f"{file}::chain", "-o", str(out)]) == 0
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
