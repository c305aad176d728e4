"""Settings: the default dtype, and where random numbers come from."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import default_dtype, generator, manual_seed, set_default_dtype, settings


def test_default_dtype():
    assert default_dtype() == np.float32
    try:
        set_default_dtype("float64")
        assert default_dtype() == np.float64
    finally:
        set_default_dtype(np.float32)
    with pytest.raises(TypeError, match="floating"):
        set_default_dtype(int)


def test_generator(monkeypatch):
    monkeypatch.setattr(settings, "_generator", None)
    own = generator()
    assert generator() is own
    first = manual_seed(3)
    assert generator() is first
    assert first.random() == np.random.default_rng(3).random()
    assert generator(5).random() == np.random.default_rng(5).random()
    assert generator(first) is first
    for bad in ("seed", 1.5, True):
        with pytest.raises(TypeError, match="rng expects"):
            generator(bad)
