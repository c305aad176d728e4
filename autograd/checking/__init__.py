"""Gradient checking: the derivative by the rules against the derivative by differences."""

from .differences import numeric_jacobian
from .entry import GradcheckError, check, gradcheck, gradgradcheck
from .names import ADVICE, VERDICTS
from .numeric import Numeric
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
