"""Functions and arrays of PyTorch and JAX: refused with the way to check them."""

import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, check, gradients, no_grad

X = np.linspace(0.1, 1.0, 5)
PAGE = Path(__file__).parents[3] / "docs" / "custom-ops.md"


def of(module: str, name: str, *bases: type, **members: Any) -> type:
    return type(name, bases, {"__module__": module, **members})


Array = of("torch", "Tensor")
Parameter = of("torch.nn.parameter", "Parameter", Array)
Base = of("torch.autograd.function", "Function", apply=classmethod(lambda cls, x: x))
Layer = of("torch.nn.modules.module", "Module", __call__=lambda self, x: x)
Own = type("Own", (Layer,), {})
Silu = type("Silu", (Base,), {})
Traced = of("jaxlib.xla_extension", "PjitFunction", __call__=lambda self, x: x * 2)


@pytest.mark.parametrize(
    "f", [Silu.apply, Layer(), Own(), Silu], ids=["apply", "layer", "own", "class"]
)  # type: ignore[attr-defined]
@pytest.mark.parametrize("grad", [None, lambda g, x: g])
def test_a_function_of_torch(f: Any, grad: Any) -> None:
    with pytest.raises(TypeError, match=r"f of NumPy arrays .* PyTorch's.*grad=vjp.*custom-ops"):
        check(f, [X], grad=grad)


@pytest.mark.parametrize(
    "x", [Array(), Parameter(), {"w": [Array()]}], ids=["array", "parameter", "tree"]
)
def test_a_tensor_of_torch(x: Any) -> None:
    with pytest.raises(TypeError, match="an input of NumPy arrays or Tensors, got PyTorch's"):
        check(np.sin, [x])


def test_a_function_of_jax() -> None:
    with pytest.raises(TypeError, match=r"got JAX's.*grad=jax\.grad\(f\)"):
        check(Traced(), [X])
    assert check(Traced(), [X], grad=lambda g, x: 2 * g)


def test_a_call_of_torch_inside_of_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def silu(x: Any) -> Any:
        raise TypeError("silu(): argument 'input' (position 1) must be Tensor, not Tensor")

    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with pytest.raises(TypeError) as alone:
        check(silu, [X])
    assert not hasattr(alone.value, "__notes__")
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    with pytest.raises(TypeError) as beside:
        check(silu, [X])
    assert "docs/custom-ops.md" in beside.value.__notes__[-1]


def stand_in() -> types.ModuleType:
    """As much of torch as the recipe uses, made of Tensors."""
    torch = types.ModuleType("torch")

    class Function:
        @classmethod
        def apply(cls, x: Any) -> Any:
            from autograd import Function as Ours

            methods = {k: staticmethod(getattr(cls, k)) for k in ("forward", "backward")}
            return type(cls.__name__, (Ours,), methods).apply(x)  # type: ignore[attr-defined]

    class Linear:
        def __init__(self, n: int, m: int) -> None:
            self.weight = Tensor(np.full((m, n), 0.5), requires_grad=True)

        def double(self) -> Any:
            return self

        def named_parameters(self) -> Any:
            return [("weight", self.weight)]

    def grad(out: Any, inputs: Any, g: Any) -> Any:
        return gradients([out], inputs, [g])

    def functional_call(layer: Any, parameters: Any, x: Any) -> Any:
        return x @ parameters["weight"].T

    parts: dict[str, Any] = {
        "tensor": Tensor,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "autograd": types.SimpleNamespace(Function=Function, grad=grad),
        "nn": types.SimpleNamespace(Linear=Linear),
        "func": types.SimpleNamespace(functional_call=functional_call),
        "no_grad": no_grad,
    }
    vars(torch).update(parts)
    return torch


def test_the_recipe_for_torch_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With PyTorch where it is installed, else with a stand-in for it."""
    (program, printed) = re.findall(
        r"^```py\n(import torch\n.*?)^```\n\n```text\n(.*?)^```",
        PAGE.read_text("utf-8"),
        re.S | re.M,
    )[0]
    try:
        import torch  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        monkeypatch.setitem(sys.modules, "torch", stand_in())
    exec(program, {"np": np, "check": check, "rng": np.random.default_rng(0)})
    assert capsys.readouterr().out == printed


def product_back(g: Any, x: Any, y: Any) -> Any:
    return g * y, None


def test_wrt_leaves_out_what_the_op_does_not_claim() -> None:
    from autograd import primitive

    f, pair = lambda x, y: x * y, (X, X + 1)
    report = check(f, pair, grad=product_back)
    assert report.diagnosis == "returned None"
    assert "wrt=" in report.findings[0].advice
    assert check(f, pair, grad=product_back, wrt=0)
    assert check(f, pair, grad=lambda g, x, y: g * y, wrt=[0])
    assert not check(f, pair, grad=lambda g, x, y: g * x, wrt=[0])
    assert not check(f, pair, grad=product_back, wrt=(0, 1))
    half = primitive(f, lambda g, out, x, y: g * y, lambda g, out, x, y: 0 * g, elementwise=True)
    assert not check(half, pair)
    assert check(half, pair, wrt=0, order=2)
    assert not check(half, pair, wrt=-1)
    assert {c.input for c in check(half, pair, wrt=0).coverage} == {"input 0"}


@pytest.mark.parametrize("wrt", [2, -3, [], "x", [0.0]])
def test_wrt_is_a_position(wrt: Any) -> None:
    with pytest.raises(ValueError, match="positions among 2 arguments"):
        check(lambda x, y: x * y, (X, X), wrt=wrt)
