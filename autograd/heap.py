"""Let the C library keep the memory of large arrays instead of giving it back at once.

glibc asks the system for every block above a threshold and returns it when it is freed, so that the
next array of that size meets fresh pages: a page fault for each 4 kB, some 5,000 in a training step
of 10 ms, which then takes nearly twice as long. The threshold rises to the size of the largest
such block that was ever freed, up to 32 MB; from then on blocks below it are kept and used again.
So one block of just under 32 MB is taken and dropped once. It is never written to, so it occupies
no memory; other C libraries take and drop it, and nothing changes.
"""

from __future__ import annotations

import numpy as np

__all__ = ["keep_large_blocks"]

# glibc's upper bound of the threshold (malloc.c: DEFAULT_MMAP_THRESHOLD_MAX), less some room for
# its own header and for an alignment.
_LARGEST = 32 * 1024 * 1024 - 64 * 1024


def keep_large_blocks() -> None:
    """Raise glibc's threshold to its upper bound; elsewhere without effect."""
    np.empty(_LARGEST, np.uint8)
