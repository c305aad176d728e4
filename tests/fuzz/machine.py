"""Runs one statement after the other on tensors and on the reference, and compares everything.

After each statement every living name has to have NumPy's value, after each backward every leaf the
right gradient and every hook the right sum of gradients. A statement may be refused with one of the
documented errors; then nothing may have changed. Anything else is a `Disagreement`.
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

from autograd import Tensor, gradients, no_grad, primitive

from . import dual

# Errors that stand in docs/edge-cases.md (16, 18): the program is told, nothing is wrong in silence.
REFUSALS = {
    "leaf in place": r"leaf that requires a gradient was to be changed in place",
    "overwritten value": r"was changed in place after the op was recorded",
    "released graph": r"was released by an earlier backward",
    "read-only": r"read-only",
}
# Numbers of gradients that hooks see: a program with more of them is cut short.
_PROBES = 24
_LARGE = 1e4
_ELEMENTS = 64
_SECONDS = 5


class Disagreement(Exception):
    """The tensors and the reference differ."""


class Refused(Exception):
    """A documented error."""


class Boom(Exception):
    """Raised on purpose, in a hook or a rule."""


@dataclass(frozen=True)
class Leaf:
    """A variable of the program that nothing has computed."""

    name: str
    value: Any
    tracked: bool


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        kind: "let", "write", "detach", "hook", "backward", "gradients", "raise" or "del".
        target: the name that is made, written, or differentiated.
        text: the expression of a let or a hook, the whole line of a write.
        inputs: the names that `text` reads.
        quiet: run it under `no_grad`.
        guard: a condition on the values of the first input: "distinct" or "away from 0".
        seed: the gradient that a backward begins with, or the factor of a hook (None: it looks).
        retain: whether a backward keeps the graph.
    """

    kind: str
    target: str
    text: str = ""
    inputs: tuple[str, ...] = ()
    quiet: bool = False
    guard: str = ""
    seed: Any = None
    retain: bool = True

    def __str__(self) -> str:
        line = self.text
        if self.kind in ("let", "hook"):
            line = f"{self.target} = {self.text}"
        if self.kind == "hook":
            line += f"; {self.target}.register_hook(lambda g: {self.seed or 'None  #'} * g)"
        elif self.kind == "detach":
            line = f"{self.target} = {self.inputs[0]}.detach()"
        elif self.kind == "backward":
            line = f"{self.target}.backward({_literal(self.seed)}, retain_graph={self.retain})"
        elif self.kind == "gradients":
            line = f"gradients({self.target}, leaves, {_literal(self.seed)})"
        elif self.kind == "raise":
            line = f"{self.target}.register_hook(raises); {self.target}.backward(...)"
        elif self.kind == "del":
            line = f"del {self.target}"
        return f"with no_grad(): {line}" if self.quiet else line


def _literal(value: Any) -> str:
    return f"np.array({np.asarray(value).tolist()}).reshape({np.shape(value)})"


@dataclass
class Hook:
    """A hook and the slots of the reference that tell which gradient it should have seen."""

    slots: slice
    seen: Any
    expected: Any


def _explode(needs: Any, g: Any, out: Any, x: Any) -> Any:
    raise Boom("the rule")


explode = primitive(lambda x: x * 1.0, joint=_explode, name="explode")


