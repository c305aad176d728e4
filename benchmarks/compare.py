"""This project beside its peers: the same networks, first proved to be the same, then timed.

    python benchmarks/compare.py [--quick] [--resume] [--only WORDS] [--minutes 4]

Each peer works in a process of its own, and they take turns: every round gives each of them the
same stretch of time, in another order each round. What is reported is the median over rounds, and
the quartiles. Results are written to --json after every workload; --resume goes on from there, so
that a long run can be made in pieces, and --only measures some of them anew. The page beside the
file, docs/performance.md, is written from it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environments
import report
from workloads import GROWTH, NETS

ROOT = environments.ROOT
# Name in the tables -> environment, module.
PEERS = {
    "hand-written": ("chalkgrad", "handwritten"),
    "chalkgrad": ("chalkgrad", "chalkgrad"),
    "chalkgrad + fast": ("chalkgrad", "chalkgrad_fast"),
    "PyTorch": ("pytorch", "pytorch"),
    "PyTorch, fused": ("pytorch", "pytorch_fused"),
    "JAX, jit": ("jax", "jax"),
    "MyGrad": ("mygrad", "mygrad"),
    "HIPS autograd": ("hips", "hips"),
    "micrograd": ("micrograd", "micrograd"),
}
OURS = ("hand-written", "chalkgrad", "chalkgrad + fast")
TOLERANCE = 1e-3
# Seconds until the idle threads of one library have stopped spinning for work. After a twentieth of
# a second they take a core from the next one: a step of mlp_small then takes 2 to 40 ms, not 0.8.
_REST = 0.2
PROOF_STEPS = 5
MODULES = {
    "NumPy": ("chalkgrad", "numpy"),
    "chalkgrad": ("chalkgrad", "autograd"),
    "PyTorch": ("pytorch", "torch"),
    "JAX": ("jax", "jax"),
    "MyGrad": ("mygrad", "mygrad"),
    "HIPS autograd": ("hips", "autograd"),
}


@dataclass(frozen=True)
class Task:
    """One workload, timed for every peer that has it, or for `only` these."""

    kind: str
    name: str = ""
    threads: int = 1
    only: tuple[str, ...] = tuple(PEERS)
    rounds: int = 15
    turn: float = 0.1

    @property
    def key(self) -> str:
        return f"{self.kind} | {self.name} | {self.threads}"


def tasks(quick: bool) -> list[Task]:
    found = []
    for threads in (1,) if quick else (1, 2):
        for name in NETS:
            found.append(Task("train", name, threads))
            found.append(Task("products", name, threads, rounds=9, turn=0.05))
        found += [Task("forward", f"mlp_slide {batch}", threads, turn=0.05) for batch in (1, 256)]
    found.append(Task("hvp", turn=0.05))
    found.append(Task("chain", "chain 999", turn=0.05))
    found.append(Task("scalars", rounds=5, turn=0.2))
    if quick:
        return found
    found.append(Task("chain", "chain 99999", rounds=5, turn=0.3))
    for names in GROWTH.values():
        found += [Task("train", name, only=OURS, rounds=9, turn=0.05) for name in names]
    nodes = [f"chain {3 * (n // 3)}" for n in (10_000, 1_000_000)]
    found += [Task("chain", name, only=OURS[1:2], rounds=3, turn=0.1) for name in nodes]
    return found


PROVED = [
    *(("train", name) for name in NETS),
    ("forward", "mlp_slide 1"),
    ("forward", "mlp_slide 256"),
    ("scalars", ""),
    ("chain", "chain 999"),
    ("hvp", ""),
]


class Peer:
    """A worker process, and what it can do."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        environment, module = PEERS[name]
        command = [str(environments.python(environment)), str(ROOT / "benchmarks/worker.py")]
        self.process = subprocess.Popen(
            [*command, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=settings(threads),
        )
        if threads == 1 and hasattr(os, "sched_setaffinity"):
            # All on one core: two cores may differ in what else they have to do.
            os.sched_setaffinity(self.process.pid, {max(os.sched_getaffinity(0))})
        self.about = self.ask("hello")

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """The answer to a request; RuntimeError where the peer reports an error or is gone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise RuntimeError(f"the worker of {self.name} has ended") from None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker of {self.name} ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {answer['error']}")
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


def settings(threads: int) -> dict[str, str]:
    """The environment of a worker: so many threads, and the BLAS kernel that fits the machine."""
    found = {
        name: value
        for name, value in os.environ.items()
        if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
        and not name.startswith("CHALKGRAD_")
    }
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):
        found[name] = str(threads)
    if threads == 1:
        found["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return found


def prove(peers: dict[str, Peer], kinds: tuple[str, ...] = ()) -> dict[str, Any]:
    """What each peer computes in the first steps; RuntimeError where one differs from ours.

    `kinds`: of workloads; all if there are none.
    """
    found: dict[str, Any] = {}
    wrong = []
    for kind, name in PROVED:
        if kinds and kind not in kinds:
            continue
        # The others give the same at every step.
        steps = PROOF_STEPS if kind in ("train", "scalars") else 1
        numbers = {}
        for peer in peers.values():
            if kind in peer.about["kinds"]:
                peer.ask("prepare", kind=kind, name=name, proof=True)
                numbers[peer.name] = peer.ask("numbers", steps=steps)["numbers"]
        wanted = numbers["hand-written"]
        worst = 0.0
        for other, given in numbers.items():
            error = max(abs(a - b) / abs(b) for a, b in zip(given, wanted, strict=True))
            if not error <= TOLERANCE:
                wrong.append(f"{kind} {name}: {other} gives {given}, expected {wanted}")
            worst = max(worst, error if math.isfinite(error) else math.inf)
        found[f"{kind} | {name}"] = {"numbers": numbers, "largest_error": worst}
        print(f"same results: {kind} {name}, within {worst:.1e}", flush=True)
    if wrong:
        raise RuntimeError("the peers do not compute the same:\n" + "\n".join(wrong))
    return found


def measure(task: Task, peers: dict[str, Peer], quick: bool) -> dict[str, Any]:
    """Seconds per step of each peer in each round."""
    turn = task.turn / 4 if quick else task.turn
    rounds = math.ceil(task.rounds / 5) if quick else task.rounds
    steps: dict[str, int] = {}
    for name in task.only:
        peer = peers.get(name)
        if peer is None or task.kind not in peer.about["kinds"]:
            continue
        peer.ask("prepare", kind=task.kind, name=task.name)
        first = peer.ask("time", steps=1)["seconds"]  # compiles, fills caches
        if first < turn:
            first = peer.ask("time", steps=3)["seconds"]
        steps[name] = max(1, round(turn / first))
    found: dict[str, Any] = {name: {"seconds": [], "cpu": []} for name in steps}
    order = list(steps)
    for _ in range(rounds):
        for name in order:
            if task.threads > 1:
                time.sleep(_REST)
            if steps[name] > 1:
                peers[name].ask("time", steps=1)  # the others have emptied the caches
            answer = peers[name].ask("time", steps=steps[name])
            for field in ("seconds", "cpu"):
                found[name][field].append(answer[field])
        order.append(order.pop(0))
    for name in steps:
        peers[name].ask("drop")
    return found


def memory(kind: str, request: dict[str, Any]) -> dict[str, Any]:
    """Bytes, each peer in a fresh process."""
    found: dict[str, Any] = {}
    for name in PEERS:
        peer = Peer(name, 1)
        if ("train" if kind == "peak" else kind) in peer.about["kinds"]:
            found[name] = {"bytes": peer.ask(kind, **request)["bytes"]}
        peer.close()
    return found


def imports(rounds: int) -> dict[str, Any]:
    """Seconds that an import takes beyond Python's own start, in fresh interpreters by turns."""
    found: dict[str, Any] = {name: {"seconds": []} for name in MODULES}
    for turn in range(rounds + 1):
        for name, (environment, module) in MODULES.items():
            times = []
            for program in ("pass", f"import {module}"):
                command = [str(environments.python(environment)), "-c", program]
                start = time.perf_counter()
                subprocess.run(command, env=settings(1), check=True, cwd="/")
                times.append(time.perf_counter() - start)
            if turn:  # the first turn compiles bytecode and fills the disk's cache
                found[name]["seconds"].append(times[1] - times[0])
    return found


def machine() -> dict[str, Any]:
    model = "unknown"
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
    }


