"""The hot path: Python's operators on tensors, recorded with as little ceremony as possible.

A node made here is the same as one made by `Primitive.apply`, only sooner: no argument list, no
parameters, one or two inputs, and the caller's frame is looked at directly. Everything that is not
a tensor, a Python number or a real array goes the general way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from . import source
from .clock import tick
from .foreign import is_foreign
from .kernel import constant
from .modes import grad_enabled
from .primitive import Primitive
from .tensor import Tensor

__all__ = ["binary", "unary"]

_enabled = grad_enabled.get
_getframe = sys._getframe
_user_files = source.user_files
_new = object.__new__


def binary(op: Primitive, weak: bool = True) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The operator method of a two-input `op`, and its reflected twin (`2 - t`).

    `weak`: a Python number next to a floating array becomes a 0-d array of its dtype, which gives
    the same result (NumPy's promotion, NEP 50) in two thirds of the time. The same number is the
    same array every time: 128 bytes less for each such op.
    """
    return _binary(op, weak, swapped=False), _binary(op, weak, swapped=True)


def _binary(op: Primitive, weak: bool, swapped: bool) -> Callable[..., Any]:
    forward = op.forward
    call: Callable[..., Any] = (lambda x, y: forward(y, x)) if swapped else forward

    def method(x: Tensor, y: Any) -> Any:
        value_x = x.data
        if isinstance(y, Tensor):
            try:
                value = call(value_x, y.data)
            except Exception as error:
                raise op.located(error, (value_x, y.data), {}) from error.__cause__
            tracked = x.requires_grad or y.requires_grad
        else:
            kind = type(y)
            if kind is float or kind is int:
                if weak and type(value_x) is ndarray and value_x.dtype.kind == "f":
                    # A zero has a sign, which its equal does not tell.
                    y = constant(y, value_x.dtype) if y else np.array(y, value_x.dtype)
            elif not isinstance(y, (ndarray, np.generic)) or y.dtype.kind not in "fiub":
                if not _is_operand(y):
                    return NotImplemented
                return op.apply((y, x) if swapped else (x, y), {})
            try:
                value = call(value_x, y)
            except Exception as error:
                raise op.located(error, (value_x, y), {}) from error.__cause__
            tracked = x.requires_grad
        out = _new(Tensor)
        out.data = value
        out.grad = out.name = out._params = out._kept = out._hooks = None
        out._id = tick()
        if tracked and _enabled():
            out.requires_grad = True
            out._op = op
            if swapped:
                out._x, out._y = y, x
            else:
                out._x, out._y = x, y
            frame = _getframe(1)
            code = frame.f_code
            if code.co_filename not in _user_files:
                frame = source.user_frame(frame)
                code = frame.f_code
            out._code = code
            out._lasti = frame.f_lasti
        else:
            out.requires_grad = False
            out._op = out._x = out._y = out._code = None
            out._lasti = 0
        return out

    return method


def _is_operand(value: Any) -> bool:
    """Whether NumPy would compute with `value`; other types get a chance with their own method.

    So do arrays of other libraries that know NumPy's protocol, and may know tensors by it.
    """
    return isinstance(value, (int, float, complex, list, tuple, np.ndarray, np.generic)) or (
        is_foreign(value) and not hasattr(value, "__array_ufunc__")
    )


def unary(op: Primitive, depth: int = 1) -> Callable[[Tensor], Tensor]:
    """The operator method, or the elementwise function, of a one-input `op`.

    `depth`: how many frames up the caller stands; 2 where NumPy's protocol lies between.
    """
    forward = op.forward

    def method(x: Tensor) -> Tensor:
        try:
            value = forward(x.data)
        except Exception as error:
            raise op.located(error, (x.data,), {}) from error.__cause__
        out = _new(Tensor)
        out.data = value
        out.grad = out.name = out._y = out._params = out._kept = out._hooks = None
        out._id = tick()
        if x.requires_grad and _enabled():
            out.requires_grad = True
            out._op = op
            out._x = x
            frame = _getframe(depth)
            code = frame.f_code
            if code.co_filename not in _user_files:
                frame = source.user_frame(frame)
                code = frame.f_code
            out._code = code
            out._lasti = frame.f_lasti
        else:
            out.requires_grad = False
            out._op = out._x = out._code = None
            out._lasti = 0
        return out

    return method
