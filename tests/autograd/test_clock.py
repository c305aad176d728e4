"""Stamps belong to memory: a write is seen through every view, and forgotten with the memory."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from autograd import Tensor, clock, no_grad


def test_a_write_is_seen_through_views():
    x = Tensor(np.ones((2, 2)), requires_grad=True)
    row = x.detach()[0]
    y = np.sum(x * x)
    with no_grad():
        row[...] = 5.0
    with pytest.raises(RuntimeError, match="in place"):
        y.backward()


def test_stamps_die_with_their_memory():
    gc.collect()
    before = len(clock._stamps)
    t = Tensor(np.ones(3))
    t[0] = 2.0
    t[1] = 2.0
    s = Tensor(1.0)
    s += 1.0
    assert len(clock._stamps) == before + 2
    del t, s
    assert len(clock._stamps) == before


def test_a_write_before_the_record_is_no_concern():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        x[0] = 3.0
    y = np.sum(x * x)
    z = Tensor([0.0])
    z[0] = 1.0  # a later write elsewhere
    y.backward()
    assert x.grad.data.tolist() == [6, 4]
