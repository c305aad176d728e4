"""Runs one statement after the other on tensors and on the reference, and compares everything.

After each statement every living name has to have NumPy's value, after each backward every leaf the
right gradient and every hook the right sum of gradients. A statement may be refused with one of the
documented errors; then nothing may have changed. Anything else is a `DisagreementError`.
"""

from __future__ import annotations

import re
import signal
import warnings
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Tensor, backward, gradients, no_grad, primitive

from . import dual
from .reference import (
    Reference,
    fits,
    is_of_objects,
    is_shared_or_fixed,
    share,
    with_slopes_of,
    wrapped,
)
from .statement import BoomError, DisagreementError, Leaf, RefusedError, Statement

# Errors that stand in docs/edge-cases.md (16, 18): the program is told, no number is wrong.
REFUSALS = {
    "leaf in place": r"leaf that requires a gradient was to be changed in place",
    "overwritten value": r"was changed in place after the op was recorded",
    "released graph": r"was released by an earlier backward",
    "read-only": r"read-only",
    "once differentiable": r"is differentiable once only",
}
# Numbers of gradients that hooks see: a program with more of them is cut short.
_PROBES = 24
_LARGE = 1e4
_ELEMENTS = 64
_SECONDS = 5


@dataclass
class Hook:
    """A hook and the slots of the reference that tell which gradient it should have seen."""

    slots: slice
    seen: Any
    expected: Any


def _explode(needs: Any, g: Any, out: Any, x: Any) -> Any:
    raise BoomError("the rule")


explode = primitive(lambda x: x * 1.0, joint=_explode, name="explode")


class _AmbiguousError(Exception):
    """A view of two inputs in one memory, and no gradient flows to one of them."""


_MAKING = ("let", "hook", "retain", "detach")


