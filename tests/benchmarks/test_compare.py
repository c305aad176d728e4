"""The comparison with peers: it proves before it times, and reports what it has measured."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("CHALKGRAD_FAST", "0")


def worker(module, requests):
    """Answers of a worker process to some requests."""
    out = subprocess.run(
        [sys.executable, str(BENCHMARKS / "worker.py"), module],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in out.stdout.splitlines()]


@pytest.mark.parametrize("name", ["mlp_small", "mlp_slide", "mlp_modern", "autoencoder"])
def test_the_network_written_by_hand_is_the_same_network(name, monkeypatch):
    import workloads
    from peers import chalkgrad, handwritten

    full = workloads.NETS[name]
    sizes = tuple(min(n, 24) for n in full.sizes)
    monkeypatch.setitem(workloads.NETS, name, replace(full, sizes=sizes, batch=16))
    ours, theirs = (peer.train(name, True) for peer in (chalkgrad, handwritten))
    for _ in range(5):
        assert chalkgrad.number(ours()) == pytest.approx(handwritten.number(theirs()), rel=1e-4)


def test_other_workloads_agree():
    from peers import chalkgrad, handwritten

    for kind, name in (("hvp", ""), ("chain", "chain 99"), ("forward", "mlp_small 3")):
        ours, theirs = (peer.WORKLOADS[kind](name, True) for peer in (chalkgrad, handwritten))
        wanted = pytest.approx(handwritten.number(theirs()), rel=1e-5)
        assert chalkgrad.number(ours()) == wanted, kind


def test_a_worker_answers_on_its_pipe():
    answers = worker(
        "handwritten",
        [
            {"do": "prepare", "kind": "chain", "name": "chain 99"},
            {"do": "time", "steps": 2},
            {"do": "numbers", "steps": 2},
            {"do": "prepare", "kind": "no such kind"},
            {"do": "time", "steps": 1},
        ],
    )
    prepared, timed, numbers, failed, after = answers
    assert prepared == {}
    assert timed["seconds"] > 0
    assert numbers["numbers"][0] == numbers["numbers"][1] > 0
    assert failed["error"].startswith("KeyError")
    assert after["seconds"] > 0


class Peer:
    """A peer that gives the same number at every step."""

    def __init__(self, name, value, seconds=1.0):
        self.name, self.value, self.seconds = name, value, seconds
        self.about = {"kinds": ["train"]}

    def ask(self, do, **request):
        if do == "numbers":
            return {"numbers": [self.value] * request["steps"]}
        return {"seconds": self.seconds, "cpu": self.seconds}


def test_peers_that_compute_something_else_are_not_timed(monkeypatch):
    import compare

    monkeypatch.setattr(compare, "PROVED", [("train", "mlp_small")])
    same = [Peer("hand-written", 2.0), Peer("chalkgrad", 2.0005)]
    proof = compare.prove({peer.name: peer for peer in same})
    assert proof["train | mlp_small"]["largest_error"] == pytest.approx(2.5e-4)
    for wrong in (2.01, float("nan")):
        peers = [*same, Peer("other", wrong)]
        with pytest.raises(RuntimeError, match="train mlp_small: other gives"):
            compare.prove({peer.name: peer for peer in peers})


def test_the_page_shows_medians_ratios_and_what_is_not_reached(tmp_path, monkeypatch):
    import compare
    import report

    peers = {
        name: Peer(name, 1.0, seconds)
        for name, seconds in (("hand-written", 1.0), ("chalkgrad", 1.2), ("JAX, jit", 1.1))
    }
    results = compare.Results(tmp_path / "run.json", keep=False)
    task = compare.Task("train", "mlp_slide", 1)
    results.add(task.key, compare.measure(task, peers, quick=True))
    report.write(tmp_path / "run.json", tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "{{" not in page
    assert "| mlp_slide | 1,000 ± 0.00 | 1,200 ± 0.00 | – |" in page
    assert "| chalkgrad / hand-written on mlp_slide, 1 thread | 1.10 | 1.20 | **no** |" in page
    assert "- mlp_slide, 1 thread: chalkgrad takes longer than JAX, jit 1.09 ×" in page

    kept = compare.Results(tmp_path / "run.json", keep=True)
    assert kept.data["measured"][task.key] == results.data["measured"][task.key]


def test_settings_of_a_worker(monkeypatch):
    import compare

    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("CHALKGRAD_FAST", "0")
    found = compare.settings(2)
    assert found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "2"
    assert not {"OPENBLAS_CORETYPE", "CHALKGRAD_FAST"} & set(found)
