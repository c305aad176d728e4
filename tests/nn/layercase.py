"""One `LayerCase` per layer and loss, and what each of them has to stand.

A case says how to make the module and its inputs for a batch of a given size; the checks are the
same for all: derivatives of first and second order, dtype, layout of the memory, empty batches.
"""

import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Tensor, gradcheck, gradients


@dataclass(frozen=True)
class LayerCase:
    """How to test one layer or loss.

    Attributes:
        make: makes the function of the inputs, usually a module.
        inputs: the inputs for a batch of n samples, drawn from a generator. Floating ones are
            differentiated.
        label: tells cases of one class apart.
        empty: whether a batch of no samples has a finite result (a mean of nothing has none).
    """

    make: Callable[[], Any]
    inputs: Callable[[np.random.Generator, int], list[Any]]
    label: str
    empty: bool = True

    def made(self) -> Any:
        module = self.make()
        if hasattr(module, "parameters"):
            rng = np.random.default_rng(1)
            module.to("float64")
            for parameter in module.parameters():
                parameter.data = rng.uniform(0.3, 1.2, parameter.shape)
        return module

    def drawn(self, n: int = 4) -> list[Any]:
        return self.inputs(np.random.default_rng(2), n)


def is_float(value: Any) -> bool:
    return value.dtype.kind == "f"


def leaves(inputs: list[Any]) -> list[Tensor]:
    """Leaves around the very arrays, in their own memory layout."""
    tensors = []
    for value in inputs:
        leaf = Tensor(0.0)
        leaf.data, leaf.requires_grad = value, is_float(value)
        tensors.append(leaf)
    return tensors


def weighted(out: Any) -> Any:
    """One number, into which a generic gradient flows."""
    weights = np.random.default_rng(3).uniform(0.5, 1.5, out.shape).astype(out.dtype)
    return (out * weights).sum()


def gradients_of(function: Any, inputs: list[Any], create_graph: bool = False) -> list[Any]:
    tensors = leaves(inputs)
    learning = [t for t in tensors if t.requires_grad]
    learning += list(function.parameters()) if hasattr(function, "parameters") else []
    total = weighted(function(*tensors))
    found = gradients(total, learning, create_graph=create_graph, materialize=True)
    return [g.data for g in found]


def check_derivatives(case: LayerCase) -> None:
    """First and second order against differences, of the inputs and of all parameters."""
    assert gradcheck(case.made(), case.drawn(), order=2)


def check_paths(case: LayerCase) -> None:
    """The fast path of a rule gives what the recorded one gives."""
    for fast, recorded in zip(
        gradients_of(case.made(), case.drawn()),
        gradients_of(case.made(), case.drawn(), create_graph=True),
        strict=True,
    ):
        np.testing.assert_allclose(fast, recorded, rtol=1e-10, atol=1e-12)


def check_float32(case: LayerCase) -> None:
    """float32 in, float32 out, float32 gradients; and the numbers of float64."""
    module, inputs = case.made(), case.drawn()
    expected = [np.asarray(module(*inputs).data), *gradients_of(case.made(), inputs)]
    module = case.made()
    if hasattr(module, "to"):
        module.to("float32")
    single = [a.astype(np.float32) if is_float(a) else a for a in inputs]
    out = module(*leaves(single))
    assert out.dtype == np.float32
    got = [out.data, *gradients_of(module, single)]
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)


def check_layouts(case: LayerCase) -> None:
    """Fortran order, negative strides and read-only memory; inputs are not written to."""
    inputs = case.drawn()
    expected = gradients_of(case.made(), inputs)
    kept = [a.copy() for a in inputs]
    for layout in (
        lambda a: np.array(a, order="F"),
        lambda a: np.flip(np.flip(a).copy()),
        lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
        _read_only,
    ):
        changed = [layout(a) for a in inputs]
        for a, b in zip(gradients_of(case.made(), changed), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    for a, b in zip(inputs, kept, strict=True):
        np.testing.assert_array_equal(a, b)


def _read_only(a: Any) -> Any:
    a = a.copy()
    a.flags.writeable = False
    return a


def check_empty(case: LayerCase) -> None:
    """A batch of no samples goes forward and backward; parameters get zeros."""
    if not case.empty:
        return
    module = case.made()
    inputs = leaves(case.drawn(0))
    weighted(module(*inputs)).backward()
    for x in inputs:
        if x.requires_grad:
            assert x.grad.shape == x.shape
    if hasattr(module, "parameters"):
        for parameter in module.parameters():
            np.testing.assert_array_equal(parameter.grad.data, np.zeros(parameter.shape))


def check_arrays(case: LayerCase) -> None:
    """Arrays give an array where nothing can be learned, and a recorded Tensor of it otherwise."""
    module, inputs = case.made(), case.drawn()
    out = module(*inputs)
    if hasattr(module, "parameters") and list(module.parameters()):
        assert isinstance(out, Tensor)
        assert out.requires_grad
    else:
        assert isinstance(out, np.ndarray | np.floating)
    of_tensors = case.made()(*leaves(inputs))
    np.testing.assert_allclose(np.asarray(getattr(out, "data", out), float), of_tensors.data)


def check_no_cycle(case: LayerCase) -> None:
    """Without the garbage collector a graph dies with its last name."""
    module, inputs = case.made(), leaves(case.drawn())
    gc.collect()
    gc.disable()
    try:
        for run_backward in (True, False):
            out = module(*inputs)
            watched = weakref.ref(out)
            if run_backward:
                weighted(out).backward()
            # A layer that does nothing hands its input on.
            kept = any(out is x for x in inputs)
            del out
            assert kept or watched() is None
    finally:
        gc.enable()


CHECKS = {
    "derivatives": check_derivatives,
    "paths": check_paths,
    "float32": check_float32,
    "layouts": check_layouts,
    "empty": check_empty,
    "arrays": check_arrays,
    "no_cycle": check_no_cycle,
}
