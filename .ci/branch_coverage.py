"""Fail when fewer of the branches of autograd/ were taken than `fail_under` demands.

Coverage's own percentage counts statements and branches together, so well-trodden lines make up
for paths nobody took. This looks at the branches alone, in the measurement pytest left behind.
"""

import json
import sys
import tempfile
from pathlib import Path

from coverage import Coverage


def main() -> int:
    """Print one line, and return the exit code: 0 when enough branches were taken, else 1."""
    coverage = Coverage()
    coverage.load()
    required = float(str(coverage.get_option("report:fail_under")))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "coverage.json")
        coverage.json_report(outfile=str(report))
        totals = json.loads(report.read_text(encoding="utf-8"))["totals"]
    taken, branches = totals["covered_branches"], totals["num_branches"]
    percent = 100.0 * taken / branches if branches else 100.0
    print(f"{taken} of {branches} branches taken: {percent:.1f} %, required {required:g} %")
    return 0 if percent >= required else 1


if __name__ == "__main__":
    sys.exit(main())
