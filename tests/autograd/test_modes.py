"""Modes: refusals, and decorated generators through every way they can end."""

from __future__ import annotations

import pytest

from autograd import Tensor, enable_grad, is_grad_enabled, no_grad, set_grad_enabled


def test_set_grad_enabled():
    with set_grad_enabled(False):
        assert not is_grad_enabled()
        assert not (Tensor(1.0, requires_grad=True) * 2).requires_grad
        with set_grad_enabled(True):
            assert is_grad_enabled()
    with pytest.raises(TypeError, match="True or False"):
        set_grad_enabled(lambda: 1)


def test_one_object_may_be_entered_twice():
    mode = no_grad()
    with mode:
        with enable_grad(), mode:
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_decorated_generators_close_and_receive_exceptions_in_their_mode():
    log = []

    @no_grad
    def numbers():
        try:
            while True:
                try:
                    yield is_grad_enabled()
                except KeyError:
                    log.append(("caught", is_grad_enabled()))
        finally:
            log.append(("closed", is_grad_enabled()))

    generator = numbers()
    assert next(generator) is False
    assert generator.throw(KeyError()) is False
    generator.close()
    assert log == [("caught", False), ("closed", False)]
    assert is_grad_enabled()


def test_decorating_keeps_name_and_docstring():
    @set_grad_enabled(False)
    def named():
        """Documented."""
        return is_grad_enabled()

    assert named.__name__ == "named"
    assert named.__doc__ == "Documented."
    assert named() is False
