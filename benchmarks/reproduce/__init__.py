"""The lecture at full scale: every experiment of it on the real MNIST, and the report of them.

    MNIST_DIR=path/to/mnist python -m benchmarks.reproduce [--only NAME ...] [--quick]

One module holds one experiment: which trainings it consists of, what is measured after each, and
its section of the report. `plan` orders the trainings, `training` runs one of them, `log` keeps
what they came to, `report` writes docs/results.md from nothing but the log.

It may be killed at any time and goes on where it was: a finished training is in the log, one at
work in its checkpoint.
"""
