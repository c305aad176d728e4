"""The guard against slow-downs: operation counts within the recorded budget."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def counts(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("CHALKGRAD_FAST", "0")
    return __import__("counts")


@pytest.mark.slow
def test_operation_counts_are_within_the_budget(counts):
    # A process of its own: coverage and debuggers trace too.
    command = [sys.executable, str(BENCHMARKS / "counts.py")]
    out = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "train mlp_small:" in out.stdout, out.stderr
    if out.returncode == counts.UNKNOWN:
        pytest.skip(out.stdout.splitlines()[-1])
    assert out.returncode == 0, out.stdout + out.stderr


def test_a_version_of_python_without_a_budget_is_told(counts, monkeypatch, tmp_path, capsys):
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    monkeypatch.setattr(counts, "BUDGET", tmp_path / "budget.json")
    monkeypatch.setattr(counts, "workloads", lambda: {"step": {"calls": 100}})
    monkeypatch.setattr(sys, "argv", ["counts.py"])
    assert counts.main() == counts.UNKNOWN != 0
    assert f"no budget is recorded for Python {version}" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["counts.py", "--rewrite"])
    assert counts.main() == 0
    monkeypatch.setattr(sys, "argv", ["counts.py"])
    assert counts.main() == 0
    monkeypatch.setattr(counts, "workloads", lambda: {"step": {"calls": 120}})
    assert counts.main() == 1
    assert "step: 120 calls, the budget is 100" in capsys.readouterr().out


def test_instructions_are_counted(counts):
    def work(n):
        total = 0
        for i in range(n):
            total += i
        return total

    ten, twenty, thirty = (counts.instructions(lambda n=n: work(n)) for n in (10, 20, 30))
    grown = twenty["instructions"] - ten["instructions"]
    assert grown > 10
    assert thirty["instructions"] - twenty["instructions"] == grown
    assert thirty["calls"] - twenty["calls"] == twenty["calls"] - ten["calls"] >= 10


def test_memory_is_measured(counts):
    assert 1_000_000 <= counts.peak(lambda: bytearray(1_000_000)) < 1_010_000
    assert 1_000_000 <= counts.kept(lambda: bytearray(1_000_000)) < 1_010_000


def test_a_count_over_its_budget_is_reported(counts):
    budget = {"step": {"calls": 100, "bytes": 50}}
    assert counts.over_budget({"step": {"calls": 104, "bytes": 50}}, budget) == []
    assert counts.over_budget({"step": {"calls": 120}}, budget) == [
        "step: 120 calls, the budget is 100"
    ]
    assert counts.over_budget({"new": {"calls": 1}}, budget) == [
        "new: no budget for calls, which are 1"
    ]
