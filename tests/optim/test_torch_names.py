"""Optimizers and schedules that are not here: the error names one that is, in code that runs."""

import numpy as np
import pytest

import autograd
import nn
import optim
from optim.torch_names import OPTIMIZERS, SCHEDULES


@pytest.mark.parametrize("line", sorted({*OPTIMIZERS.values(), *SCHEDULES.values()}))
def test_each_row_is_code_that_runs(line):
    parameters = [nn.Parameter(np.ones(2), name="w")]
    known = {"optim": optim, "autograd": autograd, "parameters": parameters}
    known["optimizer"] = optim.SGD(parameters, lr=0.1)
    assert eval(line.partition("  # ")[0], known) is not None


@pytest.mark.parametrize(
    ("module", "name", "line"),
    [(optim, *row) for row in OPTIMIZERS.items()]
    + [(optim.lr_scheduler, *row) for row in SCHEDULES.items()],
)
def test_the_module_says_what_is_here(module, name, line):
    with pytest.raises(AttributeError) as caught:
        getattr(module, name)
    code = line.partition("  # ")[0]
    message = f"module {module.__name__!r} has no attribute {name!r}; write {code}"
    assert str(caught.value).startswith(message)


def test_a_misspelled_name_is_said_plainly():
    with pytest.raises(AttributeError, match=r"module 'optim' has no attribute 'Adamm'$"):
        optim.Adamm
    with pytest.raises(AttributeError, match=r"'optim.lr_scheduler' has no attribute 'Step'$"):
        optim.lr_scheduler.Step
