"""What a gradient check costs, beside PyTorch's: tanh(x @ W).sum(), x (20, 30), W (30, 20).

    python benchmarks/gradcheck.py [--torch PYTHON] [--rounds 15] [--json FILE] [--strict]

`--torch` names an interpreter that has PyTorch; without it only this library is timed. Each side
runs in a process of its own, both at once and in turns: one round here, one round there. Medians
of single calls, one thread. The budget: the full check at most half of PyTorch's time, the fast
one at most a third; a figure over it makes the exit status 1 only with --strict.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, cast

# What a process of either side does: for every line it reads, one round of the mode it names, and
# the milliseconds of each call.
HERE = """
import sys, time
import numpy as np
from autograd import gradcheck

rng = np.random.default_rng(0)
x, w = rng.normal(size=(20, 30)), rng.normal(size=(30, 20))
def check(mode):
    gradcheck(lambda x, w: np.tanh(x @ w).sum(), (x, w), speed=mode)
"""
THERE = """
import sys, time
import torch
from torch.autograd import gradcheck

torch.set_num_threads(1)
torch.manual_seed(0)
x = torch.randn(20, 30, dtype=torch.float64, requires_grad=True)
w = torch.randn(30, 20, dtype=torch.float64, requires_grad=True)
def check(mode):
    gradcheck(lambda x, w: torch.tanh(x @ w).sum(), (x, w), fast_mode=mode == "fast")
"""
LOOP = """
for mode in map(str.strip, sys.stdin):
    times = []
    for _ in range(1 if mode == "full" else 20):
        start = time.perf_counter()
        check(mode)
        times.append(1e3 * (time.perf_counter() - start))
    print(*times, flush=True)
"""
BUDGET = {"full": 1 / 2, "fast": 1 / 3}


class Side:
    """A process that checks when it is asked to."""

    def __init__(self, python: str, program: str) -> None:
        environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[1]))
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = "1"
        self.process = subprocess.Popen(
            [python, "-c", program + LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def round(self, mode: str) -> list[float]:
        """Milliseconds of the calls of one round."""
        cast(IO[str], self.process.stdin).write(mode + "\n")
        cast(IO[str], self.process.stdin).flush()
        return [float(x) for x in cast(IO[str], self.process.stdout).readline().split()]

    def close(self) -> None:
        """End the process."""
        cast(IO[str], self.process.stdin).close()
        self.process.wait()


def measure(sides: dict[str, Side], rounds: int) -> dict[str, dict[str, float]]:
    """Medians in milliseconds: by mode, then by side."""
    results = {}
    for mode in BUDGET:
        times: dict[str, list[float]] = {name: [] for name in sides}
        for side in sides.values():
            side.round(mode)  # the first is not counted
        for _ in range(rounds):
            for name, side in sides.items():
                times[name] += side.round(mode)
        results[mode] = {name: statistics.median(t) for name, t in times.items()}
    return results


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--torch", metavar="PYTHON", help="an interpreter that has PyTorch")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    sides = {"chalkgrad": Side(sys.executable, HERE)}
    if options.torch:
        sides["torch"] = Side(options.torch, THERE)
    results: dict[str, Any] = measure(sides, options.rounds)
    for side in sides.values():
        side.close()
    over = False
    for mode, medians in results.items():
        line = ", ".join(f"{name} {value:.3g} ms" for name, value in medians.items())
        if options.torch:
            ratio = medians["chalkgrad"] / medians["torch"]
            over |= ratio > BUDGET[mode]
            line += f": {ratio:.2f} of it, budget {BUDGET[mode]:.2f}"
        print(f"{mode}: {line}")
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    return int(over and options.strict)


if __name__ == "__main__":
    sys.exit(main())
