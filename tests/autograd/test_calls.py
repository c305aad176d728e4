import threading
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from autograd.calls import watched, watching


def test_calls_are_noted_with_what_they_made() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    x = Tensor(np.ones((2, 3)))
    with watched() as calls:
        y = model(x)
    assert [type(call.module).__name__ for call in calls] == ["Sequential", "Linear", "ReLU"]
    outer, linear, relu = calls
    assert outer.first < linear.first < linear.last < relu.first < relu.last < outer.last
    assert relu.first < y._id < relu.last
    assert (linear.shapes, relu.shapes) == (((2, 4),), ((2, 4),))
    assert x._id < outer.first


def test_nothing_is_noted_otherwise() -> None:
    assert watching.get() is None
    with watched() as calls:
        pass
    nn.ReLU()(Tensor(1.0))
    assert calls == []


def test_a_call_that_raises_does_not_end() -> None:
    with watched() as calls, pytest.raises(ValueError, match="expected an input"):
        nn.Linear(3, 4)(np.ones((2, 5)))
    assert calls[0].last == 0


def test_each_thread_watches_for_itself() -> None:
    with watched() as calls:
        thread = threading.Thread(target=nn.ReLU(), args=(Tensor(1.0),))
        thread.start()
        thread.join()
    assert calls == []


def test_several_outputs() -> None:
    class Two(nn.Module):
        def forward(self, x: Any) -> Any:
            return x, {"twice": [x * 2]}

    with watched() as calls:
        Two()(Tensor([1.0, 2.0]))
    assert calls[0].shapes == ((2,), (2,))
