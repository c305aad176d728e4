"""Large arrays meet memory that was used before, where the C library is glibc."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import resource, numpy as np
{}
def step():
    for size in (8, 2, 12):
        np.ones(size * 2**17)

step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    step()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 20)
"""


def faults(first_line):
    """Page faults of a step with arrays of 8, 2 and 12 MB, in a process of its own."""
    program = PROGRAM.format(first_line)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps its way")
@pytest.mark.parametrize(
    "program", ["import autograd", "import autograd; autograd.heap.keep_large_blocks()"]
)
def test_large_arrays_cause_no_page_faults_once_the_library_is_loaded(program):
    without, loaded = faults(""), faults(program)
    assert without > 30, "this C library keeps large blocks unasked: the test shows nothing"
    assert loaded < 20
