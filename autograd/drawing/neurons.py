"""Linear, logistic and softmax regression with a circle for each feature. Deck, part A.

The constant input x0 = 1 stands among the features, its edges carry the biases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .circles import Sheet, elided
from .dot import legend_row
from .graph import Graph, ValueNode
from .wires import Wires

__all__ = ["neurons_text"]

_STEP = 0.85
# How many features and how many outputs are drawn.
_MOST_INPUTS, _MOST_OUTPUTS = 8, 5
# On more edges than this the weights would lie over each other.
_MOST_NUMBERS = 20
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass
class _Regression:
    """y = W x + b as it was found in a graph.

    Attributes:
        features: the value of each feature if there is one sample, else None.
        weights, bias: W of shape (C, n), b of shape (C,), or None without.
        inputs, outputs: ids of the values x and y.
        y: the values of y, shape (samples, C).
        learned: ids of the parameters.
    """

    features: list[float | None]
    weights: NDArray[Any]
    bias: NDArray[Any] | None
    inputs: list[str]
    outputs: list[str]
    y: NDArray[Any]


def neurons_text(graph: Graph) -> str:
    """The picture of the regression in `graph`, in the DOT language.

    Raises: ValueError for a graph that holds no linear layer, or several.
    """
    wires = Wires(graph)
    found = [*_of_arrays(graph, wires), *_of_scalars(graph, wires)]
    if len(found) != 1:
        raise ValueError(
            "style='neurons' draws linear, logistic or softmax regression: expected one linear "
            f"layer with its parameters, got {len(found)}; style='layers' draws networks"
        )
    return _Picture(graph, wires, found[0]).dot()


# -- finding it ----------------------------------------------------------------------------------


def _of_arrays(graph: Graph, wires: Wires) -> list[_Regression]:
    """Each y = linear(x, W, b), or x @ W, W @ x, with a bias added or not."""
    found = []
    for op in graph.ops:
        given = [wires.values[v] for v in wires.inputs[op.id]]
        if op.name not in ("linear", "matmul", "dot") or not 2 <= len(given) <= 3:
            continue
        x, w = (given[1], given[0]) if given[0].kind == "parameter" else (given[0], given[1])
        if w.kind != "parameter" or x.kind == "parameter":
            continue
        matrix = np.atleast_2d(_array(w))
        if op.name != "linear" and w is given[1] and np.ndim(_shaped(w)) == 2:
            matrix = matrix.T
        (out,) = (wires.values[v] for v in wires.outputs[op.id])
        bias = given[2] if len(given) == 3 else None
        if bias is None:
            out, bias = _with_bias(wires, out)
        count = len(matrix)
        rows = _array(x).reshape(-1, matrix.shape[1])
        features: list[float | None] = [None] * matrix.shape[1]
        if len(rows) == 1:
            features = list(map(float, rows[0]))
        found.append(
            _Regression(
                features,
                matrix,
                None if bias is None else np.broadcast_to(_array(bias).ravel(), count),
                [x.id],
                [out.id],
                _array(out).reshape(-1, count),
            )
        )
    return found


def _with_bias(wires: Wires, out: ValueNode) -> tuple[ValueNode, ValueNode | None]:
    """The value after a parameter was added to `out`, and that parameter."""
    for node in wires.users[out.id]:
        others = [wires.values[v] for v in wires.inputs[node] if v != out.id]
        if wires.names[node] == "add" and others and others[0].kind == "parameter":
            return wires.values[wires.outputs[node][0]], others[0]
    return out, None


def _of_scalars(graph: Graph, wires: Wires) -> list[_Regression]:
    """y_i = Σ_j w_ij x_j + b_i, written out in numbers: one regression for all y_i."""
    sums: dict[str, dict[str, float]] = {}
    for value in graph.values:
        terms = _terms(wires, value)
        if terms is not None:
            # What was added up further is no result of its own.
            for part in wires.inputs[wires.maker[value.id]]:
                sums.pop(part, None)
            sums[value.id] = terms
    sums = {key: terms for key, terms in sums.items() if any(terms)}
    if not sums:
        return []
    inputs = list(dict.fromkeys(x for terms in sums.values() for x in terms if x))
    weights = np.array([[terms.get(x, 0.0) for x in inputs] for terms in sums.values()])
    biases = [terms.get("") for terms in sums.values()]
    y = np.array([[wires.values[key].value.item() for key in sums]])  # type: ignore[union-attr]
    features: list[float | None] = [_array(wires.values[x]).item() for x in inputs]
    bias = None if None in biases else np.array(biases, dtype=float)
    return [_Regression(features, weights, bias, inputs, list(sums), y)]


def _terms(wires: Wires, value: ValueNode) -> dict[str, float] | None:
    """The weight of each input in a sum of products, "" for the bias; None for anything else."""
    terms: dict[str, float] = {}
    waiting = [value.id]
    if value.id not in wires.maker or value.shape != ():
        return None
    while waiting:
        part = wires.values[waiting.pop()]
        maker = wires.maker.get(part.id)
        if part.kind == "parameter" and part.shape == ():
            terms[""] = terms.get("", 0.0) + _array(part).item()
        elif maker is not None and wires.names[maker] == "add":
            waiting += wires.inputs[maker][::-1]
        elif maker is not None and wires.names[maker] == "multiply":
            pair = [wires.values[v] for v in wires.inputs[maker]]
            weight = next((v for v in pair if v.kind == "parameter" and v.shape == ()), None)
            x = next((v for v in pair if v.kind in ("input", "one") and v.shape == ()), None)
            if weight is None or x is None:
                return None
            key = "" if x.kind == "one" else x.id
            terms[key] = terms.get(key, 0.0) + _array(weight).item()
        else:
            return None
    return terms


def _array(value: ValueNode) -> NDArray[Any]:
    """All elements of a value. Raises ValueError where the drawing has only kept some."""
    if value.value is None or not value.value.whole:
        raise ValueError(
            f"style='neurons' writes out every weight: expected at most 32 by 32, got a value of "
            f"shape {value.shape}; style='layers' draws larger ones"
        )
    return np.asarray(value.value.grid, dtype=np.float64)


def _shaped(value: ValueNode) -> NDArray[Any]:
    return _array(value).reshape(value.shape or ())


# -- what becomes of y ---------------------------------------------------------------------------


def _sigmoid(y: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(1 / (1 + np.exp(-y)))


def _softmax(y: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(y - y.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


_ACTIVATIONS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "σ": _sigmoid,
    "softmax": _softmax,
    "tanh": np.tanh,
}


class _Picture:
    """Draws a regression: features, outputs, probabilities, loss, from left to right."""

    def __init__(self, graph: Graph, wires: Wires, found: _Regression) -> None:
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
        return self._sheet.dot(legend_row(self._graph, self._kinds))

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

    def _activation(self) -> tuple[str, NDArray[Any]] | None:
        """The activation whose values the graph holds, found by what they are."""
        y = self._found.y
        for name, function in _ACTIVATIONS.items():
            expected = function(y)
            held = [value for value in self._after if value.value is not None]
            whole = [
                v
                for v in held
                if v.value is not None and v.value.whole and v.value.grid.size == y.size
            ]
            if any(np.allclose(_array(v).ravel(), expected.ravel(), rtol=1e-4) for v in whole):
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
        activation: tuple[str, NDArray[Any]] | None,
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
        self, loss: ValueNode, activation: tuple[str, NDArray[Any]] | None
    ) -> tuple[str, NDArray[Any] | None]:
        """The formula whose value is that of the loss, and its target; "" if it is not known.

        What is computed of the target alone is not recorded: −ŷ or 1 − ŷ stand in the graph for it.
        """
        assert loss.value is not None
        given = [_array(value) for value in self._given()]
        for target in (*given, *(-t for t in given), *(1 - t for t in given)):
            for formula, number in _losses(self._found.y, activation, target):
                if np.isclose(number, loss.value.item(), rtol=1e-4):
                    return formula, target
        return "", given[0] if len(given) == 1 else None


def _losses(
    y: NDArray[Any], activation: tuple[str, NDArray[Any]] | None, target: NDArray[Any]
) -> list[tuple[str, float]]:
    """The losses that the deck defines, as formulas with their values."""
    count = len(y)
    mean = "" if count == 1 else "1/N Σ "
    known: list[tuple[str, float]] = []
    if target.size == y.size:
        t = target.reshape(y.shape)
        squares = float(np.sum((y - t) ** 2))
        known += [
            (f"J = {mean}‖y − ŷ‖²", squares / count),
            ("J = Σ ‖y − ŷ‖²", squares),
            ("J = 1/(2N) Σ ‖y − ŷ‖²" if count > 1 else "J = ½ ‖y − ŷ‖²", squares / (2 * count)),
            ("J = mean of (y − ŷ)²", squares / y.size),
        ]
        p = _sigmoid(y)
        inside = "p" if activation is not None else "σ(y)"
        binary = -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p), axis=1).mean()
        known.append((f"J = {mean}−ŷ log {inside} − (1−ŷ) log(1−{inside})", float(binary)))
        known.append(_cross_entropy(mean, activation, _softmax(y), t))
    elif target.size == count:
        labels = target.astype(int).ravel()
        if labels.min() >= 0 and labels.max() < y.shape[1]:
            known.append(_cross_entropy(mean, activation, _softmax(y), np.eye(y.shape[1])[labels]))
    return known


def _cross_entropy(
    mean: str, activation: tuple[str, NDArray[Any]] | None, p: NDArray[Any], t: NDArray[Any]
) -> tuple[str, float]:
    inside = "pᵢ" if activation is not None else "softmax(y)ᵢ"
    terms = np.where(t == 0, 0.0, t * np.log(p))
    return f"J = {mean}−Σ ŷᵢ log {inside}", float(-terms.sum(axis=1).mean())


def _heights(count: int) -> list[float]:
    return [((count - 1) / 2 - i) * _STEP for i in range(count)]


def _indexed(name: str, number: int) -> str:
    return name + str(number).translate(_SUBSCRIPTS)
