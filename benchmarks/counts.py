"""Operation counts, which do not depend on the machine's mood, against a recorded budget.

    python benchmarks/counts.py [--rewrite]

For each workload: bytecode instructions of the library and of what it calls in Python, calls and
operators among them (each may be NumPy's), the most memory that a step needs on top of what was
there, and the bytes that a recorded op keeps. A count over its budget makes the exit status 1, and
a version of Python without a budget makes it 2.
--rewrite records today's counts as the budget of this version of Python: their instructions differ.
"""

from __future__ import annotations

import argparse
import dis
import gc
import json
import os
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

os.environ["CHALKGRAD_FAST"] = "0"
BUDGET = Path(__file__).with_name("budget.json")
# A count may be so much larger than recorded; NumPy's own Python differs from version to version.
SLACK = 1.05
# The exit status where there is no budget to compare with.
UNKNOWN = 2
CALLS = {
    dis.opmap[name]
    for name in ("CALL", "CALL_KW", "CALL_FUNCTION_EX", "BINARY_OP", "COMPARE_OP", "UNARY_NEGATIVE")
    if name in dis.opmap
}


def instructions(run: Callable[[], Any]) -> dict[str, int]:
    """Bytecode instructions that `run` executes, and how many of them call or operate."""
    found: Counter[str] = Counter()
    known: dict[CodeType, bytes] = {}

    def executed(code: CodeType, offset: int) -> None:
        if code not in known:
            known[code] = code.co_code
        found["instructions"] += 1
        found["calls"] += known[code][offset] in CALLS

    with monitored(executed) if sys.version_info >= (3, 12) else traced(executed):
        run()
    return dict(found)


@contextmanager
def monitored(executed: Callable[[CodeType, int], Any]) -> Iterator[None]:
    """Tell `executed` of every instruction."""
    monitor = sys.monitoring
    monitor.use_tool_id(monitor.PROFILER_ID, "counts")
    monitor.register_callback(monitor.PROFILER_ID, monitor.events.INSTRUCTION, executed)
    monitor.set_events(monitor.PROFILER_ID, monitor.events.INSTRUCTION)
    try:
        yield
    finally:
        monitor.set_events(monitor.PROFILER_ID, 0)
        monitor.free_tool_id(monitor.PROFILER_ID)


@contextmanager
def traced(executed: Callable[[CodeType, int], Any]) -> Iterator[None]:
    """The same where there is no `sys.monitoring`."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            executed(frame.f_code, frame.f_lasti)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def peak(run: Callable[[], Any]) -> int:
    """The most bytes that were allocated at once while `run` ran, beyond those before it."""
    gc.collect()
    tracemalloc.start()
    try:
        run()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        run()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def kept(make: Callable[[], Any]) -> int:
    """Bytes that what `make` returns holds."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        held = make()
        after, _ = tracemalloc.get_traced_memory()
        del held
        return after - before
    finally:
        tracemalloc.stop()


def workloads() -> dict[str, dict[str, int]]:
    """What each workload costs today."""
    from peers import chalkgrad as ours

    found: dict[str, dict[str, int]] = {}
    for name in ("mlp_small", "mlp_modern", "mlp_slide", "autoencoder"):
        step = ours.train(name, proof=False)
        for _ in range(3):
            step()  # optimizers make their state, caches fill
        found[f"train {name}"] = {**instructions(step), "peak_bytes": peak(step)}
    for kind, name, ops in (
        ("forward", "mlp_slide 1", 1),
        ("hvp", "", 1),
        ("chain", "chain 999", 999),
    ):
        step = ours.WORKLOADS[kind](name, False)
        step()
        counted = instructions(step)
        found[f"{kind} {name}".strip()] = {key: count // ops for key, count in counted.items()}
    counted = instructions(lambda: scalar_chain(333))
    found["chain of single numbers"] = {key: count // 999 for key, count in counted.items()}
    ops = 9_999
    ours.record(999)
    found["recorded op"] = {"bytes": kept(lambda: ours.record(ops)) // ops}
    return found


def scalar_chain(steps: int) -> None:
    """Three ops a step, forward and backward."""
    from autograd import Tensor

    x, b = Tensor(0.9, requires_grad=True), Tensor(2.0, requires_grad=True)
    for _ in range(steps):
        x = (x * b + b) * 0.5
    x.backward()


def over_budget(counts: dict[str, Any], budget: dict[str, Any]) -> list[str]:
    """A sentence for each count that exceeds its budget or has none."""
    complaints = []
    for workload, count in counts.items():
        for what, value in count.items():
            limit = budget.get(workload, {}).get(what)
            if limit is None:
                complaints.append(f"{workload}: no budget for {what}, which are {value:,}")
            elif value > SLACK * limit + 2:
                complaints.append(f"{workload}: {value:,} {what}, the budget is {limit:,}")
    return complaints


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rewrite", action="store_true", help="record today's counts")
    options = parser.parse_args()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    budgets = json.loads(BUDGET.read_text()) if BUDGET.exists() else {}
    counts = workloads()
    for workload, count in counts.items():
        print(f"{workload}: " + ", ".join(f"{value:,} {what}" for what, value in count.items()))
    if options.rewrite:
        budgets[version] = counts
        BUDGET.write_text(json.dumps(budgets, indent=1) + "\n")
        return 0
    if version not in budgets:
        print(f"no budget is recorded for Python {version}; run with --rewrite to record one")
        return UNKNOWN
    complaints = over_budget(counts, budgets[version])
    if complaints:
        print("over budget:", *complaints, sep="\n  ")
        print("find what has become slower, or record the new counts with --rewrite")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
