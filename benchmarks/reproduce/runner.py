"""The trainings of a plan, several at a time."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from .experiment import Job
from .log import Log
from .plan import EXPERIMENTS
from .training import discard_checkpoint, run

__all__ = ["train"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def train(jobs: Sequence[Job], log: Log, processes: int) -> None:
    """Run those of `jobs` that are not in the log, in their order, so many at a time.

    Each has a process of its own with one thread: the products of matrices in a training are too
    small to gain much from a second one, and everything else has but one.
    """
    done = log.entries()
    waiting = [job for job in jobs if job.key not in done]
    print(f"{len(jobs) - len(waiting)} of {len(jobs)} trainings are done", flush=True)
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context) as pool:
        futures = {pool.submit(_run, job, log.folder / job.key): job for job in waiting}
        try:
            for future in as_completed(futures):
                log.add(future.result())
                discard_checkpoint(log.folder / futures[future].key)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _run(job: Job, folder: Path) -> dict[str, Any]:
    return run(EXPERIMENTS[job.experiment], job, folder)
