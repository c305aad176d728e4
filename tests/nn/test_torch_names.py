"""Layers and functions that are not here: the error names what is, in code that runs."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn.torch_names import FUNCTIONAL, LAYERS


def run(line):
    rng = np.random.default_rng(0)
    known = {"np": np, "nn": nn, "autograd": autograd, "labels": np.array([0, 2])}
    known.update((name, Tensor(rng.normal(size=(2, 3)))) for name in "qkvy")
    known["x"] = Tensor(rng.normal(size=(2, 3) if "reshape" not in line else (2, 4)))
    return eval(line.partition("  # ")[0], known)


@pytest.mark.parametrize("line", sorted({*LAYERS.values(), *FUNCTIONAL.values()}))
def test_each_row_is_code_that_runs(line):
    result = run(line)
    assert result is not None or "register_buffer" in line


@pytest.mark.parametrize("name", LAYERS)
def test_nn_says_what_is_here(name):
    with pytest.raises(AttributeError) as caught:
        getattr(nn, name)
    code = LAYERS[name].partition("  # ")[0]
    assert str(caught.value).startswith(f"module 'nn' has no attribute {name!r}; write {code}")


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_functional_says_what_is_here(name):
    with pytest.raises(AttributeError) as caught:
        getattr(nn.functional, name)
    code = FUNCTIONAL[name].partition("  # ")[0]
    message = f"module 'nn.functional' has no attribute {name!r}; write {code}"
    assert str(caught.value).startswith(message)


def test_a_misspelled_name_is_said_plainly():
    with pytest.raises(AttributeError, match=r"module 'nn' has no attribute 'Lineer'$"):
        nn.Lineer
    with pytest.raises(AttributeError, match=r"module 'nn.functional' has no attribute 'rlu'$"):
        nn.functional.rlu
    assert not hasattr(nn, "__path_hooks__")


def test_formulas_are_those_of_the_layers():
    assert np.allclose(np.mean(run(LAYERS["RMSNorm"]).data ** 2, axis=1), 1, atol=1e-3)
    assert run(FUNCTIONAL["one_hot"]).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert run(FUNCTIONAL["pad"]).shape == (2, 5)
