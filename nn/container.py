"""Modules that hold modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, overload

from .module import Module

__all__ = ["Sequential"]


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
