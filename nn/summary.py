"""A table of a model: its layers, the shapes that come out of them, the parameters in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, generator, no_grad
from autograd.tensor import wrap

from . import members
from .population import Calibrated

if TYPE_CHECKING:
    from .module import Module

__all__ = ["Row", "Summary", "summarize", "unchanged"]


class Row(NamedTuple):
    """One line: a module at its path, what came out of it, how many parameters are its own.

    `shape` is None for a module that was not called, and a list for several outputs.
    """

    path: str
    layer: str
    shape: Any
    parameters: int
    depth: int


class Summary(NamedTuple):
    """What `Module.summary` returns; its text is a table, shown by `print` and in a notebook.

    Attributes:
        rows: the model itself and all modules below it, parents before children; a module that
            was called several times or stands at several paths comes once.
        parameters: number of parameters, shared ones counted once.
        trainable: how many of them learn.
        input_shape: the shape that was sent through.
    """

    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    input_shape: Any

    def __str__(self) -> str:
        table = [("Layer", "Output shape", "Parameters")]
        for row in self.rows:
            name = row.path.rpartition(".")[2]
            label = "  " * row.depth + (f"{name}: {row.layer}" if name else row.layer)
            table.append((label, _shown(row.shape), f"{row.parameters:,}"))
        widths = [max(len(line[i]) for line in table) for i in range(3)]
        lines = [
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in table
        ]
        rule = "-" * (sum(widths) + 4)
        total = f"Parameters: {self.parameters:,}"
        if self.trainable != self.parameters:
            total += f", of which {self.trainable:,} learn"
        head = f"Input shape: {_shown(self.input_shape)}"
        return "\n".join([head, rule, lines[0], rule, *lines[1:], rule, total])

    def __repr__(self) -> str:
        return str(self)


def _shown(shape: Any) -> str:
    if shape is None:
        return "not called"
    return ", ".join(map(str, shape)) if isinstance(shape, list) else str(shape)


def summarize(model: Module, input_shape: Any, dtype: DTypeLike | None) -> Summary:
    """Send zeros through `model` and note what comes out of each module; see `Module.summary`."""
    several = bool(input_shape) and not isinstance(input_shape[0], (int, np.integer))
    shapes = [tuple(s) for s in input_shape] if several else [tuple(input_shape)]
    kind = _dtype_of(model) if dtype is None else np.dtype(dtype)
    shown: dict[Module, Any] = {}

    def note(module: Module, args: Any, output: Any) -> None:
        shown.setdefault(module, _shape_of(output))

    modules = {module: path for path, module in model.named_modules()}
    handles = [module.register_forward_hook(note) for module in modules]
    try:
        with unchanged(model), no_grad():
            model.eval()
            for module in modules:
                # Put back with all other buffers.
                if isinstance(module, Calibrated) and module.keeps_statistics():
                    module.set_statistics(0, 1, 1)
            model(*(wrap(np.zeros(shape, kind)) for shape in shapes))
    finally:
        for handle in handles:
            handle.remove()
    count, trainable = _counted(model)
    rows = tuple(_rows(modules, shown))
    return Summary(rows, count, trainable, shapes if several else shapes[0])


def _rows(modules: dict[Module, str], shown: dict[Module, Any]) -> Iterator[Row]:
    known: set[int] = set()
    paths = set(modules.values())
    for module, path in modules.items():
        fresh = {id(p): p.size for _, p in module.own_parameters() if id(p) not in known}
        known.update(fresh)
        parts = path.split(".") if path else []
        above = sum(".".join(parts[:i]) in paths for i in range(len(parts)))
        yield Row(path, type(module).__name__, shown.get(module), sum(fresh.values()), above)


def _counted(model: Module) -> tuple[int, int]:
    """Number of parameters, and of those that learn; shared ones once."""
    found = [p for _, p in members.parameters(model)]
    return sum(p.size for p in found), sum(p.size for p in found if p.requires_grad)


def _dtype_of(model: Module) -> np.dtype[Any]:
    """The dtype of the first floating parameter; float32 for a model without."""
    kinds = (p.dtype for _, p in members.parameters(model) if p.dtype.kind == "f")
    return next(kinds, np.dtype(np.float32))


def _shape_of(output: Any) -> Any:
    if isinstance(output, (list, tuple)):
        return [_shape_of(item) for item in output]
    return output.shape if isinstance(output, (Tensor, np.ndarray, np.generic)) else None


@contextmanager
def unchanged(model: Module) -> Iterator[None]:
    """Put modes, buffers and random generators back to where they were."""
    modes = {module: module.training for module in model.modules()}
    buffers = [(buffer, np.array(buffer.data)) for _, buffer in members.buffers(model)]
    generators = {id(generator()): generator()} | {
        id(value): value
        for module in modes
        for value in vars(module).values()
        if isinstance(value, np.random.Generator)
    }
    states = [(rng, rng.bit_generator.state) for rng in generators.values()]
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        with no_grad():
            for buffer, value in buffers:
                buffer[...] = value
        for rng, state in states:
            rng.bit_generator.state = state
