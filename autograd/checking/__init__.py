"""Gradient checking: the derivative by the rules against the derivative by differences."""

from .entry import GradcheckError, check, gradcheck, gradgradcheck
from .names import ADVICE, VERDICTS
from .numeric import Numeric, numeric_jacobian
from .report import Coverage, Finding, Report

__all__ = [
    "ADVICE",
    "VERDICTS",
    "Coverage",
    "Finding",
    "GradcheckError",
    "Numeric",
    "Report",
    "check",
    "gradcheck",
    "gradgradcheck",
    "numeric_jacobian",
]