class Machine:
    """A program at work: the names of its variables, as tensors and as arrays of duals."""

    def __init__(self, leaves: list[Leaf]) -> None:
        self.reference = Reference(leaves, _PROBES)
        self.width, self.places = self.reference.width, self.reference.places
        self.probes = self.width - _PROBES
        self.tensors: dict[str, Any] = {"np": np, "explode": explode}
        self.duals: dict[str, Any] = {}
        self.grads: dict[str, Any] = {}
        # Names whose memory is another's while no gradient flows: detached, or a quiet view.
        self.cut: set[str] = set()
        self.hooks: list[Hook] = []
        # Names whose gradient is retained: `seen` is not used, `expected` is their .grad.
        self.retained: dict[str, Hook] = {}
        # The lets and writes that were run, for a second derivative; None once a statement has
        # come whose derivative is not that of its values.
        self.script: list[Statement] | None = []
        self.counts: Counter[str] = Counter()
        self.over = False
        self.rtol = 1e-8
        for leaf in leaves:
            if leaf.value.dtype == np.float32:
                self.rtol = 1e-3
            self.tensors[leaf.name] = Tensor(leaf.value, requires_grad=leaf.tracked)
            if leaf.tracked:
                self.grads[leaf.name] = np.zeros(np.size(leaf.value))
        self.duals |= self.reference.start({})
        self.compare()

    def names(self) -> list[str]:
        """The living variables."""
        return [name for name in self.duals if name not in ("np", "explode", "__builtins__")]

    def tensor(self, name: str) -> Tensor:
        """The variable `name` on the side of the tensors."""
        found: Tensor = self.tensors[name]
        return found

    def step(self, statement: Statement) -> bool:
        """Run a statement on both sides and compare; False if it could not be run or refused."""
        needed = statement.inputs + (() if statement.kind in _MAKING else (statement.target,))
        if self.over or any(name not in self.duals for name in needed):
            return False
        if statement.guard and not fits(statement.guard, self.duals[statement.inputs[0]]):
            return False
        signal.signal(signal.SIGALRM, _late)
        signal.setitimer(signal.ITIMER_REAL, _SECONDS)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                getattr(self, f"_{statement.kind}")(statement)
                self.counts[statement.kind] += 1
        except RefusedError as error:
            self.counts[f"refused: {error}"] += 1
            self.compare()
            return False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.compare(statement.target)
        return True

    # -- statements ---------------------------------------------------------------------------

    def _let(self, s: Statement) -> None:
        made, error = self._on_tensors(s, lambda: eval(s.text, self.tensors))
        try:
            result, view = self._evaluated(s)
        except (ZeroDivisionError, _AmbiguousError):
            return  # the mean of nothing, NaN in floats
        except Exception as wrong:
            if is_of_objects(wrong):
                return
            if error is None:
                raise DisagreementError(f"NumPy raises {wrong!r}, the tensor does not") from wrong
            self.counts["both raise"] += 1
            return
        if error is not None:
            if isinstance(error, IndexError) and not np.size(result):
                raise RefusedError("index of an empty array")
            raise DisagreementError(f"the tensor raises {error!r}, NumPy does not") from error
        if not isinstance(made, Tensor):
            made = Tensor(made)
        self.tensors[s.target], self.duals[s.target] = made, result
        self.cut.discard(s.target)
        self._remember(s)
        # A function that has nothing to do gives its argument back, under no_grad, too.
        same = any(made is self.tensor(name) for name in s.inputs)
        if view is not None and (view in self.cut or (s.quiet and not same)):
            self.cut.add(s.target)
        if not self._small(result):
            self._forget(s.target)

    def _evaluated(self, s: Statement) -> tuple[Any, str | None]:
        """The reference's value of `s.text`, and the input whose memory it shares."""
        result = eval(s.text, self._namespace())
        sources = [name for name in s.inputs if share(result, self.duals[name])]
        if len({name in self.cut for name in sources}) == 2:
            raise _AmbiguousError
        if sources:
            return dual.lift(result, self.width), sources[0]
        if self.cut.intersection(s.inputs):
            result = eval(s.text, self._namespace(s.inputs))
        result = dual.lift(result, self.width)
        return (dual.constant(result) if s.quiet else result), None

    def _namespace(self, uncut: tuple[str, ...] = ()) -> dict[str, Any]:
        """The reference's variables: single numbers as 0-d arrays, those of `uncut` constant."""
        names = {n: dual.constant(self.duals[n]) for n in uncut if n in self.cut}
        return wrapped(self.duals | names)

    def _write(self, s: Statement) -> None:
        recorded = not s.quiet and any(
            self.tensor(name).requires_grad for name in (s.target, *s.inputs)
        )
        if recorded and s.target in self.cut:
            return
        number = self.tensor(s.target)._id
        _, error = self._on_tensors(s, lambda: exec(s.text, self.tensors))
        before = self.duals[s.target]
        before = before.copy() if isinstance(before, np.ndarray) else before
        names = self._namespace(tuple(n for n in s.inputs if n != s.target))
        try:
            exec(s.text, names)
        except ZeroDivisionError:
            self.over = True
            return
        except Exception as wrong:
            if error is None:
                raise DisagreementError(f"NumPy raises {wrong!r}, the tensor does not") from wrong
            self.counts["both raise"] += 1
            return
        if error is not None:
            raise DisagreementError(f"the tensor raises {error!r}, NumPy does not") from error
        after = dual.lift(names[s.target], self.width)
        if not recorded:
            after = with_slopes_of(after, before)
        self.duals[s.target] = after
        self._remember(s)
        if recorded and self.tensor(s.target)._id != number:  # y[...] = y[...] is nothing
            self._retain_written(s.target)
        self.over = not self._small(after)

    def _remember(self, s: Statement) -> None:
        if s.quiet or s.kind not in ("let", "retain", "write"):
            self.script = None
        elif self.script is not None:
            self.script.append(s)

    def _detach(self, s: Statement) -> None:
        (source,) = s.inputs
        self._remember(s)
        self._forget(s.target)
        self.tensors[s.target] = self.tensor(source).detach()
        value = self.duals[source]
        if isinstance(value, np.ndarray):
            self.duals[s.target] = value.view()
            self.cut.add(s.target)
        else:
            self.duals[s.target] = dual.constant(value)

    def _hook(self, s: Statement) -> None:
        self._let(s)
        if s.target not in self.duals:
            return
        hook = self._probe(s.target, 1.0 if s.seed is None else s.seed)
        if hook is None:
            return
        self.hooks.append(hook)

        def look(g: Tensor) -> Any:
            hook.seen = hook.seen + g.data.ravel()
            return None if s.seed is None else g * s.seed

        self.tensor(s.target).register_hook(look)

    def _retain(self, s: Statement) -> None:
        self._let(s)
        hook = self._probe(s.target) if s.target in self.duals else None
        if hook is not None:
            self.retained[s.target] = hook
            self.tensor(s.target).retain_grad()

    def _retain_written(self, written: str) -> None:
        """From a write on, the retained gradient is that of the new value."""
        value = self.duals[written]
        for name in list(self.retained):
            if name == written or share(value, self.duals[name]):
                old, new = self.retained.pop(name), self._probe(name)
                if new is not None:
                    self.retained[name] = Hook(new.slots, new.seen, old.expected)

    def _probe(self, name: str, factor: float = 1.0) -> Hook | None:
        """Give every element of `name` a derivative of its own: the gradient that arrives there.

        None if that cannot be told: other names share the memory, or no slots are left.
        """
        value, tensor = self.duals[name], self.tensor(name)
        size = tensor.size
        fresh = not is_shared_or_fixed(value) and not any(
            share(value, self.duals[n]) for n in self.names() if n != name
        )
        if not (fresh and tensor.requires_grad and self.probes + size <= self.width):
            return None
        slots = slice(self.probes, self.probes + size)
        self.probes += size
        parts = []
        for i, e in enumerate(value.flat if isinstance(value, np.ndarray) else [value]):
            slope = factor * e.slope
            slope[slots.start + i] += 1.0
            parts.append(dual.Dual(e.value, slope))
        if isinstance(value, np.ndarray):
            for i, e in enumerate(parts):
                value.flat[i] = e
        else:
            self.duals[name] = parts[0]
        return Hook(slots, np.zeros(size), np.zeros(size))

    def _backward(self, s: Statement) -> None:
        self._walk(s, [(s.target, s.seed)])

    def _joint(self, s: Statement) -> None:
        self._walk(s, [(s.target, s.seed), (s.inputs[0], s.other)])

    def _walk(self, s: Statement, ends: list[tuple[str, Any]]) -> None:
        tensors = [self.tensor(name) for name, _ in ends]
        if not all(tensor.requires_grad for tensor in tensors):
            return
        seeds = [np.asarray(seed, t.dtype) for t, (_, seed) in zip(tensors, ends, strict=True)]
        self._differentiated(s, lambda: backward(tensors, seeds, s.retain, s.create))
        found = sum(self._expected(name, seed) for name, seed in ends)
        self._add_up(found)
        for hook in self.retained.values():
            hook.expected = hook.expected + found[hook.slots]

    def _add_up(self, found: Any) -> None:
        """Add the gradients `found` to those that the leaves have to have."""
        for name, place in self.places.items():
            self.grads[name] = self.grads[name] + found[place]

    def _gradients(self, s: Statement) -> None:
        tensor = self.tensor(s.target)
        if not tensor.requires_grad:
            return
        seed = np.asarray(s.seed, tensor.dtype)
        slots = self._leaves() | {name: hook.slots for name, hook in self.retained.items()}
        targets = [self.tensor(name) for name in slots]
        results = self._differentiated(s, lambda: gradients(tensor, targets, seed))
        self._close_all(s, slots, results, self._expected(s.target, seed))

    def _second(self, s: Statement) -> None:
        """The derivative of the gradient along a direction."""
        tensor, slots = self.tensor(s.target), self._leaves()
        if not tensor.requires_grad or self.script is None or not slots:
            return
        seed = np.asarray(s.seed, tensor.dtype)
        targets = [self.tensor(name) for name in slots]
        first = self._differentiated(s, lambda: gradients(tensor, targets, seed, create_graph=True))
        self._close_all(s, slots, first, self._expected(s.target, seed))
        direction = {name: d for name, d in s.other.items() if name in slots}
        along = sum(
            np.sum(g * direction[name])
            for name, g in zip(slots, first, strict=True)
            if g is not None and name in direction
        )
        wanted = self.reference.along(self.script, s, direction)
        if not (isinstance(along, Tensor) and along.requires_grad):
            second = [None] * len(slots)
        elif s.retain or self.retained:
            second = self._differentiated(s, lambda: gradients(along, targets))
        else:
            self._differentiated(s, lambda: along.backward(retain_graph=True))
            self._add_up(wanted)
            return
        self._close_all(s, slots, second, wanted)

    def _leaves(self) -> dict[str, slice]:
        return {name: place for name, place in self.places.items() if name in self.tensors}

    def _close_all(self, s: Statement, slots: Any, results: Any, found: Any) -> None:
        for (name, place), g in zip(slots.items(), results, strict=True):
            have = np.zeros(place.stop - place.start) if g is None else g.data.ravel()
            self._close(have, found[place], f"{s.kind}: {s.target} by {name}")

    def _expected(self, name: str, seed: Any) -> Any:
        found = np.ravel(seed).astype(float) @ dual.slopes(self.duals[name], self.width)
        for hook in self.hooks:
            hook.expected = hook.expected + found[hook.slots]
        return found

    def _differentiated(self, s: Statement, walk: Any) -> Any:
        """The result of `walk`; a refusal leaves the sums of the hooks as they were."""
        result, error = self._on_tensors(s, walk, [hook.seen for hook in self.hooks])
        if error is not None:
            raise DisagreementError(f"{error!r}") from error
        return result

    def _raise(self, s: Statement) -> None:
        """A backward that a hook, or a rule, ends with an error: nothing may have changed."""
        tensor = self.tensor(s.target)
        if not tensor.requires_grad:
            return
        seen = [hook.seen for hook in self.hooks]

        def raises(g: Tensor) -> None:
            raise BoomError("the hook")

        handle = tensor.register_hook(raises)
        try:
            if s.seed:
                np.sum(explode(tensor)).backward()
            else:
                np.sum(tensor).backward()
        except BoomError:
            pass
        else:
            raise DisagreementError("a hook that raises did not end backward")
        finally:
            handle.remove()
            for hook, value in zip(self.hooks, seen, strict=True):
                hook.seen = value

    def _del(self, s: Statement) -> None:
        self._forget(s.target)

    # -- comparing ----------------------------------------------------------------------------

    def _on_tensors(
        self, s: Statement, run: Any, refusing: Any = None
    ) -> tuple[Any, Exception | None]:
        try:
            with no_grad() if s.quiet else nullcontext():
                return run(), None
        except Exception as error:
            if refusing is not None:
                for hook, value in zip(self.hooks, refusing, strict=True):
                    hook.seen = value
            for name, pattern in REFUSALS.items():
                if re.search(pattern, str(error)):
                    raise RefusedError(name) from error
            return None, error

    def compare(self, changed: str = "") -> None:
        """Compare every value, gradient and hook; nothing once numbers are out of hand."""
        if self.over:
            return
        for name in self.names():
            tensor, reference = self.tensor(name), self.duals[name]
            wanted = dual.values(reference)
            if np.shape(wanted) != tensor.shape:
                raise DisagreementError(f"{name}: shape {tensor.shape}, not {np.shape(wanted)}")
            self._close(tensor.data, wanted, f"the value of {name}")
            if name == changed and not tensor.requires_grad and name not in self.cut:
                self._close(dual.slopes(reference, self.width), 0.0, f"untracked {name}")
        for name, wanted in self.grads.items():
            if name in self.tensors:
                grad = self.tensor(name).grad
                have = np.zeros_like(wanted) if grad is None else grad.data.ravel()
                self._close(have, wanted, f"the gradient of {name}")
        for name, hook in self.retained.items():
            grad = self.tensor(name).grad
            have = np.zeros_like(hook.expected) if grad is None else grad.data.ravel()
            self._close(have, hook.expected, f"the retained gradient of {name}")
        for i, hook in enumerate(self.hooks):
            self._close(hook.seen, hook.expected, f"the gradients that hook {i} saw")

    def _close(self, have: Any, wanted: Any, about: str) -> None:
        error = np.abs(have - wanted)
        if (error <= self.rtol).all():
            return
        scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
        if not (error <= self.rtol * scale).all():
            have, wanted = np.asarray(have).tolist(), np.asarray(wanted).tolist()
            raise DisagreementError(f"{about}: {have}, expected {wanted}")

    def _small(self, value: Any) -> bool:
        if np.size(value) > _ELEMENTS:
            return False
        found = dual.values(value)
        slopes = dual.slopes(value, self.width)
        return bool(np.all(np.abs(found) < _LARGE) and np.all(np.abs(slopes) < 100 * _LARGE))

    def _forget(self, name: str) -> None:
        self.tensors.pop(name, None)
        self.duals.pop(name, None)
        self.retained.pop(name, None)
        self.cut.discard(name)


def _late(number: int, frame: Any) -> None:
    raise DisagreementError(f"no end after {_SECONDS} s")
