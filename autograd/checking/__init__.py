"""Gradient checking: the derivative by the rules against the derivative by differences."""

from .check import GradcheckError, gradcheck, gradgradcheck
from .numeric import Numeric, numeric_jacobian

__all__ = ["GradcheckError", "Numeric", "gradcheck", "gradgradcheck", "numeric_jacobian"]
