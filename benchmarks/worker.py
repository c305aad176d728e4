"""One peer in a process of its own: answers requests, a JSON object per line, on a pipe.

    python benchmarks/worker.py pytorch

{"do": "prepare", "kind": "train", "name": "mlp_small"} sets up a workload, "numbers" runs steps and
gives a number for each, "time" runs steps and gives seconds, "memory" bytes. An exception is
answered as {"error": ...}. Standard output belongs to the answers: what a library prints there goes
to standard error.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

WARM = 2


class Worker:
    def __init__(self, peer: str) -> None:
        self.peer: Any = importlib.import_module(f"peers.{peer}")
        self.step: Callable[[], Any] = lambda: None

    def hello(self) -> dict[str, Any]:
        library = sys.modules[self.peer.LIBRARY]
        names = ("numpy", "torch", "jax", "jaxlib", "mygrad", "autograd", "micrograd", "numba")
        versions = {"python": platform.python_version()}
        for name in (*names, "chalkgrad"):
            try:
                versions[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                continue
        return {
            "kinds": list(self.peer.WORKLOADS) + ["record"] * hasattr(self.peer, "record"),
            "library": library.__name__,
            "versions": versions,
            "blas": getattr(self.peer, "BLAS", None) or openblas(),
        }

    def prepare(self, kind: str, name: str = "", proof: bool = False) -> dict[str, Any]:
        self.drop()  # the last workload goes first
        self.step = self.peer.WORKLOADS[kind](name, proof)
        return {}

    def drop(self) -> dict[str, Any]:
        self.step = lambda: None
        gc.collect()
        return {}

    def numbers(self, steps: int) -> dict[str, Any]:
        return {"numbers": [self.peer.number(self.step()) for _ in range(steps)]}

    def time(self, steps: int) -> dict[str, Any]:
        """Seconds per step, by the clock and of all the processor's threads together."""
        step = self.step
        cpu, start = time.process_time(), time.perf_counter()
        for _ in range(steps):
            result = step()
        if hasattr(self.peer, "wait"):  # where a step returns before it has computed everything
            self.peer.wait(result)
        seconds = time.perf_counter() - start
        return {"seconds": seconds / steps, "cpu": (time.process_time() - cpu) / steps}

    def peak(self, name: str, small: str) -> dict[str, Any]:
        """Bytes that training `name` needs at most, beyond those of the library at work."""
        self.prepare("train", small)
        self.time(WARM)
        self.prepare("train", small)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the high-water mark starts anew
        before = status("VmRSS")
        self.prepare("train", name)
        self.time(WARM + 1)
        return {"bytes": status("VmHWM") - before}

    def record(self, ops: int) -> dict[str, Any]:
        """Bytes that the graph of a chain holds, per op."""
        self.peer.record(ops // 10)
        gc.collect()
        before = status("VmRSS")
        graph = self.peer.record(ops)
        after = status("VmRSS")
        del graph
        return {"bytes": (after - before) / ops}


def openblas() -> str:
    """The BLAS that NumPy has loaded, and the kernel that it chose for this processor."""
    import threadpoolctl

    for pool in threadpoolctl.threadpool_info():
        if pool["user_api"] == "blas":
            kernel, threads = pool.get("architecture"), pool["num_threads"]
            return f"{pool['internal_api']} {pool['version']} ({kernel}), {threads} thread(s)"
    return "a BLAS unknown to threadpoolctl"


def status(field: str) -> int:
    """Bytes of a field of the process's status, such as VmRSS."""
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(field))
    return 1024 * int(line.split()[1])


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
