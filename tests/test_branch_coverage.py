"""The gate of `make coverage`: each package has to have enough of its branches taken."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

GATE = Path(__file__).parents[1] / ".ci" / "branch_coverage.py"


@pytest.fixture
def gate() -> Any:
    if not GATE.exists():
        pytest.skip("an archive of the source comes without .ci")
    spec = importlib.util.spec_from_file_location("branch_coverage", GATE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def summary(taken: int, branches: int) -> dict[str, int]:
    return {"covered_branches": taken, "num_branches": branches}


def test_packages_do_not_make_up_for_each_other(gate: Any) -> None:
    files = {
        "autograd/engine.py": summary(970, 1000),
        "nn/linear.py": summary(94, 100),
        "optim/sgd.py": summary(90, 100),
        "optim/adam.py": summary(100, 100),
    }
    assert gate.verdicts(files) == {
        "autograd: 970 of 1000 branches taken: 97.0 %, required 97 %": True,
        "nn: 94 of 100 branches taken: 94.0 %, required 95 %": False,
        "optim: 190 of 200 branches taken: 95.0 %, required 95 %": True,
    }


def test_a_package_that_was_not_measured_has_not_passed(gate: Any) -> None:
    assert list(gate.verdicts({}).values()) == [False] * 3


@pytest.mark.parametrize(("taken", "status"), [(99, 0), (10, 1)])
def test_the_exit_status(gate: Any, monkeypatch: Any, capsys: Any, taken: int, status: int) -> None:
    files = {f"{name}/a.py": summary(taken, 100) for name in ("autograd", "nn", "optim")}
    monkeypatch.setattr(gate, "measured", lambda: files)
    assert gate.main() == status
    assert len(capsys.readouterr().out.splitlines()) == 3
