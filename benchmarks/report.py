"""Tables of a run in Markdown: fills the places {{...}} of performance.md.

python benchmarks/report.py docs/performance.json docs/performance.md
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from workloads import GROWTH, NETS

TEMPLATE = Path(__file__).with_name("performance.md")
HAND, OURS, FAST = "hand-written", "chalkgrad", "chalkgrad + fast"
PEERS = ("PyTorch", "PyTorch, fused", "JAX, jit", "MyGrad", "HIPS autograd")
LEAD = ("PyTorch", "PyTorch, fused", "MyGrad", "HIPS autograd")
TITLES = {
    "train": "",
    "forward": "forward only, ",
    "hvp": "Hessian times vector",
    "chain": "",
    "scalars": "scalar_mlp",
}


class Run:
    """What a run has measured; a workload that it has not gives None everywhere."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.measured: dict[str, Any] = data["measured"]

    def of(self, kind: str, name: str = "", threads: int = 1) -> dict[str, Any]:
        found: dict[str, Any] = self.measured.get(f"{kind} | {name} | {threads}", {})
        return found

    def ratio(self, task: dict[str, Any], peer: str, base: str) -> float | None:
        """Time of `peer` over that of `base`: the median of what each round gives."""
        if peer not in task or base not in task:
            return None
        if "bytes" in task[peer]:
            return float(task[peer]["bytes"] / task[base]["bytes"])
        pairs = zip(task[peer]["seconds"], task[base]["seconds"], strict=True)
        return statistics.median(a / b for a, b in pairs)


def milliseconds(task: dict[str, Any], peer: str) -> str:
    """Median and half the distance of the quartiles."""
    if peer not in task:
        return "–"
    times = [1e3 * s for s in task[peer]["seconds"]]
    low, middle, high = statistics.quantiles(times, n=4)
    return f"{short(middle)} ± {short((high - low) / 2, 2)}"


def short(value: float, digits: int = 3) -> str:
    """So many digits that count, never an exponent."""
    before = len(str(int(value))) if value >= 1 else 0
    return f"{value:,.{max(0, digits - before)}f}"


def times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def title(kind: str, name: str) -> str:
    return TITLES[kind] + (name.replace("mlp_slide ", "mlp_slide, batch ") or "")


# -- the tables ----------------------------------------------------------------------------------


def nets(run: Run, threads: int) -> str:
    peers = (HAND, OURS, FAST, *PEERS)
    rows = []
    for name in NETS:
        task = run.of("train", name, threads)
        rows.append([name, *(milliseconds(task, peer) for peer in peers)])
        rows.append(["× hand-written", *(times(run.ratio(task, peer, HAND)) for peer in peers)])
    return table(["ms per step", *peers], rows)


def products(run: Run) -> str:
    libraries = {HAND: "NumPy", "PyTorch": "PyTorch", "JAX, jit": "JAX"}
    rows = []
    for name in NETS:
        for threads in (1, 2):
            task = run.of("products", name, threads)
            rows.append([name, str(threads), *(milliseconds(task, peer) for peer in libraries)])
    return table(["ms", "threads", *libraries.values()], rows)


def others(run: Run) -> str:
    peers = (HAND, OURS, "PyTorch", "JAX, jit", "MyGrad", "HIPS autograd", "micrograd")
    work = [("forward", f"mlp_slide {batch}") for batch in (1, 256)]
    work += [("hvp", ""), ("chain", "chain 999"), ("chain", "chain 99999"), ("scalars", "")]
    rows = []
    for kind, name in work:
        task = run.of(kind, name)
        rows.append([title(kind, name), *(milliseconds(task, peer) for peer in peers)])
    return table(["ms", *peers], rows)


def memory(run: Run) -> str:
    peers = (HAND, OURS, *PEERS)
    rows = []
    for label, key, unit in (
        ("training mlp_modern with batch 2048, peak, MB", ("peak", "mlp_modern 2048"), 1e6),
        ("a recorded op of the chain, bytes", ("record", "chain 99999"), 1),
    ):
        task = run.of(*key)
        cells = (f"{task[peer]['bytes'] / unit:.4g}" if peer in task else "–" for peer in peers)
        rows.append([label, *cells])
    return table(["memory", *peers], rows)


def imports(run: Run) -> str:
    task = run.of("import")
    rows = [
        [name, f"{1e3 * statistics.median(task[name]['seconds']):.0f}", times(ratio)]
        for name in task
        if (ratio := run.ratio(task, name, "NumPy")) is not None
    ]
    return table(["import", "ms beyond Python's start", "× NumPy"], rows)


def growth(run: Run) -> str:
    rows = []
    for names in GROWTH.values():
        for name in names:
            task = run.of("train", name)
            shown = (milliseconds(task, peer) for peer in (HAND, OURS))
            rows.append([name, *shown, times(run.ratio(task, OURS, HAND))])
    return table(["ms per step", HAND, OURS, "× hand-written"], rows)


def nodes(run: Run) -> str:
    rows = []
    for count in (999, 9_999, 99_999, 999_999):
        task = run.of("chain", f"chain {count}")
        if OURS in task:
            each = 1e6 * statistics.median(task[OURS]["seconds"]) / count
            rows.append([f"{count:,}", f"{each:.2f}"])
    return table(["ops in the chain", "us per op, forward and backward"], rows)


