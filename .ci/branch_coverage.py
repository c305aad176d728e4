"""Fail when fewer of the branches of a package were taken than it has to have.

Coverage's own percentage counts statements and branches together, and all packages too, so
well-trodden lines make up for paths nobody took. This looks at the branches alone, package by
package, in the measurement pytest left behind.
"""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from coverage import Coverage

# Percent of the branches of each package.
REQUIRED = {"autograd": 97.0, "nn": 95.0, "optim": 95.0}


def measured() -> dict[str, Any]:
    """Coverage's summary of each file, by its path."""
    coverage = Coverage()
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "coverage.json")
        coverage.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {path: file["summary"] for path, file in files.items()}


def verdicts(files: dict[str, Any]) -> dict[str, bool]:
    """A sentence for each package, and whether enough of its branches were taken."""
    taken: Counter[str] = Counter()
    branches: Counter[str] = Counter()
    for path, summary in files.items():
        package = Path(path).parts[0]
        taken[package] += summary["covered_branches"]
        branches[package] += summary["num_branches"]
    found = {}
    for package, required in REQUIRED.items():
        # A package that nothing was measured of has not passed.
        percent = 100.0 * taken[package] / branches[package] if branches[package] else 0.0
        sentence = f"{package}: {taken[package]} of {branches[package]} branches taken: "
        found[f"{sentence}{percent:.1f} %, required {required:g} %"] = percent >= required
    return found


def main() -> int:
    """Print a line per package, and return the exit code: 0 when each has enough, else 1."""
    found = verdicts(measured())
    print(*found, sep="\n")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