class Machine:
    """A program at work: the names of its variables, as tensors and as arrays of duals."""

    def __init__(self, leaves: list[Leaf]) -> None:
        self.leaves = leaves
        tracked = [leaf for leaf in leaves if leaf.tracked]
        self.width = sum(np.size(leaf.value) for leaf in tracked) + _PROBES
        self.probes = self.width - _PROBES
        self.tensors: dict[str, Any] = {"np": np, "explode": explode}
        self.duals: dict[str, Any] = {"np": np, "explode": lambda x: x * 1.0}
        self.places: dict[str, slice] = {}
        self.grads: dict[str, Any] = {}
        # Names whose memory is another's while no gradient flows: detached, or a quiet view.
        self.cut: set[str] = set()
        self.hooks: list[Hook] = []
        self.counts: Counter[str] = Counter()
        self.over = False
        self.rtol = 1e-8
        start = 0
        for leaf in leaves:
            value = np.asarray(leaf.value)
            if value.dtype == np.float32:
                self.rtol = 1e-3
            self.tensors[leaf.name] = Tensor(value, requires_grad=leaf.tracked)
            reference = np.empty(value.shape, object)
            for i, v in enumerate(value.flat):
                reference.flat[i] = dual.Dual(float(v), np.zeros(self.width))
                if leaf.tracked:
                    reference.flat[i].slope[start + i] = 1.0
            if leaf.tracked:
                self.places[leaf.name] = slice(start, start + value.size)
                self.grads[leaf.name] = np.zeros(value.size)
                start += value.size
            self.duals[leaf.name] = reference if reference.ndim else reference[()]
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
        needed = statement.inputs + (
            () if statement.kind in ("let", "hook", "detach") else (statement.target,)
        )
        if self.over or any(name not in self.duals for name in needed):
            return False
        if statement.guard and not self._fits(statement):
            return False
        signal.signal(signal.SIGALRM, _late)
        signal.setitimer(signal.ITIMER_REAL, _SECONDS)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                getattr(self, f"_{statement.kind}")(statement)
                self.counts[statement.kind] += 1
        except Refused as error:
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
        except ZeroDivisionError:
            return  # the mean of nothing: NaN in floats
        except Exception as wrong:
            if error is None:
                raise Disagreement(f"NumPy raises {wrong!r}, the tensor does not") from wrong
            self.counts["both raise"] += 1
            return
        if error is not None:
            raise Disagreement(f"the tensor raises {error!r}, NumPy does not") from error
        if not isinstance(made, Tensor):
            made = Tensor(made)
        self.tensors[s.target], self.duals[s.target] = made, result
        self.cut.discard(s.target)
        # A function that has nothing to do gives its argument back, under no_grad, too.
        same = any(made is self.tensor(name) for name in s.inputs)
        if view is not None and (view in self.cut or (s.quiet and not same)):
            self.cut.add(s.target)
        if not self._small(result):
            self._forget(s.target)

    def _evaluated(self, s: Statement) -> tuple[Any, str | None]:
        """The reference's value of `s.text`, and the input whose memory it shares."""
        result = eval(s.text, self._namespace())
        for name in s.inputs:
            if _share(result, self.duals[name]):
                return dual.lift(result, self.width), name
        if self.cut.intersection(s.inputs):
            result = eval(s.text, self._namespace(s.inputs))
        result = dual.lift(result, self.width)
        return (dual.constant(result) if s.quiet else result), None

    def _namespace(self, uncut: tuple[str, ...] = ()) -> dict[str, Any]:
        """The reference's variables: single numbers as 0-d arrays, those of `uncut` constant."""
        names = dict(self.duals)
        for name in self.names():
            if name in uncut and name in self.cut:
                names[name] = dual.constant(names[name])
            if isinstance(names[name], dual.Dual):
                names[name] = np.array(names[name], object)
        return names

    def _write(self, s: Statement) -> None:
        recorded = not s.quiet and any(
            self.tensor(name).requires_grad for name in (s.target, *s.inputs)
        )
        if recorded and s.target in self.cut:
            return
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
                raise Disagreement(f"NumPy raises {wrong!r}, the tensor does not") from wrong
            self.counts["both raise"] += 1
            return
        if error is not None:
            raise Disagreement(f"the tensor raises {error!r}, NumPy does not") from error
        after = dual.lift(names[s.target], self.width)
        if not recorded:
            after = _with_slopes_of(after, before)
        self.duals[s.target] = after
        self.over = not self._small(after)

    def _detach(self, s: Statement) -> None:
        (source,) = s.inputs
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
        value, tensor = self.duals[s.target], self.tensor(s.target)
        size = tensor.size
        writeable = not isinstance(value, np.ndarray) or value.flags.writeable
        fresh = writeable and not any(
            _share(value, self.duals[n]) for n in self.names() if n != s.target
        )
        if not (fresh and tensor.requires_grad and self.probes + size <= self.width):
            return
        slots = slice(self.probes, self.probes + size)
        self.probes += size
        factor = 1.0 if s.seed is None else s.seed
        parts = []
        for i, e in enumerate(value.flat if isinstance(value, np.ndarray) else [value]):
            slope = factor * e.slope
            slope[slots.start + i] += 1.0
            parts.append(dual.Dual(e.value, slope))
        if isinstance(value, np.ndarray):
            for i, e in enumerate(parts):
                value.flat[i] = e
        else:
            self.duals[s.target] = parts[0]
        hook = Hook(slots, np.zeros(size), np.zeros(size))
        self.hooks.append(hook)

        def look(g: Tensor) -> Any:
            hook.seen = hook.seen + g.data.ravel()
            return None if s.seed is None else g * s.seed

        tensor.register_hook(look)

    def _backward(self, s: Statement) -> None:
        tensor = self.tensor(s.target)
        if not tensor.requires_grad:
            return
        seed = np.asarray(s.seed, tensor.dtype)
        self._differentiated(s, lambda: tensor.backward(seed, retain_graph=s.retain))
        found = self._expected(s, seed)
        for name, place in self.places.items():
            self.grads[name] = self.grads[name] + found[place]

    def _gradients(self, s: Statement) -> None:
        tensor = self.tensor(s.target)
        if not tensor.requires_grad:
            return
        seed = np.asarray(s.seed, tensor.dtype)
        leaves = [self.tensor(name) for name in self.places if name in self.tensors]
        results = self._differentiated(s, lambda: gradients(tensor, leaves, seed))
        found = self._expected(s, seed)
        names = [name for name in self.places if name in self.tensors]
        for name, g in zip(names, results, strict=True):
            place = self.places[name]
            have = np.zeros(place.stop - place.start) if g is None else g.data.ravel()
            self._close(have, found[place], f"gradients() of {s.target} by {name}")

    def _expected(self, s: Statement, seed: Any) -> Any:
        found = seed.ravel().astype(float) @ dual.slopes(self.duals[s.target], self.width)
        for hook in self.hooks:
            hook.expected = hook.expected + found[hook.slots]
        return found

    def _differentiated(self, s: Statement, walk: Any) -> Any:
        """What `walk` returns; a refusal leaves the sums of the hooks as they were."""
        seen = [hook.seen for hook in self.hooks]
        result, error = self._on_tensors(s, walk, refusing=(hook_state := seen))
        if error is not None:
            raise Disagreement(f"{error!r}") from error
        del hook_state
        return result

    def _raise(self, s: Statement) -> None:
        """A backward that a hook, or a rule, ends with an error: nothing may have changed."""
        tensor = self.tensor(s.target)
        if not tensor.requires_grad:
            return
        seen = [hook.seen for hook in self.hooks]

        def raises(g: Tensor) -> None:
            raise Boom("the hook")

        handle = tensor.register_hook(raises)
        try:
            if s.seed:
                np.sum(explode(tensor)).backward()
            else:
                np.sum(tensor).backward()
        except Boom:
            pass
        else:
            raise Disagreement("a hook that raises did not end backward")
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
                    raise Refused(name) from error
            return None, error

    def compare(self, changed: str = "") -> None:
        """Compare every value, every gradient and every hook; nothing once numbers are out of hand."""
        if self.over:
            return
        for name in self.names():
            tensor, reference = self.tensor(name), self.duals[name]
            wanted = dual.values(reference)
            if np.shape(wanted) != tensor.shape:
                raise Disagreement(f"{name}: shape {tensor.shape}, NumPy has {np.shape(wanted)}")
            self._close(tensor.data, wanted, f"the value of {name}")
            if name == changed and not tensor.requires_grad and name not in self.cut:
                self._close(dual.slopes(reference, self.width), 0.0, f"untracked {name}")
        for name, wanted in self.grads.items():
            if name in self.tensors:
                grad = self.tensor(name).grad
                have = np.zeros_like(wanted) if grad is None else grad.data.ravel()
                self._close(have, wanted, f"the gradient of {name}")
        for i, hook in enumerate(self.hooks):
            self._close(hook.seen, hook.expected, f"the gradients that hook {i} saw")

    def _close(self, have: Any, wanted: Any, about: str) -> None:
        error = np.abs(have - wanted)
        if (error <= self.rtol).all():
            return
        scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
        if not (error <= self.rtol * scale).all():
            have, wanted = np.asarray(have).tolist(), np.asarray(wanted).tolist()
            raise Disagreement(f"{about}: {have}, expected {wanted}")

    def _fits(self, s: Statement) -> bool:
        value = np.ravel(dual.values(self.duals[s.inputs[0]]))
        if s.guard == "distinct":
            return bool(value.size) and (value.size == 1 or np.min(np.diff(np.sort(value))) > 1e-3)
        return bool(np.all(np.abs(value) > 1e-2))

    def _small(self, value: Any) -> bool:
        if np.size(value) > _ELEMENTS:
            return False
        found = dual.values(value)
        slopes = dual.slopes(value, self.width)
        return bool(np.all(np.abs(found) < _LARGE) and np.all(np.abs(slopes) < 100 * _LARGE))

    def _forget(self, name: str) -> None:
        self.tensors.pop(name, None)
        self.duals.pop(name, None)
        self.cut.discard(name)


def _share(a: Any, b: Any) -> bool:
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.shares_memory(a, b)


def _with_slopes_of(after: Any, before: Any) -> Any:
    """The values of `after` with the derivatives of `before`: a write that is not recorded."""
    if not isinstance(after, np.ndarray):
        return dual.Dual(after.value, before.slope)
    for i, (new, old) in enumerate(zip(after.flat, before.flat, strict=True)):
        if new is not old:
            after.flat[i] = dual.Dual(new.value, old.slope)
    return after


def _late(number: int, frame: Any) -> None:
    raise Disagreement(f"no end after {_SECONDS} s")
