"""Linear, logistic and softmax regression with a circle for each feature. Deck, part A.

The constant input x0 = 1 stands among the features, its edges carry the biases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .circles import Sheet, elided
from .graph import Graph, ValueNode
from .markup import legend_row
from .regression import ACTIVATIONS, Activation, Regression, array_of, losses, regressions
from .wires import Wires

__all__ = ["neurons_text"]

_STEP = 0.85
# How many features and how many outputs are drawn.
_MOST_INPUTS, _MOST_OUTPUTS = 8, 5
# On more edges than this the weights would lie over each other.
_MOST_NUMBERS = 20
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def neurons_text(graph: Graph) -> str:
    """The picture of the regression in `graph`, in the DOT language.

    Raises: ValueError for a graph that holds no linear layer, or several.
    """
    wires = Wires(graph)
    found = regressions(graph, wires)
    if len(found) != 1:
        raise ValueError(
            "style='neurons' draws linear, logistic or softmax regression: expected one linear "
            f"layer with its parameters, got {len(found)}; style='layers' draws networks"
        )
    return _Picture(graph, wires, found[0]).dot()


class _Picture:
    """Draws a regression: features, outputs, probabilities, loss, from left to right."""

    def __init__(self, graph: Graph, wires: Wires, found: Regression) -> None:
        self._graph = graph
        self._wires = wires
        self._found = found
        self._after = wires.after(found.outputs)
        self._sheet = Sheet()
        self._kinds = {"input", "value"}

    def dot(self) -> str:
        found = self._found
        outputs = elided(len(found.weights), _MOST_OUTPUTS)
        shown = [i for i in outputs if i is not None]
        # Each output has a place of its own for the numbers on its edges.
        gap = max(2.0, 0.75 + 0.62 * len(shown))
        features = self._features(-gap)
        y = self._column(0.0, outputs, "y", found.y)
        self._weights(features, y, gap)
        x, last = 0.0, y
        with np.errstate(all="ignore"):
            activation = self._activation()
            if activation is not None:
                name, p = activation
                x, last = x + 1.9, self._column(x + 1.9, outputs, "p", p)
                self._activate(name, y, last)
        loss = self._loss()
        if loss is not None:
            self._draw_loss(x + 1.9, last, loss, activation)
        return self._sheet.dot(legend_row(self._kinds) if self._graph.legend else ())

    # -- columns ------------------------------------------------------------------------------

    def _features(self, x: float) -> dict[int, tuple[str, float]]:
        """Circles of the features by their number, 0 for the constant; each with its height."""
        found = self._found
        rows: list[int | None] = [0] if found.bias is not None else []
        rows += [None if i is None else i + 1 for i in elided(len(found.features), _MOST_INPUTS)]
        circles = {}
        for row, y in zip(rows, _heights(len(rows)), strict=True):
            if row is None:
                self._sheet.text(x, y, ["⋮"], size=16)
                continue
            kind, value = ("one", 1.0) if row == 0 else ("input", found.features[row - 1])
            self._kinds.add(kind)
            lines = [_indexed("x", row)] + ([f"{value:.3g}"] if value is not None else [])
            width = 0.8 if row == 0 else 0.6
            circles[row] = (self._sheet.circle(x, y, kind, lines, width), y)
        return circles

    def _column(
        self, x: float, rows: Sequence[int | None], name: str, values: NDArray[Any]
    ) -> dict[int, tuple[str, float]]:
        """Circles of outputs by their number, each with its height."""
        circles = {}
        alone = len(rows) == 1
        for row, y in zip(rows, _heights(len(rows)), strict=True):
            if row is None:
                self._sheet.text(x, y, ["⋮"], size=16)
                continue
            lines = [name if alone else _indexed(name, row + 1)]
            lines += [f"{values[0, row]:.3g}"] if len(values) == 1 else []
            circles[row] = (self._sheet.circle(x, y, "value", lines, 0.6), y)
        return circles

    def _weights(
        self, features: dict[int, tuple[str, float]], y: dict[int, tuple[str, float]], gap: float
    ) -> None:
        found = self._found
        legible = len(y) * len(features) <= _MOST_NUMBERS
        for place, (output, (end, high)) in enumerate(y.items()):
            # On the way from the features to the outputs, clear of the circles at both ends.
            part = (place + 1) / (len(y) + 1)
            for feature, (start, low) in features.items():
                self._sheet.edge(start, end)
                if not legible:
                    continue
                if feature:
                    weight = found.weights[output, feature - 1]
                else:
                    assert found.bias is not None
                    weight = found.bias[output]
                self._sheet.number(-gap + part * gap, low + part * (high - low), f"{weight:.3g}")

    def _activate(
        self,
        name: str,
        y: dict[int, tuple[str, float]],
        p: dict[int, tuple[str, float]],
    ) -> None:
        for i, (start, _) in y.items():
            for j, (end, _) in p.items():
                if i == j or name == "softmax":
                    self._sheet.edge(start, end)
        top = max(high for _, high in y.values())
        self._sheet.text(0.95, top + 0.2, [name])

    # -- activation and loss ------------------------------------------------------------------

    def _activation(self) -> Activation | None:
        """The activation whose values the graph holds, found by what they are."""
        y = self._found.y
        for name, function in ACTIVATIONS.items():
            expected = function(y)
            held = [value for value in self._after if value.value is not None]
            whole = [
                v
                for v in held
                if v.value is not None and v.value.whole and v.value.grid.size == y.size
            ]
            if any(np.allclose(array_of(v).ravel(), expected.ravel(), rtol=1e-4) for v in whole):
                return name, expected
            scalars = [v.value.item() for v in held if v.value is not None and v.shape == ()]
            if len(y) == 1 < y.size and all(
                np.isclose(scalars, number, rtol=1e-4).any() for number in expected.ravel()
            ):
                return name, expected
        return None

    def _loss(self) -> ValueNode | None:
        """The single number that the graph ends in, if that is no output itself."""
        ends = [value for value in self._after if value.kind == "result" and value.shape == ()]
        return ends[0] if len(ends) == 1 and self._given() else None

    def _given(self) -> list[ValueNode]:
        """What goes into the values after y from outside."""
        seen = {*self._found.outputs, *self._found.inputs}
        waiting = [value.id for value in self._after]
        given = []
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            value = self._wires.values[key]
            if key in self._wires.maker:
                waiting += self._wires.inputs[self._wires.maker[key]]
            elif value.kind in ("input", "one"):
                given.append(value)
        return given

    def _draw_loss(
        self,
        x: float,
        last: dict[int, tuple[str, float]],
        loss: ValueNode,
        activation: Activation | None,
    ) -> None:
        assert loss.value is not None
        bottom = min(low for _, low in last.values())
        end = self._sheet.circle(x, 0, "result", ["J", f"{loss.value.item():.3g}"], 0.6)
        for start, _ in last.values():
            self._sheet.edge(start, end)
        self._kinds |= {"target", "result"}
        formula, target = self._formula(loss, activation)
        single = [f"{target.item():.3g}"] if target is not None and target.size == 1 else []
        below = self._sheet.circle(x, min(bottom, 0) - 1.0, "target", ["ŷ", *single], 0.6)
        self._sheet.edge(below, end)
        if formula:
            # To the right of the circle, where no edge comes in.
            self._sheet.text(x + 0.5 + 0.032 * len(formula), 0, [formula])

    def _formula(
        self, loss: ValueNode, activation: Activation | None
    ) -> tuple[str, NDArray[Any] | None]:
        """The formula whose value is that of the loss, and its target; "" if it is not known.

        What is computed of the target alone is not recorded: −ŷ or 1 − ŷ stand in the graph for it.
        """
        assert loss.value is not None
        given = [array_of(value) for value in self._given()]
        for target in (*given, *(-t for t in given), *(1 - t for t in given)):
            for formula, number in losses(self._found.y, activation, target):
                if np.isclose(number, loss.value.item(), rtol=1e-4):
                    return formula, target
        return "", given[0] if len(given) == 1 else None


def _heights(count: int) -> list[float]:
    return [((count - 1) / 2 - i) * _STEP for i in range(count)]


def _indexed(name: str, number: int) -> str:
    return name + str(number).translate(_SUBSCRIPTS)
