"""Parameter: a Tensor that a Module owns and an optimizer changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, default_dtype

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A Tensor to be learned: a module finds it among its attributes.

    Args:
        data: the first value; it is copied. Arrays and tensors keep their dtype and memory order,
            Python numbers and lists take `autograd.default_dtype()`, float32 unless set otherwise.
        requires_grad: whether `backward` fills `.grad`; False freezes the parameter.
        name: how errors, drawings and reports call it. Without one, the first
            `named_parameters()` or `parameters()` of a module that lists it gives it its path
            there, such as `"fc1.weight"`.

    Raises:
        TypeError: for a dtype that is not floating and `requires_grad=True`.

    >>> Parameter([1.0, 2.0])
    Parameter([1., 2.], dtype=float32, requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, name: str | None = None) -> None:
        if isinstance(data, Tensor):
            data = data.data
        dtype = None if isinstance(data, (np.ndarray, np.generic)) else default_dtype()
        super().__init__(data, requires_grad=requires_grad, dtype=dtype, name=name)
