"""`python -m tests.mutation [word ...]`: mutants of the ops whose names have one of the words."""

from __future__ import annotations

import functools
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence

from .cases import Witness, primitives, witnesses
from .proof import SAME, SURVIVED, UNREACHED, Outcome, Watched, prove, watch


@functools.cache
def _prepared() -> tuple[dict[tuple[str, str], Watched], list[Witness]]:
    found = witnesses()
    return watch(primitives(), found), found


def _prove(name: str) -> list[Outcome]:
    return prove(name, primitives()[name], *_prepared())


def main(words: Sequence[str] = ()) -> int:
    """Print what becomes of every mutant; 1 if one survives."""
    began = time.monotonic()
    _prepared()  # once, before the processes divide
    names = [n for n in primitives() if not words or any(word in n for word in words)]
    totals: Counter[str] = Counter()
    with multiprocessing.get_context("fork").Pool() as pool:
        for outcomes in pool.imap_unordered(_prove, names):
            totals.update(outcome.fate for outcome in outcomes)
            for outcome in outcomes:
                if outcome.fate in (SURVIVED, UNREACHED) or (words and outcome.fate == SAME):
                    print(f"{outcome.op}, {outcome.rule}: {outcome.change}: {outcome.fate}")
    print(f"{len(names)} ops, {totals.total()} mutants, {time.monotonic() - began:.0f} s")
    for fate, count in totals.most_common():
        print(f"  {count:5} {fate}")
    return 1 if totals[SURVIVED] or totals[UNREACHED] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
