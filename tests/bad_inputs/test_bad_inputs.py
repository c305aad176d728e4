"""Each bad input is answered with an error that says what was expected, and nothing is lost.

`rows.tsv` is the table: a call, the error, and the beginning of its message. Every public callable
stands in it, but for those in `NOTHING_IS_BAD`. Besides, each of them is called with things that no
function expects: it may take them, or refuse them in words of its own.
"""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim

PACKAGES = [
    *("autograd", "autograd.ops", "autograd.testing", "nn", "nn.functional", "nn.init", "nn.utils"),
    *("nn.data", "nn.training", "nn.plots", "nn.sklearn", "optim", "optim.lr_scheduler"),
]

NOTHING_IS_BAD = {
    "autograd.GradcheckError": "an exception, raised by the checker",
    "autograd.Primitive": "made by autograd.primitive",
    "autograd.Report": "made by autograd.check",
    "autograd.detect_anomaly": "takes no arguments",
    "autograd.enable_grad": "takes no arguments",
    "autograd.is_grad_enabled": "takes no arguments",
    "autograd.no_grad": "takes no arguments",
    "autograd.ops.atleast_1d": "takes every array",
    "autograd.ops.atleast_2d": "takes every array",
    "autograd.ops.atleast_3d": "takes every array",
    "autograd.ops.copy": "takes every array",
    "autograd.ops.diagflat": "takes every array",
    "autograd.ops.extract": "takes every condition and every array",
    "autograd.ops.flatten": "takes every array",
    "autograd.ops.nan_to_num": "takes every array",
    "autograd.ops.real": "takes every array",
    "autograd.ops.real_if_close": "takes every array",
    "autograd.ops.trim_zeros": "takes every vector",
    "autograd.testing.Call": "made by autograd.testing.call",
    "autograd.testing.OpError": "an exception, raised by check_op",
    "autograd.testing.axes": "its strategy is checked where it is drawn from",
    "autograd.testing.broadcastable": "its strategy is checked where it is drawn from",
    "autograd.testing.call": "carries any arguments",
    "autograd.testing.indices": "its strategy is checked where it is drawn from",
    "autograd.testing.layouts": "its strategy is checked where it is drawn from",
    "autograd.testing.mark_of": "asks any object",
    "autograd.testing.matmul_shapes": "its strategy is checked where it is drawn from",
    "autograd.testing.tensors": "its strategy is checked where it is drawn from",
    "nn.data.TrainTest": "a named tuple",
    "nn.data.mnist": "reads files, and is tested with them in nn/data/test_mnist.py",
    "nn.plots.losses": "goes through any iterable of histories",
    "nn.training.Epoch": "a record of numbers",
    "nn.training.NotFiniteError": "an exception, raised by StopOnNaN",
    "nn.training.ProgressBar": "takes any file to write to",
    "nn.training.StopOnNaN": "takes no arguments",
}
# Called with junk they give Python's own errors: containers of Python's, and exceptions.
PYTHONS_OWN = {"autograd.GradcheckError", "autograd.Primitive", "nn.training.History"}

JUNK = {
    "None": None,
    "text": "text",
    "dict": {"a": 1},
    "object": object(),
    "negative": -1,
    "fraction": 2.5,
    "list": [1, 2],
    "pair": (3, "x"),
    "text array": np.array(["a"]),
    "complex": 1j,
    "empty": np.zeros((2, 0)),
    "tensor": autograd.Tensor([[1.0, 2.0]], requires_grad=True),
    "function": len,
}
# Python's errors for what has gone wrong inside, where nobody can see what was wrong outside.
MUDDLED = re.compile(
    r"object has no attribute|not subscriptable|unsupported operand|bad operand|NoneType|"
    r"is not iterable|must be real number|cannot unpack|is not supported between|no callable"
)


def is_muddled(error: Exception) -> bool:
    """Return True for an error that speaks of the inside of a function."""
    if type(error) in (AttributeError, AssertionError, RecursionError, SystemError):
        return True
    return "expect" not in str(error) and MUDDLED.search(str(error)) is not None


def rows() -> list[tuple[str, str, str]]:
    table = Path(__file__).with_name("rows.tsv").read_text(encoding="utf-8")
    found = []
    for line in table.splitlines():
        call, error, message = line.split("\t")
        found.append((call, error, message))
    return found


def optimizer() -> optim.Optimizer:
    return optim.SGD([autograd.Tensor(1.0, requires_grad=True)])


def names() -> dict[str, Any]:
    for package in PACKAGES:
        importlib.import_module(package)
    return {"np": np, "autograd": autograd, "nn": nn, "optim": optim, "SGD": optimizer}


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            found = getattr(module, name)
            if callable(found):
                yield f"{package}.{name}", found


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    state, dtype = autograd.generator(None).bit_generator.state, autograd.default_dtype()
    yield
    autograd.set_default_dtype(dtype)
    autograd.generator(None).bit_generator.state = state
    plt.close("all")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("call", "error", "message"), rows(), ids=lambda text: text[:60])
def test_it_is_refused_in_clear_words(call: str, error: str, message: str) -> None:
    known = names()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        eval(call, known)
    assert type(caught.value).__name__ == error
    assert message in str(caught.value).replace("\n", " ")
    assert not is_muddled(caught.value)


def test_the_table_has_a_row_for_every_public_callable() -> None:
    assert len(rows()) >= 300
    calls = [call for call, *_ in rows()]
    missing = [
        name
        for name, _ in public()
        if name not in NOTHING_IS_BAD
        and not any(re.search(rf"{re.escape(name)}\b", call) for call in calls)
    ]
    assert missing == []
    assert set(NOTHING_IS_BAD) <= {name for name, _ in public()}


@pytest.mark.parametrize("name", [name for name, _ in public() if name != "nn.data.mnist"])
def test_junk_is_taken_or_refused_in_clear_words(name: str) -> None:
    function = dict(public())[name]
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        count = 1
    else:
        needed = [p for p in parameters if p.default is p.empty and p.kind in (0, 1)]
        count = max(1, len(needed))
    muddled = {}
    for label, junk in JUNK.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                function(*[junk] * count)
        except Exception as error:
            if is_muddled(error):
                muddled[label] = repr(error)
    if name in PYTHONS_OWN:
        assert muddled
    else:
        assert muddled == {}
