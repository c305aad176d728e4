"""docs/results.md and its figures, from nothing but the log."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from pathlib import Path

from nn.atomic import replacing

from .experiment import Experiment, Job, Result
from .log import Log
from .plan import EXPERIMENTS

__all__ = ["write"]

_CORES = 2


def write(jobs: Sequence[Job], log: Log, docs: Path) -> Path:
    """Write the report of those of `jobs` that are done; returns its path."""
    figures = docs / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    results = log.results(jobs)
    parts = [_head(jobs, results.values())]
    for experiment in EXPERIMENTS.values():
        own = [job for job in jobs if job.experiment == experiment.name]
        done = {job.name: results[job.key] for job in own if job.key in results}
        parts.append(f"## {experiment.title}\n\n{_section(experiment, own, done, figures)}\n")
    path = docs / "results.md"
    with replacing(path) as file:
        file.write("\n".join(parts).encode())
    return path


def _section(
    experiment: Experiment, jobs: Sequence[Job], done: dict[str, Result], figures: Path
) -> str:
    parts = []
    if len(done) < len(jobs):
        parts.append(f"Not complete: {len(done)} of {len(jobs)} trainings are done.")
    if experiment.enough(done, jobs):
        cost = sum(result.cpu_seconds for result in done.values()) / 60
        parts.append(experiment.section(done, figures))
        parts.append(f"Trainings: {len(done)}, in {cost:.1f} minutes of processor time.")
    return "\n\n".join(parts)


def _head(jobs: Sequence[Job], results: Iterable[Result]) -> str:
    results = list(results)
    versions = dict.fromkeys(
        ", ".join(f"{name} {version}" for name, version in result.entry["versions"].items())
        for result in results
    )
    busy = sum(result.cpu_seconds for result in results) / 60
    waited = sum(epoch["seconds"] for result in results for epoch in result.entry["epochs"]) / 60
    lines = [
        "# The lecture at full scale",
        "",
        "Written by `make reproduce` (see `benchmarks/reproduce`); every number here is from the "
        "log of its run. Test errors are those after the last epoch, not the best ones.",
        "",
        f"{len(results)} of {len(jobs)} trainings are done. Each runs on one thread, and its cost "
        "is the processor time of its epochs, measurements on the test set included: what they "
        f"take on an idle core. Together {busy:.1f} minutes; begun in the order of the plan, one "
        f"on each of {_CORES} idle cores, {_makespan(results) / 60:.1f} minutes. By the clock the "
        f"epochs add up to {waited:.1f} minutes, waiting for other work of the machine included.",
        "",
        *(f"Computed with {text}." for text in versions),
        "",
    ]
    return "\n".join(lines)


def _makespan(results: Iterable[Result]) -> float:
    """How long the trainings take on so many cores, each begun as soon as a core is free."""
    free = [0.0] * _CORES
    for result in results:
        heapq.heapreplace(free, free[0] + result.cpu_seconds)
    return max(free)
