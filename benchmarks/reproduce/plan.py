"""All experiments, and the order of their trainings."""

from __future__ import annotations

from .autoencoder import Autoencoder
from .denoising import Denoising
from .dropout import Dropout
from .experiment import Experiment, Job
from .mlp import Perceptron
from .normalization import Normalization

__all__ = ["EXPERIMENTS", "plan"]

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (Perceptron(), Dropout(), Autoencoder(), Normalization(), Denoising())
}


def plan(quick: bool = False) -> list[Job]:
    """Every training, in the order in which they are begun."""
    jobs = [job for experiment in EXPERIMENTS.values() for job in experiment.jobs(quick)]
    return sorted(jobs, key=lambda job: job.late)
