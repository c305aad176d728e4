"""What is checked, made uniform: named float64 arrays in, differentiable arrays out."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .. import tree
from ..engine import gradients
from ..function import Function
from ..modes import enable_grad, no_grad
from ..tensor import Tensor

__all__ = ["Problem", "derivative", "problem_of"]

# Given the values, the variables that hold them and the results computed from those.
Build = Callable[[list[ndarray]], tuple[list[Tensor], list[Tensor]]]


class Problem:
    """A function of named arrays, with both of its derivatives.

    Attributes:
        names: how messages call each input.
        values: the point, one float64 array per input.
        build: records the function at given values.
        records: whether the function itself needs recording (a derivative does).
        parameters: variables that are the same tensors at every evaluation: those of a module.
    """

    def __init__(
        self,
        names: list[str],
        values: list[ndarray],
        build: Build,
        records: bool = False,
        parameters: Sequence[Tensor] = (),
    ) -> None:
        self.names, self.values, self.build, self.records = names, values, build, records
        self.parameters = parameters

    def evaluate(self, values: list[ndarray]) -> ndarray:
        """All results as one vector of float64."""
        before = [p.data for p in self.parameters]
        with enable_grad() if self.records else no_grad(), np.errstate(all="ignore"):
            _, outputs = self.build(values)
        # What was recorded at the point goes on reading the parameters there.
        for parameter, value in zip(self.parameters, before, strict=True):
            parameter.data = value
        return _vector([out.data for out in outputs])

    def record(self) -> tuple[list[Tensor], list[Tensor]]:
        """The variables and the results at the point, recorded."""
        with enable_grad(), np.errstate(all="ignore"):
            return self.build(self.values)


def problem_of(f: Any, inputs: Any) -> Problem:
    """The problem of a function, primitive, Function or module-like `f` at `inputs`."""
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    leaves = [(f"input {i}{path}", x) for i, a in enumerate(args) for path, x in tree.paths(a)]
    chosen = any(isinstance(x, Tensor) and x.requires_grad for _, x in leaves)
    names, values, slots = [], [], []
    for slot, (where, leaf) in enumerate(leaves):
        value = leaf.data if isinstance(leaf, Tensor) else leaf
        if not _is_floating(value) or (chosen and not getattr(leaf, "requires_grad", False)):
            continue
        name = getattr(leaf, "name", None) if isinstance(leaf, Tensor) else None
        names.append(where + (f" ({name!r})" if name else ""))
        values.append(np.array(value, dtype=np.float64))
        slots.append(slot)
    function, parameters = _callable(f)
    names += [f"parameter {name!r}" for name, _ in parameters]
    values += [np.array(p.data, dtype=np.float64) for _, p in parameters]

    def build(point: list[ndarray]) -> tuple[list[Tensor], list[Tensor]]:
        fresh = [x for _, x in leaves]
        variables = []
        for slot, value in zip(slots, point, strict=False):
            fresh[slot] = Tensor(value, requires_grad=True)
            variables.append(fresh[slot])
        for (_, parameter), value in zip(parameters, point[len(slots) :], strict=True):
            parameter.data = np.array(value)[()]
            variables.append(parameter)
        rest = iter(fresh)
        result = function(*[tree.rebuild(a, rest) for a in args])
        return variables, _floating_outputs(result)

    return Problem(names, values, build, parameters=[p for _, p in parameters])


def derivative(problem: Problem, rng: np.random.Generator) -> Problem:
    """The gradient of a problem as a problem: of its inputs and of the gradient that comes in."""
    _, outputs = problem.record()
    seeds = [rng.uniform(0.5, 1.5, out.shape) for out in outputs]
    count = len(problem.values)

    def build(point: list[ndarray]) -> tuple[list[Tensor], list[Tensor]]:
        variables, results = problem.build(point[:count])
        vectors = [Tensor(seed, requires_grad=True) for seed in point[count:]]
        live = [(r, v) for r, v in zip(results, vectors, strict=True) if r.requires_grad]
        found: Sequence[Tensor | None] = [Tensor(np.zeros_like(v.data)) for v in variables]
        if live:
            found = gradients(
                [r for r, _ in live],
                variables,
                [v for _, v in live],
                create_graph=True,
                materialize=True,
            )
        return variables + vectors, [g for g in found if g is not None]

    names = [f"gradient of output {i}" for i in range(len(seeds))]
    values = [np.asarray(seed) for seed in seeds]
    return Problem(
        problem.names + names,
        problem.values + values,
        build,
        records=True,
        parameters=problem.parameters,
    )


def _callable(f: Any) -> tuple[Callable[..., Any], list[tuple[str, Tensor]]]:
    """What to call, and the parameters that are checked with the inputs."""
    if inspect.isclass(f) and issubclass(f, Function):
        return f.apply, []
    if not callable(f):
        raise TypeError(
            f"gradcheck expects a function, primitive, Function or module, got {type(f).__name__}"
        )
    if not hasattr(f, "named_parameters"):
        return f, []
    # A copy: neither parameters nor buffers of the module itself are touched.
    module = copy.deepcopy(f)
    return module, [(name, p) for name, p in module.named_parameters() if p.requires_grad]


def _is_floating(value: Any) -> bool:
    return isinstance(value, float) or (
        isinstance(value, (ndarray, np.generic)) and value.dtype.kind == "f"
    )


def _floating_outputs(result: Any) -> list[Tensor]:
    outputs = [x for x in tree.leaves(result) if isinstance(x, Tensor) and x.dtype.kind == "f"]
    if not outputs:
        raise TypeError(
            "gradcheck expects a function that returns a floating Tensor, or several, got "
            f"{type(result).__name__}; compute with the Tensors that the function is given"
        )
    return outputs


def _vector(arrays: Sequence[Any]) -> ndarray:
    parts = [np.asarray(a, dtype=np.float64).reshape(-1) for a in arrays]
    return np.concatenate(parts) if parts else np.zeros(0)