def goals(run: Run) -> str:
    """What the project wants to reach, and whether this run does."""
    rows = []

    def goal(text: str, limit: float, ratio: float | None) -> None:
        if ratio is not None:
            verdict = "yes" if ratio <= limit else "**no**"
            rows.append([text, f"{limit:.2f}", f"{ratio:.2f}", verdict])

    for threads in (1, 2):
        for name in NETS:
            task = run.of("train", name, threads)
            end = f"on {name}, {threads} thread{'s' * (threads - 1)}"
            limit = 1.2 if name == "mlp_small" else 1.1
            goal(f"{OURS} / {HAND} {end}", limit, run.ratio(task, OURS, HAND))
            found = {peer: run.ratio(task, OURS, peer) for peer in LEAD}
            known = {peer: ratio for peer, ratio in found.items() if ratio is not None}
            if known:
                best = max(known, key=lambda peer: known[peer])
                goal(
                    f"{OURS} / the best of PyTorch and NumPy's peers ({best}) {end}", 1, known[best]
                )
            goal(f"{FAST} / JAX, jit {end}", 1, run.ratio(task, FAST, "JAX, jit"))
    task = run.of("scalars")
    goal(f"{OURS} / PyTorch on scalar_mlp", 1 / 6, run.ratio(task, OURS, "PyTorch"))
    goal(f"{OURS} / micrograd on scalar_mlp", 1 / 20, run.ratio(task, OURS, "micrograd"))
    for count in (999, 99_999):
        task = run.of("chain", f"chain {count}")
        goal(f"{OURS} / PyTorch on a chain of {count:,} ops", 0.5, run.ratio(task, OURS, "PyTorch"))
    goal(
        f"{OURS} / PyTorch on Hessian times vector", 0.9, run.ratio(run.of("hvp"), OURS, "PyTorch")
    )
    for batch in (1, 256):
        task = run.of("forward", f"mlp_slide {batch}")
        goal(f"{OURS} / {HAND}, forward, batch {batch}", 1.1, run.ratio(task, OURS, HAND))
    goal("import of chalkgrad / NumPy", 1.2, run.ratio(run.of("import"), OURS, "NumPy"))
    task = run.of("peak", "mlp_modern 2048")
    goal(f"peak memory of {OURS} / PyTorch", 1.2, run.ratio(task, OURS, "PyTorch"))
    task = run.of("record", "chain 99999")
    if OURS in task:
        goal(f"bytes of a recorded op of {OURS} / 350", 1, task[OURS]["bytes"] / 350)
    return table(["ratio", "at most", "measured", "reached"], rows)


def losses(run: Run) -> str:
    """Every workload in which a peer is ahead of this project, by how much."""
    lines = []
    for key, task in run.measured.items():
        kind, name, threads = key.split(" | ")
        if kind not in TITLES:
            continue
        for ours in (OURS, FAST):
            ahead = {peer: run.ratio(task, ours, peer) for peer in (*PEERS, "micrograd")}
            found = [f"{peer} {r:.2f} ×" for peer, r in ahead.items() if r is not None and r > 1]
            if found:
                where = f"{title(kind, name)}, {threads} thread{'s' * (int(threads) - 1)}"
                lines.append(f"- {where}: {ours} takes longer than {', '.join(found)}")
    return "\n".join(lines) or "In no workload of this run."


def environment(run: Run) -> str:
    machine = run.data["machine"]
    lines = [
        f"- {machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"{machine['date']}",
    ]
    alike: dict[str, list[str]] = {}
    for name, about in run.data["peers"].get("1", {}).items():
        versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
        alike.setdefault(f"{versions}; products by {about['blas']}", []).append(name)
    lines += [f"- {', '.join(names)}: {text}" for text, names in alike.items()]
    loads = list(run.data["load"].values())
    if loads:
        lines.append(
            f"- load average while it ran: {min(loads):.1f} to {max(loads):.1f}; above 1 other "
            "programs took part of the processor, and of the caches all of the time"
        )
    return "\n".join(lines)


def proof(run: Run) -> str:
    found = run.data["proof"].get("1", {})
    rows = []
    for key, value in found.items():
        kind, _, name = key.partition(" | ")
        rows.append(
            [title(kind, name), str(len(value["numbers"])), f"{value['largest_error']:.0e}"]
        )
    return table(["workload", "peers", "largest relative difference"], rows)


PLACES: dict[str, Callable[[Run], str]] = {
    "environment": environment,
    "proof": proof,
    "goals": goals,
    "nets 1": lambda run: nets(run, 1),
    "nets 2": lambda run: nets(run, 2),
    "products": products,
    "others": others,
    "memory": memory,
    "imports": imports,
    "growth": growth,
    "nodes": nodes,
    "losses": losses,
}


def write(source: Path, target: Path) -> None:
    """Write the page `target` from the run in `source`."""
    run = Run(json.loads(source.read_text()))
    text = TEMPLATE.read_text()
    for place, make in PLACES.items():
        text = text.replace("{{" + place + "}}", make(run))
    target.write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
