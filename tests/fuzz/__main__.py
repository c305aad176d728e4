"""`python -m tests.fuzz --programs 200000 --jobs 2`: many random programs, and their counts."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from .run import Outcome, run

_CHUNK = 500


def main() -> int:
    """Run the programs; 1 if one of them disagrees."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first program")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    end = options.seed + options.programs
    chunks = [range(i, min(i + _CHUNK, end)) for i in range(options.seed, end, _CHUNK)]
    begin = time.perf_counter()
    total = Outcome()
    with ProcessPoolExecutor(options.jobs) as pool:
        for outcome in pool.map(run, chunks):
            total.add(outcome)
            for finding in outcome.findings:
                print(finding, flush=True)
    for name, count in sorted(total.counts.items()):
        print(f"{count:>10,} {name}")
    print(f"{len(total.findings):>10,} disagreements, {time.perf_counter() - begin:.0f} s")
    return bool(total.findings)


if __name__ == "__main__":
    sys.exit(main())
