"""The proof: for every mutant of every rule, does the check of some example fail?"""

from __future__ import annotations

import contextlib
import copy
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Primitive, tree
from autograd.engine import unbroadcast
from autograd.registry import unwrap

from .cases import Witness
from .mutants import Mutant, mutants_of

CAUGHT, SAME, UNREACHED, SURVIVED = "caught", "same values", "never evaluated", "SURVIVED"

# A branch of a function that the forward pass takes, and the rule never: it asks for products of
# all but two.
NOT_OF_THE_RULE = "_products_of_others: np.prod(np.where(same"

# How many examples of how many cases a mutant has to get past.
_CASES, _EXAMPLES = 8, 24
# How many calls of a rule are kept, to compare values with.
_CALLS = 200


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant.

    Attributes:
        op, rule: which rule it is of.
        change: what was altered.
        fate: "caught"; "same values", if it gives what the rule gives wherever it was called;
            "never evaluated", if no case comes to the altered place; or "SURVIVED".
    """

    op: str
    rule: str
    change: str
    fate: str


@dataclass
class Watched:
    """A rule, the calls it got and the cases that they came from.

    `position` is which input it is for, if the engine undoes broadcasting of what it gives.
    """

    rule: Callable[..., Any]
    position: int | None
    calls: list[tuple[Any, Any]]
    cases: dict[str, None]


def slots(op: Primitive) -> Iterator[tuple[str, Any]]:
    """The rules of an op by name: "rule 0", "rule 1", ..., "joint rule"; and of its "kernel"."""
    if op.joint is not None:
        yield "joint rule", op.joint
    for number, rule in enumerate(op.rules):
        if rule is not None:
            yield f"rule {number}", rule
    if op.kernel is not None:
        yield "kernel", op.kernel.backward


@contextlib.contextmanager
def replaced(op: Primitive, slot: str, rule: Any) -> Iterator[None]:
    """The op with another rule for as long as the context lasts."""
    kept = op.rules, op.joint, op.kernel
    if slot == "kernel":
        assert op.kernel is not None
        op.kernel = op.kernel._replace(backward=rule)
    elif slot == "joint rule":
        op.joint = rule
    else:
        number = int(slot.removeprefix("rule "))
        op.rules = (*op.rules[:number], rule, *op.rules[number + 1 :])
    try:
        yield
    finally:
        op.rules, op.joint, op.kernel = kept


def watch(ops: dict[str, Primitive], found: Sequence[Witness]) -> dict[tuple[str, str], Watched]:
    """Run every witness once with all rules right, and note what calls which rule with what."""
    watched: dict[tuple[str, str], Watched] = {}
    current = ""
    with contextlib.ExitStack() as stack:
        for name, op in ops.items():
            for slot, rule in slots(op):
                undone = op.elementwise and slot.startswith("rule")
                position = op.rules.index(rule) if undone else None
                seen = watched[name, slot] = Watched(rule, position, [], {})

                def noted(*args: Any, seen: Watched = seen, **params: Any) -> Any:
                    seen.cases[current] = None
                    if len(seen.calls) < _CALLS and not is_single(args):
                        # A kernel may be allowed to write into what it is given.
                        seen.calls.append((copy.deepcopy(unwrap(args)), params))
                    return seen.rule(*args, **params)

                # Reading the signature of the rule itself, before it is hidden.
                op.parameters, op.reads
                stack.enter_context(replaced(op, slot, noted))
        for witness in chosen(found, None):
            current = witness.name
            witness.run()
    # The cases that call the fewest rules besides are those that are about this one.
    breadth = Counter(case for seen in watched.values() for case in seen.cases)
    for (name, _), seen in watched.items():
        own = ops[name].name
        by_breadth = sorted(seen.cases, key=lambda case: (case.split("-")[0] != own, breadth[case]))
        seen.cases = dict.fromkeys(by_breadth)
    return watched


def is_single(args: Any) -> bool:
    """Whether float32 is among arguments: too coarse to tell equal rules by their values."""
    return any(getattr(unwrap(x), "dtype", None) == np.float32 for x in tree.leaves(args))


def chosen(found: Sequence[Witness], cases: dict[str, None] | None) -> list[Witness]:
    """Of each of these cases (all of them: None) as many examples as a mutant has to get past."""
    picked: dict[str, list[Witness]] = {} if cases is None else {name: [] for name in cases}
    for witness in found:
        if cases is None or witness.name in cases:
            picked.setdefault(witness.name, []).append(witness)
    some = list(picked.values())[: None if cases is None else _CASES]
    return [witness for ws in some for witness in ws[:_EXAMPLES]]


def fate(op: Primitive, slot: str, seen: Watched, mutant: Mutant, found: Sequence[Witness]) -> str:
    """What becomes of a mutant of the rule in `slot`."""
    with replaced(op, slot, mutant.rule):
        for witness in chosen(found, seen.cases):
            try:
                witness.run()
            except Exception:
                return CAUGHT
    if not mutant.reached:
        return SAME if mutant.what.startswith(NOT_OF_THE_RULE) else UNREACHED
    return SAME if all(map(agrees(seen, mutant.rule), seen.calls)) else SURVIVED


def gradients(position: int | None, rule: Any, call: tuple[Any, Any]) -> list[Any]:
    """What the engine makes of the result of a rule, where it undoes broadcasting included."""
    args, params = call
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = unwrap(rule(*args, **params))
    parts = [
        None if part is None else np.asarray(part, float)
        for part in (result if isinstance(result, (list, tuple)) else [result])
    ]
    if position is None:
        return parts
    out, x = np.shape(args[1]), np.shape(args[2 + position])
    return [unbroadcast(np.broadcast_to(p, np.broadcast_shapes(p.shape, out)), x) for p in parts]


def agrees(seen: Watched, mutant: Any) -> Callable[[tuple[Any, Any]], bool]:
    """Whether a mutant gives for a call what the rule gives."""

    def agree(call: tuple[Any, Any]) -> bool:
        try:
            want, have = (
                gradients(seen.position, r, copy.deepcopy(call)) for r in (seen.rule, mutant)
            )
        except Exception:
            return False
        return len(want) == len(have) and all(map(same, want, have))

    return agree


def same(want: Any, have: Any) -> bool:
    """Whether two gradients agree in shape and in all but the last digits."""
    if want is None or have is None:
        return want is have
    if want.shape != have.shape:
        return False
    scale = 1e-9 * np.max(np.abs(want), initial=0, where=np.isfinite(want))
    return np.allclose(want, have, rtol=1e-9, atol=scale, equal_nan=True)


def broadcasting(op: Primitive, watched: list[Watched], found: Sequence[Witness]) -> str:
    """What becomes of the op when the engine no longer undoes broadcasting for it."""
    op.elementwise = False
    try:
        for witness in chosen(found, {case: None for seen in watched for case in seen.cases}):
            try:
                witness.run()
            except Exception:
                return CAUGHT
        # A rule may give zeros in the shape of its input by itself.
        fits = [
            np.shape(unwrap(seen.rule(*args, **params))) == np.shape(args[2 + seen.position])
            for seen in watched
            for args, params in seen.calls
        ]
    finally:
        op.elementwise = True
    return SAME if all(fits) else SURVIVED


def prove(
    name: str, op: Primitive, watched: dict[tuple[str, str], Watched], found: Sequence[Witness]
) -> list[Outcome]:
    """The outcomes of all mutants of one op."""
    outcomes = []
    for slot, rule in slots(op):
        seen = watched[name, slot]
        for mutant in mutants_of(rule):
            end = fate(op, slot, seen, mutant, found)
            outcomes.append(Outcome(name, slot, mutant.what, end))
    rules = [watched[name, slot] for slot, _ in slots(op)]
    rules = [seen for seen in rules if seen.position is not None]
    if len(rules) > 1:
        end = broadcasting(op, rules, found)
        outcomes.append(Outcome(name, "engine", "broadcasting is not undone", end))
    return outcomes
