"""`python -m benchmarks.reproduce`: run what is not done yet, then write the report."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .log import Log
from .plan import EXPERIMENTS, plan
from .runner import train

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reproduce",
        description="Train the networks of the lecture at full scale and write the report.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--only", nargs="+", choices=EXPERIMENTS, metavar="NAME", help=", ".join(EXPERIMENTS))
    add("--quick", action="store_true", help="everything in little, on the digits of the package")
    add(
        "--processes",
        type=int,
        metavar="N",
        default=os.cpu_count(),
        help="trainings at a time, a thread each",
    )
    add("--report", action="store_true", help="train nothing, write the report of what is done")
    add(
        "--out", type=Path, default=None, help="the log and the checkpoints (out/reproduce[-quick])"
    )
    add("--docs", type=Path, default=None, help="the report (docs; with --quick inside of --out)")
    options = parser.parse_args(arguments)
    out = options.out or Path("out", "reproduce-quick" if options.quick else "reproduce")
    docs = options.docs or (out / "docs" if options.quick else Path("docs"))
    jobs = plan(options.quick)
    log = Log(out)
    if not options.report:
        if not options.quick and not os.environ.get("MNIST_DIR"):
            print(
                "reproduce: expected MNIST_DIR to name a folder with the four files of MNIST, such "
                "as train-images-idx3-ubyte.gz, and it is not set; set it, or pass --quick for a "
                "run in little without them",
                file=sys.stderr,
            )
            return 2
        chosen = [job for job in jobs if job.experiment in (options.only or EXPERIMENTS)]
        try:
            train(chosen, log, options.processes)
        except (OSError, ValueError) as error:
            # Such as a file of MNIST that is missing or damaged.
            print(f"reproduce: {error}", file=sys.stderr)
            return 2
    from .report import write

    print(f"Written: {write(jobs, log, docs)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
