"""Modules that hold modules."""

from __future__ import annotations

import operator
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self, overload

from autograd import expect

from .module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


class Sequential(Module):
    """Layers one after the other: y = f_n(… f_2(f_1(x))).

    Args:
        layers: modules, called `"0"`, `"1"`, … in paths; or one dictionary name -> module.

    Indexing gives a layer, a slice a new Sequential with the same layers.

    Raises:
        TypeError: something else than a Module.

    >>> import nn
    >>> nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    Sequential(
      (0): Linear(in_features=64, out_features=32, bias=True)
      (1): ReLU()
      (2): Linear(in_features=32, out_features=10, bias=True)
    )

    Deck, part B: a multi-layer perceptron is fully-connected layers separated by non-linearities.
    """

    @overload
    def __init__(self, *layers: Module) -> None: ...
    @overload
    def __init__(self, layers: Mapping[str, Module], /) -> None: ...

    def __init__(self, *layers: Any) -> None:
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            named = dict(layers[0])
        else:
            named = {str(i): layer for i, layer in enumerate(layers)}
        for name, layer in named.items():
            if not isinstance(layer, Module):
                raise TypeError(
                    f"Sequential expects modules, got {type(layer).__name__} as layer {name}; "
                    "pass nn.ReLU() for the module, not nn.ReLU or nn.functional.relu"
                )
            setattr(self, name, layer)

    def forward(self, x: Any) -> Any:
        """Send `x` through the layers in order."""
        for layer in self:
            x = layer(x)
        return x

    def append(self, layer: Module) -> Sequential:
        """Add a layer at the end; returns the Sequential."""
        if not isinstance(layer, Module):
            raise TypeError(f"append expects a module, got {type(layer).__name__}")
        setattr(self, str(len(self)), layer)
        return self

    def __iter__(self) -> Iterator[Module]:
        return iter([value for value in vars(self).values() if isinstance(value, Module)])

    def __len__(self) -> int:
        return len(list(iter(self)))

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...

    def __getitem__(self, index: int | slice) -> Module:
        layers = list(self)
        if isinstance(index, slice):
            return Sequential(*layers[index])
        if not -len(layers) <= index < len(layers):
            raise IndexError(
                f"layer {index} of a Sequential of {len(layers)} layers; "
                f"expected {-len(layers)} to {len(layers) - 1}"
            )
        return layers[index]


class ModuleList(Module):
    """A list of modules, called `"0"`, `"1"`, … in paths.

    Args:
        modules: its modules; nothing for an empty list.

    A plain list as an attribute does the same (its modules are found there too); this one has
    PyTorch's name and can stand by itself.

    Raises:
        TypeError: something else than a Module. IndexError: an index that is not there.
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self._list: list[Module] = []
        self.extend(modules)

    def own_modules(self) -> Iterator[tuple[str, Module]]:
        """The modules, called by their numbers."""
        return ((str(i), module) for i, module in enumerate(self._list))

    def append(self, module: Module) -> Self:
        """Add a module at the end; returns the list."""
        self._list.append(_checked("append", module))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; returns the list."""
        given = expect.items("ModuleList", "modules", modules)
        self._list.extend([_checked("extend", module) for module in given])
        return self

    def insert(self, index: int, module: Module) -> None:
        """Put a module before the one at `index`."""
        self._list.insert(index, _checked("insert", module))

    def pop(self, index: int = -1) -> Module:
        """Take the module at `index` out, and return it."""
        return self._list.pop(self._at(index))

    def __iter__(self) -> Iterator[Module]:
        return iter(self._list)

    def __len__(self) -> int:
        return len(self._list)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...

    def __getitem__(self, index: int | slice) -> Module:
        if isinstance(index, slice):
            return ModuleList(self._list[index])
        return self._list[self._at(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        self._list[self._at(index)] = _checked("ModuleList", module)

    def __delitem__(self, index: int | slice) -> None:
        del self._list[index if isinstance(index, slice) else self._at(index)]

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def _at(self, index: int) -> int:
        index = operator.index(index)
        if not -len(self) <= index < len(self):
            raise IndexError(
                f"module {index} of a ModuleList of {len(self)}; "
                f"expected {-len(self)} to {len(self) - 1}"
            )
        return index


class ModuleDict(Module):
    """A dictionary of modules, called by their keys in paths, in the order of insertion.

    Args:
        modules: a mapping from names to modules, or pairs; nothing for an empty dictionary.

    A plain dict as an attribute does the same (its modules are found there too); this one has
    PyTorch's name and can stand by itself.

    Raises:
        TypeError: a value that is no Module, or a key that is no string.
        ValueError: a key that is empty or has a dot. KeyError: a key that is not there.
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        super().__init__()
        self._dict: dict[str, Module] = {}
        self.update(modules)

    def own_modules(self) -> Iterator[tuple[str, Module]]:
        """Keys and modules."""
        return iter(list(self._dict.items()))

    def keys(self) -> KeysView[str]:
        """The keys."""
        return self._dict.keys()

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self._dict.values()

    def items(self) -> ItemsView[str, Module]:
        """Pairs of a key and a module."""
        return self._dict.items()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add or replace modules."""
        if not isinstance(modules, Mapping):
            modules = expect.items("ModuleDict", "modules", modules)
        for key, module in dict(modules).items():
            self[key] = module

    def pop(self, key: str) -> Module:
        """Take the module at `key` out, and return it."""
        module = self[key]
        del self._dict[key]
        return module

    def clear(self) -> None:
        """Take all modules out."""
        self._dict.clear()

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __contains__(self, key: object) -> bool:
        return key in self._dict

    def __getitem__(self, key: str) -> Module:
        if key not in self._dict:
            known = ", ".join(map(repr, self._dict)) or "none"
            raise KeyError(f"a ModuleDict has no module {key!r}; expected one of {known}")
        return self._dict[key]

    def __setitem__(self, key: str, module: Module) -> None:
        if not isinstance(key, str):
            raise TypeError(f"ModuleDict expects strings as keys, got {key!r}")
        if not key or "." in key:
            raise ValueError(f"ModuleDict expects keys without a dot, got {key!r}")
        self._dict[key] = _checked("ModuleDict", module)

    def __delitem__(self, key: str) -> None:
        self.pop(key)


def _checked(name: str, module: Any) -> Module:
    if not isinstance(module, Module):
        raise TypeError(
            f"{name} expects a module, got {type(module).__name__}; pass nn.ReLU() for the module, "
            "not nn.ReLU or nn.functional.relu"
        )
    return module
