"""Linear, logistic and softmax regression, found in a graph by what it computes. Deck, part A."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, ValueNode
from .wires import Wires

__all__ = ["ACTIVATIONS", "Activation", "Regression", "array_of", "losses", "regressions"]

Activation = tuple[str, NDArray[Any]]


@dataclass
class Regression:
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


def regressions(graph: Graph, wires: Wires) -> list[Regression]:
    """Every y = W x + b in the graph."""
    return [*_of_arrays(graph, wires), *_of_scalars(graph, wires)]


def _of_arrays(graph: Graph, wires: Wires) -> list[Regression]:
    """Each y = linear(x, W, b), or x @ W, W @ x, with a bias added or not."""
    found = []
    for op in graph.ops:
        given = [wires.values[v] for v in wires.inputs[op.id]]
        if not op.ours or op.name not in ("linear", "matmul", "dot") or not 2 <= len(given) <= 3:
            continue
        x, w = (given[1], given[0]) if given[0].kind == "parameter" else (given[0], given[1])
        if w.kind != "parameter" or x.kind == "parameter":
            continue
        matrix = np.atleast_2d(array_of(w))
        if op.name != "linear" and w is given[1] and np.ndim(_shaped(w)) == 2:
            matrix = matrix.T
        (out,) = (wires.values[v] for v in wires.outputs[op.id])
        bias = given[2] if len(given) == 3 else None
        if bias is None:
            out, bias = _with_bias(wires, out)
        count = len(matrix)
        rows = array_of(x).reshape(-1, matrix.shape[1])
        features: list[float | None] = [None] * matrix.shape[1]
        if len(rows) == 1:
            features = list(map(float, rows[0]))
        found.append(
            Regression(
                features,
                matrix,
                None if bias is None else np.broadcast_to(array_of(bias).ravel(), count),
                [x.id],
                [out.id],
                array_of(out).reshape(-1, count),
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


def _of_scalars(graph: Graph, wires: Wires) -> list[Regression]:
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
    features: list[float | None] = [array_of(wires.values[x]).item() for x in inputs]
    bias = None if None in biases else np.array(biases, dtype=float)
    return [Regression(features, weights, bias, inputs, list(sums), y)]


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
            terms[""] = terms.get("", 0.0) + array_of(part).item()
        elif maker is not None and wires.names[maker] == "add":
            waiting += wires.inputs[maker][::-1]
        elif maker is not None and wires.names[maker] == "multiply":
            pair = [wires.values[v] for v in wires.inputs[maker]]
            weight = next((v for v in pair if v.kind == "parameter" and v.shape == ()), None)
            x = next((v for v in pair if v.kind in ("input", "one") and v.shape == ()), None)
            if weight is None or x is None:
                return None
            key = "" if x.kind == "one" else x.id
            terms[key] = terms.get(key, 0.0) + array_of(weight).item()
        else:
            return None
    return terms


def array_of(value: ValueNode) -> NDArray[Any]:
    """All elements of a value. Raises ValueError where the drawing has only kept some."""
    if value.value is None or not value.value.whole:
        raise ValueError(
            f"style='neurons' writes out every weight: expected at most 32 by 32, got a value of "
            f"shape {value.shape}; style='layers' draws larger ones"
        )
    return np.asarray(value.value.grid, dtype=np.float64)


def _shaped(value: ValueNode) -> NDArray[Any]:
    return array_of(value).reshape(value.shape or ())


def _sigmoid(y: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(1 / (1 + np.exp(-y)))


def _softmax(y: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(y - y.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


ACTIVATIONS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "σ": _sigmoid,
    "softmax": _softmax,
    "tanh": np.tanh,
}


def losses(
    y: NDArray[Any], activation: Activation | None, target: NDArray[Any]
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
    mean: str, activation: Activation | None, p: NDArray[Any], t: NDArray[Any]
) -> tuple[str, float]:
    inside = "pᵢ" if activation is not None else "softmax(y)ᵢ"
    terms = np.where(t == 0, 0.0, t * np.log(p))
    return f"J = {mean}−Σ ŷᵢ log {inside}", float(-terms.sum(axis=1).mean())
