"""A node knows the user's line, also through a layer and through NumPy."""

from __future__ import annotations

import sys

import numpy as np

from autograd import Tensor, source


def test_operators_functions_and_methods_point_here():
    x = Tensor([1.0, 2.0], requires_grad=True)
    made = [
        x * 2,
        np.exp(x),
        x.sum(),
        np.sum(x),
        np.std(x),
        2 - x,
        x[0],
        -x,
    ]
    first = made[0].line.number
    assert [t.line.number - first for t in made] == list(range(8))
    assert all(t.line.file == __file__ for t in made)


def test_library_frames_are_passed_over():
    frame = sys._getframe()
    assert source.user_frame(frame) is frame
    assert source.caller() is frame
    assert source.locate(None, 0) is None


def test_a_line_without_source_text():
    code = compile("y = x * 2", "<nowhere>", "exec")
    namespace = {"x": Tensor(1.0, requires_grad=True)}
    exec(code, namespace)
    line = namespace["y"].line
    assert (line.file, line.number, line.text) == ("<nowhere>", 1, "")
    assert str(line) == 'File "<nowhere>", line 1, in <module>'


def test_a_stack_of_library_frames_only(monkeypatch):
    frame = sys._getframe()
    monkeypatch.setattr(source, "user_files", set())
    monkeypatch.setattr(source, "_library_files", set())
    monkeypatch.setattr(source, "_library", {""})  # every file is the library's
    assert source.user_frame(frame) is frame