class Results:
    """The file that the run fills, workload by workload."""

    def __init__(self, path: Path, keep: bool) -> None:
        self.path = path
        self.data: dict[str, Any] = {"machine": machine(), "peers": {}, "proof": {}, "load": {}}
        self.data["measured"] = {}
        if keep and path.exists():
            self.data |= json.loads(path.read_text())

    def add(self, key: str, found: dict[str, Any]) -> None:
        self.data["measured"][key] = found
        self.data["load"][key] = round(os.getloadavg()[0], 2)
        self.save()
        shown = [
            f"{name} {1e3 * statistics.median(value['seconds']):.4g} ms"
            if "seconds" in value
            else f"{name} {value['bytes']:.4g} B"
            for name, value in found.items()
        ]
        print(f"{key}: " + ", ".join(shown), flush=True)

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_suffix(".new")
        scratch.write_text(as_json(self.data))
        scratch.replace(self.path)


def as_json(data: dict[str, Any]) -> str:
    """JSON with a line for each workload, and figures to four digits."""

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return float(f"{value:.4g}")
        if isinstance(value, list):
            return [rounded(item) for item in value]
        if isinstance(value, dict):
            return {key: rounded(item) for key, item in value.items()}
        return value

    parts = []
    for key, value in {**data, "measured": rounded(data["measured"])}.items():
        lines = [f"  {json.dumps(name)}: {json.dumps(item)}" for name, item in value.items()]
        parts.append(f"{json.dumps(key)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def run(options: argparse.Namespace) -> None:
    results = Results(options.json, options.resume or bool(options.only))
    measured = results.data["measured"]
    end = time.monotonic() + 60 * options.minutes
    words = options.only or [""]

    def due(key: str) -> bool:
        wanted = any(word in key for word in words)
        return wanted and not (options.resume and key in measured) and time.monotonic() < end

    others = {
        "import |  | 1": lambda: imports(1 if options.quick else 9),
        "record | chain 99999 | 1": lambda: memory("record", {"ops": 99_999}),
    }
    if not options.quick:  # it takes half a minute
        others["peak | mlp_modern 2048 | 1"] = lambda: memory(
            "peak", {"name": "mlp_modern 2048", "small": "mlp_modern 32"}
        )
    for key, measurement in others.items():
        if due(key):
            results.add(key, measurement())
    for threads in (1, 2):
        work = [task for task in tasks(options.quick) if task.threads == threads and due(task.key)]
        if not work:
            continue
        peers = {name: Peer(name, threads) for name in PEERS}
        try:
            about = {name: peer.about for name, peer in peers.items()}
            results.data["peers"][str(threads)] = about
            if not (options.resume and str(threads) in results.data["proof"]):
                # What does not multiply matrices needs no second proof.
                kinds = () if threads == 1 and not options.quick else ("train", "forward")
                results.data["proof"][str(threads)] = prove(peers, kinds)
                results.save()
            for task in work:
                if due(task.key):
                    results.add(task.key, measure(task, peers, options.quick))
        finally:
            for peer in peers.values():
                peer.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one thread, fewer and shorter rounds")
    parser.add_argument("--resume", action="store_true", help="leave out what the file has")
    parser.add_argument("--only", nargs="*", help="workloads whose key has one of these words")
    parser.add_argument("--minutes", type=float, default=60, help="begin nothing after so long")
    parser.add_argument("--json", type=Path, help="default: docs/performance.json; --quick: out/")
    options = parser.parse_args()
    if options.json is None:
        options.json = ROOT / ("out" if options.quick else "docs") / "performance.json"
    run(options)
    report.write(options.json, options.json.with_suffix(".md"))
    print(f"wrote {options.json} and {options.json.with_suffix('.md')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
