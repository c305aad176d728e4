"""What a module consists of: the one walk behind parameters(), state_dict(), repr and the rest.

Nothing is registered when an attribute is set. A module's members are found when somebody asks,
among its attributes in the order in which they were set, lists, tuples and dicts opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd import Tensor

from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module

__all__ = ["bottom_up", "buffers", "join", "modules", "opened", "parameters"]

_CONTAINERS = (dict, list, tuple)


def join(prefix: str, name: str) -> str:
    """The path of member `name` of what stands at `prefix`."""
    return f"{prefix}.{name}" if prefix else name


def opened(name: str, value: Any, kinds: tuple[type, ...]) -> Iterator[tuple[str, Any]]:
    """`value` if it is of `kinds`, or what it contains of them, each with its path."""
    if isinstance(value, kinds):
        yield name, value
    elif isinstance(value, _CONTAINERS):
        wanted = (*kinds, *_CONTAINERS)
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, wanted):
                yield from opened(join(name, str(key)), item, kinds)


def modules(
    module: Module, prefix: str, seen: set[int], remove_duplicate: bool
) -> Iterator[tuple[str, Module]]:
    """`module` and everything below it with their paths, parents before children.

    With `remove_duplicate` a shared module comes once, at its first path; otherwise at each path.
    A module that contains itself, on whatever way, ends the walk there.
    """
    if id(module) in seen:
        return
    seen.add(id(module))
    yield prefix, module
    for name, child in module.own_modules():
        yield from modules(child, join(prefix, name), seen, remove_duplicate)
    if not remove_duplicate:
        seen.discard(id(module))


def bottom_up(module: Module, seen: set[int]) -> Iterator[Module]:
    """`module` and everything below it, children before parents, each once."""
    if id(module) not in seen:
        seen.add(id(module))
        for _, child in module.own_modules():
            yield from bottom_up(child, seen)
        yield module


def parameters(
    module: Module, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
) -> Iterator[tuple[str, Parameter]]:
    """The parameters of `module` with their paths: its own, then those of its children."""
    seen: set[int] = set()
    for path, owner in modules(module, prefix, set(), remove_duplicate):
        for name, parameter in owner.own_parameters():
            if not (remove_duplicate and id(parameter) in seen):
                seen.add(id(parameter))
                yield join(path, name), parameter
        if not recurse:
            return


def buffers(
    module: Module,
    prefix: str = "",
    recurse: bool = True,
    remove_duplicate: bool = True,
    persistent_only: bool = False,
) -> Iterator[tuple[str, Tensor]]:
    """The buffers of `module` with their paths, in the order of `parameters`."""
    seen: set[int] = set()
    for path, owner in modules(module, prefix, set(), remove_duplicate):
        for name, buffer, persistent in owner.own_buffers():
            if (persistent or not persistent_only) and not (
                remove_duplicate and id(buffer) in seen
            ):
                seen.add(id(buffer))
                yield join(path, name), buffer
        if not recurse:
            return
