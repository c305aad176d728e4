"""The import: what it says where another package of the same name is in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported(statement: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    """Run a statement in a process that looks for packages in `folders` first."""
    path = os.pathsep.join(map(str, folders))
    return subprocess.run(
        [sys.executable, "-c", statement],
        env={**os.environ, "PYTHONPATH": path},
        cwd=folders[0],
        capture_output=True,
        text=True,
        check=False,
    )


def test_files_of_hips_autograd_among_ours_are_warned_of(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd", ignore=ignored)
    assert imported("import autograd", tmp_path).stderr == ""
    (tmp_path / "autograd" / "numpy").mkdir()
    (tmp_path / "autograd" / "numpy" / "numpy_vjps.py").touch()
    said = imported("import autograd; print(autograd.Tensor(1.0))", tmp_path)
    assert "chalkgrad and HIPS autograd are installed into one folder" in said.stderr
    assert said.stdout == "Tensor(1.0)\n"


def test_nn_names_a_foreign_autograd(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("def grad(f): ...\n")
    said = imported("import nn", tmp_path, ROOT)
    assert (
        "ImportError: nn needs chalkgrad's package autograd, and found another one" in said.stderr
    )
    assert str(tmp_path) in said.stderr
