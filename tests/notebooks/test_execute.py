"""The checker of notebooks: what it compares, what it lets differ, what it refuses."""

from __future__ import annotations

import copy
import importlib.util
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
_spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(execute)


def printing(text: str, name: str = "stdout", tags: tuple[str, ...] = ()) -> dict:
    return {
        "id": "cell",
        "cell_type": "code",
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [{"output_type": "stream", "name": name, "text": [text]}],
    }


def notebook(*cells: dict) -> dict:
    return {"cells": list(cells)}


def complaints(before: dict, after: dict) -> list[str]:
    return list(execute.complaints(notebook(before), notebook(after)))


def test_the_same_words_are_no_complaint():
    assert complaints(printing("J = 33.0\n"), printing("J = 33.0\n")) == []


def test_other_words_are_named_with_their_cell():
    (complaint,) = complaints(printing("J = 33.0\n"), printing("J = 34.0\n"))
    assert "cell cell says something else" in complaint
    assert "33.0" in complaint
    assert "34.0" in complaint
    assert "--write" in complaint


def test_a_result_counts_and_a_picture_does_not():
    before = printing("")
    before["outputs"] = [
        {"output_type": "execute_result", "data": {"text/plain": "(3.0, 6.0)"}},
        {"output_type": "display_data", "data": {"text/plain": "<Figure>", "image/png": "AAAA"}},
    ]
    after = copy.deepcopy(before)
    after["outputs"][1]["data"]["image/png"] = "BBBB"
    assert complaints(before, after) == []
    after["outputs"][0]["data"]["text/plain"] = ["(3.0, ", "6.1)"]
    assert len(complaints(before, after)) == 1


def test_how_a_kernel_cuts_what_is_printed_makes_no_difference():
    before, after = printing("J = 33.0\n"), printing("J = ")
    after["outputs"] += printing("33.0\n")["outputs"]
    assert complaints(before, after) == []


def test_measured_numbers_may_differ_but_not_the_words_between_them():
    before = printing("batch   97.2%  1e-05 right\n", tags=("measured",))
    assert complaints(before, printing("batch  100.0%  -3.25e-6 right\n", tags=("measured",))) == []
    assert len(complaints(before, printing("batch 97.2% 1e-05 wrong\n", tags=("measured",)))) == 1
    assert len(complaints(before, printing("batch 97.2% right\n", tags=("measured",)))) == 1


def test_pythons_warnings_are_found_and_other_noise_is_not():
    text = "file.py:3: RuntimeWarning: overflow encountered in exp\n  y = np.exp(x)\n"
    found = list(execute.warnings_of(notebook(printing(text, "stderr"), printing("Warning: no"))))
    assert found == ["cell cell warned: RuntimeWarning: overflow encountered in exp"]
    assert list(execute.warnings_of(notebook(printing("Fontconfig warning: x\n", "stderr")))) == []
    assert complaints(printing("noise", "stderr"), printing("other noise", "stderr")) == []


def test_what_is_written_does_not_tell_when_and_where_it_ran():
    dirty = notebook(printing("J = 33.0\n", tags=("measured",)), printing("noise", "stderr"))
    dirty["cells"][0]["metadata"]["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
    dirty["cells"][0]["execution_count"] = 17
    dirty["cells"][0]["outputs"][0]["metadata"] = {"needs_background": "light"}
    dirty["metadata"] = {"language_info": {"name": "python", "version": "3.11.7"}}
    clean = execute.cleaned(dirty)
    assert clean["metadata"] == execute.METADATA
    assert [cell["execution_count"] for cell in clean["cells"]] == [1, 2]
    assert clean["cells"][0]["metadata"] == {"tags": ["measured"]}
    assert clean["cells"][0]["outputs"][0]["metadata"] == {}
    assert clean["cells"][1]["outputs"] == []


def test_a_name_that_no_notebook_has_is_an_error(capsys):
    with pytest.raises(SystemExit):
        execute.main(["99"])
    assert "no notebook" in capsys.readouterr().err


def test_a_cell_that_raises_fails_and_names_the_error(monkeypatch, tmp_path):
    def failing(path):
        raise RuntimeError("AssertionError: 1 is not 2")

    monkeypatch.setattr(execute, "execute", failing)
    passed, report = execute.check(tmp_path / "broken.ipynb", write=False)
    assert not passed
    assert "broken.ipynb" in report
    assert "1 is not 2" in report


def test_a_slow_notebook_fails(monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_DIR", raising=False)
    path = tmp_path / "slow.ipynb"
    path.write_text(json.dumps(notebook(printing("done"))))
    monkeypatch.setattr(execute, "execute", lambda path: (notebook(printing("done")), 61.0))
    passed, report = execute.check(path, write=False)
    assert not passed
    assert "expected at most 60 s" in report


def test_with_mnist_only_the_assertions_count(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DIR", str(tmp_path))
    path = tmp_path / "digits.ipynb"
    path.write_text(json.dumps(notebook(printing("64 features"))))
    result = notebook(printing("1024 features")), 600.0
    monkeypatch.setattr(execute, "execute", lambda path: result)
    assert execute.check(path, write=True)[0]
    assert "64 features" in path.read_text()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.name)
def test_committed_notebooks_are_executed_clean_and_small(path):
    text = path.read_text("utf-8")
    committed = json.loads(text)
    assert len(text) < 400_000
    assert committed == execute.cleaned(copy.deepcopy(committed))
    code = [cell for cell in committed["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    assert any("image/png" in o.get("data", {}) for o in code[-1]["outputs"]), "ends in a picture"
    ids = [cell["id"] for cell in committed["cells"]]
    assert len(set(ids)) == len(ids)
