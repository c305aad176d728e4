"""`python -m autograd check`: exit codes, and what is said."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograd.__main__ import main

OPS = """
import numpy as np
from autograd import Function, primitive
from autograd.testing import gradcheck_op

number = 3

swish = primitive(np.sin, lambda g, out, x: g * np.cos(x), elementwise=True, name="swish")


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        return x * x

    @staticmethod
    def backward(ctx, g):
        return g


@gradcheck_op(order=1)
def first_only(x):
    return np.where(x.data > 0, x.detach(), x.detach()) * x - x * x.detach()


def division(x, y):
    return x / y


def cut(x, axis):
    return np.max(x, axis=axis)
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    # What a command adds to the modules and their path is gone after the test.
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    path = tmp_path / "my_ops.py"
    path.write_text(OPS)
    return str(path)


def test_a_right_op_passes(file, capsys):
    assert main(["check", f"{file}::swish", "--examples", "5"]) == 0
    assert capsys.readouterr().out == "swish: pass\n"


def test_a_wrong_op_fails_and_shows_a_program_that_fails(file, capsys):
    assert main(["check", f"{file}::Wrong", "--examples", "20", "--order", "1"]) == 1
    shown = capsys.readouterr().out
    assert "Wrong fails the check 'gradient'" in shown
    program = shown.partition("To see it again:\n\n")[2]
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 1
    assert "Wrong fails the check 'gradient'" in result.stderr


def test_without_a_name_all_ops_of_the_file_are_checked(file, capsys):
    assert main(["check", file, "--examples", "5"]) == 1
    shown = capsys.readouterr().out
    assert "swish: pass" in shown
    assert "first_only" in shown
    assert "Wrong fails" in shown
    assert "division" not in shown


@pytest.mark.parametrize(
    "inputs",
    [
        "arrays(broadcastable(2), (0.5, 2))",
        "np.ones(3), 2.0",
        "arrays((3,)), np.arange(1.0, 4.0)",
        "arrays(st.just(((2,), (2,))), (number, 4))",
    ],
)
@pytest.mark.parametrize("speed", ["fast", "full"])
def test_inputs_are_python_with_the_kit_and_the_file_in_sight(file, inputs, speed):
    command = ["check", f"{file}::division", "--inputs", inputs]
    assert main([*command, "--examples", "3", "--speed", speed]) == 0


def test_arguments_by_name(file):
    inputs = "call(arrays((2, 3)), axis=st.integers(-2, 1))"
    assert main(["check", f"{file}::cut", "--inputs", inputs, "--examples", "5"]) == 0


@pytest.mark.parametrize(
    ("op", "options", "message"),
    [
        ("::swich", [], "has no 'swich'; did you mean 'swish'? It has ops: swish, Wrong"),
        ("::number", [], "expected a primitive, a Function or a function of tensors, got int"),
        ("::swish", ["--inputs", "arrays(("], "--inputs 'arrays((' is not right: SyntaxError"),
        ("::swish", ["--inputs", "nix"], "NameError: name 'nix' is not defined"),
        ("::swish", ["--order", "-1"], "an order of 0 or more, got -1"),
        ("::Wrong.nix", [], "has no 'Wrong.nix'"),
    ],
)
def test_a_wrong_call_says_what_to_change(file, capsys, op, options, message):
    assert main(["check", file + op, *options]) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_is_not_there_or_does_not_run(tmp_path, file, capsys):
    assert main(["check", str(tmp_path / "other.py") + "::swish"]) == 2
    assert "no file" in (said := capsys.readouterr().err)
    assert "there is my_ops.py" in said
    (tmp_path / "broken.py").write_text("import nix_da")
    assert main(["check", str(tmp_path / "broken.py")]) == 2
    assert "does not run: ModuleNotFoundError: No module named 'nix_da'" in capsys.readouterr().err
    (tmp_path / "text.txt").write_text("hello")
    assert main(["check", str(tmp_path / "text.txt") + "::op"]) == 2
    assert "is not a file of Python" in capsys.readouterr().err
    (tmp_path / "empty.py").write_text("")
    assert main(["check", str(tmp_path / "empty.py")]) == 2
    assert "declares no primitive and no Function" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["chek"], ["check"], ["check", "a.py", "--speed", "x"]])
def test_a_wrong_command_line_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    assert exit.value.code == 2
    assert "usage: python -m autograd" in capsys.readouterr().err


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit) as exit:
        main(["--help"])
    assert exit.value.code == 0
    assert "check the derivatives of an op in a file" in capsys.readouterr().out


def test_it_runs_as_a_module(file):
    command = [sys.executable, "-m", "autograd", "check", f"{file}::swish", "--examples", "3"]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "swish: pass\n"
