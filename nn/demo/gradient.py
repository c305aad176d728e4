"""A custom op, declared and checked before the reader's eyes."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from autograd import GradcheckError, Tensor, gradcheck, primitive
from autograd.checking import numeric_jacobian

__all__ = ["show"]


def logistic(z: Any) -> Any:
    """The deck's sigmoid layer, y = 1 / (1 + e^(-z))."""
    return 1 / (1 + np.exp(-z))


right = primitive(logistic, lambda g, y, z: g * y * (1 - y), elementwise=True)
wrong = primitive(logistic, lambda g, y, z: g * y, elementwise=True)


def show() -> None:
    """Print the derivative of the op by its rule and by differences, and gradcheck's verdict.

    Deck, part C: dJ/dz = dJ/dy y (1 - y).
    """
    z = np.array([-4.0, -1.0, 0.0, 0.5, 3.0])
    point = Tensor(z, requires_grad=True)
    right(point).sum().backward()
    assert point.grad is not None
    numeric = numeric_jacobian(lambda inputs: logistic(inputs[0]), [z], 0)
    print("A custom op, y = 1 / (1 + exp(-z)), and its derivative:")
    print("  right = primitive(logistic, lambda g, y, z: g * y * (1 - y), elementwise=True)")
    print(f"{'z':>8} {'by the rule':>14} {'numeric':>14} {'error bar':>11}")
    rows = zip(z, point.grad.data, numeric.value.diagonal(), numeric.bar.diagonal(), strict=True)
    for at, analytic, difference, bar in rows:
        print(f"{at:8.2f} {analytic:14.10f} {difference:14.10f} {bar:11.1e}")
    gradcheck(right, [z], order=2)
    print("  gradcheck(right, [z], order=2): the first and second derivatives are right.")
    try:
        gradcheck(wrong, [z])
    except GradcheckError as error:
        print("  With the factor (1 - y) forgotten, gradcheck says:")
        print(textwrap.fill(str(error), 92, initial_indent="    ", subsequent_indent="    "))
