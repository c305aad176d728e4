"""Draws, runs and shrinks whole programs."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from . import generate
from .machine import Machine
from .statement import DisagreementError, Leaf, Statement


@dataclass
class Finding:
    """A program on which tensors and reference differ, as small as could be made."""

    seed: int
    leaves: list[Leaf]
    statements: list[Statement]
    message: str

    def __str__(self) -> str:
        lines = [f"seed {self.seed}: {self.message}"]
        for leaf in self.leaves:
            text = f"np.array({leaf.value.tolist()}, np.{leaf.value.dtype})"
            text += "" if leaf.value.size else f".reshape({leaf.value.shape})"
            lines.append(f"    {leaf.name} = Tensor({text}, requires_grad={leaf.tracked})")
        return "\n".join([*lines, *(f"    {statement}" for statement in self.statements)])


@dataclass
class Outcome:
    """The counts of many programs, and the findings among them."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take the counts and findings of another run."""
        self.counts += other.counts
        self.findings += other.findings


def run(seeds: range, most: int = 10) -> Outcome:
    """Run the programs of `seeds`; stop after `most` findings."""
    outcome = Outcome()
    for seed in seeds:
        outcome.counts["programs"] += 1
        finding = _program(seed, outcome.counts)
        if finding is not None:
            outcome.findings.append(finding)
            if len(outcome.findings) == most:
                break
    return outcome


def _program(seed: int, counts: Counter[str]) -> Finding | None:
    rng = random.Random(seed)
    leaves = generate.leaves(rng)
    machine = Machine(leaves)
    done: list[Statement] = []
    smooth = rng.random() < 0.35
    try:
        for number in range(rng.randint(6, 22)):
            statement = generate.statement(rng, machine, number, smooth)
            done.append(statement)
            machine.step(statement)
        # At the end the newest variables are differentiated, whatever they are.
        for name in machine.names()[-3:]:
            statement = Statement("backward", name, seed=machine.tensor(name).data * 0 + 1)
            done.append(statement)
            machine.step(statement)
    except DisagreementError as error:
        return shrunk(Finding(seed, leaves, done, str(error)))
    finally:
        counts.update(machine.counts)
    return None


def replay(leaves: list[Leaf], statements: list[Statement]) -> str | None:
    """The message of the disagreement that these statements lead to; None if there is none."""
    try:
        machine = Machine(leaves)
        for statement in statements:
            machine.step(statement)
    except DisagreementError as error:
        return str(error)
    return None


def shrunk(finding: Finding) -> Finding:
    """`finding` without the statements that are not needed for it."""
    kept, message = finding.statements, finding.message
    size = len(kept)
    while size:
        start = 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            found = replay(finding.leaves, fewer)
            if found is None:
                start += size
            else:
                kept, message = fewer, found
        size //= 2
    used = {name for s in kept for name in (s.target, *s.inputs)}
    leaves = [leaf for leaf in finding.leaves if leaf.name in used]
    if replay(leaves, kept) is None:
        leaves = finding.leaves
    return Finding(finding.seed, leaves, kept, message)
