"""Problems of functions of Tensors, primitives, Functions and modules, and their derivatives."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy import ndarray

from .. import tree
from ..engine import gradients, reached
from ..function import Function
from ..history import Needed
from ..primitive import Primitive
from ..tensor import Tensor, wrap
from .freeze import Frozen
from .problem import Problem, Pull, Record, chosen_positions, vector

__all__ = ["Derivative", "Taped", "TensorProblem", "name_of", "variable"]

# In pytest the traceback of an f that raises goes straight to f.
__tracebackhide__ = True


class Taped(Problem):
    """A problem whose results are Tensors: it says how to build them."""

    parameters: list[Tensor]

    def build(self, values: list[ndarray]) -> tuple[list[Tensor], list[Tensor]]:
        """The variables that hold `values`, and the outputs computed from those."""
        raise NotImplementedError

    def results(self, values: list[ndarray]) -> list[Any]:
        """The outputs at `values`."""
        before = [p.data for p in self.parameters]
        _, outputs = self.build([v.copy() for v in values])
        # What was recorded at the point goes on reading the parameters there.
        for parameter, value in zip(self.parameters, before, strict=True):
            parameter.data = value
        return [out.data for out in outputs]

    def recorded(self, values: list[ndarray]) -> Record:
        """The outputs at `values`, with the way back."""
        variables, outputs = self.build(values)
        arrays = [v.data for v in variables], [o.data for o in outputs]
        return Record(*arrays, pull(variables, outputs))


class TensorProblem(Taped):
    """f at `inputs`: of its floating inputs, and of the parameters of a module.

    Attributes:
        function: what is called; of a module a copy, so that neither its parameters nor its
            buffers are touched.
        leaves: all leaves of the arguments.
        slots: the positions among those of the inputs that are checked; parameters come after
            them in `values`.
        parameters: the tensors of the copy.
        symmetric: the inputs of which f gets the symmetric part.
        direct: whether f takes arrays and gives the same for them, so that differences cost no
            Tensors. `again` finds out, bit for bit; before that it is tried, and None.
    """

    def __init__(self, f: Any, inputs: Any, wrt: int | Sequence[int] | None = None) -> None:
        args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
        positions = chosen_positions(wrt, len(args))
        leaves = [
            (i, f"input {i}{path}", x) for i, a in enumerate(args) for path, x in tree.paths(a)
        ]
        chosen = any(isinstance(x, Tensor) and x.requires_grad for _, _, x in leaves)
        self.args, self.leaves = args, [x for _, _, x in leaves]
        self.slots: list[int] = []
        names, originals = [], []
        for slot, (position, where, leaf) in enumerate(leaves):
            value = leaf.data if isinstance(leaf, Tensor) else leaf
            if position not in positions or not _is_floating(value):
                continue
            if chosen and not getattr(leaf, "requires_grad", False):
                continue
            name = getattr(leaf, "name", None) if isinstance(leaf, Tensor) else None
            names.append(where + (f" ({name!r})" if name else ""))
            originals.append(np.array(value))
            self.slots.append(slot)
        self.function, parameters = _callable(f)
        names += [f"parameter {name!r}" for name, _ in parameters]
        originals += [np.array(p.data) for _, p in parameters]
        self.parameters = [p for _, p in parameters]
        self.originals = originals
        frozen = Frozen(f) if self.function is f else Frozen(f, self.function)
        values = [x.astype(np.float64, copy=False) for x in originals]
        super().__init__(name_of(f), names, values, frozen)
        self.plain = all(a is leaf for a, leaf in zip(args, self.leaves, strict=False)) and (
            len(args) == len(self.leaves) == len(self.slots)
        )
        self.nested = any(isinstance(a, (list, tuple, dict)) or a is None for a in args)
        self.direct: bool | None = False if self.parameters else None
        self.symmetric: list[int] = []

    def start(self) -> Record:
        """The first record: in float64 if f takes that, else in the dtypes that were given."""
        try:
            record = super().start()
        except Exception:
            if all(x.dtype == np.float64 for x in self.originals):
                raise
            self.values = [x.copy() for x in self.originals]
            record = super().start()
        return record

    def again(self, record: Record) -> ndarray:
        """All outputs once more: of arrays, if those give bit for bit the same."""
        results = [] if self.parameters else self._results_of_arrays()
        self.direct = len(results) == len(record.outputs) and all(
            type(a) is type(b)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and a.tobytes() == b.tobytes()
            for a, b in zip(results, record.outputs, strict=True)
        )
        if not self.direct:
            return super().again(record)
        self.evaluations += 1
        return vector(results)

    def results(self, values: list[ndarray]) -> list[Any]:
        """The outputs at `values`."""
        if self.direct:
            return self.outputs_of_arrays(values)
        if self.direct is None:
            try:
                found = self.outputs_of_arrays(values)
            except Exception:
                found = []
            self.direct = bool(found)
            if found:
                return found
        return super().results(values)

    def build(self, values: list[ndarray]) -> tuple[list[Tensor], list[Tensor]]:
        """The variables that hold `values`, and the outputs computed from those."""
        count = len(self.slots)
        variables = [variable(value) for value in values[:count]]
        for parameter, value in zip(self.parameters, values[count:], strict=True):
            parameter.data = np.array(value)[()]
        return variables + self.parameters, self.outputs_of(self.call(variables))

    @property
    def inputs(self) -> int:
        """How many of the values are inputs, not parameters."""
        return len(self.slots)

    def elsewhere(self, inputs: list[ndarray]) -> Self:
        """The same function at other inputs."""
        other = super().elsewhere(inputs)
        other.originals = other.values
        other.direct = False if other.parameters else None
        return other

    def call(self, variables: Sequence[Any]) -> Any:
        """What f returns when `variables` stand for the inputs that are checked."""
        if self.symmetric:
            variables = [
                _symmetric_part(v) if k in self.symmetric else v for k, v in enumerate(variables)
            ]
        if self.plain:
            return self.function(*variables)
        fresh = list(self.leaves)
        for slot, variable in zip(self.slots, variables, strict=True):
            fresh[slot] = variable
        if not self.nested:
            return self.function(*fresh)
        rest = iter(fresh)
        return self.function(*[tree.rebuild(a, rest) for a in self.args])

    def outputs_of_arrays(self, values: Sequence[ndarray]) -> list[Any]:
        """The floating arrays that f returns for arrays; 0-d ones are NumPy scalars."""
        result = self.call([v if v.ndim else v[()] for v in values])
        if isinstance(result, (np.floating, ndarray)):
            return [result]
        return [
            x
            for x in tree.leaves(result)
            if isinstance(x, (ndarray, np.generic)) and x.dtype.kind == "f"
        ]

    def outputs_of(self, result: Any) -> list[Tensor]:
        """The floating tensors among what f returned."""
        outputs = [x for x in tree.leaves(result) if isinstance(x, Tensor) and x.dtype.kind == "f"]
        if not outputs:
            raise TypeError(
                "gradcheck expects a function that returns a floating Tensor, or several, got "
                f"{type(result).__name__}; compute with the Tensors that the function is given"
            )
        return outputs

    def _results_of_arrays(self) -> list[Any]:
        """What f returns for the point as arrays, read-only ones; nothing if it refuses those."""
        views = [v.view() for v in self.values]
        for view in views:
            view.flags.writeable = False
        self.frozen.restore()
        try:
            with self.evaluating():
                return self.outputs_of_arrays(views)
        except Exception:
            return []


class Derivative(Taped):
    """The gradient of a problem as a problem: of its inputs and of the gradient that comes in."""

    records = True

    def __init__(self, problem: Taped, rng: np.random.Generator) -> None:
        seeds = [np.asarray(rng.uniform(0.5, 1.5, shape)) for shape in problem.shapes]
        names = [f"gradient of output {i}" for i in range(len(seeds))]
        super().__init__(
            problem.name, problem.names + names, problem.values + seeds, problem.frozen
        )
        self.problem, self.parameters = problem, problem.parameters
        self.order = problem.order + 1

    def build(self, values: list[ndarray]) -> tuple[list[Tensor], list[Tensor]]:
        """The variables that hold `values`, and the gradients computed from those, recorded."""
        count = len(self.problem.values)
        variables, results = self.problem.build(values[:count])
        dtypes = [r.dtype for r in results]
        vectors = [
            Tensor(seed, requires_grad=True, dtype=dtype)
            for seed, dtype in zip(values[count:], dtypes, strict=True)
        ]
        live = [(r, v) for r, v in zip(results, vectors, strict=True) if r.requires_grad]
        found: Sequence[Tensor | None] = [wrap(np.zeros_like(v.data)) for v in variables]
        if live:
            found = gradients(
                [r for r, _ in live],
                variables,
                [v for _, v in live],
                create_graph=True,
                materialize=True,
            )
        return variables + vectors, [g for g in found if g is not None]


def variable(value: ndarray) -> Tensor:
    """A leaf around the very array, in its own memory layout."""
    leaf = wrap(value)
    leaf.requires_grad = True
    return leaf


def pull(variables: Sequence[Tensor], outputs: Sequence[Tensor]) -> Pull:
    """The backward pass from `outputs` to `variables`."""
    live = [out for out in outputs if out.requires_grad]
    needed = Needed({v._id for v in variables}, live)

    def pulled(seeds: Sequence[Any]) -> list[ndarray | None]:
        pairs = zip(outputs, seeds, strict=True)
        found = reached([(out, seed) for out, seed in pairs if out.requires_grad], needed)
        return [found.get(v._id) for v in variables]

    return pulled


def _symmetric_part(x: Any) -> Any:
    """(x + xᵀ)/2 of a matrix or a stack of them. Another shape, as variations try, is refused."""
    assert np.ndim(x) > 1
    assert x.shape[-1] == x.shape[-2]
    return (x + np.swapaxes(x, -1, -2)) / 2


def name_of(f: Any) -> str:
    """How a report calls f."""
    if isinstance(f, Primitive):
        return f.name
    name = getattr(f, "__name__", None)
    return str(name) if name is not None else type(f).__name__


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
    module = copy.deepcopy(f)
    return module, [(name, p) for name, p in module.named_parameters() if p.requires_grad]


def _is_floating(value: Any) -> bool:
    return isinstance(value, float) or (
        isinstance(value, (ndarray, np.generic)) and value.dtype.kind == "f"
    )
