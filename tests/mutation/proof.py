"""The proof: for every mutant of every rule, does the check of some example fail?"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Primitive
from autograd.registry import unwrap

from .cases import Witness, primitives, witnesses
from .mutants import Mutant, mutants_of

CAUGHT, SAME, UNREACHED, SURVIVED = "caught", "same values", "never evaluated", "SURVIVED"

# How many examples of how many cases a mutant has to get past.
_CASES, _EXAMPLES = 8, 12
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
    """A rule, with the calls it got and the cases that they came from."""

    rule: Callable[..., Any]
    calls: list[tuple[Any, Any]]
    cases: dict[str, None]


def slots(op: Primitive) -> Iterator[tuple[str, Any]]:
    """The rules of an op by name: "rule 0", "rule 1", ..., or "joint rule"."""
    if op.joint is not None:
        yield "joint rule", op.joint
    for number, rule in enumerate(op.rules):
        if rule is not None:
            yield f"rule {number}", rule


@contextlib.contextmanager
def replaced(op: Primitive, slot: str, rule: Any) -> Iterator[None]:
    """The op with another rule for as long as the context lasts."""
    kept = op.rules, op.joint
    if slot == "joint rule":
        op.joint = rule
    else:
        number = int(slot.removeprefix("rule "))
        op.rules = (*op.rules[:number], rule, *op.rules[number + 1 :])
    try:
        yield
    finally:
        op.rules, op.joint = kept


def watch(ops: dict[str, Primitive]) -> dict[tuple[str, str], Watched]:
    """Run every witness once with all rules right, and note what calls which rule with what."""
    watched: dict[tuple[str, str], Watched] = {}
    current = ""
    with contextlib.ExitStack() as stack:
        for name, op in ops.items():
            for slot, rule in slots(op):
                seen = watched[name, slot] = Watched(rule, [], {})

                def noted(*args: Any, seen: Watched = seen, **params: Any) -> Any:
                    seen.cases[current] = None
                    if len(seen.calls) < _CALLS:
                        seen.calls.append((unwrap(args), params))
                    return seen.rule(*args, **params)

                # Reading the signature of the rule itself, before it is hidden.
                op.parameters, op.reads
                stack.enter_context(replaced(op, slot, noted))
        for witness in chosen(witnesses(), None):
            current = witness.name
            witness.run()
    return watched


def chosen(found: tuple[Witness, ...], cases: dict[str, None] | None) -> list[Witness]:
    """Of each of these cases (all of them: None) as many examples as a mutant has to get past."""
    picked: dict[str, list[Witness]] = {}
    for witness in found:
        if cases is None or witness.name in cases:
            picked.setdefault(witness.name, []).append(witness)
    some = list(picked.values())[: None if cases is None else _CASES]
    # Spread over all sizes, the small ones first: each mistake needs its shape.
    return [w for ws in some for w in ws[:: max(1, len(ws) // _EXAMPLES)][: _EXAMPLES + 4]]


def fate(op: Primitive, slot: str, seen: Watched, mutant: Mutant) -> str:
    """What becomes of a mutant of the rule in `slot`."""
    with replaced(op, slot, mutant.rule):
        for witness in chosen(witnesses(), seen.cases):
            try:
                witness.run()
            except Exception:
                return CAUGHT
    if not mutant.reached:
        return UNREACHED
    return SAME if all(map(agrees(seen.rule, mutant.rule), seen.calls)) else SURVIVED


def agrees(rule: Any, mutant: Any) -> Callable[[tuple[Any, Any]], bool]:
    """Whether two rules give the same values for a call."""

    def values(function: Any, call: tuple[Any, Any]) -> list[Any]:
        args, params = call
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = unwrap(function(*args, **params))
        parts = result if isinstance(result, (list, tuple)) else [result]
        return [None if part is None else np.asarray(part) for part in parts]

    def agree(call: tuple[Any, Any]) -> bool:
        try:
            pairs = list(zip(values(rule, call), values(mutant, call), strict=True))
        except Exception:
            return False
        for want, have in pairs:
            if want is None or have is None:
                if want is not have:
                    return False
            elif want.size and want.dtype != object:
                scale = 1e-9 * np.max(np.abs(want), initial=0, where=np.isfinite(want))
                if want.shape != have.shape or not np.allclose(
                    want, have, rtol=1e-9, atol=scale, equal_nan=True
                ):
                    return False
        return True

    return agree


def broadcasting(op: Primitive, cases: dict[str, None]) -> str:
    """What becomes of the op when the engine no longer undoes broadcasting for it."""
    op.elementwise = False
    try:
        for witness in chosen(witnesses(), cases):
            try:
                witness.run()
            except Exception:
                return CAUGHT
    finally:
        op.elementwise = True
    return SURVIVED


def prove(name: str, watched: dict[tuple[str, str], Watched]) -> list[Outcome]:
    """The outcomes of all mutants of one op."""
    op = primitives()[name]
    found = []
    cases: dict[str, None] = {}
    for slot, rule in slots(op):
        seen = watched[name, slot]
        cases |= seen.cases
        for mutant in mutants_of(rule):
            found.append(Outcome(name, slot, mutant.what, fate(op, slot, seen, mutant)))
    if op.elementwise and op.arity > 1:
        found.append(Outcome(name, "engine", "broadcasting is not undone", broadcasting(op, cases)))
    return found
