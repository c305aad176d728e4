"""Random numbers and buffers held still: every evaluation sees the same, and nothing is moved.

Found are the library's own generator, NumPy's and Python's global ones, those that f holds, of
either kind of NumPy's or Python's, and, for every module that f is, is bound to or closes over, its
buffers and the generators among its attributes.
"""

from __future__ import annotations

import ctypes
import functools
import random
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.random import mtrand

from .. import settings

__all__ = ["Frozen"]

# The memory of a Mersenne twister: 624 words of 32 bits, and the position among them.
_TWISTER = 4 * (624 + 1)


class Frozen:
    """The state around f, saved when this is made.

    At first nothing is put back between the evaluations, for most functions draw no random
    numbers. `settle`, called when f does not give the same twice, learns which states f changes,
    and `restore` puts those back before each evaluation. `release` puts back everything at the
    end, bit for bit.

    Attributes:
        modules: those that the roots are, are bound to, or close over; each once.
    """

    def __init__(self, *roots: Any) -> None:
        held = [x for root in roots for x in _reachable(root)]
        self.modules = _modules_among(held)
        self._states = list(_found(held, self.modules))
        self._moving: list[_State] = []

    def restore(self) -> None:
        """Put back what f is known to change."""
        for state in self._moving:
            state.write(state.saved)

    def settle(self) -> bool:
        """Learn which states f has changed; whether there are any that were not known."""
        known = len(self._moving)
        self._moving = [s for s in self._states if s in self._moving or s.changed()]
        return len(self._moving) > known

    def release(self) -> None:
        """Put back every state."""
        for state in self._states:
            state.put_back()


class _State:
    """One thing that can be read, as a snapshot of its own, and written back."""

    def __init__(self, read: Callable[[], Any], write: Callable[[Any], None]) -> None:
        self.read, self.write = read, write
        self.saved = read()

    def changed(self) -> bool:
        """Whether it differs from what was saved."""
        return not _same(self.read(), self.saved)

    def put_back(self) -> None:
        """Make it what was saved."""
        if self.changed():
            self.write(self.saved)


class _Generator(_State):
    """A generator: to write its state costs less than to look whether it has changed."""

    def put_back(self) -> None:
        """Make it what was saved."""
        self.write(self.saved)


class _Twister(_State):
    """The memory of NumPy's global generator: NumPy takes 50 us to read it and 70 to write it.

    What it does not hold is the second of the last pair of normal numbers, if that is still to be
    drawn. Before this is made there must not be one.
    """

    def __init__(self, bits: np.random.MT19937) -> None:
        self.address = bits.ctypes.state_address
        self.bits = bits  # keeps the memory alive
        super().__init__(functools.partial(ctypes.string_at, self.address, _TWISTER), self.move)

    def move(self, memory: bytes) -> None:
        """Make its memory this one, with no normal number left over."""
        self.leftover()
        self.rewind(memory)

    def rewind(self, memory: bytes) -> None:
        """Make its memory this one."""
        ctypes.memmove(self.address, memory, _TWISTER)

    def leftover(self) -> float | None:
        """Draw the normal number that is left over; where there is none a pair is drawn."""
        before = self.read()
        drawn = np.random.standard_normal()
        if self.read() == before:
            return drawn
        np.random.standard_normal()
        return None


def _global() -> _State:
    """NumPy's global generator."""
    read, write = functools.partial(np.random.get_state, legacy=False), np.random.set_state
    bits = mtrand.get_bit_generator()
    if isinstance(bits, np.random.MT19937):
        twister = _Twister(bits)
        left = twister.leftover()
        if left is None:
            twister.rewind(twister.saved)
            return twister
        write({**read(), "has_gauss": 1, "gauss": left})
    return _State(read, write)


def _modules_among(held: Iterable[Any]) -> list[Any]:
    found: dict[int, Any] = {}
    for x in held:
        if hasattr(x, "named_parameters") and not isinstance(x, type):
            found[id(x)] = x
    return list(found.values())


def _reachable(f: Any) -> Iterator[Any]:
    """f, and what it holds: the object of a method, arguments of a partial, a closure's cells,
    the function that it wraps, the globals that its code names.
    """
    yield f
    if isinstance(f, functools.partial):
        for x in (f.func, *f.args, *f.keywords.values()):
            yield from _reachable(x)
    if getattr(f, "__self__", None) is not None:
        yield f.__self__
    for cell in getattr(f, "__closure__", None) or ():
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        yield from content if isinstance(content, (list, tuple)) else (content,)
    # A function of Numba has the code of another one, and no globals of its own.
    inner = getattr(f, "__wrapped__", None)
    if isinstance(inner, FunctionType) and inner is not f:
        yield from _reachable(inner)
    function = getattr(f, "__func__", f)
    if isinstance(function, FunctionType):
        for name in function.__code__.co_names:
            held = function.__globals__.get(name)
            # NumPy, say, which is slow to deny that it has an attribute.
            if held is not None and not isinstance(held, ModuleType):
                yield held


def _found(held: list[Any], modules: list[Any]) -> Iterator[_State]:
    """What may be drawn from, and what may be written to."""
    yield _global()
    yield _Generator(random.getstate, random.setstate)
    for module in modules:
        parts = module.modules() if hasattr(module, "modules") else [module]
        held += [x for part in parts for x in vars(part).values()]
    held.append(settings.generator())
    for x in {id(x): x for x in held}.values():
        if isinstance(x, np.random.Generator):
            yield _Generator(_state_of(x), _state_setter(x))
        elif isinstance(x, np.random.RandomState):
            yield _Generator(functools.partial(x.get_state, legacy=False), x.set_state)
        elif isinstance(x, random.Random) and not isinstance(x, random.SystemRandom):
            yield _Generator(x.getstate, x.setstate)
    for module in modules:
        for _, buffer in module.named_buffers() if hasattr(module, "named_buffers") else ():
            yield _State(_snapshot_of(buffer), _writer(buffer))


def _state_of(generator: np.random.Generator) -> Callable[[], Any]:
    return lambda: generator.bit_generator.state


def _state_setter(generator: np.random.Generator) -> Callable[[Any], None]:
    return lambda state: setattr(generator.bit_generator, "state", state)


def _snapshot_of(buffer: Any) -> Callable[[], Any]:
    return lambda: np.array(buffer.data)


def _writer(buffer: Any) -> Callable[[Any], None]:
    """In place where it can be: others may hold the array."""

    def write(value: Any) -> None:
        if isinstance(buffer.data, np.ndarray) and buffer.data.shape == value.shape:
            np.copyto(buffer.data, value)
        else:
            buffer.data = value.copy()[()]

    return write


def _same(a: Any, b: Any) -> bool:
    """Whether two states are equal: numbers, arrays, and nested dicts of them."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (np.ndarray, np.generic)):
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    return bool(a == b)
