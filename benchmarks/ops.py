"""What one elementwise op costs: recording plus backward, beside plain NumPy, and the import.

    python benchmarks/ops.py [--rounds 200] [--json FILE]

Medians of interleaved rounds in one process and one thread. Each chain has 999 ops; the caller's
line is remembered, as always. The budget is stated beside each figure; a figure over it makes the
exit status 1 only with --strict, since timings depend on the machine's mood.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - after the number of threads is set

from autograd import Tensor  # noqa: E402

OPS = 999


def chain(step: Callable[[Any, Any], Any], x: Any, b: Any) -> Any:
    """`OPS` ops, three to a step."""
    for _ in range(OPS // 3):
        x = step(x, b)
    return x


STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "mixed": lambda x, b: (x * b + b) * 0.5,
    "tensor * tensor": lambda x, b: x * b * b * b,
    "tensor + tensor": lambda x, b: x + b + b + b,
    "tensor * number": lambda x, b: x * 0.999 * 1.001 * 0.999,
    "function": lambda x, b: np.tanh(np.sin(np.tanh(x))),
}
BUDGET_US = {"0-d float64": 1.1, "(4,) float64": 2.2}


def one_round(step: Callable[[Any, Any], Any], value: Any) -> tuple[float, float]:
    """Microseconds per op: recording, and backward."""
    x, b = Tensor(value, requires_grad=True), Tensor(value, requires_grad=True)
    seed = np.ones_like(value)[()]
    start = time.perf_counter()
    y = chain(step, x, b)
    recorded = time.perf_counter()
    y.backward(seed)
    end = time.perf_counter()
    return 1e6 * (recorded - start) / OPS, 1e6 * (end - recorded) / OPS


def plain_round(step: Callable[[Any, Any], Any], value: Any) -> float:
    """Microseconds per op of the same chain on plain NumPy values, forward only."""
    start = time.perf_counter()
    chain(step, value, value)
    return 1e6 * (time.perf_counter() - start) / OPS


def measure_ops(rounds: int) -> list[dict[str, Any]]:
    values = {"0-d float64": np.float64(0.9), "(4,) float64": np.full(4, 0.9)}
    samples: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for _ in range(rounds):
        for shape, value in values.items():
            for name, step in STEPS.items():
                record, backward = one_round(step, value)
                plain = plain_round(step, value)
                samples.setdefault((shape, name), []).append((record, backward, plain))
    rows = []
    for (shape, name), found in samples.items():
        record, backward, plain = (statistics.median(column) for column in zip(*found, strict=True))
        total = statistics.median(r + b for r, b, _ in found)
        rows.append(
            {
                "shape": shape,
                "op": name,
                "record_us": record,
                "backward_us": backward,
                "total_us": total,
                "numpy_forward_us": plain,
                "budget_us": BUDGET_US[shape] if name == "mixed" else None,
            }
        )
    return rows


def measure_import(rounds: int) -> dict[str, float]:
    """Milliseconds of `import numpy` and `import autograd`, each in a fresh interpreter.

    Both with compiled bytecode, as installed packages have it.
    """
    program = (
        "import time; t = time.perf_counter(); import {}; print(1e3 * (time.perf_counter() - t))"
    )
    times: dict[str, list[float]] = {"numpy": [], "autograd": []}
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for turn in range(rounds + 1):
            for module, found in times.items():
                command = [sys.executable, "-c", program.format(module)]
                out = subprocess.run(
                    command, env=environment, capture_output=True, text=True, check=True
                )
                if turn:  # the first turn compiles
                    found.append(float(out.stdout))
    medians = {f"{module}_ms": statistics.median(found) for module, found in times.items()}
    return {**medians, "ratio": medians["autograd_ms"] / medians["numpy_ms"], "budget": 1.3}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", help="write the figures to this file too")
    parser.add_argument("--strict", action="store_true", help="exit 1 when over budget")
    options = parser.parse_args()

    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    rows = measure_ops(options.rounds)
    print("\n| shape | op | record | backward | both, us/op | budget | NumPy forward |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        budget = f"{row['budget_us']:.1f}" if row["budget_us"] else ""
        print(
            f"| {row['shape']} | {row['op']} | {row['record_us']:.2f} | {row['backward_us']:.2f} "
            f"| {row['total_us']:.2f} | {budget} | {row['numpy_forward_us']:.2f} |"
        )
    imports = measure_import(max(5, options.rounds // 10))
    print(
        f"\nimport numpy {imports['numpy_ms']:.1f} ms, import autograd "
        f"{imports['autograd_ms']:.1f} ms: {imports['ratio']:.2f} x (budget {imports['budget']})"
    )
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"ops": rows, "import": imports}, file, indent=1)
    over = imports["ratio"] > imports["budget"] or any(
        row["budget_us"] and row["total_us"] > row["budget_us"] for row in rows
    )
    return 1 if over and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
