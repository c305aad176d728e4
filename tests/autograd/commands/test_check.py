"""`python -m autograd check`: exit codes, and what is said."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree

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
def folder(tmp_path, monkeypatch):
    # What a command adds to the modules and their path is gone after the test.
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def file(folder):
    path = folder / "my_ops.py"
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
        ("::nothere", [], "my_ops.py has no 'nothere'. It has ops: swish, Wrong"),
        ("::swish", ["--junit", "/no/such/folder/x.xml"], "cannot be written: "),
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


REPORT = {"name", "verdict", "order", "speed", "findings", "coverage", "variations", "notes"}


def test_json_is_one_object_whatever_the_file_prints(file, capsys):
    with open(file, "a") as text:
        text.write("\nprint('hello')\n")
    assert main(["check", file, "--examples", "20", "--json"]) == 1
    shown = capsys.readouterr()
    assert "hello" in shown.err
    found = json.loads(shown.out)
    assert (found["version"], found["passed"]) == (1, False)
    ops = {op.pop("op"): op for op in found["ops"]}
    assert ops["swish"].pop("seconds") >= 0
    nothing = dict.fromkeys(["check", "message", "program", "report", "larger"])
    assert ops["swish"] == {"file": file, "line": 8, "verdict": "pass", **nothing}
    wrong = ops["Wrong"]
    assert (wrong["line"], wrong["verdict"], wrong["check"]) == (11, "fail", "gradient")
    assert wrong["message"].startswith("Wrong fails")
    assert "check_op(Wrong" in wrong["program"]
    assert set(wrong["report"]) >= REPORT
    assert wrong["report"]["findings"][0]["verdict"] == "fail"


def test_json_of_a_pass(file, capsys):
    assert main(["check", f"{file}::swish", "--examples", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True
    assert main(["check", f"{file}::nothere", "--json"]) == 2
    assert capsys.readouterr().out == ""


def test_junit(file, tmp_path, capsys):
    target = tmp_path / "result.xml"
    assert main(["check", file, "--examples", "10", "--junit", str(target)]) == 1
    assert "swish: pass" in capsys.readouterr().out
    (suite,) = ElementTree.parse(target).getroot()
    assert suite.attrib.items() >= {"tests": "3", "failures": "1", "errors": "0"}.items()
    right, wrong, _ = suite
    assert right.attrib.items() >= {"classname": "my_ops", "name": "swish", "line": "8"}.items()
    assert list(right) == []
    (failure,) = wrong
    assert failure.get("type") == "gradient"
    assert failure.get("message").startswith("Wrong fails the check 'gradient': ")
    assert "To see it again" in failure.text


def test_annotations_of_github(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", f"{file}::Wrong", "--examples", "10", "--github"]) == 1
    text, _, line = capsys.readouterr().out.rstrip("\n").rpartition("\n")
    assert "To see it again" in text
    head = "::error file=my_ops.py,line=11,title=Wrong fails the check 'gradient'%3A "
    assert line.startswith(head)
    assert "::Wrong fails the check 'gradient': fail" in line
    assert "%0A" in line
    assert main(["check", f"{file}::swish", "--examples", "3", "--github"]) == 0
    assert capsys.readouterr().out == "swish: pass\n"
    with pytest.raises(SystemExit):
        main(["check", file, "--github", "--json"])
    assert "not allowed with" in capsys.readouterr().err


def test_an_op_that_was_made_elsewhere_is_imported_from_the_file(folder, capsys):
    (folder / "made.py").write_text(
        "import numpy as np\nfrom autograd import primitive\n"
        "OPS = [primitive(np.sin, lambda g, out, x: -g * np.cos(x), name='turned')]\n"
    )
    (folder / "bound.py").write_text("from made import OPS\n\nrotary = OPS[0]\n")
    assert main(["check", f"{folder / 'bound.py'}::rotary", "--examples", "5"]) == 1
    program = capsys.readouterr().out.partition("To see it again:\n\n")[2]
    assert "from bound import rotary" in program
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "fails the check 'gradient'" in result.stderr
