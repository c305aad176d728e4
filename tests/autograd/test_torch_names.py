"""Names of other libraries: the error says how the same is written here, in code that runs."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor, no_grad
from autograd.torch_names import _FUNCTIONS, AUTOGRAD, TENSOR, Absent, advice


def environment():
    """The names that the lines of the tables use."""
    rng = np.random.default_rng(0)
    return {
        "np": np,
        "nn": nn,
        "optim": optim,
        "autograd": autograd,
        "Tensor": Tensor,
        "no_grad": no_grad,
        "f": np.exp,
        "a": np.ones((2, 3)),
        "x": Tensor(rng.uniform(0.1, 0.9, (2, 3)), requires_grad=True),
        "y": Tensor(rng.uniform(0.1, 0.9, (2, 3))),
        "w": Tensor(rng.normal(size=(3, 4))),
        "v": Tensor(rng.normal(size=3)),
        "b": Tensor(rng.normal(size=4)),
        "i": (np.array([0, 0, 1]), np.array([1, 1, 2])),
        "values": Tensor(rng.normal(size=3)),
        "index": np.array([[0, 2], [1, 1]]),
        "mask": np.array([[True, False, True], [False, True, False]]),
    }


def run(line):
    """Run the line of a row, and return its value if it has one."""
    known = environment()
    code = line.partition("  # ")[0]
    try:
        return eval(code, known)
    except SyntaxError:
        before = dict(known)
        exec(code, known)
        return {name: value for name, value in known.items() if before.get(name) is not value}


@pytest.mark.parametrize("line", [*TENSOR.values(), *AUTOGRAD.values()])
def test_each_row_is_code_that_runs(line):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = run(line)
    assert result is not None or line.startswith(("print(", "x.op"))


@pytest.mark.parametrize("name", TENSOR)
def test_a_tensor_says_how_it_is_written_here(name):
    x = Tensor([1.0])
    with pytest.raises(AttributeError) as caught:
        getattr(x, name)
    assert str(caught.value).startswith(f"a Tensor has no attribute {name!r}: ")
    assert f"; write {TENSOR[name].partition('  # ')[0]}" in str(caught.value)
    assert not hasattr(x, name)
    assert name not in dir(x)


@pytest.mark.parametrize("name", AUTOGRAD)
def test_the_module_says_how_it_is_written_here(name):
    with pytest.raises(AttributeError, match=rf"attribute .{name}.; write"):
        getattr(autograd, name)


def test_rows_mean_what_the_other_name_means():
    x = environment()["x"].data
    assert run(TENSOR["masked_fill"]).data[0].tolist() == [0.0, x[0, 1], 0.0]
    assert np.array_equal(run(TENSOR["gather"]).data, [[x[0, 0], x[0, 2]], [x[1, 1], x[1, 1]]])
    assert run(TENSOR["unsqueeze"]).shape == (1, 2, 3)
    assert run(TENSOR["view"]).shape == (3, 2)
    assert run(TENSOR["topk"]).data.tolist() == np.sort(x, axis=1)[:, -2:].tolist()


def test_numpy_functions_that_are_no_methods():
    with pytest.raises(AttributeError, match=r"write np.flip\(x, \.\.\.\)"):
        Tensor([1.0]).flip(0)
    with pytest.raises(AttributeError, match=r"write np.linalg.det\(x\)"):
        Tensor([1.0]).det()
    with pytest.raises(AttributeError, match=r"no attribute 'exp'; write np.exp\(x, \.\.\.\)"):
        autograd.exp
    with pytest.raises(AttributeError, match=r"'flpi'$"):
        Tensor([1.0]).flpi(0)


def test_a_class_may_define_the_name():
    class Mine(Tensor):
        def view(self, *shape):
            return self.reshape(*shape)

    assert Mine([1.0, 2.0]).view(2, 1).shape == (2, 1)
    assert "view" in dir(Mine([1.0]))


def test_protocols_and_probes_are_left_alone():
    x = Tensor([1.0], requires_grad=True)
    assert not any(name.startswith("_") for name in (*TENSOR, *AUTOGRAD))
    assert advice(TENSOR, "__cuda_array_interface__") == ""
    assert not hasattr(x, "__array_interface__")
    assert pickle.loads(pickle.dumps(x)).data == copy.deepcopy(x).data == 1.0
    assert not hasattr(autograd, "__wrapped__")
    assert repr(vars(Tensor)["numel"]) == "<not here; write x.size>"
    assert isinstance(vars(Tensor)["numel"], Absent)


def test_each_function_of_the_list_takes_tensors():
    assert [name for name in _FUNCTIONS if not advice({}, name)] == []
